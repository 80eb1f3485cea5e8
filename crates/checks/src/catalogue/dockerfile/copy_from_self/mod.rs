//! `DS-0006`: cOPY --from names its own stage.

use super::stages::violation;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for (index, stage) in file.stages.iter().enumerate() {
        for copy in stage.instructions.iter().filter(|instruction| instruction.keyword == "COPY") {
            let Some(from) = copy.flag("from").and_then(|flag| flag.value.as_deref()) else { continue };
            let is_name = stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(from));
            if is_name || from.parse() == Ok(index) {
                tally.fail(violation(format!("`COPY --from={from}` names the stage that it is part of"), copy));
            } else {
                tally.saw();
            }
        }
    }
    tally.verdict_or("nothing is copied from a stage")
}
