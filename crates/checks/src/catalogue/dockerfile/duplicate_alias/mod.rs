//! `DS-0012`: two stages have the same name.

use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
    finding::Violation,
};
use std::collections::HashSet;

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let mut seen: HashSet<String> = HashSet::new();
    for stage in &file.stages {
        let Some(name) = &stage.name else { continue };
        if seen.insert(name.to_ascii_lowercase()) {
            tally.saw();
        } else {
            tally.fail(Violation::new(format!("another stage is named `{name}` already"), "FROM", stage.lines));
        }
    }
    tally.verdict_or("no stage has a name")
}
