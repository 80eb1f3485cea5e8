//! `bun.lockb`, the binary lockfile of Bun before 1.2, format version 2.
//!
//! No text describes it; what is read here is its layout as Bun writes it. All numbers are little-endian. After a line of text, a version, a
//! hash and a length comes a table of packages stored column by column: name (8 bytes), hash of the name (8), resolution (64), a slice of the
//! dependencies and one of what they resolved to (offset and length, 4 each), metadata (88), and columns that are not needed here. Then come
//! buffers, each between two offsets: folders, hoisted dependencies, resolutions (indices of packages), dependencies (26 bytes: name, hash,
//! kind of need, kind of version, range), long strings of other uses, and the bytes of all strings. A string of up to eight bytes stands in its
//! place; a longer one is an offset and a length with the highest bit set.
//!
//! A binary file has no lines.

use super::BUN;
use crate::{
    packages::listing::{Listing, reach},
    text::{has_folder, hex},
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::BTreeSet;

pub(crate) const BINARY: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/bun-binary",
        version: 1,
        claims: &[Pattern::Name("bun.lockb")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

const HEADER: &[u8] = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n";
/// Name, hash, resolution, two slices, metadata.
const COLUMNS: [usize; 6] = [8, 8, 64, 8, 8, 88];
const DEPENDENCY: usize = 26;
/// Kinds of need, a bit each.
const OPTIONAL: u8 = 1 << 2;
const DEV: u8 = 1 << 3;
const PEER: u8 = 1 << 4;
const WORKSPACE: u8 = 1 << 5;

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if has_folder(file.path, "node_modules") {
        return Ok(());
    }
    let broken = || AnalyzeError::new("the file ends early or points outside of itself");
    let rest = file.bytes.strip_prefix(HEADER).ok_or_else(|| AnalyzeError::new("not a lockfile of Bun"))?;
    let version = u32_at(rest, 0).ok_or_else(broken)?;
    if version != 2 {
        return Err(AnalyzeError::new(format!("unknown format version {version}: only 2 is read")));
    }
    let table = Table::read(file.bytes).ok_or_else(broken)?;
    let mut errors = FirstError::default();
    let mut listing = Listing::default();
    // Index in the table → place in the listing.
    let mut places = Vec::with_capacity(table.count);
    for index in 0..table.count {
        let package = table.package(index);
        places.push(match package {
            Some(Row { kind: Kind::Root, .. }) => None,
            Some(row) => {
                let workspace = matches!(row.kind, Kind::Workspace);
                Some(listing.put(Package {
                    name: row.name,
                    version: row.version,
                    relationship: if workspace { Relationship::Workspace } else { Relationship::Indirect },
                    dev: !workspace,
                    digest: row.digest,
                    at: Place::file(file.path),
                    ..Package::of(&BUN)
                }))
            }
            None => {
                errors.add(1, || format!("package {index} of the table cannot be read"));
                None
            }
        });
    }
    let mut edges = vec![Vec::new(); listing.len()];
    let (mut runtime, mut direct) = (BTreeSet::new(), BTreeSet::new());
    // Slices may overlap in a hostile file; a real one has each dependency once.
    let mut budget = table.dependencies.len() / DEPENDENCY;
    for index in 0..table.count {
        let place = places.get(index).copied().flatten();
        let project = place.is_none() || place.and_then(|at| listing.get(at)).is_some_and(|p| p.relationship == Relationship::Workspace);
        for (need, target) in table.wanted(index) {
            let Some(left) = budget.checked_sub(1) else { return Err(broken()) };
            budget = left;
            let Some(target) = places.get(target).copied().flatten() else { continue };
            if project {
                if need & WORKSPACE == 0 {
                    direct.insert(target);
                }
                if need & DEV == 0 {
                    runtime.insert(target);
                }
            }
            if let Some(from) = place.filter(|_| need & DEV == 0 && need & (PEER | OPTIONAL) != PEER | OPTIONAL)
                && let Some(edges) = edges.get_mut(from)
            {
                edges.push(target);
            }
        }
        runtime.extend(place.filter(|_| project));
    }
    let ids: Vec<String> = (0..listing.len()).filter_map(|at| listing.get(at).map(Package::key)).collect();
    let needed = reach(runtime, &edges);
    for (at, package) in listing.iter_mut().enumerate() {
        package.dev &= needed.get(at) != Some(&true);
        if direct.contains(&at) && package.relationship == Relationship::Indirect {
            package.relationship = Relationship::Direct;
        }
        package.depends_on = edges.get(at).into_iter().flatten().filter_map(|target| ids.get(*target).cloned()).collect();
    }
    listing.finish(out);
    errors.into_result()
}

struct Table<'b> {
    count: usize,
    columns: Vec<&'b [u8]>,
    resolutions: &'b [u8],
    dependencies: &'b [u8],
    strings: &'b [u8],
}

struct Row {
    kind: Kind,
    name: String,
    version: String,
    digest: Option<String>,
}

enum Kind {
    Root,
    Workspace,
    Other,
}

impl<'b> Table<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        // Format version, hash, length.
        let at = HEADER.len() + 4 + 32 + 8;
        let count = usize::try_from(u64_at(bytes, at)?).ok()?;
        let begin = usize::try_from(u64_at(bytes, at + 24)?).ok()?;
        let end = usize::try_from(u64_at(bytes, at + 32)?).ok()?;
        let mut rest = bytes.get(begin..end)?;
        let mut columns = Vec::new();
        for width in COLUMNS {
            let (column, after) = rest.split_at_checked(width.checked_mul(count)?)?;
            columns.push(column);
            rest = after;
        }
        // Each buffer begins with its two offsets.
        let mut at = end;
        let mut buffers = [&b""[..]; 6];
        for buffer in &mut buffers {
            let (begin, end) = (usize::try_from(u64_at(bytes, at)?).ok()?, usize::try_from(u64_at(bytes, at + 8)?).ok()?);
            *buffer = bytes.get(begin..end).filter(|_| begin >= at)?;
            at = end;
        }
        let [_, _, resolutions, dependencies, _, strings] = buffers;
        Some(Self { count, columns, resolutions, dependencies, strings })
    }

    fn cell(&self, column: usize, index: usize) -> Option<&'b [u8]> {
        let width = COLUMNS.get(column).copied()?;
        self.columns.get(column)?.get(index * width..)?.get(..width)
    }

    fn package(&self, index: usize) -> Option<Row> {
        let name = self.string(self.cell(0, index)?)?;
        let resolution = self.cell(2, index)?;
        let value = |at: usize| resolution.get(at..at + 8).and_then(|field| self.string(field));
        let (kind, version) = match resolution.first()? {
            1 => (Kind::Root, String::new()),
            2 => (Kind::Other, self.version(resolution.get(16..)?)?),
            72 => (Kind::Workspace, String::new()),
            16 => (Kind::Other, format!("github:{}/{}{}", value(8)?, value(16)?, hash(&value(24)?))),
            24 => (Kind::Other, format!("gitlab:{}/{}{}", value(8)?, value(16)?, hash(&value(24)?))),
            32 => (Kind::Other, format!("git+{}{}", value(16)?, hash(&value(24)?))),
            4 => (Kind::Other, format!("file:{}", value(8)?)),
            64 => (Kind::Other, format!("link:{}", value(8)?)),
            8 | 80 => (Kind::Other, value(8)?),
            _ => return None,
        };
        if name.is_empty() && !matches!(kind, Kind::Root) {
            return None;
        }
        let meta = self.cell(5, index)?;
        let digest = match meta.get(20)? {
            1 => Some(("sha1", 20)),
            2 => Some(("sha256", 32)),
            3 => Some(("sha384", 48)),
            4 => Some(("sha512", 64)),
            _ => None,
        };
        let digest = digest.and_then(|(name, length)| Some(format!("{name}:{}", hex(meta.get(21..21 + length)?))));
        Some(Row { kind, name, version, digest })
    }

    /// Three numbers, then what follows `-` and `+`, each a string and its hash.
    fn version(&self, field: &[u8]) -> Option<String> {
        let (pre, build) = (self.string(field.get(16..24)?)?, self.string(field.get(32..40)?)?);
        let mut version = format!("{}.{}.{}", u32_at(field, 0)?, u32_at(field, 4)?, u32_at(field, 8)?);
        for (sign, part) in [('-', pre), ('+', build)] {
            if !part.is_empty() {
                version.push(sign);
                version.push_str(&part);
            }
        }
        Some(version)
    }

    fn string(&self, field: &[u8]) -> Option<String> {
        let bytes = if field.get(7)? & 0x80 == 0 {
            field.split(|byte| *byte == 0).next()?
        } else {
            let start = usize::try_from(u32_at(field, 0)?).ok()?;
            let length = usize::try_from(u32_at(field, 4)? & 0x7fff_ffff).ok()?;
            // Names and addresses; a hostile file could name the same megabytes again and again.
            self.strings.get(start..)?.get(..length).filter(|bytes| bytes.len() <= 4096)?
        };
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }

    /// What a package needs: the kind of need, and the index of the package that it was resolved to.
    fn wanted(&self, index: usize) -> impl Iterator<Item = (u8, usize)> + '_ {
        let slice = |column| {
            let cell = self.cell(column, index)?;
            Some((usize::try_from(u32_at(cell, 0)?).ok()?, usize::try_from(u32_at(cell, 4)?).ok()?))
        };
        let (first, count) = slice(3).unwrap_or_default();
        let (resolved, resolved_count) = slice(4).unwrap_or_default();
        (0..count.min(resolved_count)).map_while(move |at| {
            let dependency = self.dependencies.get(first.checked_add(at)?.checked_mul(DEPENDENCY)?..)?;
            let target = u32_at(self.resolutions, resolved.checked_add(at)?.checked_mul(4)?)?;
            Some((*dependency.get(16)?, usize::try_from(target).unwrap_or(usize::MAX)))
        })
    }
}

fn hash(commit: &str) -> String {
    if commit.is_empty() { String::new() } else { format!("#{commit}") }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    /// Packages of a file to be made: name, kind of resolution, its text or version, what it needs.
    type Sample<'s> = (&'s str, u8, &'s str, &'s [(u8, u32)]);

    fn make(packages: &[Sample<'_>]) -> Vec<u8> {
        let mut strings = Vec::new();
        let mut string = |text: &str| {
            let mut field = [0u8; 8];
            if text.len() <= 7 {
                field[..text.len()].copy_from_slice(text.as_bytes());
            } else {
                field[..4].copy_from_slice(&u32::try_from(strings.len()).unwrap().to_le_bytes());
                field[4..].copy_from_slice(&(u32::try_from(text.len()).unwrap() | 0x8000_0000).to_le_bytes());
                strings.extend_from_slice(text.as_bytes());
            }
            field
        };
        let mut columns = vec![Vec::new(); 6];
        let (mut dependencies, mut resolutions) = (Vec::new(), Vec::new());
        for (name, kind, value, needs) in packages {
            columns[0].extend(string(name));
            columns[1].extend([0; 8]);
            let mut resolution = vec![0; 64];
            resolution[0] = *kind;
            if *kind == 2 {
                let (numbers, pre) = value.split_once('-').unwrap_or((value, ""));
                for (at, number) in numbers.split('.').enumerate() {
                    resolution[16 + at * 4..20 + at * 4].copy_from_slice(&number.parse::<u32>().unwrap().to_le_bytes());
                }
                resolution[32..40].copy_from_slice(&string(pre));
            } else {
                for (at, part) in value.split(' ').enumerate() {
                    resolution[8 + at * 8..16 + at * 8].copy_from_slice(&string(part));
                }
            }
            columns[2].extend(resolution);
            let slice = [u32::try_from(resolutions.len() / 4).unwrap(), u32::try_from(needs.len()).unwrap()];
            for column in [3, 4] {
                columns[column].extend(slice.iter().flat_map(|number| number.to_le_bytes()));
            }
            let mut meta = vec![0; 88];
            if *kind == 2 {
                meta[20..41].copy_from_slice(b"\x01\xa9\x4a\x8f\xe5\xcc\xb1\x9b\xa6\x1c\x4c\x08\x73\xd3\x91\xe9\x87\x98\x2f\xbb\xd3");
            }
            columns[5].extend(meta);
            for (need, target) in *needs {
                dependencies.extend([0; 16]);
                dependencies.push(*need);
                dependencies.extend([0; 9]);
                resolutions.extend(target.to_le_bytes());
            }
        }
        let mut out = HEADER.to_vec();
        out.extend(2u32.to_le_bytes());
        out.extend([0; 40]);
        let table = columns.concat();
        let begin = out.len() + 40;
        for number in [packages.len(), 8, 8, begin, begin + table.len()] {
            out.extend((number as u64).to_le_bytes());
        }
        out.extend(table);
        for buffer in [vec![], vec![], resolutions, dependencies, vec![], strings] {
            let begin = out.len() + 16;
            out.extend((begin as u64).to_le_bytes());
            out.extend(((begin + buffer.len()) as u64).to_le_bytes());
            out.extend(buffer);
        }
        out
    }

    fn sample() -> Vec<u8> {
        make(&[
            ("demo-project", 1, "", &[(2, 1), (8, 3), (32, 5)]),
            ("a", 2, "1.2.3-beta.1", &[(2, 2), (16, 4), (20, 6)]),
            ("long-name-of-b", 2, "0.171.0", &[(2, u32::MAX)]),
            ("d", 2, "1.0.0", &[(2, 2)]),
            ("g", 16, "owner-of-it repo 0123abcd", &[]),
            ("w", 72, "packages/w", &[(2, 3)]),
            ("o", 2, "1.0.0", &[]),
        ])
    }

    #[test]
    fn tables_are_read() {
        let digest = "(sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)";
        check(
            &BINARY,
            "bun.lockb",
            &sample(),
            &format!(
                "npm a 1.2.3-beta.1 - direct -> g@github:owner-of-it/repo#0123abcd, long-name-of-b@0.171.0 {digest}
                 npm long-name-of-b 0.171.0 - indirect {digest}
                 npm d 1.0.0 - direct -> long-name-of-b@0.171.0 {digest}
                 npm g github:owner-of-it/repo#0123abcd - indirect
                 npm w  - workspace id w -> d@1.0.0
                 npm o 1.0.0 - indirect dev {digest}"
            ),
        );
    }

    #[test]
    fn other_formats_are_errors() {
        check(&BINARY, "bun.lockb", b"x", "error: not a lockfile of Bun");
        let mut newer = sample();
        newer[HEADER.len()] = 3;
        check(&BINARY, "bun.lockb", &newer, "error: unknown format version 3: only 2 is read");
        check(&BINARY, "bun.lockb", &sample()[..500], "error: the file ends early or points outside of itself");
    }

    #[test]
    fn never_panics() {
        robust(&BINARY, "bun.lockb", &sample());
    }
}
