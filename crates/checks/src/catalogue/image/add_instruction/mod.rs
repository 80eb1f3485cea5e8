//! `PB-IMG-0015`: image was built with ADD of plain files.

use super::places::no_history;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    if let Some(verdict) = no_history(inventory) {
        return verdict;
    }
    let history = inventory.subject.image.as_ref().map(|image| image.history.as_slice()).unwrap_or_default();
    let mut tally = Tally::default();
    for (index, step) in history.iter().enumerate() {
        let text = step.created_by.as_deref().unwrap_or_default();
        let text = text.strip_prefix("/bin/sh -c ").unwrap_or(text).trim();
        let text = text.strip_prefix("#(nop)").unwrap_or(text).trim();
        let Some(arguments) = text.strip_prefix("ADD ") else {
            tally.saw();
            continue;
        };
        let arguments = arguments.split(" # buildkit").next().unwrap_or(arguments);
        let words = || arguments.split_whitespace().filter(|word| !word.starts_with("--") && *word != "in");
        let target = words().next_back().unwrap_or_default();
        let sources = words().count().saturating_sub(1);
        let mut plain = words().take(sources).filter(|source| !is_special(source, target));
        match plain.next() {
            None => tally.saw(),
            Some(source) if source.starts_with("file:") => {
                tally.unknown(|| "the history has an `ADD` whose source it does not name".to_owned());
            }
            Some(source) => {
                let source: String = source.chars().take(60).collect();
                let layer = inventory.subject.layers.iter().position(|layer| layer.history.is_some_and(|step| step as usize == index));
                tally.fail(Violation {
                    message: format!("`ADD` copied `{source}` to `{target}`"),
                    locator: format!("history[{index}]"),
                    layer: layer.and_then(|layer| u32::try_from(layer).ok()),
                    ..Violation::default()
                });
            }
        }
    }
    tally.verdict()
}

/// What `ADD` does more with than copy it, or the step that lays down a root file system.
fn is_special(source: &str, target: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    let is_root = source.starts_with("file:") && target == "/";
    let is_remote = lower.contains("://") || lower.starts_with("git@");
    let endings = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar.lzma"];
    is_root || is_remote || endings.iter().any(|ending| lower.ends_with(ending))
}
