//! `PB-CMP-0017`: service lifts a limit that the daemon sets.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
    node::Node,
};

check!(Compose, run);

/// The usual limit of the daemon itself on open files and processes.
const USUAL: i64 = 1_048_576;

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for entry in service.node.get("ulimits").map(Node::entries).unwrap_or_default() {
        let hard = entry.value.get("hard").unwrap_or(&entry.value);
        let counted = matches!(&*entry.key, "nofile" | "nproc");
        match (hard.as_i64(), hard.text()) {
            (Some(limit), _) if limit < 0 || (counted && limit > USUAL) => {
                let message = format!("service `{}` sets `{}` to {limit}", service.name, entry.key);
                tally.fail(violation(message, service, &format!("ulimits.{}", entry.key), entry.lines()));
            }
            (None, Some("unlimited")) => {
                let message = format!("service `{}` has no limit on `{}`", service.name, entry.key);
                tally.fail(violation(message, service, &format!("ulimits.{}", entry.key), entry.lines()));
            }
            (None, Some(text)) if is_open(text) => tally.unknown(|| format!("`{}` of service `{}` is `{text}`", entry.key, service.name)),
            _ => tally.saw(),
        }
    }
    tally.verdict()
}
