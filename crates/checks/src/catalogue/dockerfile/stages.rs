//! Which instructions a check is about, and what they say.

use super::shell::{self, Command};
use probity_model::{
    check::Verdict,
    dockerfile::{Dockerfile, Instruction, Stage},
    finding::Violation,
};
use std::collections::HashSet;

/// All instructions of all stages.
pub(super) fn instructions(file: &Dockerfile) -> impl Iterator<Item = &Instruction> {
    file.stages.iter().flat_map(|stage| &stage.instructions)
}

/// Instructions with a keyword, of all stages.
pub(super) fn with_keyword<'f>(file: &'f Dockerfile, keyword: &'static str) -> impl Iterator<Item = &'f Instruction> {
    instructions(file).filter(move |instruction| instruction.keyword == keyword)
}

/// `RUN` instructions that mention one of `words`, of stages whose files are in the finished image. Most checks look at few of them, and only
/// those are taken apart.
pub(super) fn shipped_runs<'f>(
    file: &'f Dockerfile,
    words: &'static [&'static str],
) -> impl Iterator<Item = (&'f Instruction, Vec<Command>)> {
    shipped(file)
        .into_iter()
        .flat_map(|stage| &stage.instructions)
        .filter(move |instruction| instruction.keyword == "RUN" && mentions(instruction, words))
        .map(|run| (run, shell::commands(run)))
}

pub(super) fn mentions(instruction: &Instruction, words: &[&str]) -> bool {
    instruction.value.iter().any(|text| words.iter().any(|word| text.contains(word)))
}

/// Stages whose whole file system is part of the finished image, in the order of the file: the last stage, what it is built on, and stages
/// that one of these copies as a whole (`COPY --from=rootfs / /`).
pub(super) fn shipped(file: &Dockerfile) -> Vec<&Stage> {
    let mut wanted: HashSet<usize> = HashSet::new();
    let mut open: Vec<usize> = file.stages.len().checked_sub(1).into_iter().collect();
    while let Some(index) = open.pop() {
        let Some(stage) = file.stages.get(index).filter(|_| wanted.insert(index)) else { continue };
        open.extend(stage.parent);
        for copy in stage.instructions.iter().filter(|instruction| instruction.keyword == "COPY") {
            if copy.value.first().is_some_and(|source| source == "/")
                && let Some(from) = copy.flag("from").and_then(|flag| flag.value.as_deref())
            {
                open.extend(stage_index(file, from).filter(|from| *from < index));
            }
        }
    }
    file.stages.iter().enumerate().filter(|(index, _)| wanted.contains(index)).map(|(_, stage)| stage).collect()
}

/// The stage that `--from` names, by name or number.
pub(super) fn stage_index(file: &Dockerfile, from: &str) -> Option<usize> {
    let named = file.stages.iter().position(|stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(from)));
    named.or_else(|| from.parse().ok().filter(|index| *index < file.stages.len()))
}

/// The last instruction with a keyword that the finished image is configured by, from the last stage down to its first base.
pub(super) fn effective<'f>(file: &'f Dockerfile, keyword: &str) -> Option<&'f Instruction> {
    file.final_chain()
        .into_iter()
        .find_map(|stage| stage.instructions.iter().rev().find(|instruction| instruction.keyword == keyword && !instruction.onbuild))
}

/// The image that the last stage rests on.
pub(super) fn base(file: &Dockerfile) -> Option<&str> {
    file.final_chain().last().map(|stage| stage.image.as_str())
}

/// Whether a variable is left that the file does not determine.
pub(super) fn is_open(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic()))
}

/// Tag and digest of an image reference.
pub(super) fn tag_and_digest(image: &str) -> (Option<&str>, Option<&str>) {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    (last.split_once(':').map(|(_, tag)| tag), digest)
}

pub(super) fn violation(message: impl Into<String>, instruction: &Instruction) -> Violation {
    Violation::new(message, instruction.keyword.clone(), instruction.lines)
}

/// Instructions of one stage of which only the last one counts.
pub(super) fn only_last(file: &Dockerfile, keyword: &'static str) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    for stage in &file.stages {
        let mut last: Option<&Instruction> = None;
        for instruction in stage.instructions.iter().filter(|instruction| instruction.keyword == keyword && !instruction.onbuild) {
            examined += 1;
            if let Some(earlier) = last.replace(instruction) {
                let message = format!("`{keyword}` has no effect, since the one in line {} replaces it", instruction.lines.start);
                violations.push(violation(message, earlier));
            }
        }
    }
    if examined == 0 { Verdict::NotApplicable { why: "the file has no such instruction" } } else { Verdict::of(violations, examined) }
}

/// A package manager, and what is left behind when it does its work.
pub(super) struct Manager {
    pub(super) programs: &'static [&'static str],
    /// What fills the cache.
    pub(super) verbs: &'static [&'static str],
    /// What empties it: the program and a verb, such as `dnf` `clean`.
    pub(super) clean: &'static [&'static str],
    /// Where it is.
    pub(super) cache: &'static str,
    /// Options that keep it from being written.
    pub(super) without: &'static [&'static str],
}

/// `RUN` instructions of the finished image that leave the cache of a package manager in their layer.
pub(super) fn leaves_cache(file: &Dockerfile, manager: &Manager) -> Verdict {
    let mut violations = Vec::new();
    let mut examined = 0;
    for (run, commands) in shipped_runs(file, manager.programs) {
        let fills = |command: &Command| manager.programs.contains(&command.name()) && command.verb(manager.verbs).is_some();
        if !commands.iter().any(fills) {
            continue;
        }
        examined += 1;
        let Some((at, command)) = commands.iter().enumerate().rfind(|(_, command)| fills(command) && !command.has_flag(manager.without))
        else {
            continue;
        };
        if mounts_cache(run, manager.cache) || commands.iter().skip(at + 1).any(|command| empties(command, manager)) {
            continue;
        }
        let name = command.name();
        violations.push(violation(format!("`{name}` leaves its cache in the layer"), run));
    }
    if examined == 0 {
        return Verdict::NotApplicable { why: "the finished image installs nothing with this package manager" };
    }
    Verdict::of(violations, examined)
}

fn empties(command: &Command, manager: &Manager) -> bool {
    match command.name() {
        "rm" | "find" => command.args().iter().any(|path| {
            let folder = path.trim_end_matches('*').trim_end_matches('/');
            folder.starts_with("/var/cache") && (manager.cache.starts_with(folder) || folder.starts_with(manager.cache))
        }),
        // `yum` is a link to `dnf` on newer systems.
        "yum" | "dnf" | "microdnf" | "tdnf" | "zypper" | "apk" => command.verb(manager.clean).is_some(),
        _ => false,
    }
}

/// Whether the cache lives in a mount of the build, and so in no layer.
fn mounts_cache(run: &Instruction, cache: &str) -> bool {
    run.flags.iter().filter(|flag| flag.name == "mount").filter_map(|flag| flag.value.as_deref()).any(|mount| {
        let mut kind = "bind";
        let mut target = "";
        for field in mount.split(',') {
            match field.split_once('=') {
                Some(("type", value)) => kind = value,
                Some(("target" | "dst" | "destination", value)) => target = value.trim_end_matches('/'),
                _ => {}
            }
        }
        matches!(kind, "cache" | "tmpfs") && !target.is_empty() && cache.starts_with(target)
    })
}
