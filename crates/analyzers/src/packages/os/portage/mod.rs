//! Portage, of Gentoo and its relatives: `var/db/pkg/CATEGORY/PACKAGE-VERSION/`, a folder for each package with a file for each of its properties.
//!
//! <https://projects.gentoo.org/pms/8/pms.html> (names and versions), <https://wiki.gentoo.org/wiki//var/db/pkg>
//!
//! `PF` makes the package; `LICENSE`, `RDEPEND` and `CONTENTS` add to it. A name is `category/name`. `RDEPEND` is what holds for the USE flags that
//! the package was built with, so its conditions are resolved already.
//!
//! Missing: slots, the repository (overlay), versions in dependencies.

use crate::{
    packages::os::{PORTAGE, joined, licenses},
    text::lines,
    unit::{LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{InstalledFile, Manifest},
};
use std::collections::{BTreeSet, HashMap};

const FOLDER: &str = "var/db/pkg";
const LICENSE_KIND: &str = "portage/license";
const DEPEND_KIND: &str = "portage/rdepend";
const CONTENTS_KIND: &str = "portage/contents";

pub(crate) const PF: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/portage",
        version: 1,
        claims: &[Pattern::Below(FOLDER, "/PF")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(package),
};

pub(crate) const PROPERTIES: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/portage-properties",
        version: 1,
        claims: &[Pattern::Below(FOLDER, "/LICENSE"), Pattern::Below(FOLDER, "/RDEPEND"), Pattern::Below(FOLDER, "/CONTENTS")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Lenient(property),
};

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `bash-5.1_p16-r6` to `bash` and `5.1_p16-r6`: a version is the first part behind a hyphen that begins with a digit, of those that may end a name.
fn split(full: &str) -> Option<(&str, &str)> {
    let without_revision = match full.rsplit_once('-') {
        Some((rest, revision)) if revision.strip_prefix('r').is_some_and(|number| !number.is_empty() && is_number(number)) => rest,
        _ => full,
    };
    let (name, version) = without_revision.rsplit_once('-')?;
    let starts = version.starts_with(|c: char| c.is_ascii_digit());
    (!name.is_empty() && starts).then(|| (name, full.get(name.len() + 1..).unwrap_or_default()))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn package(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = String::from_utf8_lossy(file.bytes);
    let full = text.trim();
    let (name, version) =
        split(full).ok_or_else(|| AnalyzeError::new(format!("`{}` is no name with a version", crate::text::snippet(full, 100))))?;
    let category = folder(folder(file.path)).rsplit('/').next().unwrap_or_default();
    out.packages.push(Package {
        name: format!("{category}/{name}"),
        version: version.to_owned(),
        at: Place::file(file.path),
        ..Package::of(&PORTAGE)
    });
    Ok(())
}

fn property(file: &File<'_>, out: &mut Facts) {
    let kind = match crate::text::file_name(file.path) {
        "LICENSE" => LICENSE_KIND,
        "RDEPEND" => DEPEND_KIND,
        _ => CONTENTS_KIND,
    };
    out.manifests.push(Manifest {
        kind,
        name: Some(folder(file.path).to_owned()),
        source: Some(file.bytes.into()),
        at: Place::file(file.path),
        ..Manifest::default()
    });
}

/// `>=dev-libs/openssl-3:0=[-bindist(-)]` to `dev-libs/openssl`. A blocker (`!`) wants something not to be there.
fn atom(word: &str) -> Option<&str> {
    let bare = word.trim_start_matches(['<', '>', '=', '~']);
    let versioned = bare.len() < word.len();
    let bare = bare.split([':', '[']).next().unwrap_or(bare).trim_end_matches('*');
    if !bare.contains('/') || word.starts_with('!') {
        return None;
    }
    Some(if versioned { split(bare).map_or(bare, |(name, _)| name) } else { bare })
}

pub(crate) fn assemble(facts: &mut Facts) {
    let Facts { packages, manifests, owned_files, diagnostics, .. } = &mut *facts;
    let mut properties: HashMap<(&str, &str), &[u8]> = HashMap::new();
    for manifest in manifests.iter() {
        if let (LICENSE_KIND | DEPEND_KIND | CONTENTS_KIND, Some(name), Some(source)) = (manifest.kind, &manifest.name, &manifest.source) {
            properties.insert((manifest.kind, name), source);
        }
    }
    for package in packages.iter_mut().filter(|package| *package.ecosystem == PORTAGE) {
        let path = package.at.path.clone();
        let property = |kind| properties.get(&(kind, folder(&path))).copied().unwrap_or_default();
        let words: BTreeSet<String> = String::from_utf8_lossy(property(LICENSE_KIND))
            .split_whitespace()
            .filter(|word| !matches!(*word, "(" | ")" | "||") && !word.ends_with('?'))
            .map(|word| licenses::spdx(word).into_owned())
            .collect();
        package.licenses = words.into_iter().collect();
        let wanted = String::from_utf8_lossy(property(DEPEND_KIND));
        package.depends_on = wanted.split_whitespace().filter_map(atom).map(str::to_owned).collect();
        for (_, line) in lines(property(CONTENTS_KIND)) {
            let Some((kind, rest)) = line.split_once(' ') else { continue };
            match kind {
                "dir" => owned_files.push(rest.trim_start_matches('/').into()),
                // A digest and a time stand behind the path, which may have spaces.
                "obj" => {
                    let mut parts = rest.rsplitn(3, ' ').skip(1);
                    if let (Some(digest), Some(path)) = (parts.next(), parts.next()) {
                        let fits = digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
                        let digest = fits.then(|| format!("md5:{}", digest.to_ascii_lowercase()).into());
                        package.files.push(InstalledFile { path: path.trim_start_matches('/').into(), digest });
                    }
                }
                "sym" => {
                    let path = rest.split(" -> ").next().unwrap_or(rest);
                    package.files.push(InstalledFile { path: path.trim_start_matches('/').into(), digest: None });
                }
                _ => {}
            }
        }
    }
    diagnostics.extend(joined::resolve(packages, &PORTAGE, &[]));
    joined::own(facts, &PORTAGE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    #[test]
    fn packages_and_their_properties() {
        check_together(
            &[
                ("var/db/pkg/app-shells/bash-5.1_p16-r6/PF", b"bash-5.1_p16-r6\n"),
                ("var/db/pkg/app-shells/bash-5.1_p16-r6/LICENSE", b"|| ( GPL-3+ MIT )\n"),
                ("var/db/pkg/app-shells/bash-5.1_p16-r6/RDEPEND", b">=sys-libs/ncurses-5.2-r2:0=[-x(-)] !app-shells/old virtual/none\n"),
                (
                    "var/db/pkg/app-shells/bash-5.1_p16-r6/CONTENTS",
                    b"dir /bin\nobj /bin/ba sh 0123456789abcdef0123456789abcdef 1700000000\nsym /bin/sh -> bash 1700000000\n",
                ),
                ("var/db/pkg/sys-libs/ncurses-6.4/PF", b"ncurses-6.4\n"),
            ],
            "generic app-shells/bash 5.1_p16-r6 - [GPL-3.0-or-later, MIT] -> sys-libs/ncurses@6.4
             generic sys-libs/ncurses 6.4 -
             owns bin
             owns bin/ba sh
             owns bin/sh",
        );
    }

    #[test]
    fn names_may_have_digits() {
        for (full, expected) in [
            ("font-adobe-100dpi-1.0.4", Some(("font-adobe-100dpi", "1.0.4"))),
            ("libX11-1.8.7-r1", Some(("libX11", "1.8.7-r1"))),
            ("plain", None),
            ("name-r1", None),
        ] {
            assert_eq!(split(full), expected, "{full}");
        }
        check(&PF, "var/db/pkg/a/b/PF", b"plain\n", "error: `plain` is no name with a version");
    }

    #[test]
    fn never_panics() {
        robust(&PF, "var/db/pkg/a/b-1/PF", b"b-1-r2\n");
    }
}
