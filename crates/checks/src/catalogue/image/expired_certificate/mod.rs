//! `PB-IMG-0018`: certificate in the image has expired.

use super::places::{at, found, is_owned};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, settings: &CheckSettings) -> Verdict {
    let own =
        || inventory.facts.certificates.iter().filter(|certificate| !certificate.trust_store && !is_owned(inventory, &certificate.at.path));
    if own().next().is_none() {
        return Verdict::NotApplicable { why: "the image has no certificates of its own" };
    }
    if settings.as_of == 0 {
        let why = "no date was given to compare certificates with".to_owned();
        return Verdict::NotAssessed { reason: Reason::ScopeUndeclared, why };
    }
    let mut violations = Vec::new();
    for certificate in own().filter(|certificate| certificate.not_after < settings.as_of) {
        violations.push(at(format!("the certificate of `{}` has expired", certificate.subject), &certificate.at));
    }
    found(violations, || own().count())
}
