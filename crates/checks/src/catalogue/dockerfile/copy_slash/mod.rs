//! `DS-0011`: cOPY of several sources does not name a folder.

use super::stages::{instructions, is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for copy in instructions(file).filter(|i| matches!(i.keyword.as_str(), "COPY" | "ADD")) {
        let Some((target, sources)) = copy.value.split_last() else { continue };
        let is_folder = target.ends_with(['/', '\\']) || target == "." || target.ends_with("/.");
        if sources.len() < 2 || is_folder {
            tally.saw();
        } else if target.ends_with('}') || target.rsplit('/').next().is_some_and(is_open) {
            tally.unknown(|| format!("the destination is `{target}`, and the variable has no default"));
        } else {
            tally.fail(violation(format!("`{}` has several sources and the destination `{target}`", copy.keyword), copy));
        }
    }
    tally.verdict_or("the file copies nothing")
}
