//! `DS-0009`: wORKDIR is a relative path.

use super::stages::{violation, with_keyword};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for workdir in with_keyword(file, "WORKDIR") {
        let path = workdir.value.first().map_or("", String::as_str).trim_matches(['"', '\'']);
        let is_drive = path.get(1..2) == Some(":");
        if path.starts_with(['/', '\\', '%']) || is_drive {
            tally.saw();
        } else if path.starts_with('$') {
            tally.unknown(|| format!("the path is `{path}`, and the variable has no default"));
        } else {
            tally.fail(violation(format!("`WORKDIR {path}` is relative to what stands before it"), workdir));
        }
    }
    tally.verdict_or("the file has no `WORKDIR`")
}
