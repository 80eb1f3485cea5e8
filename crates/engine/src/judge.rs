//! Documents and inventories to findings: every check on everything it reads.

use crate::guard::guarded;
use probity_model::{
    InputKind, Inventory, Reason, SubjectKind,
    check::{Check, CheckSettings, Input, ManifestSet, Verdict},
    document::Document,
    finding::{Finding, Ledger, Outcome, Resource, ResourceIx, RuleIx},
};
use rayon::prelude::*;
use std::sync::Arc;

/// Violations of one rule on one resource that are listed.
const MAX_VIOLATIONS: usize = 200;

/// Runs all checks. Findings come out sorted by rule, then resource, whatever the threads did.
pub(crate) fn judge(inventories: &[Inventory], settings: &CheckSettings) -> Ledger {
    let checks: Vec<&dyn Check> = probity_checks::all().map(|check| check as &dyn Check).collect();
    let mut ledger = Ledger { rules: checks.iter().map(|check| Arc::clone(check.meta())).collect(), ..Ledger::default() };

    let mut inputs: Vec<(ResourceIx, Input<'_>)> = Vec::new();
    let mut set = ManifestSet::default();
    let mut set_resources: Vec<ResourceIx> = Vec::new();
    for inventory in inventories {
        collect(inventory, &mut ledger.resources, &mut inputs, &mut set, &mut set_resources);
    }

    let mut findings: Vec<Finding> = inputs
        .par_iter()
        .with_min_len(16)
        .map(|(resource, input)| {
            let mut found = Vec::new();
            for (rule, check) in (0..).map(RuleIx).zip(&checks) {
                if check.wants(input) {
                    record(*check, rule, *resource, input, settings, &mut found);
                }
            }
            found
        })
        .flatten_iter()
        .collect();

    if let Some(first) = set_resources.first().copied() {
        let whole = ResourceIx(u32::try_from(ledger.resources.len()).unwrap_or(u32::MAX));
        let subject = ledger.resource(first).map(|resource| resource.subject).unwrap_or_default();
        ledger.resources.push(Resource {
            subject,
            input: InputKind::KubernetesManifest,
            name: "all manifests".to_owned(),
            path: None,
            lines: None,
        });
        let input = Input::Manifests(&set);
        let of_set: Vec<Finding> = (0..)
            .map(RuleIx)
            .zip(&checks)
            .collect::<Vec<_>>()
            .par_iter()
            .filter(|(_, check)| check.wants(&input))
            .map(|(rule, check)| {
                let mut found = Vec::new();
                record(**check, *rule, whole, &input, settings, &mut found);
                found
            })
            .flatten_iter()
            .collect();
        findings.extend(of_set.into_iter().map(|mut finding| {
            if let Outcome::Fail(violation) = &finding.outcome
                && let Some(resource) = violation.object.and_then(|object| set_resources.get(object))
            {
                finding.resource = *resource;
            }
            finding
        }));
    }
    // Stable: several violations of a rule on one resource keep their order of detection.
    findings.sort_by_key(|finding| (finding.rule, finding.resource));
    ledger.findings = findings;
    ledger
}

/// Lists what there is to judge in an inventory.
fn collect<'a>(
    inventory: &'a Inventory,
    resources: &mut Vec<Resource>,
    inputs: &mut Vec<(ResourceIx, Input<'a>)>,
    set: &mut ManifestSet<'a>,
    set_resources: &mut Vec<ResourceIx>,
) {
    let mut add = |resource: Resource| {
        let ix = ResourceIx(u32::try_from(resources.len()).unwrap_or(u32::MAX));
        resources.push(resource);
        ix
    };
    let subject = &inventory.subject;
    let input = match subject.kind {
        SubjectKind::Image => Some(InputKind::Image),
        SubjectKind::Rootfs => Some(InputKind::Rootfs),
        SubjectKind::Folder | SubjectKind::File | SubjectKind::Sbom => None,
    };
    if let Some(input) = input {
        let ix = add(Resource { subject: subject.id, input, name: subject.name.clone(), path: None, lines: None });
        inputs.push((ix, Input::Inventory(inventory)));
    }
    for file in &inventory.files {
        for document in &file.documents {
            let resource =
                |name: String, lines| Resource { subject: subject.id, input: document.input(), name, path: Some(file.path.clone()), lines };
            match document {
                Document::Dockerfile(dockerfile) => {
                    let ix = add(resource(file.path.to_string(), None));
                    inputs.push((ix, Input::Dockerfile(dockerfile)));
                }
                Document::Compose(project) => {
                    for service in &project.services {
                        let ix = add(resource(format!("service {}", service.name), Some(service.lines)));
                        inputs.push((ix, Input::ComposeService(service, project)));
                    }
                }
                Document::Kubernetes(object) => {
                    let ix = add(resource(object.display_name(), Some(object.lines)));
                    inputs.push((ix, Input::Kubernetes(object)));
                    set.objects.push(object);
                    set_resources.push(ix);
                }
            }
        }
    }
}

/// Evaluates one check. What does not apply is not recorded: a rule without findings on a resource does not apply to it.
fn record(check: &dyn Check, rule: RuleIx, resource: ResourceIx, input: &Input<'_>, settings: &CheckSettings, out: &mut Vec<Finding>) {
    let mut push = |outcome| out.push(Finding { rule, resource, outcome });
    match guarded(|| check.evaluate(input, settings)) {
        Ok(Ok(Verdict::Pass { examined })) => push(Outcome::Pass { examined }),
        Ok(Ok(Verdict::Fail(violations))) => {
            // A hostile document can fail in hundreds of thousands of places; that it fails is known after a few.
            // Rules about all manifests speak of many objects.
            let most = if matches!(input, Input::Manifests(_)) { usize::MAX } else { MAX_VIOLATIONS };
            let more = violations.len().saturating_sub(most);
            for violation in violations.into_iter().take(most) {
                push(Outcome::Fail(Box::new(violation)));
            }
            if more > 0 {
                let why = format!("{more} more violations of this rule on the same resource are not listed");
                push(Outcome::NotAssessed { reason: Reason::SubjectTruncated, why: why.into() });
            }
        }
        Ok(Ok(Verdict::NotApplicable { .. })) => {}
        Ok(Ok(Verdict::NotAssessed { reason, why })) => push(Outcome::NotAssessed { reason, why: why.into() }),
        Ok(Err(err)) => push(Outcome::NotAssessed { reason: Reason::AnalyzerFailed, why: err.to_string().into() }),
        Err(message) => push(Outcome::NotAssessed { reason: Reason::AnalyzerFailed, why: message.into() }),
    }
}
