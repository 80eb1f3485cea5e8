//! `PB-DKR-0002`: packages are installed without verification.

use super::{
    shell::{self, is_fetcher},
    stages::{instructions, mentions, violation},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::{Dockerfile, Instruction},
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for instruction in instructions(file) {
        match instruction.keyword.as_str() {
            "RUN" => match unverified(instruction) {
                Some(what) => tally.fail(violation(format!("packages are not verified (`{what}`)"), instruction)),
                None => tally.saw(),
            },
            "ENV" | "ARG" => {
                let off = instruction.pairs.iter().find(|(name, value)| switches_off(name, value.as_deref().unwrap_or_default()));
                if let Some((name, value)) = off {
                    let message = format!("packages are not verified (`{name}={}`)", value.as_deref().unwrap_or_default());
                    tally.fail(violation(message, instruction));
                }
            }
            _ => {}
        }
    }
    tally.verdict_or("the file runs nothing")
}

fn switches_off(name: &str, value: &str) -> bool {
    match name.to_ascii_lowercase().as_str() {
        "npm_config_strict_ssl" | "yarn_strict_ssl" | "yarn_enable_strict_ssl" => matches!(value, "false" | "0"),
        "pip_trusted_host" | "uv_insecure_host" => !value.is_empty(),
        _ => false,
    }
}

/// The word that switches a check off.
fn unverified(run: &Instruction) -> Option<String> {
    let hints = ["--", "apt-key", "trusted", "gpgcheck", "strict", "Unauthenticated", "Insecure"];
    if !mentions(run, &hints) {
        return None;
    }
    let commands = shell::commands(run);
    commands.iter().find_map(|command| {
        let name = command.name();
        match name {
            "apt-get" | "apt" | "aptitude" => command.args().iter().find(|word| {
                let lower = word.to_ascii_lowercase();
                let option = lower.contains("allowunauthenticated=") || lower.contains("allowinsecurerepositories=");
                matches!(lower.as_str(), "--allow-unauthenticated" | "--force-yes" | "--allow-insecure-repositories")
                    || (option && !lower.ends_with("=false") && !lower.ends_with("=0"))
            }),
            "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum-config-manager" => command.args().iter().find(|word| {
                let lower = word.to_ascii_lowercase();
                lower == "--nogpgcheck"
                    || lower == "--no-gpgchecks"
                    || ["gpgcheck=0", "gpgcheck=false", "gpgcheck=no"].iter().any(|off| lower.ends_with(off))
            }),
            "zypper" => command
                .args()
                .iter()
                .find(|word| matches!(word.as_str(), "--no-gpg-checks" | "--no-gpgcheck" | "--gpgcheck-allow-unsigned")),
            "rpm" => command.args().iter().find(|word| matches!(word.as_str(), "--nosignature" | "--nodigest" | "--noverify" | "--nogpg")),
            "apk" => command.args().iter().find(|word| *word == "--allow-untrusted"),
            "apt-key" => {
                let from_network = command.reads.and_then(|other| commands.get(other)).is_some_and(|other| is_fetcher(other.name()));
                command.args().iter().find(|word| *word == "adv" || (*word == "add" && from_network))
            }
            "npm" | "yarn" | "pnpm" => {
                let off =
                    command.args().windows(2).any(|pair| matches!(pair, [key, value] if key.ends_with("strict-ssl") && value == "false"));
                let word = command.args().iter().find(|word| word.ends_with("strict-ssl") || word.ends_with("strict-ssl=false"));
                word.filter(|word| off || word.ends_with("=false"))
            }
            _ if name.starts_with("pip") || name.starts_with("python") || matches!(name, "uv" | "pipx") => {
                command.args().iter().find(|word| word.starts_with("--trusted-host") || word.starts_with("--allow-insecure-host"))
            }
            "echo" | "printf" | "tee" | "sed" | "add-apt-repository" | "cat" => command.args().iter().find(|word| is_trusting_source(word)),
            _ => None,
        }
        .map(|word| format!("{name} {}", word.chars().take(60).collect::<String>()))
    })
}

/// A line of `sources.list` or of a `.repo` file.
fn is_trusting_source(text: &str) -> bool {
    let source = text.contains("deb") && (text.contains("trusted=yes") || text.contains("allow-insecure=yes"));
    source || text.contains("gpgcheck=0")
}
