//! `usr/share/doc/PACKAGE/copyright`.
//!
//! <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/>, <https://www.debian.org/doc/debian-policy/ch-docs.html#copyright-information>
//!
//! A machine-readable file names licences in `License` fields. One in free text usually refers to a text in `/usr/share/common-licenses`; whether the
//! GNU licences hold in later versions too is then told by the words `any later version`.
//!
//! Missing: licences that are only quoted.

use crate::{
    packages::os::{DPKG, licenses},
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzerMeta, File, Pattern},
    package::Manifest,
};
use std::collections::BTreeMap;

const KIND: &str = "dpkg/copyright";

/// At most so many licence names of one file: the fields of a hostile file repeat.
const MAX_LICENSES: usize = 100;

pub(crate) const COPYRIGHT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/dpkg-copyright",
        version: 2,
        claims: &[Pattern::Below("usr/share/doc", "/copyright")],
        provides: &[Capability::Licenses],
        max_bytes: SMALL,
    },
    run: Run::Lenient(copyright),
};

fn copyright(file: &File<'_>, out: &mut Facts) {
    let Some((package, "copyright")) = file.path.strip_prefix("usr/share/doc/").and_then(|rest| rest.split_once('/')) else {
        return;
    };
    let mut found = Found::default();
    let mut machine_readable = false;
    for (number, line) in lines(file.bytes) {
        if number == 1 {
            machine_readable = line.starts_with("Format");
        }
        if !machine_readable {
            continue;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("License")) {
            for word in alternatives(value) {
                found.add(licenses::spdx(&crate::text::snippet(word, 200)).into_owned());
            }
        }
    }
    // Some files have the form and no field; some have no form.
    if found.licenses.is_empty() {
        references(&String::from_utf8_lossy(file.bytes), &mut found);
    }
    if !found.licenses.is_empty() {
        found.licenses.sort_unstable();
        // The folder may carry the architecture: `libc6:amd64`.
        let package = package.split(':').next().unwrap_or(package);
        out.manifests.push(Manifest {
            kind: KIND,
            name: Some(package.to_owned()),
            licenses: found.licenses,
            at: Place::file(file.path),
            ..Manifest::default()
        });
    }
}

#[derive(Default)]
struct Found {
    licenses: Vec<String>,
}

impl Found {
    fn add(&mut self, license: String) {
        if !license.is_empty() && self.licenses.len() < MAX_LICENSES && !self.licenses.contains(&license) {
            self.licenses.push(license);
        }
    }
}

/// `GPL-2+ or Artistic, and MIT`: which of them hold together is lost where files of one package have many.
fn alternatives(field: &str) -> impl Iterator<Item = &str> {
    field
        .split(',')
        .flat_map(|part| part.split(" or "))
        .flat_map(|part| part.split(" and "))
        .map(|word| word.trim().trim_start_matches("and ").trim_start_matches("or ").trim())
        .filter(|word| !word.is_empty())
}

/// Names behind `/usr/share/common-licenses/`.
fn references(text: &str, found: &mut Found) {
    const FOLDER: &str = "usr/share/common-licenses/";
    let later = text.contains("any later version") || text.contains("any later\n");
    for (at, folder) in text.match_indices(FOLDER) {
        let rest = text.get(at + folder.len()..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-.+".contains(c))).unwrap_or(rest.len()).min(40);
        let name = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-']);
        let gnu = name.contains("GPL") || name.contains("GFDL");
        let name = match name {
            // The file is the licence of the University of California, three clauses.
            "BSD" => "BSD-3-Clause".to_owned(),
            name if gnu && later && !name.ends_with('+') && name.contains('-') => format!("{name}+"),
            name => name.to_owned(),
        };
        found.add(licenses::spdx(&name).into_owned());
    }
}

/// Gives the licences of copyright files to their packages.
pub(super) fn join(facts: &mut Facts) {
    let mut licenses: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for manifest in facts.manifests.iter().filter(|manifest| manifest.kind == KIND) {
        licenses.entry(manifest.name.as_deref().unwrap_or_default()).or_default().extend(&manifest.licenses);
    }
    for package in facts.packages.iter_mut().filter(|package| *package.ecosystem == DPKG) {
        if let Some(found) = licenses.get(package.name.as_str()) {
            package.licenses.extend(found.iter().map(|license| (*license).clone()));
            package.licenses.sort_unstable();
            package.licenses.dedup();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    #[test]
    fn fields_of_machine_readable_files() {
        let text = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or Artistic, and Expat\n text\n see /usr/share/common-licenses/GPL-2\n\nFiles: x\nLicense: MIT\n\nLicense: MIT\n text\n";
        check(&COPYRIGHT, "usr/share/doc/bash/copyright", text, "manifest dpkg/copyright bash - [Artistic-1.0, GPL-2.0-or-later, MIT]");
        let status = b"Package: bash\nStatus: install ok installed\nVersion: 5\n";
        check_together(
            &[("usr/share/doc/bash/copyright", text), ("var/lib/dpkg/status", status)],
            "deb bash 5 - [Artistic-1.0, GPL-2.0-or-later, MIT] @1",
        );
    }

    #[test]
    fn references_of_free_text() {
        let check = |text: &str, expected: &str| check(&COPYRIGHT, "usr/share/doc/a:amd64/copyright", text.as_bytes(), expected);
        check(
            "This is free; version 2 of the License, or (at your option) any later version.\nSee `/usr/share/common-licenses/GPL-2'.\n",
            "manifest dpkg/copyright a - [GPL-2.0-or-later]",
        );
        check("See /usr/share/common-licenses/LGPL-2.1.\n", "manifest dpkg/copyright a - [LGPL-2.1-only]");
        check(
            "in /usr/share/common-licenses/GPL, /usr/share/common-licenses/BSD or /usr/share/common-licenses/Apache-2.0",
            "manifest dpkg/copyright a - [Apache-2.0, BSD-3-Clause, GPL]",
        );
        check("Format: x\n\nas in /usr/share/common-licenses/MPL-2.0\n", "manifest dpkg/copyright a - [MPL-2.0]");
        check("This is GPL.\nLicense: x\n", "");
        check("/usr/share/common-licenses/", "");
    }

    #[test]
    fn never_panics() {
        robust(&COPYRIGHT, "usr/share/doc/bash/copyright", b"Format: x\nLicense: MIT\n");
        robust(&COPYRIGHT, "usr/share/doc/bash/copyright", b"See /usr/share/common-licenses/GPL-2.");
    }
}
