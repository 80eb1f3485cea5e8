//! Go programs: the modules that the linker wrote into them.
//!
//! <https://pkg.go.dev/debug/buildinfo>, and `src/debug/buildinfo` of Go for the layout, which has no specification.
//!
//! Since Go 1.18 version and modules stand in the blob itself; from 1.13 to 1.17 the blob points to two strings in memory. Go 1.12 has no blob, only the
//! string with its markers: it is found in the data of a program that has the tables of Go.
//!
//! The version of the main module is often `(devel)` or made of a commit. Then `-ldflags "-X main.version=…"` tells it, or, when `-trimpath` hid the flags,
//! the string that the linker made of them, named in the symbol table.
//!
//! Odd: nothing tells direct modules from others. A replaced module has the path and version of its replacement, which for a folder is a path without a
//! version. A program without modules (built outside of module mode) has only the standard library, and that is said.

use super::{GOBINARY, STDLIB};
use crate::{
    packages::program::{memory, packer, programs, section},
    unit::{Run, Unit},
};
use memchr::memmem;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, read::File as Program};
use probity_model::{
    Capability, Diagnostic, Facts, Package, Place, Reason,
    analyzer::{AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::BTreeMap;

pub(crate) const PROGRAM: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/go-binary",
        version: 1,
        claims: &[Pattern::Program],
        provides: &[Capability::Packages],
        max_bytes: 1 << 30,
    },
    run: Run::Lenient(program),
};

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The blob and its fixed fields; strings follow in the newer format.
const BLOB_BYTES: usize = 32;
/// Markers around the list of modules, so that it can be found in a core dump.
const MARKER_BYTES: usize = 16;
const START: &[u8; MARKER_BYTES] = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
const END: &[u8; MARKER_BYTES] = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";
/// No list of modules is a tenth as long.
const MAX_TEXT: u64 = 16 << 20;
const MAX_VERSION: usize = 200;

#[derive(Debug, Default, PartialEq)]
struct BuildInfo {
    go: String,
    /// The list of modules without its markers; empty when there is none.
    modules: String,
}

#[derive(Debug, Default)]
struct Module {
    path: String,
    version: String,
}

#[derive(Debug, Default)]
struct Modules {
    /// The import path of the main package: `cmd/go` for the tools of Go itself.
    package: String,
    main: Option<Module>,
    dependencies: Vec<Module>,
    settings: BTreeMap<String, String>,
}

fn program(file: &File<'_>, out: &mut Facts) {
    if let Some(packer) = packer(file.bytes) {
        out.diagnostics.push(
            Diagnostic::warning(Reason::AnalyzerFailed, format!("is packed with {packer}: what it was built from cannot be read"))
                .at(file.path)
                .hint("unpack it with `upx -d`, or scan it before it is packed")
                .affecting([Capability::Packages]),
        );
        return;
    }
    for program in programs(file.bytes) {
        let Some(info) = build_info(&program) else { continue };
        let modules = parse(&info.modules);
        if modules.main.is_none() && modules.dependencies.is_empty() && !modules.package.starts_with("cmd/") {
            out.diagnostics.push(
                Diagnostic::warning(
                    Reason::AnalyzerFailed,
                    "a Go program without a list of its modules: only its standard library is known",
                )
                .at(file.path)
                .affecting([Capability::Packages]),
            );
        }
        packages(&program, &info, modules, file.path, out);
        // The parts of a universal file are built from the same modules.
        return;
    }
}

fn packages(program: &Program<'_>, info: &BuildInfo, modules: Modules, path: &str, out: &mut Facts) {
    let package = |name: String, version: String, relationship| {
        // Ids have the `v` that versions from flags may lack.
        let id = match version.as_str() {
            "" => name.clone(),
            version if !version.starts_with('v') => format!("{name}@v{version}"),
            _ => String::new(),
        };
        Package { name, version, id, relationship, at: Place::file(path), ..Package::of(&GOBINARY) }
    };
    let mut found = vec![package(STDLIB.to_owned(), go_version(&info.go), Relationship::Direct)];
    for module in modules.dependencies {
        // Programs of old versions may list themselves without a path.
        if !module.path.is_empty() {
            found.push(package(module.path, released(module.version), Relationship::Unknown));
        }
    }
    if let Some(main) = modules.main.filter(|main| !main.path.is_empty()) {
        let version = main_version(program, &main, &modules.settings);
        let mut root = package(main.path, version, Relationship::Root);
        root.depends_on = found.iter().map(Package::key).collect();
        root.depends_on.sort_unstable();
        root.depends_on.dedup();
        found.push(root);
    }
    out.packages.append(&mut found);
}

/// `v1.22.3` of `go1.22.3 X:boringcrypto`; empty for a version between releases that names none.
fn go_version(text: &str) -> String {
    let text = text.strip_prefix("devel ").unwrap_or(text);
    let Some(version) = text.strip_prefix("go") else { return String::new() };
    let version = version.split(' ').next().unwrap_or_default();
    // Experiments follow with a dash since Go 1.26, before that with a space.
    let version = version.split("-X:").next().unwrap_or_default();
    format!("v{version}")
}

fn released(version: String) -> String {
    if version == "(devel)" { String::new() } else { version }
}

/// The blob, wherever the linker put it.
fn build_info(program: &Program<'_>) -> Option<BuildInfo> {
    if let Some(data) = section(program, ".go.buildinfo") {
        return blob(program, data);
    }
    for segment in program.segments() {
        // A string with the magic may stand in the code of programs that look for it, such as ours.
        if segment.permissions().writable()
            && let Ok(data) = segment.data()
        {
            // The blob is aligned in memory.
            let skew = usize::try_from(segment.address() % 16).unwrap_or(0);
            let mut from = 0;
            while let Some(at) = data.get(from..).and_then(|rest| memmem::find(rest, MAGIC)) {
                if (from + at + skew).is_multiple_of(16)
                    && let Some(info) = blob(program, data.get(from + at..).unwrap_or_default())
                {
                    return Some(info);
                }
                from += at + MAGIC.len();
            }
        }
    }
    without_blob(program)
}

/// Reads a blob that begins `data`.
fn blob(program: &Program<'_>, data: &[u8]) -> Option<BuildInfo> {
    let at = memmem::find(data.get(..data.len().min(1 << 16))?, MAGIC)?;
    let data = data.get(at..)?;
    let head = data.first_chunk::<BLOB_BYTES>()?;
    let (pointer, flags) = (usize::from(head[14]), head[15]);
    if flags & 2 != 0 {
        let (go, rest) = prefixed(data.get(BLOB_BYTES..)?)?;
        let modules = prefixed(rest).map_or(&[][..], |(modules, _)| modules);
        return Some(BuildInfo { go: text(go), modules: text(unmarked(modules)) });
    }
    if pointer != 4 && pointer != 8 {
        return None;
    }
    let big = flags & 1 != 0;
    let word = |bytes: &[u8]| -> Option<u64> {
        Some(match (pointer, big) {
            (4, true) => u64::from(u32::from_be_bytes(*bytes.first_chunk()?)),
            (4, false) => u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
            (_, true) => u64::from_be_bytes(*bytes.first_chunk()?),
            (_, false) => u64::from_le_bytes(*bytes.first_chunk()?),
        })
    };
    let string = |at: usize| -> Option<&[u8]> {
        let header = memory(program, word(data.get(at..)?)?, 2 * pointer as u64)?;
        let (address, length) = (word(header)?, word(header.get(pointer..)?)?);
        if length > MAX_TEXT { None } else { memory(program, address, length) }
    };
    let go = string(16)?;
    Some(BuildInfo { go: text(go), modules: string(16 + pointer).map(unmarked).map(text).unwrap_or_default() })
}

/// Go 1.12: the marked text in the data of a program that has Go's tables; the version is a variable.
fn without_blob(program: &Program<'_>) -> Option<BuildInfo> {
    let go = [".gopclntab", ".note.go.buildid", ".go.buildid"].iter().any(|name| program.section_by_name(name).is_some());
    if !go {
        return None;
    }
    let mut data = program.sections().filter_map(|section| section.data().ok());
    let modules = data.find_map(|data| {
        let start = memmem::find(data, START)?;
        let after = data.get(start + MARKER_BYTES..)?;
        let after = after.get(..after.len().min(usize::try_from(MAX_TEXT).ok()?))?;
        after.get(..memmem::find(after, END)?)
    })?;
    let version = program.symbols().find(|symbol| symbol.name() == Ok("runtime.buildVersion")).and_then(|symbol| {
        let pointer = if program.is_64() { 8 } else { 4 };
        let header = memory(program, symbol.address(), 2 * pointer)?;
        let word = |bytes: &[u8]| -> Option<u64> {
            Some(match (program.is_64(), program.is_little_endian()) {
                (true, true) => u64::from_le_bytes(*bytes.first_chunk()?),
                (true, false) => u64::from_be_bytes(*bytes.first_chunk()?),
                (false, true) => u64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
                (false, false) => u64::from(u32::from_be_bytes(*bytes.first_chunk()?)),
            })
        };
        let (address, length) = (word(header)?, word(header.get(usize::try_from(pointer).ok()?..)?)?);
        if length > MAX_VERSION as u64 { None } else { memory(program, address, length) }
    });
    Some(BuildInfo { go: version.map(text).unwrap_or_default(), modules: text(modules) })
}

/// A string after its length as a varint, and what follows it.
fn prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (at, byte) in data.iter().enumerate().take(10) {
        length |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            if length > MAX_TEXT {
                return None;
            }
            return data.get(at + 1..)?.split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// The text between the markers.
fn unmarked(text: &[u8]) -> &[u8] {
    let inner = text.get(MARKER_BYTES..text.len().saturating_sub(MARKER_BYTES)).unwrap_or_default();
    if inner.ends_with(b"\n") { inner } else { &[] }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The list of modules: lines of words with tabs between them.
fn parse(text: &str) -> Modules {
    let mut out = Modules::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words.as_slice() {
            ["path", path, ..] => (*path).clone_into(&mut out.package),
            ["mod", path, version, ..] => out.main = Some(module(path, version)),
            ["dep", path, version, ..] => out.dependencies.push(module(path, version)),
            ["=>", path, version, ..] => {
                // The main module cannot be replaced.
                if let Some(last) = out.dependencies.last_mut() {
                    *last = module(path, version);
                }
            }
            ["build", setting, ..] => {
                if let Some((key, value)) = setting.split_once('=') {
                    let key = key.trim_matches('"');
                    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                    let value = quoted.map_or_else(|| value.to_owned(), |value| value.replace("\\\"", "\"").replace("\\\\", "\\"));
                    out.settings.insert(key.to_owned(), value);
                }
            }
            _ => {}
        }
    }
    out
}

fn module(path: &str, version: &str) -> Module {
    Module { path: path.to_owned(), version: version.to_owned() }
}

/// The best that is known of the main module's version.
fn main_version(program: &Program<'_>, main: &Module, settings: &BTreeMap<String, String>) -> String {
    let stamped = released(main.version.clone());
    if !stamped.is_empty() && !is_pseudo(&stamped) {
        return stamped;
    }
    let flags = settings.get("-ldflags").map(|flags| variables(flags)).unwrap_or_default();
    if let Some(version) = choose(&main.path, flags.iter().map(|(key, value)| (key.as_str(), value.as_str()))) {
        return version;
    }
    choose(&main.path, named_strings(program).iter().map(|(key, value)| (key.as_str(), value.as_str()))).unwrap_or(stamped)
}

/// `v0.0.0-20240102150405-abcdefabcdef` and its relatives: made from a commit.
fn is_pseudo(version: &str) -> bool {
    let core = version.split('+').next().unwrap_or_default();
    let Some((left, revision)) = core.rsplit_once('-') else { return false };
    let Some((before, time)) = left.len().checked_sub(14).and_then(|at| left.split_at_checked(at)) else { return false };
    let alphanumeric = !revision.is_empty() && revision.bytes().all(|byte| byte.is_ascii_alphanumeric());
    alphanumeric
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && version.starts_with('v')
        && (before.ends_with(".0.0-") || before.ends_with("-0.") || before.ends_with(".0."))
}

/// Variables that `-X` sets.
fn variables(flags: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut words = shell_words(flags).into_iter();
    while let Some(word) = words.next() {
        let pair = match word.trim_start_matches('-').strip_prefix('X') {
            Some("") if word.starts_with('-') => words.next(),
            Some(rest) if word.starts_with('-') => Some(rest.strip_prefix('=').unwrap_or(rest).to_owned()),
            _ => None,
        };
        if let Some((key, value)) = pair.as_deref().and_then(|pair| pair.split_once('=')) {
            out.push((key.trim_start_matches('\'').to_owned(), value.trim_end_matches('\'').to_owned()));
        }
    }
    out
}

/// Words as a shell splits them.
fn shell_words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == c => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, _) if c.is_whitespace() => out.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out
}

/// Strings that the linker made for `-X`: the symbol `main.version.str` has the text of `main.version`.
fn named_strings(program: &Program<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for symbol in program.symbols() {
        let Some(key) = symbol.name().ok().and_then(|name| name.strip_suffix(".str")).filter(|key| is_version_key(key)) else { continue };
        let size = symbol.size();
        if size == 0 || size > MAX_VERSION as u64 || out.len() > 100 {
            continue;
        }
        if let Some(value) = memory(program, symbol.address(), size) {
            out.push((key.to_owned(), text(value).trim_end_matches('\0').to_owned()));
        }
    }
    out
}

fn is_version_key(key: &str) -> bool {
    key.rsplit_once('.').is_some_and(|(_, name)| name.eq_ignore_ascii_case("version") || name.eq_ignore_ascii_case("ver"))
}

/// The variable that most likely holds the version of the module. When two of the likeliest contradict each other, none does.
fn choose<'a>(module: &str, variables: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut classes: [Vec<&str>; 3] = [const { Vec::new() }; 3];
    for (key, value) in variables.filter(|(key, value)| is_version_key(key) && is_semantic(value)) {
        let package = key.rsplit_once('/').map_or(key, |(_, last)| last).split('.').next().unwrap_or_default().to_ascii_lowercase();
        let of_command = key.strip_prefix(module).is_some_and(|rest| rest.starts_with("/cmd/"));
        let [command, usual, other] = &mut classes;
        let class = match package.as_str() {
            _ if of_command => command,
            "main" | "common" | "version" | "cmd" => usual,
            _ => other,
        };
        if !class.contains(&value) {
            class.push(value);
        }
    }
    match classes.iter().find(|class| !class.is_empty())?.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

/// A semantic version as Go reads it, its `v` optional, minor and patch too.
fn is_semantic(version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, build) = version.split_once('+').map_or((version, None), |(version, build)| (version, Some(build)));
    let (numbers, pre) = version.split_once('-').map_or((version, None), |(numbers, pre)| (numbers, Some(pre)));
    let identifiers =
        |text: &str| text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
    let count = numbers.split('.').count();
    numbers.split('.').all(number)
        && count <= 3
        && (count == 3 || pre.is_none() && build.is_none())
        && pre.is_none_or(identifiers)
        && build.is_none_or(identifiers)
}

#[cfg(test)]
mod tests;
