//! What ran, on which subjects, and how much it saw.

use crate::knowledge::Examined;
use probity_model::{
    Capability, InputKind, Inventory, SubjectId, SubjectKind,
    diagnostic::{Level, Reason},
    document::Document,
    finding::Ledger,
    report::{CapabilityRun, CapabilityState},
};

/// One row for every capability that concerns the run, in a fixed order.
/// `examined` is `None` when vulnerabilities were not looked for.
pub(crate) fn summarise(inventories: &[Inventory], ledger: &Ledger, examined: Option<&Examined>) -> Vec<CapabilityRun> {
    type Count = fn(&Inventory) -> u64;
    let whole: [(Capability, Count); 9] = [
        (Capability::Os, |inventory| u64::from(inventory.os.is_some())),
        (Capability::Packages, |inventory| inventory.facts.packages.len() as u64),
        (Capability::Users, |inventory| inventory.facts.users.len() as u64),
        (Capability::FileModes, |inventory| inventory.file_count),
        (Capability::Secrets, |inventory| inventory.facts.secret_files),
        (Capability::Crypto, |inventory| (inventory.facts.certificates.len() + inventory.facts.keys.len()) as u64),
        (Capability::ServerConfig, |inventory| inventory.facts.settings.len() as u64),
        (Capability::Data, |inventory| inventory.facts.secret_files),
        (Capability::ImageConfig, |inventory| u64::from(inventory.subject.image.is_some())),
    ];
    let mut runs = Vec::new();
    for (capability, count) in whole {
        let reads = |inventory: &&Inventory| match capability {
            Capability::Secrets | Capability::Data | Capability::Crypto => true,
            Capability::ImageConfig => inventory.subject.kind == SubjectKind::Image,
            _ => matches!(inventory.subject.kind, SubjectKind::Image | SubjectKind::Rootfs),
        };
        let subjects: Vec<SubjectId> = inventories.iter().filter(reads).map(|inventory| inventory.subject.id).collect();
        let items = inventories.iter().filter(reads).map(count).sum();
        runs.push(row(capability, subjects, items, ledger));
    }
    for kind in [InputKind::Dockerfile, InputKind::Compose, InputKind::KubernetesManifest] {
        let count = |inventory: &Inventory| {
            inventory.files.iter().flat_map(|file| &file.documents).filter(|document: &&Document| document.input() == kind).count() as u64
        };
        let subjects = inventories.iter().filter(|inventory| count(inventory) > 0).map(|inventory| inventory.subject.id).collect();
        runs.push(row(Capability::Documents(kind), subjects, inventories.iter().map(count).sum(), ledger));
    }
    runs.push(match examined {
        None => CapabilityRun {
            capability: Capability::Vulnerabilities,
            state: CapabilityState::NotRun,
            reason: Some(Reason::AnalyzerDisabled),
            subjects: Vec::new(),
            items: 0,
        },
        Some(examined) => {
            let subjects = examined.iter().filter(|(_, count)| **count > 0).map(|(subject, _)| *subject).collect();
            row(Capability::Vulnerabilities, subjects, examined.values().sum(), ledger)
        }
    });
    runs
}

fn row(capability: Capability, subjects: Vec<SubjectId>, items: u64, ledger: &Ledger) -> CapabilityRun {
    let gap = ledger
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level > Level::Note)
        .find(|diagnostic| diagnostic.affects.iter().any(|affected| *affected == capability || *affected == Capability::Everything));
    let (state, reason) = match gap {
        Some(gap) => (CapabilityState::Partial, Some(gap.reason)),
        None if subjects.is_empty() => (CapabilityState::NotRun, Some(Reason::TargetKindMissing)),
        None => (CapabilityState::Ok, None),
    };
    CapabilityRun { capability, state, reason, subjects, items }
}
