//! `DS-0014`: stage fetches with both wget and curl.

use super::{
    shell,
    stages::{mentions, violation},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for stage in &file.stages {
        let (mut curl, mut wget, mut told) = (false, false, false);
        for run in stage.instructions.iter().filter(|instruction| instruction.keyword == "RUN") {
            tally.saw();
            if told || !mentions(run, &["curl", "wget"]) {
                continue;
            }
            for command in shell::commands(run) {
                curl |= command.name() == "curl";
                wget |= command.name() == "wget";
            }
            if curl && wget {
                told = true;
                tally.fail(violation("the stage fetches with both `wget` and `curl`", run));
            }
        }
    }
    tally.verdict_or("the file runs nothing")
}
