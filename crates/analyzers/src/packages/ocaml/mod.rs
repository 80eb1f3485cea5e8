//! OCaml: what opam installed in a switch, `.opam-switch/switch-state`.
//!
//! <https://opam.ocaml.org/doc/Manual.html#Switch-state>
//!
//! Fields with lists of `"name.version"`: `installed` is everything, `roots` what the user asked for. Strings are read wherever they stand in a list, one
//! a line or several.

use super::Group;
use crate::{
    packages::{listing::Listing, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    ecosystem::Evidence,
    package::Relationship,
};
use probity_versions::Scheme;
use std::collections::HashSet;

/// Nobody publishes advisories about packages of opam in a form that we read.
pub(crate) static OPAM: Ecosystem =
    Ecosystem { id: "opam", purl_type: "opam", versions: Scheme::Deb, evidence: Evidence::Database, ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&OPAM], analyzers: &[&SWITCH_STATE] };

pub(crate) const SWITCH_STATE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/opam",
        version: 1,
        claims: &[Pattern::Name("switch-state")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(switch_state),
};

fn switch_state(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let mut installed: Vec<(u32, &str)> = Vec::new();
    let mut roots: HashSet<&str> = HashSet::new();
    let mut field = "";
    for (number, line) in (1..).zip(text.lines()) {
        let mut rest = line;
        if !line.starts_with([' ', '\t', '"', ']', '#'])
            && let Some((key, value)) = line.split_once(':')
        {
            (field, rest) = (key.trim(), value);
        }
        if field == "installed" || field == "roots" {
            for entry in rest.split('"').skip(1).step_by(2) {
                if field == "roots" {
                    roots.insert(entry);
                } else {
                    installed.push((number, entry));
                }
            }
        }
    }
    let mut listing = Listing::default();
    for (number, entry) in installed {
        let Some((name, version)) = entry.split_once('.').filter(|(name, version)| !name.is_empty() && !version.is_empty()) else {
            errors.add(number, || format!("a package without version: `{}`", crate::text::snippet(entry, 60)));
            continue;
        };
        let relationship = if roots.contains(entry) { Relationship::Direct } else { Relationship::Indirect };
        let package =
            Package { name: name.to_owned(), version: version.to_owned(), relationship, at: Place::file(file.path), ..Package::of(&OPAM) };
        listing.put(package.on(Lines::one(number)));
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"opam-version: "2.0"
compiler: ["ocaml-base-compiler.4.14.0"]
roots: ["dune.3.0.2"]
installed: [
  "base-unix.base"
  "dune.3.0.2" "broken"
]
pinned: "x.1"
"#;

    #[test]
    fn installed_packages() {
        check(
            &SWITCH_STATE,
            "root/.opam/default/.opam-switch/switch-state",
            SAMPLE.as_bytes(),
            "opam base-unix base - @5 indirect
             opam dune 3.0.2 - @6 direct
             error line 6: a package without version: `broken`",
        );
        robust(&SWITCH_STATE, "switch-state", SAMPLE.as_bytes());
    }
}
