//! `PB-IMG-0008`: server accepts old TLS versions.

use super::places::{at, found};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    facts::{SettingKind, TlsVersion},
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    let mut unclear = None;
    for setting in inventory.facts.settings.iter().filter(|setting| setting.kind == SettingKind::TlsVersions) {
        examined += 1;
        match setting.tls_min {
            Some(version) if version < TlsVersion::Tls12 => {
                violations.push(at(format!("{} accepts TLS versions before 1.2: `{}`", setting.server, setting.text), &setting.at));
            }
            Some(_) => {}
            None => unclear = unclear.or(Some(setting)),
        }
    }
    match unclear {
        _ if examined == 0 => Verdict::NotApplicable { why: "no configuration of a server sets TLS versions" },
        Some(setting) if violations.is_empty() => Verdict::NotAssessed {
            reason: Reason::AnalyzerFailed,
            why: format!("which TLS versions {} accepts by `{}` could not be told", setting.server, setting.text),
        },
        _ => found(violations, || examined),
    }
}
