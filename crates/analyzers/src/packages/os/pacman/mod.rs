//! pacman, of Arch Linux and its relatives: `var/lib/pacman/local/NAME-VERSION/{desc,files,mtree}`.
//!
//! <https://man.archlinux.org/man/pacman.8>, <https://man.archlinux.org/man/mtree.5>, <https://gitlab.archlinux.org/pacman/pacman/-/blob/master/lib/libalpm/be_local.c>
//!
//! `desc` has a name between percent signs, lines of values, and a blank line; `%BASE%` is the source package. Dependencies are resolved when all
//! packages were seen: until then [`Package::depends_on`] holds names. `mtree` is compressed and has the digests of files.
//!
//! Missing: versions in dependencies, optional dependencies.

use crate::{
    packages::os::{PACMAN, joined, licenses},
    text::lines,
    unit::{LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{InstalledFile, Manifest, Requirement},
};
use probity_vfs::Compression;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write as _,
    io::Read as _,
};

const FOLDER: &str = "var/lib/pacman/local";
const FILES_KIND: &str = "pacman/files";
const TREE_KIND: &str = "pacman/mtree";
const PROVIDES: &str = "pacman/provides";

/// Bytes of a tree once it is inflated: a package of 500,000 files.
const MAX_TREE: u64 = 128 << 20;

pub(crate) const DESC: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pacman",
        version: 1,
        claims: &[Pattern::Below(FOLDER, "/desc")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(desc),
};

pub(crate) const FILES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pacman-files",
        version: 1,
        claims: &[Pattern::Below(FOLDER, "/files")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Lenient(files),
};

pub(crate) const TREE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pacman-mtree",
        version: 1,
        claims: &[Pattern::Below(FOLDER, "/mtree")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(tree),
};

/// The values of each section.
fn sections(bytes: &[u8]) -> BTreeMap<String, Vec<String>> {
    let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    for (_, line) in lines(bytes) {
        let line = line.trim_end();
        match line.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) {
            Some(name) => name.clone_into(&mut current),
            None if line.is_empty() => current.clear(),
            None if current.is_empty() => {}
            None => sections.entry(current.clone()).or_default().push(line.to_owned()),
        }
    }
    sections
}

/// The folder of a package, which is what its files have in common.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `libfoo>=1.2` without its condition, `libfoo: reason` without its reason.
fn name(word: &str) -> &str {
    word.split(['<', '>', '=', ':']).next().unwrap_or(word).trim()
}

fn desc(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let sections = sections(file.bytes);
    let all = |section: &str| sections.get(section).map(Vec::as_slice).unwrap_or_default();
    let one = |section: &str| all(section).first().filter(|value| !value.is_empty()).cloned();
    let name_of = one("NAME").ok_or_else(|| AnalyzeError::new("has no `%NAME%`"))?;
    let version = one("VERSION").ok_or_else(|| AnalyzeError::new("has no `%VERSION%`"))?;
    let base = one("BASE");
    let package = Package {
        arch: one("ARCH"),
        source_version: base.is_some().then(|| version.clone()),
        source_name: base,
        licenses: all("LICENSE").iter().flat_map(|license| licenses::of_field(license)).collect(),
        maintainer: one("PACKAGER"),
        digest: one("SHA256SUM").map(|digest| format!("sha256:{}", digest.to_ascii_lowercase())),
        depends_on: all("DEPENDS").iter().map(|word| name(word).to_owned()).collect(),
        name: name_of,
        version,
        at: Place::file(file.path),
        ..Package::of(&PACMAN)
    };
    let requirements: Vec<Requirement> = all("PROVIDES")
        .iter()
        .map(|word| Requirement { name: name(word).to_owned(), range: package.key(), ..Requirement::default() })
        .collect();
    if !requirements.is_empty() {
        out.manifests.push(Manifest { kind: PROVIDES, requirements, at: Place::file(file.path), ..Manifest::default() });
    }
    out.packages.push(package);
    Ok(())
}

fn files(file: &File<'_>, out: &mut Facts) {
    out.manifests.push(Manifest {
        kind: FILES_KIND,
        name: Some(folder(file.path).to_owned()),
        source: Some(file.bytes.into()),
        at: Place::file(file.path),
        ..Manifest::default()
    });
}

/// Keeps of a tree what is used: a digest and a path a line.
fn tree(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let cannot = |error: std::io::Error| AnalyzeError::new(format!("cannot be inflated: {error}"));
    let reader = probity_vfs::decompressor(Compression::sniff(file.bytes), file.bytes).map_err(cannot)?;
    let mut text = Vec::new();
    reader.take(MAX_TREE + 1).read_to_end(&mut text).map_err(cannot)?;
    if text.len() as u64 > MAX_TREE {
        return Err(AnalyzeError::new(format!("has more than {MAX_TREE} bytes")));
    }
    let mut digests = String::new();
    for (_, line) in lines(&text) {
        let mut words = line.split_whitespace();
        let Some(path) = words.next().and_then(|word| word.strip_prefix("./")) else { continue };
        let digest = words.find_map(|word| {
            let (key, value) = word.split_once('=')?;
            let kind = match key {
                "sha256digest" => "sha256",
                "sha1digest" => "sha1",
                "md5digest" => "md5",
                _ => return None,
            };
            value.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| format!("{kind}:{}", value.to_ascii_lowercase()))
        });
        if let Some(digest) = digest {
            // Writing to a string cannot fail.
            let _ = writeln!(digests, "{digest} {}", unescape(path));
        }
    }
    out.manifests.push(Manifest {
        kind: TREE_KIND,
        name: Some(folder(file.path).to_owned()),
        source: Some(digests.into_bytes().into()),
        at: Place::file(file.path),
        ..Manifest::default()
    });
    Ok(())
}

/// `\040` is a space: three octal digits for what is not printable.
fn unescape(path: &str) -> String {
    if !path.contains('\\') {
        return path.to_owned();
    }
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let octal = behind.first_chunk::<3>().filter(|digits| *byte == b'\\' && digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        let value = octal.map(|digits| digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0')));
        if let Some(value) = value.and_then(|value| u8::try_from(value).ok()) {
            out.push(value);
            rest = behind.get(3..).unwrap_or_default();
        } else {
            out.push(*byte);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn assemble(facts: &mut Facts) {
    let Facts { packages, manifests, owned_files, diagnostics, .. } = &mut *facts;
    let mut lists: HashMap<&str, &[u8]> = HashMap::new();
    let mut trees: HashMap<&str, &[u8]> = HashMap::new();
    let mut provided: Vec<&Requirement> = Vec::new();
    for manifest in manifests.iter() {
        let name = manifest.name.as_deref().unwrap_or_default();
        match (manifest.kind, &manifest.source) {
            (FILES_KIND, Some(source)) => {
                lists.insert(name, source);
            }
            (TREE_KIND, Some(source)) => {
                trees.insert(name, source);
            }
            (PROVIDES, _) => provided.extend(&manifest.requirements),
            _ => {}
        }
    }
    diagnostics.extend(joined::resolve(packages, &PACMAN, &provided));
    for package in packages.iter_mut().filter(|package| *package.ecosystem == PACMAN) {
        let own = folder(&package.at.path);
        let Some(list) = lists.get(own) else { continue };
        let tree: Vec<_> = trees.get(own).into_iter().flat_map(|tree| lines(tree)).map(|(_, line)| line).collect();
        let digests: HashMap<&str, &str> =
            tree.iter().filter_map(|line| line.split_once(' ')).map(|(digest, path)| (path, digest)).collect();
        let sections = sections(list);
        // The digest of a configuration file is that of the file as it was shipped, as in the tree.
        let backup: HashMap<&str, &str> = sections.get("BACKUP").into_iter().flatten().filter_map(|line| line.rsplit_once('\t')).collect();
        let mut seen = HashSet::new();
        for path in sections.get("FILES").into_iter().flatten().filter(|path| seen.insert(path.as_str())) {
            match path.strip_suffix('/') {
                Some(folder) => owned_files.push(folder.into()),
                None => package.files.push(InstalledFile {
                    path: path.as_str().into(),
                    digest: digests
                        .get(path.as_str())
                        .map(|digest| (*digest).into())
                        .or_else(|| backup.get(path.as_str()).filter(|sum| sum.len() == 32).map(|sum| format!("md5:{sum}").into())),
                }),
            }
        }
    }
    joined::own(facts, &PACMAN);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const BASH: &[u8] = b"%NAME%\nbash\n\n%VERSION%\n5.2.026-2\n\n%BASE%\nbash\n\n%ARCH%\nx86_64\n\n%PACKAGER%\nA <a@example.org>\n\n%LICENSE%\nGPL-3.0-or-later\n\n%DEPENDS%\nreadline>=7.0\nlibsh.so=1-64\nnothing\n\n%PROVIDES%\nsh\n";
    const READLINE: &[u8] = b"%NAME%\nreadline\n\n%VERSION%\n1:8.2-1\n\n%BASE%\nrl\n\n%DEPENDS%\nsh\n\n%PROVIDES%\nlibsh.so=1-64\n";

    #[test]
    fn packages_their_files_and_what_they_need() {
        let tree = b"#mtree\n/set type=file uid=0 gid=0 mode=644\n./.PKGINFO time=1 size=1 sha256digest=ff\n./usr/bin/bash\\0401 time=1.0 size=5 md5digest=aa sha256digest=ab12\n./usr time=1 mode=755 type=dir\n";
        check_together(
            &[
                ("var/lib/pacman/local/bash-5.2.026-2/desc", BASH),
                ("var/lib/pacman/local/bash-5.2.026-2/files", b"%FILES%\nusr/\nusr/bin/\nusr/bin/bash 1\netc/bash.bashrc\n\n%BACKUP%\netc/bash.bashrc\t0123456789abcdef0123456789abcdef\n"),
                ("var/lib/pacman/local/bash-5.2.026-2/mtree", tree),
                ("var/lib/pacman/local/readline-1:8.2-1/desc", READLINE),
            ],
            "alpm bash 5.2.026-2 x86_64 from bash@5.2.026-2 [GPL-3.0-or-later] -> readline@1:8.2-1
             alpm readline 1:8.2-1 - from rl@1:8.2-1 -> bash@5.2.026-2
             owns etc/bash.bashrc
             owns usr
             owns usr/bin
             owns usr/bin/bash 1",
        );
        assert_eq!(unescape("a\\040b\\x\\777"), "a b\\x\\777");
    }

    #[test]
    fn a_compressed_tree_gives_digests() {
        // `./a size=1 sha256digest=ab`, through gzip.
        const TREE_GZ: &[u8] = &[
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xd3, 0xd3, 0x4f, 0x54, 0x28, 0xce, 0xac, 0x4a, 0xb5, 0x35, 0x54,
            0x28, 0xce, 0x48, 0x34, 0x32, 0x35, 0x4b, 0xc9, 0x4c, 0x4f, 0x2d, 0x2e, 0xb1, 0x4d, 0x4c, 0xe2, 0x02, 0x00, 0x37, 0x1d, 0xde,
            0x5c, 0x1b, 0x00, 0x00, 0x00,
        ];
        let mut facts = Facts::default();
        let file = |path, bytes| File { path, meta: probity_model::analyzer::FileMeta::default(), bytes };
        tree(&file("var/lib/pacman/local/bash-5/mtree", TREE_GZ), &mut facts).unwrap();
        files(&file("var/lib/pacman/local/bash-5/files", b"%FILES%\na\n"), &mut facts);
        desc(&file("var/lib/pacman/local/bash-5/desc", b"%NAME%\nbash\n\n%VERSION%\n5\n"), &mut facts).unwrap();
        crate::settle(&mut facts);
        assert_eq!(facts.packages[0].files, [InstalledFile { path: "a".into(), digest: Some("sha256:ab".into()) }]);
    }

    #[test]
    fn what_is_missing_is_said() {
        check(&DESC, "var/lib/pacman/local/x-1/desc", b"%NAME%\nx\n", "error: has no `%VERSION%`");
        check(&DESC, "var/lib/pacman/local/x-1/desc", b"", "error: has no `%NAME%`");
        check(&TREE, "var/lib/pacman/local/x-1/mtree", &[0x1f, 0x8b, 8, 0], "error: cannot be inflated: unexpected end of file");
    }

    #[test]
    fn never_panics() {
        robust(&DESC, "var/lib/pacman/local/bash-1/desc", BASH);
        robust(&TREE, "var/lib/pacman/local/bash-1/mtree", b"./a\\04 size=1 sha256digest=ab\n");
    }
}
