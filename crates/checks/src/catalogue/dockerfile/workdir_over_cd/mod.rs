//! `DS-0013`: rUN starts by changing the folder.

use super::{
    shell::{self, Command, is_shell},
    stages::{mentions, violation, with_keyword},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::{Dockerfile, Instruction},
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for run in with_keyword(file, "RUN") {
        match mentions(run, &["cd "]).then(|| shell::commands(run)).and_then(|commands| first_folder(run, &commands)) {
            Some(folder) => tally.fail(violation(format!("`RUN` starts with `cd {folder}`"), run)),
            None => tally.saw(),
        }
    }
    tally.verdict_or("the file runs nothing")
}

fn first_folder(run: &Instruction, commands: &[Command]) -> Option<String> {
    if run.value.first().is_some_and(|text| text.trim_start().starts_with('(')) {
        return None;
    }
    let is_setup = |command: &&Command| command.name() == "set" || (run.json && is_shell(command.name())) || command.words.is_empty();
    let first = commands.iter().find(|command| !is_setup(command))?;
    let folder = first.args().first().filter(|_| first.name() == "cd")?;
    (!folder.contains('$') && !matches!(folder.as_str(), "-" | "~")).then(|| folder.clone())
}
