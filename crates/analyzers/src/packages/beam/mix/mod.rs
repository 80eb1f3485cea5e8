//! `mix.lock` of Elixir's Mix.
//!
//! <https://hexdocs.pm/mix/Mix.Tasks.Deps.html>, <https://github.com/hexpm/hex/blob/main/lib/hex/mix.ex>
//!
//! A map from the names of dependencies to tuples: `{:hex, :package, "version", "inner checksum", [:mix], [dependencies], "repository", "outer checksum"}`,
//! the last ones missing in older files, or `{:git, "url", "commit", options}`. The name in the tuple is the one that hex.pm knows. A dependency from Git
//! has the tag that was asked for as version, else its commit.
//!
//! What the project itself names, and what it needs for development only, stands in `mix.exs`, a program: nothing is known of relationships. Who needs
//! whom is not listed either.

use super::{HEX, digest, term};
use crate::{
    packages::{listing::Listing, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/mix-lock",
        version: 1,
        claims: &[Pattern::Name("mix.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let terms = term::read(&text, 1, &mut errors);
    if terms.is_empty() {
        errors.add(1, || "no lockfile of Mix".to_owned());
    }
    let mut listing = Listing::default();
    for entry in terms.first().map_or(&[][..], term::Term::items) {
        let item = |at: usize| entry.items().get(at);
        let name = entry.key.as_deref().unwrap_or_default();
        let text = |at: usize| item(at).and_then(term::Term::text).filter(|text| !text.is_empty());
        let found = match item(0).and_then(term::Term::word) {
            Some("hex") => text(2).map(|version| (item(1).and_then(term::Term::word).unwrap_or(name), version, digest(text(7)))),
            // The first form that Hex wrote.
            Some("package") => text(1).map(|version| (name, version, None)),
            Some("git") => {
                let options = item(3).map_or(&[][..], term::Term::items);
                let tag = options.iter().find(|option| option.key.as_deref() == Some("tag")).and_then(term::Term::text);
                tag.or_else(|| text(2)).map(|version| (name, version, None))
            }
            _ => None,
        };
        let Some((name, version, digest)) = found.filter(|(name, ..)| !name.is_empty()) else {
            errors.add(entry.lines.start, || "an entry without name or version".to_owned());
            continue;
        };
        let package =
            Package { name: name.to_owned(), version: version.to_owned(), digest, at: Place::file(file.path), ..Package::of(&HEX) };
        listing.put(package.on(entry.lines));
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"%{
  "a": {:hex, :a_real, "0.1.18", "deb5", [:mix], [{:b, "~> 1.0", [hex: :b, repo: "hexpm", optional: false]}], "hexpm", "AAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
  "b" => {:hex, :b, "1.0.0-rc.1", "deb5", [:mix],
    [], "hexpm"},
  "g": {:git, "https://git.example/g.git", "0123456789", [tag: "v1.0"]},
  "h": {:git, "https://git.example/h.git", "9876543210", []},
  "old": {:package, "0.5.0"},
}
"#;

    #[test]
    fn all_sources() {
        check(
            &LOCK,
            "mix.lock",
            SAMPLE.as_bytes(),
            "hex a_real 0.1.18 - @2 (sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)
             hex b 1.0.0-rc.1 - @3
             hex g v1.0 - @5
             hex h 9876543210 - @6
             hex old 0.5.0 - @7",
        );
        check(&LOCK, "mix.lock", b"%{}\n", "");
    }

    #[test]
    fn conflicts_cost_their_lines_only() {
        check(
            &LOCK,
            "mix.lock",
            b"%{\n<<<<<<< HEAD\n  \"a\": {:hex, :a, \"1\"},\n=======\n  \"a\": {:hex, :a, \"2\"},\n>>>>>>> x\n  \"b\": {:hex, :b},\n}\n",
            "hex a 1 - @3
             hex a 2 - @5
             error line 2: a merge conflict is not resolved (and 3 more)",
        );
        check(&LOCK, "mix.lock", b"", "error line 1: no lockfile of Mix");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "mix.lock", SAMPLE.as_bytes());
    }
}
