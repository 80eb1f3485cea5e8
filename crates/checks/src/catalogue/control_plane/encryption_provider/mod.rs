//! `PB-K8S-0123`: providers of encryption at rest.
//!
//! <https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/>

use crate::{
    catalogue::control_plane::components::{self, kind_lines},
    native::check,
};
use probity_model::{
    Reason,
    check::{CheckSettings, ManifestSet, Verdict},
    finding::Violation,
    node::Node,
};

check!(Manifests, run);

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    for (index, object) in components::objects(set).filter(|(_, object)| object.kind == "EncryptionConfiguration") {
        examined += 1;
        // The first entry that covers secrets decides.
        let entry = object.root.items_of("resources").iter().enumerate().find(|(_, entry)| covers_secrets(entry));
        let first = entry.and_then(|(number, entry)| Some((number, entry.items_of("providers").first()?)));
        let name = first.and_then(|(_, provider)| provider.entries().first()).map(|entry| &*entry.key);
        let message = match name {
            Some("kms" | "secretbox" | "aescbc") => continue,
            Some(name) => format!("secrets are written with the provider `{name}`"),
            None => "no provider is set for secrets, so they are written in plain text".to_owned(),
        };
        let lines = first.map_or_else(|| kind_lines(object), |(_, provider)| provider.lines);
        let locator = first.map_or_else(|| "resources".to_owned(), |(number, _)| format!("resources[{number}].providers[0]"));
        violations.push(Violation { object: Some(index), ..Violation::new(message, locator, lines) });
    }
    if examined == 0 {
        return Verdict::NotAssessed {
            reason: Reason::TargetKindMissing,
            why: "no EncryptionConfiguration is among the manifests".to_owned(),
        };
    }
    Verdict::of(violations, examined)
}

fn covers_secrets(entry: &Node) -> bool {
    entry.items_of("resources").iter().filter_map(Node::text).any(|own| matches!(own, "secrets" | "*." | "*.*"))
}
