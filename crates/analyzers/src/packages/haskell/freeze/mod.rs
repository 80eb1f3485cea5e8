//! `cabal.project.freeze`, and `cabal.config` of older versions.
//!
//! <https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze>
//!
//! A field `constraints`, with commas between its entries: `any.aeson ==2.1.0.0` fixes a version, `aeson -cffi +ordered-keymap` and `installed` do not.
//! Who needs whom, and what the project names, is not written. Constraints that leave a choice (`>=1`) name no version and are passed over.

use super::CABAL;
use crate::{
    packages::{listing::Listing, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const FREEZE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cabal-freeze",
        version: 1,
        claims: &[Pattern::Name("cabal.project.freeze"), Pattern::Name("cabal.config")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(freeze),
};

fn freeze(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let mut listing = Listing::default();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let body = line.split("--").next().unwrap_or(line);
        if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            errors.add(number, || "a merge conflict is not resolved".to_owned());
            continue;
        }
        let mut entries = body.trim();
        if !body.starts_with([' ', '\t']) && !entries.is_empty() {
            let (field, rest) = entries.split_once(':').unwrap_or((entries, ""));
            inside = field.trim().eq_ignore_ascii_case("constraints");
            entries = rest;
        }
        if !inside {
            continue;
        }
        for entry in entries.split(',') {
            let Some((name, version)) = entry.split_once("==") else { continue };
            let name = name.trim();
            let name = name.strip_prefix("any.").or_else(|| name.strip_prefix("setup.")).unwrap_or(name);
            let version = version.trim();
            // `==1.2.*` and `==1 || ==2` leave a choice.
            let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            if !is_version || name.is_empty() || name.contains(char::is_whitespace) {
                continue;
            }
            let package = Package { name: name.to_owned(), version: version.to_owned(), at: Place::file(file.path), ..Package::of(&CABAL) };
            listing.put(package.on(Lines::one(number)));
        }
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "active-repositories: hackage.haskell.org:merge
constraints: any.aeson ==2.1.0.0,
             aeson -cffi +ordered-keymap,
             any.base ==4.17.0.0, old ==1.0,
             -- any.gone ==1
             any.range ==1.2.*,
<<<<<<< HEAD
             any.base-compat ==0.12
index-state: hackage.haskell.org 2023-01-01T00:00:00Z
";

    #[test]
    fn fixed_versions_only() {
        check(
            &FREEZE,
            "cabal.project.freeze",
            SAMPLE.as_bytes(),
            "hackage aeson 2.1.0.0 - @2
             hackage base 4.17.0.0 - @4
             hackage old 1.0 - @4
             hackage base-compat 0.12 - @8
             error line 7: a merge conflict is not resolved",
        );
        robust(&FREEZE, "cabal.project.freeze", SAMPLE.as_bytes());
    }
}
