//! The pipeline. Begin at [`scan`].
//!
//! ```text
//! targets ──▶ see (entries ▶ claims ▶ analyzers) ──▶ squash ──▶ judge (checks) ──▶ policy (inline ignores) ──▶ assess (frameworks) ──▶ Report
//! ```
//!
//! This is the only place where targets, analyzers, configuration readers, checks and compliance meet.

mod cache;
mod capabilities;
mod claims;
mod guard;
mod judge;
mod knowledge;
mod packages;
mod policy;
mod see;
mod squash;

pub use cache::{Cache, FolderCache};
pub use guard::quiet_panics;
pub use knowledge::Knowledge;
pub use packages::EvidencePolicy;
pub use policy::{SuppressionError, Suppressions};
pub use probity_analyzers::{SecretConfig, SecretConfigError, ecosystems};

use probity_compliance::{Framework, Inputs, Policy};
use probity_model::{
    Diagnostic, Inventory, SubjectId,
    check::CheckSettings,
    diagnostic::{Capability, Reason},
    finding::Ledger,
    report::{Report, Run, Tool},
    target::{Artifact, LayerKey, TargetError},
};
use probity_targets::Options;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicU64},
};

/// Counters that a user interface may show while a scan runs.
#[derive(Debug, Default)]
pub struct Progress {
    pub entries: AtomicU64,
    pub layers: AtomicU64,
}

/// What to scan and what to conclude.
pub struct Request {
    /// Paths, `-` or image references, as the user wrote them.
    pub targets: Vec<String>,
    pub options: Options,
    pub configs: probity_configs::Limits,
    pub settings: CheckSettings,
    /// Empty for a scan without frameworks.
    pub frameworks: Vec<Framework>,
    pub policy: Policy,
    /// RFC 3339 UTC.
    pub as_of: String,
    pub tool: Tool,
    pub run: Run,
    pub progress: Arc<Progress>,
    /// Whether checks are run.
    pub judge: bool,
    /// The user's own rules for secrets.
    pub secrets: Option<Arc<SecretConfig>>,
    /// Which evidence of packages is used.
    pub evidence: EvidencePolicy,
    /// Vulnerabilities are looked for when it is there.
    pub knowledge: Option<Knowledge>,
    /// Where layers that were seen before are looked up, and new ones kept.
    pub cache: Option<Arc<dyn Cache>>,
    /// What the user accepts in files beside the artifact.
    pub suppressions: Suppressions,
}

/// A scan that could not be carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Spec(#[from] probity_compliance::SpecError),
}

/// Scans every target and judges the result. A target that cannot be read is an error only when it is the only one; otherwise it is an
/// `Error` diagnostic, and nothing about the others is lost.
pub fn scan(request: &Request) -> Result<Report, ScanError> {
    let claims = claims::Claims::new(probity_analyzers::analyzers());
    let collector = see::Collector::new(&claims, request);
    let mut artifacts: Vec<Artifact> = Vec::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut failure = None;
    for name in &request.targets {
        match probity_targets::open(name, &request.options).and_then(|target| target.read(&collector)) {
            Ok(found) => artifacts.extend(found),
            Err(err) => {
                diagnostics.push(unreadable(&err));
                failure = Some(err);
            }
        }
    }
    if artifacts.is_empty()
        && let Some(err) = failure
    {
        return Err(err.into());
    }

    let mut records = collector.into_records();
    // A layer that one artifact alone has is given away whole: copying the documents of a large folder costs more than judging them.
    let mut shared: BTreeMap<LayerKey, usize> = BTreeMap::new();
    for key in artifacts.iter().flat_map(|artifact| &artifact.layers) {
        *shared.entry(key.clone()).or_default() += 1;
    }
    let mut inventories: Vec<Inventory> = Vec::with_capacity(artifacts.len());
    for (id, artifact) in (0..).map(SubjectId).zip(artifacts) {
        let own = artifact.layers.iter().map(|key| squash::Layer::take(key, shared.get(key).copied(), &mut records)).collect();
        let (inventory, found) = squash::squash(id, artifact, own, &claims, request);
        diagnostics.extend(found);
        inventories.push(inventory);
    }
    drop(records);

    let mut ledger = if request.judge { judge::judge(&inventories, &request.settings) } else { Ledger::default() };
    ledger.diagnostics = diagnostics;
    let (databases, examined) = knowledge::detect(request.knowledge.as_ref(), &mut inventories, &mut ledger, &request.as_of);
    let today = request.as_of.get(..10).unwrap_or_default();
    policy::apply_inline_ignores(&inventories, &mut ledger, today);
    request.suppressions.apply(&mut inventories, &mut ledger, today);
    ledger.diagnostics.sort();
    ledger.diagnostics.dedup();

    let capabilities = capabilities::summarise(&inventories, &ledger, request.knowledge.is_some().then_some(&examined));
    let assessment = if request.frameworks.is_empty() {
        None
    } else {
        let inputs = Inputs { inventories: &inventories, ledger: &ledger, capabilities: &capabilities };
        Some(probity_compliance::assess(&request.frameworks, &inputs, &request.policy)?)
    };
    Ok(Report {
        tool: request.tool.clone(),
        run: request.run.clone(),
        as_of: request.as_of.clone(),
        inventories,
        ledger,
        capabilities,
        databases,
        assessment,
    })
}

/// A target that could not be read takes everything with it: whatever a rule would have found in it is unknown.
fn unreadable(err: &TargetError) -> Diagnostic {
    // Targets say it in the words of the operating system.
    let reason = if err.message.to_lowercase().contains("permission denied") { Reason::PermissionDenied } else { Reason::AnalyzerFailed };
    let mut diagnostic =
        Diagnostic::error(reason, format!("cannot read `{}`: {}", err.target, err.message)).affecting([Capability::Everything]);
    diagnostic.hint.clone_from(&err.hint);
    diagnostic
}
