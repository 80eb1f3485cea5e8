//! `DS-0029`: apt installs recommended packages.

use super::{
    shell,
    stages::{mentions, shipped, violation},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for stage in shipped(file) {
        let mut configured = false;
        for instruction in &stage.instructions {
            configured |= mentions(instruction, &["APT::Install-Recommends", "apt::install-recommends"]);
            if instruction.keyword != "RUN" || !mentions(instruction, &["apt"]) {
                continue;
            }
            for command in shell::commands(instruction).iter().filter(|command| matches!(command.name(), "apt-get" | "apt" | "aptitude")) {
                if command.verb(&["install"]).is_none() || command.args().iter().filter(|word| !word.starts_with('-')).count() < 2 {
                    continue;
                }
                if configured || command.has_flag(&["--no-install-recommends", "--without-recommends", "-R"]) {
                    tally.saw();
                } else {
                    tally.fail(violation(format!("`{} install` without `--no-install-recommends`", command.name()), instruction));
                }
            }
        }
    }
    tally.verdict_or("the finished image installs nothing with apt")
}
