//! `DS-0017`: package lists are updated in a RUN of their own.

use super::{
    shell::{self, Command},
    stages::{mentions, violation, with_keyword},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

/// Programs that share lists, what updates the lists, and what uses them.
const MANAGERS: [(&[&str], &[&str], &[&str]); 4] = [
    (
        &["apt-get", "apt", "aptitude"],
        &["update"],
        &["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "download", "satisfy", "safe-upgrade"],
    ),
    (&["apk"], &["update"], &["add", "upgrade", "fetch", "fix"]),
    (
        &["yum", "dnf", "microdnf", "tdnf"],
        &["update", "makecache", "check-update"],
        &["install", "localinstall", "groupinstall", "reinstall", "builddep", "download", "distro-sync", "swap", "group", "module"],
    ),
    (&["zypper"], &["refresh", "ref"], &["install", "in", "update", "up", "patch", "dup", "dist-upgrade", "source-install", "si"]),
];

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for run in with_keyword(file, "RUN") {
        tally.saw();
        if !mentions(run, &["update", "makecache", "ref"]) {
            continue;
        }
        let commands = shell::commands(run);
        for (programs, updates, uses) in MANAGERS {
            let of = |command: &&Command| programs.contains(&command.name());
            let Some(at) = commands.iter().position(|command| of(&command) && updates_all(command, updates)) else { continue };
            let used = commands.iter().skip(at + 1).any(|command| {
                // Programs that install for others, and scripts that take arguments, use the lists as well.
                (of(&command) && command.verb(uses).is_some())
                    || (command.words.iter().any(|word| programs.contains(&word.as_str())) && command.verb(uses).is_some())
            });
            if !used && let Some(command) = commands.get(at) {
                tally.fail(violation(format!("`{}` stands alone", command.words.join(" ")), run));
            }
        }
    }
    tally.verdict_or("the file runs nothing")
}

/// An update of the lists, or of everything: one that names packages installs them.
fn updates_all(command: &Command, updates: &[&str]) -> bool {
    let Some(verb) = command.verb(updates) else { return false };
    let names = command.args().iter().skip_while(|word| *word != verb).skip(1).any(|word| !word.starts_with('-'));
    !names || verb != "update" || command.name().starts_with("ap")
}
