//! R: lockfiles of renv, and installed packages.

mod description;
mod renv;

use super::Group;
use probity_model::{Ecosystem, Package, Purl, ecosystem::Evidence};
use probity_versions::Scheme;

const CRAN: Ecosystem = Ecosystem { purl_type: "cran", versions: Scheme::Cran, advisories: "cran", ..Ecosystem::LANGUAGE };

pub(crate) static RENV: Ecosystem = Ecosystem { id: "renv", ..CRAN };
pub(crate) static R_PACKAGE: Ecosystem = Ecosystem { id: "r-package", heading: Some("R"), evidence: Evidence::Installed, ..CRAN };

pub(crate) static GROUP: Group = Group { ecosystems: &[&RENV, &R_PACKAGE], analyzers: &[&renv::LOCK, &description::DESCRIPTION] };

/// Packages of Bioconductor have URLs of their own kind.
fn of_bioconductor(package: &mut Package) {
    let version = Some(package.version.clone()).filter(|version| !version.is_empty());
    package.purl = Purl { kind: "bioconductor".to_owned(), name: package.name.clone(), version, ..Purl::default() }.to_string();
}

/// The licences of a `License` field: alternatives with `|` between them; `MIT + file LICENSE` names a file with the holder's name.
///
/// <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#Licensing>
fn licenses(field: &str) -> Vec<String> {
    let words = field.split('|').map(|part| part.split(" + file ").next().unwrap_or(part).trim());
    words.filter(|word| !word.is_empty() && !word.starts_with("file ")).map(spdx).take(16).collect()
}

/// `GPL (>= 2)` and `GPL-2` in SPDX's words; others stay.
fn spdx(word: &str) -> String {
    let (name, later) = match word.split_once(" (>= ") {
        Some((name, version)) => (format!("{name}-{}", version.trim_end_matches(')').trim()), true),
        None => (word.to_owned(), false),
    };
    let end = if later { "or-later" } else { "only" };
    match name.as_str() {
        "GPL-2" | "GPL-3" | "LGPL-2" | "LGPL-3" | "AGPL-3" => format!("{name}.0-{end}"),
        "GPL-2.0" | "GPL-3.0" | "LGPL-2.1" | "LGPL-3.0" | "AGPL-3.0" => format!("{name}-{end}"),
        "Apache License 2.0" | "Apache License-2" | "Apache License-2.0" => "Apache-2.0".to_owned(),
        "BSD_2_clause" => "BSD-2-Clause".to_owned(),
        "BSD_3_clause" => "BSD-3-Clause".to_owned(),
        "Artistic-2.0" | "MIT" => name,
        "CC0" => "CC0-1.0".to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::licenses;

    #[test]
    fn words_of_r() {
        for (field, expected) in [
            ("MIT + file LICENSE", &["MIT"][..]),
            ("GPL (>= 2) | BSD_3_clause + file LICENCE", &["GPL-2.0-or-later", "BSD-3-Clause"]),
            ("GPL-3", &["GPL-3.0-only"]),
            ("Apache License (>= 2)", &["Apache-2.0"]),
            ("LGPL-2.1", &["LGPL-2.1-only"]),
            ("file LICENSE", &[]),
            ("Unlimited", &["Unlimited"]),
            ("Part of R 4.3.1", &["Part of R 4.3.1"]),
        ] {
            assert_eq!(licenses(field), expected, "{field}");
        }
    }
}
