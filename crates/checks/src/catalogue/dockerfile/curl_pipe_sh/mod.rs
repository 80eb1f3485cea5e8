//! `PB-DKR-0001`: script from the network is run without a look.

use super::{
    shell::{self, Command, is_fetcher, is_shell},
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
        if mentions(run, &["curl", "wget", "fetch", "aria2c", "iwr", "irm", "ownload", "nvoke-"]) && runs_unseen(run) {
            tally.fail(violation("a script from the network is run as it comes", run));
        } else {
            tally.saw();
        }
    }
    tally.verdict_or("the file runs nothing")
}

fn runs_unseen(run: &Instruction) -> bool {
    let commands = shell::commands(run);
    let piped = commands.iter().any(|command| {
        if !reads_program(command) {
            return false;
        }
        // Through whatever stands between: `curl | gunzip | sh`. Pipes lead back only, so the walk ends.
        let mut at = command.reads;
        while let Some(source) = at.and_then(|index| commands.get(index)) {
            if is_fetcher(source.name()) {
                return true;
            }
            at = source.reads;
        }
        false
    });
    let substituted = commands.iter().any(|command| {
        is_fetcher(command.name())
            && command.inside.and_then(|outer| commands.get(outer)).is_some_and(|outer| {
                let name = outer.name();
                let is_process = outer.args().iter().any(|word| word.starts_with("<("));
                let is_script =
                    outer.has_flag(&["-c", "-lc", "-ec", "-ic", "-xc"]) || outer.args().iter().any(|word| word == "-e" || word == "-r");
                name == "eval"
                    || name.starts_with("$(")
                    || (matches!(name, "." | "source") && is_process)
                    || ((is_shell(name) || is_interpreter(name)) && (is_process || is_script))
            })
    });
    piped || substituted || run.value.iter().any(|text| is_powershell(text))
}

fn is_powershell(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let fetches = ["iwr", "irm", "invoke-webrequest", "invoke-restmethod", "downloadstring"];
    let runs = words.clone().any(|word| matches!(word, "iex" | "invoke-expression"));
    runs && words.any(|word| fetches.contains(&word))
}

fn is_interpreter(name: &str) -> bool {
    name.starts_with("python") || matches!(name, "perl" | "ruby" | "node" | "php" | "pwsh" | "lua" | "deno")
}

/// Whether a command takes its program from standard input.
fn reads_program(command: &Command) -> bool {
    let shell = is_shell(command.name());
    if !shell && !is_interpreter(command.name()) {
        return false;
    }
    for word in command.args() {
        match word.as_str() {
            "-" | "/dev/stdin" => return true,
            "-s" | "--stdin" if shell => return true,
            "-o" | "+o" | "--" | "pipefail" | "errexit" | "xtrace" | "nounset" => {}
            // The program is in the arguments, and what comes in is data.
            word if word.starts_with('-') && !word.starts_with("--") => {
                let takes = if shell { "c" } else { "cemprn" };
                if word.contains('s') && shell {
                    return true;
                }
                if word.contains(|c| takes.contains(c)) {
                    return false;
                }
            }
            word if word.starts_with('-') => {}
            _ => return false,
        }
    }
    true
}
