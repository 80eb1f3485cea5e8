//! `PB-DKR-0003`: base image is not fixed by digest.

use super::stages::{is_open, tag_and_digest};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
    finding::Violation,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for stage in file.stages.iter().filter(|stage| stage.parent.is_none() && stage.image != "scratch") {
        let (_, digest) = tag_and_digest(&stage.image);
        if digest.is_some_and(|digest| !is_open(digest)) {
            tally.saw();
        } else if is_open(&stage.image) {
            tally.unknown(|| format!("the base is `{}`, and the variable has no default", stage.image));
        } else {
            tally.fail(Violation::new(format!("the base `{}` has no digest", stage.image), "FROM", stage.lines));
        }
    }
    tally.verdict_or("no stage starts from an image")
}
