//! `DS-0026`: image has no HEALTHCHECK.

use super::stages::{base, effective, is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
    finding::Violation,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    match effective(file, "HEALTHCHECK") {
        Some(check) if check.value.first().is_some_and(|word| word == "NONE") => {
            tally.fail(violation("`HEALTHCHECK NONE` switches the check off", check));
        }
        Some(_) => tally.saw(),
        None => {
            let image = base(file).unwrap_or("scratch");
            if is_open(image) {
                tally.unknown(|| format!("the file has no `HEALTHCHECK`, and its base is `{image}`"));
            } else if let Some(stage) = file.final_stage() {
                tally.fail(Violation::new("the finished image has no `HEALTHCHECK`", "FROM", stage.lines));
            }
        }
    }
    tally.verdict()
}
