//! `DS-0010`: rUN uses sudo.

use super::{
    shell,
    stages::{mentions, violation, with_keyword},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for run in with_keyword(file, "RUN") {
        if mentions(run, &["sudo"]) && shell::commands(run).iter().any(|command| command.sudo) {
            tally.fail(violation("`RUN` uses `sudo`", run));
        } else {
            tally.saw();
        }
    }
    tally.verdict_or("the file runs nothing")
}
