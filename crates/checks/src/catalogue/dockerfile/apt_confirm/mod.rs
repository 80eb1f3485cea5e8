//! `DS-0021`: apt asks for confirmation.

use super::{
    shell::{self, Command},
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
        let mut configured = false;
        for instruction in &stage.instructions {
            configured |= mentions(instruction, &["Assume-Yes", "assume-yes"]);
            if instruction.keyword != "RUN" || !mentions(instruction, &["apt"]) {
                continue;
            }
            let commands = shell::commands(instruction);
            for command in commands.iter().filter(|command| matches!(command.name(), "apt-get" | "apt" | "aptitude")) {
                if command.verb(&["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "reinstall"]).is_none() {
                    continue;
                }
                let answered = command
                    .reads
                    .and_then(|other| commands.get(other))
                    .is_some_and(|other| matches!(other.name(), "yes" | "echo" | "printf"));
                if configured || answered || command.args().iter().any(|word| assumes_yes(word)) {
                    tally.saw();
                } else {
                    tally.fail(violation(format!("`{}` asks for confirmation", short(command)), instruction));
                }
            }
        }
    }
    tally.verdict_or("nothing is installed with apt")
}

/// `-y`, `-qq`, `-qqy`, `--yes`; `--trivial-only` and the like are not.
fn assumes_yes(word: &str) -> bool {
    if word.starts_with("--") {
        return matches!(word, "--yes" | "--assume-yes" | "--force-yes" | "--quiet=2");
    }
    // A variable may hold any option.
    let is_short = word.starts_with('-') && word.len() > 1;
    word.starts_with('$') || word == "-q=2" || (is_short && !word.contains("::") && (word.contains('y') || word.matches('q').count() > 1))
}

fn short(command: &Command) -> String {
    command.words.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(" ")
}
