//! `DS-0005`: aDD copies plain files.

use super::stages::{is_open, violation, with_keyword};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for add in with_keyword(file, "ADD") {
        let sources = add.value.split_last().map(|(_, sources)| sources).unwrap_or_default();
        if let Some(source) = sources.iter().find(|source| !is_special(source) && !is_open(source)) {
            tally.fail(violation(format!("`ADD` copies `{source}`, which `COPY` does as well"), add));
        } else if let Some(source) = sources.iter().find(|source| is_open(source) && !is_special(source)) {
            tally.unknown(|| format!("`ADD` copies `{source}`, and the variable has no default"));
        } else {
            tally.saw();
        }
    }
    tally.verdict_or("the file has no `ADD`")
}

/// What `ADD` does more with than copy it.
fn is_special(source: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    let is_remote = ["http://", "https://", "git://", "ssh://", "git@", "ftp://"].iter().any(|scheme| lower.starts_with(scheme));
    let endings = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.z", ".tar.lzma"];
    is_remote || endings.iter().any(|ending| lower.ends_with(ending))
}
