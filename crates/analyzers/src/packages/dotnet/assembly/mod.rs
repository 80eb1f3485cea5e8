//! Managed assemblies: `.dll` and `.exe` files of .NET that no `deps.json` accounts for, as .NET Framework deploys them.
//!
//! <https://learn.microsoft.com/windows/win32/menuinfo/versioninfo-resource>
//!
//! A managed assembly has a header for the run-time in the fourteenth directory of its PE file. What it is called and which version it is stands in the
//! version resource: `InternalName` or `OriginalFilename`, and `ProductVersion`, which the build of a package sets to the version of the package, maybe
//! with a commit after `+`. Where that is no version, `FileVersion` is taken.
//!
//! Odd: the name of an assembly is mostly that of its package, and need not be: these packages are guesses. Satellite assemblies with translations and
//! those that a `deps.json` in their folder or above lists are left out.

use super::{ASSEMBLY, deps, folder};
use crate::{
    text::{extension, file_name},
    unit::{Run, Unit},
};
use object::{
    LittleEndian as LE, pe,
    read::pe::{ImageNtHeaders, PeFile, PeFile32, PeFile64},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzerMeta, File, Pattern},
};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(crate) const ASSEMBLIES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dotnet-assembly",
        version: 1,
        claims: &[Pattern::Suffix(".dll"), Pattern::Suffix(".exe")],
        provides: &[Capability::Packages],
        max_bytes: 1 << 30,
    },
    run: Run::Lenient(assembly),
};

/// A version resource is smaller by far.
const MAX_RESOURCE: usize = 64 << 10;
const VERSION_TYPE: u16 = 16;

fn assembly(file: &File<'_>, out: &mut Facts) {
    let strings = match object::FileKind::parse(file.bytes) {
        Ok(object::FileKind::Pe32) => PeFile32::parse(file.bytes).ok().and_then(|pe| version_strings(&pe, file.bytes)),
        Ok(object::FileKind::Pe64) => PeFile64::parse(file.bytes).ok().and_then(|pe| version_strings(&pe, file.bytes)),
        _ => None,
    };
    let Some(strings) = strings else { return };
    let text = |key: &str| strings.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
    let named = text("InternalName").or_else(|| text("OriginalFilename")).unwrap_or_else(|| file_name(file.path));
    let name =
        if matches!(extension(named).as_str(), "dll" | "exe") { named.rsplit_once('.').map_or(named, |(name, _)| name) } else { named };
    let version = text("ProductVersion").and_then(version).or_else(|| text("FileVersion").and_then(version));
    let Some(version) = version.filter(|_| !name.is_empty() && !name.ends_with(".resources") && !name.contains(['/', '\\'])) else {
        return;
    };
    out.packages.push(Package { name: name.to_owned(), version, guessed: true, at: Place::file(file.path), ..Package::of(&ASSEMBLY) });
}

/// `13.0.3` of `13.0.3+commit`, `4.8.4084.0` of `4.8.4084.0 built by: NET48`.
fn version(text: &str) -> Option<String> {
    let text = text.split(['+', ' ']).next()?;
    let numbers = text.split('-').next()?;
    let good = numbers.contains('.') && numbers.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (good && text.len() < 100).then(|| text.to_owned())
}

/// The strings of the version resource of a managed assembly; none for other programs.
fn version_strings<'a, Pe: ImageNtHeaders>(program: &PeFile<'a, Pe, &'a [u8]>, bytes: &'a [u8]) -> Option<BTreeMap<String, String>> {
    let managed = program.data_directory(pe::IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR)?;
    if managed.virtual_address.get(LE) == 0 {
        return None;
    }
    let sections = program.section_table();
    let resources = program.data_directories().resource_directory(bytes, &sections).ok()??;
    let table = |entry: &pe::ImageResourceDirectoryEntry| entry.data(resources).ok();
    let root = resources.root().ok()?;
    let versions = root.entries.iter().find(|entry| entry.name_or_id().id() == Some(VERSION_TYPE)).and_then(table)?.table()?;
    let languages = versions.entries.first().and_then(table)?.table()?;
    let entry = languages.entries.first().and_then(table)?.data()?;
    let data = sections.pe_data_at(bytes, entry.offset_to_data.get(LE))?;
    let size = usize::try_from(entry.size.get(LE)).ok()?.min(MAX_RESOURCE).min(data.len());
    Some(strings(data.get(..size)?))
}

/// Key and text of each string. The resource is a tree of blocks with their length, and texts of two bytes a character; only the leaves are of interest,
/// so it is walked from block to block without going back up.
fn strings(data: &[u8]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut at = 0_usize;
    while let Some(block) = Block::read(data, at) {
        match (block.key.as_str(), block.value.len()) {
            // Containers: what is in them follows.
            ("VS_VERSION_INFO", _) => at = block.inner + block.value.len().next_multiple_of(4),
            ("StringFileInfo" | "VarFileInfo", _) => at = block.inner,
            (key, 0) if key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) => at = block.inner,
            (key, _) => {
                out.entry(key.to_owned()).or_insert_with(|| wide(block.value));
                at = block.end.next_multiple_of(4);
            }
        }
    }
    out
}

struct Block<'a> {
    key: String,
    value: &'a [u8],
    /// Where the value begins.
    inner: usize,
    end: usize,
}

impl<'a> Block<'a> {
    fn read(data: &'a [u8], at: usize) -> Option<Self> {
        let half = |at: usize| data.get(at..)?.first_chunk().map(|chunk| usize::from(u16::from_le_bytes(*chunk)));
        let (length, value_length, is_text) = (half(at)?, half(at + 2)?, half(at + 4)? == 1);
        if length < 8 {
            return None;
        }
        let key_at = at + 6;
        let key_length = data.get(key_at..)?.as_chunks::<2>().0.iter().take(256).position(|unit| *unit == [0, 0])?;
        let key = wide(data.get(key_at..key_at + 2 * key_length)?);
        let inner = (key_at + 2 * key_length + 2).next_multiple_of(4);
        let end = at + length;
        // The length of a text is in characters, and some compilers count bytes all the same.
        let value_bytes = if is_text { 2 * value_length } else { value_length };
        let value = data.get(inner..(inner + value_bytes).min(end.max(inner)).min(data.len())).unwrap_or_default();
        Some(Self { key, value, inner, end })
    }
}

/// Text of two bytes a character, up to its end mark.
fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Drops assemblies that the application's own list has.
pub(crate) fn assemble(facts: &mut Facts) {
    let mut listed: HashMap<&str, HashSet<&str>> = HashMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == deps::ASSEMBLIES) {
        listed.entry(folder(&manifest.at.path)).or_default().extend(manifest.members.iter().map(String::as_str));
    }
    if listed.is_empty() {
        return;
    }
    let in_list = |path: &str| {
        let name = file_name(path).to_lowercase();
        let mut here = folder(path);
        // Files for a platform lie a few folders below the application.
        for _ in 0..6 {
            if listed.get(here).is_some_and(|names| names.contains(name.as_str())) {
                return true;
            }
            here = folder(here);
        }
        false
    };
    let keep: Vec<bool> = facts.packages.iter().map(|package| *package.ecosystem != ASSEMBLY || !in_list(&package.at.path)).collect();
    let mut keep = keep.into_iter();
    facts.packages.retain(|_| keep.next().unwrap_or(true));
}

#[cfg(test)]
mod tests;
