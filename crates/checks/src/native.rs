//! A check written in Rust: its `check.md` and a function over one kind of document.

use crate::{doc, shape};
use probity_model::{
    check::{Check, CheckError, CheckSettings, Input, ManifestSet, Verdict},
    compose,
    diagnostic::Reason,
    dockerfile::Dockerfile,
    finding::Violation,
    inventory::Inventory,
    kubernetes::{Container, ContainerKind, Pod, Resource},
    rule::RuleMeta,
};
use std::sync::{Arc, OnceLock};

/// A native check. Made by the `check!` macro, one `static` for each.
pub struct Native {
    doc: &'static str,
    run: Run,
    meta: OnceLock<Arc<RuleMeta>>,
}

/// The function of a check, by what it looks at.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Kubernetes(fn(&Resource, &CheckSettings) -> Verdict),
    Manifests(fn(&ManifestSet<'_>, &CheckSettings) -> Verdict),
    Dockerfile(fn(&Dockerfile, &CheckSettings) -> Verdict),
    Compose(fn(&compose::Service, &compose::Project, &CheckSettings) -> Verdict),
    Inventory(fn(&Inventory, &CheckSettings) -> Verdict),
}

impl Native {
    pub(crate) const fn new(doc: &'static str, run: Run) -> Self {
        Self { doc, run, meta: OnceLock::new() }
    }

    /// The text of `check.md`.
    pub const fn doc(&self) -> &'static str {
        self.doc
    }
}

impl Check for Native {
    fn meta(&self) -> &Arc<RuleMeta> {
        self.meta.get_or_init(|| Arc::new(doc::front_matter(self.doc)))
    }

    fn wants(&self, input: &Input<'_>) -> bool {
        matches!(
            (self.run, input),
            (Run::Kubernetes(_), Input::Kubernetes(_))
                | (Run::Manifests(_), Input::Manifests(_))
                | (Run::Dockerfile(_), Input::Dockerfile(_))
                | (Run::Compose(_), Input::ComposeService(..))
                | (Run::Inventory(_), Input::Inventory(_))
        )
    }

    fn evaluate(&self, input: &Input<'_>, settings: &CheckSettings) -> Result<Verdict, CheckError> {
        Ok(match (self.run, input) {
            (Run::Kubernetes(run), Input::Kubernetes(object)) => run(object, settings),
            (Run::Manifests(run), Input::Manifests(set)) => run(set, settings),
            (Run::Dockerfile(run), Input::Dockerfile(file)) => run(file, settings),
            (Run::Compose(run), Input::ComposeService(service, project)) => run(service, project, settings),
            (Run::Inventory(run), Input::Inventory(inventory)) => run(inventory, settings),
            _ => Verdict::NotApplicable { why: "the check reads another kind of input" },
        })
    }
}

/// Declares a check: `check!(Kubernetes, run)`. Reads `check.md` beside the file and refuses to build without a failing and a passing example.
macro_rules! check {
    ($kind:ident, $run:expr) => {
        pub(crate) static CHECK: $crate::native::Native = {
            const DOC: &str = include_str!("check.md");
            const {
                assert!($crate::doc::has_line_with(DOC, " fails"), "check.md needs a failing example: ```yaml fails at=LINE");
                assert!($crate::doc::has_line_with(DOC, " passes"), "check.md needs a passing example: ```yaml passes");
            }
            $crate::native::Native::new(DOC, $crate::native::Run::$kind($run))
        };
    };
}
pub(crate) use check;

/// Runs `visit` over every container (init, regular, ephemeral) of an object's pod. Not applicable without a pod or containers.
pub(crate) fn each_container(object: &Resource, visit: impl FnMut(Container<'_>, &mut Vec<Violation>)) -> Verdict {
    each_container_of(object, |_| true, visit)
}

/// Runs `visit` over the containers in the lists that `wanted` accepts.
pub(crate) fn each_container_of(
    object: &Resource,
    wanted: fn(ContainerKind) -> bool,
    mut visit: impl FnMut(Container<'_>, &mut Vec<Violation>),
) -> Verdict {
    let Some(pod) = object.pod() else { return NO_POD };
    let mut violations = Vec::new();
    let mut examined = 0;
    for container in pod.containers().filter(|container| wanted(container.kind)) {
        examined += 1;
        visit(container, &mut violations);
    }
    if examined == 0 && shape::misfit(pod).is_none() {
        return Verdict::NotApplicable { why: "the pod has no containers" };
    }
    settle(pod, violations, examined)
}

/// Runs `visit` over an object's pod. Not applicable without one.
pub(crate) fn pod(object: &Resource, visit: impl FnOnce(Pod<'_>, &mut Vec<Violation>)) -> Verdict {
    let Some(pod) = object.pod() else { return NO_POD };
    let mut violations = Vec::new();
    visit(pod, &mut violations);
    settle(pod, violations, 1)
}

/// Pass or fail; what would pass only because a field has a wrong shape is not assessed.
fn settle(pod: Pod<'_>, violations: Vec<Violation>, examined: u32) -> Verdict {
    if !violations.is_empty() {
        return Verdict::Fail(violations);
    }
    match shape::misfit(pod) {
        Some(why) => Verdict::NotAssessed { reason: Reason::AnalyzerFailed, why },
        None => Verdict::Pass { examined: examined.max(1) },
    }
}

const NO_POD: Verdict = Verdict::NotApplicable { why: "the object has no pod" };
