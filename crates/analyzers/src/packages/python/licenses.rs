//! Licences of distributions: expressions, classifiers and free text.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>, <https://pypi.org/classifiers/>
//!
//! `License-Expression` (PEP 639) is an SPDX expression. Before it there were classifiers, most of which name one licence, and `License`, in which
//! people wrote an id, a name, or the whole text. What names no single licence (`BSD License`) stays as it is; a text is left out.

use std::{collections::HashMap, sync::LazyLock};

static IDS: LazyLock<HashMap<String, &'static str>> =
    LazyLock::new(|| spdx::identifiers::LICENSES.iter().map(|license| (license.name.to_ascii_lowercase(), license.name)).collect());

/// Names in classifiers and free text, in lower case.
const NAMES: &[(&str, &str)] = &[
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license v2.0", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache software license", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd 2-clause license", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    ("simplified bsd license", "BSD-2-Clause"),
    ("3-clause bsd", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("bsd 3 clause", "BSD-3-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("bsd 3-clause license", "BSD-3-Clause"),
    ("bsd-3", "BSD-3-Clause"),
    ("modified bsd", "BSD-3-Clause"),
    ("modified bsd license", "BSD-3-Clause"),
    ("new bsd", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("boost software license 1.0 (bsl-1.0)", "BSL-1.0"),
    ("cc0 1.0 universal (cc0 1.0) public domain dedication", "CC0-1.0"),
    ("cea cnrs inria logiciel libre license, version 2.1 (cecill-2.1)", "CECILL-2.1"),
    ("cecill-b free software license agreement (cecill-b)", "CECILL-B"),
    ("cecill-c free software license agreement (cecill-c)", "CECILL-C"),
    ("common development and distribution license 1.0 (cddl-1.0)", "CDDL-1.0"),
    ("eclipse public license 1.0 (epl-1.0)", "EPL-1.0"),
    ("eclipse public license 2.0 (epl-2.0)", "EPL-2.0"),
    ("european union public licence 1.0 (eupl 1.0)", "EUPL-1.0"),
    ("european union public licence 1.1 (eupl 1.1)", "EUPL-1.1"),
    ("european union public licence 1.2 (eupl 1.2)", "EUPL-1.2"),
    ("gnu affero general public license v3", "AGPL-3.0-only"),
    ("gnu affero general public license v3 or later (agplv3+)", "AGPL-3.0-or-later"),
    ("agplv3", "AGPL-3.0-only"),
    ("agplv3+", "AGPL-3.0-or-later"),
    ("gnu general public license v2 (gplv2)", "GPL-2.0-only"),
    ("gnu general public license v2 or later (gplv2+)", "GPL-2.0-or-later"),
    ("gnu general public license v3 (gplv3)", "GPL-3.0-only"),
    ("gnu general public license v3 or later (gplv3+)", "GPL-3.0-or-later"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gpl v3", "GPL-3.0-only"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("gnu lesser general public license v2 (lgplv2)", "LGPL-2.0-only"),
    ("gnu lesser general public license v2 or later (lgplv2+)", "LGPL-2.0-or-later"),
    ("gnu lesser general public license v3 (lgplv3)", "LGPL-3.0-only"),
    ("gnu lesser general public license v3 or later (lgplv3+)", "LGPL-3.0-or-later"),
    ("lgplv2+", "LGPL-2.0-or-later"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("historical permission notice and disclaimer (hpnd)", "HPND"),
    ("isc license", "ISC"),
    ("isc license (iscl)", "ISC"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("the mit license (mit)", "MIT"),
    ("mit no attribution license (mit-0)", "MIT-0"),
    ("mozilla public license 1.0 (mpl)", "MPL-1.0"),
    ("mozilla public license 1.1 (mpl 1.1)", "MPL-1.1"),
    ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("mulan permissive software license v2 (mulanpsl-2.0)", "MulanPSL-2.0"),
    ("open software license 3.0 (osl-3.0)", "OSL-3.0"),
    ("postgresql license", "PostgreSQL"),
    ("psf", "PSF-2.0"),
    ("psf license", "PSF-2.0"),
    ("psfl", "PSF-2.0"),
    ("python software foundation license", "PSF-2.0"),
    ("sil open font license 1.1 (ofl-1.1)", "OFL-1.1"),
    ("the unlicense (unlicense)", "Unlicense"),
    ("universal permissive license (upl)", "UPL-1.0"),
    ("university of illinois/ncsa open source license", "NCSA"),
    ("w3c license", "W3C"),
    ("zlib/libpng license", "Zlib"),
    ("zpl 2.1", "ZPL-2.1"),
];

/// What the fields of a distribution's metadata say.
pub(super) fn licenses(expression: Option<&str>, classifiers: &[&str], field: Option<&str>) -> Vec<String> {
    if let Some(expression) = expression {
        return vec![expression.to_owned()];
    }
    let mut found = Vec::new();
    for classifier in classifiers {
        let Some(path) = classifier.strip_prefix("License :: ") else { continue };
        match path.rsplit(" :: ").next().map(str::trim) {
            // A group of licences, which says nothing.
            None | Some("" | "OSI Approved") => {}
            Some(name) => add(spelled(name).unwrap_or(name), &mut found),
        }
    }
    if found.is_empty()
        && let Some(field) = field
    {
        of_field(field, &mut found);
    }
    found
}

/// What a field of free text says.
pub(super) fn of_text(field: &str) -> Vec<String> {
    let mut found = Vec::new();
    of_field(field, &mut found);
    found
}

fn of_field(field: &str, found: &mut Vec<String>) {
    let mut lines = field.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return };
    if let Some(id) = spelled(first) {
        return add(id, found);
    }
    // More than a line is the text of a licence that does not begin with its name.
    if lines.next().is_some()
        || first.len() > 100
        || matches!(first.to_ascii_lowercase().as_str(), "unknown" | "none" | "n/a" | "dual license")
    {
        return;
    }
    if spdx::Expression::parse(first).is_ok() {
        return add(first, found);
    }
    let parts: Vec<_> =
        first.split([',', '/', ';']).flat_map(|part| part.split(" or ")).flat_map(|part| part.split(" and ")).map(spelled).collect();
    match parts.into_iter().collect::<Option<Vec<_>>>() {
        Some(ids) => ids.into_iter().for_each(|id| add(id, found)),
        None => add(first, found),
    }
}

/// The SPDX id of a name.
fn spelled(name: &str) -> Option<&'static str> {
    let lower = name.trim().to_ascii_lowercase();
    let known = NAMES.iter().find(|(name, _)| *name == lower).map(|(_, id)| *id);
    known.or_else(|| IDS.get(&lower).copied())
}

fn add(license: &str, found: &mut Vec<String>) {
    if !found.iter().any(|known| known == license) && found.len() < 32 {
        found.push(license.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::licenses;

    #[test]
    fn fields() {
        for (expression, classifiers, field, expected) in [
            (Some("MIT OR Apache-2.0"), &["License :: OSI Approved :: BSD License"][..], Some("x"), &["MIT OR Apache-2.0"][..]),
            (
                None,
                &["License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License"],
                Some("x"),
                &["MIT", "BSD License"],
            ),
            (None, &["License :: OSI Approved"], Some("BSD 3-Clause"), &["BSD-3-Clause"]),
            (None, &["Programming Language :: Python"], Some("UNKNOWN"), &[]),
            (None, &[], Some("MIT License\n\nCopyright"), &["MIT"]),
            (None, &[], Some("Copyright (c) 2020\nPermission is hereby granted"), &[]),
            (None, &[], Some("MIT/Apache 2.0"), &["MIT", "Apache-2.0"]),
            (None, &[], Some("mit or gplv2+"), &["MIT", "GPL-2.0-or-later"]),
            (None, &[], Some("Dual, see file"), &["Dual, see file"]),
            (None, &[], None, &[]),
        ] {
            assert_eq!(licenses(expression, classifiers, field), expected);
        }
    }
}
