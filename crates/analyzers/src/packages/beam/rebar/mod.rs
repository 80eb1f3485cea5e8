//! `rebar.lock` of Erlang's Rebar.
//!
//! <https://rebar3.org/docs/workflow/#dependency-lock-management>
//!
//! A list of `{<<"name">>, source, level}`, in newer files in a tuple with the version of the format and before a list of checksums. The level says how
//! far a dependency is from the project: 0 is what it names itself. `{pkg, <<"name">>, <<"version">>}` comes from hex.pm; others (`git`, `hg`) have
//! the tag that was asked for or their commit as version.

use super::{
    REBAR, digest,
    term::{self, Term},
};
use crate::{
    packages::{listing::Listing, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/rebar-lock",
        version: 1,
        claims: &[Pattern::Name("rebar.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let terms = term::read(&text, 2, &mut errors);
    let entries = match terms.first().map(Term::items) {
        // `{"1.2.0", [entries]}`
        Some([version, entries]) if version.text().is_some() => entries.items(),
        Some(entries) => entries,
        None => {
            errors.add(1, || "no lockfile of Rebar".to_owned());
            &[]
        }
    };
    // `[{pkg_hash, […]}, {pkg_hash_ext, [{<<"name">>, <<"sum">>}]}]`: the second are those of the archives.
    let sums = terms.get(1).map_or(&[][..], Term::items).iter().find_map(|list| match list.items() {
        [kind, sums] if kind.word() == Some("pkg_hash_ext") => Some(sums.items()),
        _ => None,
    });
    let sums: HashMap<&str, &str> = sums
        .into_iter()
        .flatten()
        .filter_map(|pair| match pair.items() {
            [name, sum] => Some((name.text()?, sum.text()?)),
            _ => None,
        })
        .collect();
    let mut listing = Listing::default();
    for entry in entries {
        let Some((alias, name, version)) = found(entry) else {
            errors.add(entry.lines.start, || "an entry without name or version".to_owned());
            continue;
        };
        let relationship = match entry.items().get(2).and_then(Term::word) {
            Some("0") => Relationship::Direct,
            Some(_) => Relationship::Indirect,
            None => Relationship::Unknown,
        };
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship,
            digest: digest(sums.get(alias).copied()),
            at: Place::file(file.path),
            ..Package::of(&REBAR)
        };
        listing.put(package.on(entry.lines));
    }
    listing.finish(out);
    errors.into_result()
}

/// The name of an entry, the one that hex.pm knows, and the version.
fn found<'e>(entry: &'e Term<'_>) -> Option<(&'e str, &'e str, &'e str)> {
    let [name, source, ..] = entry.items() else { return None };
    let name = name.text().filter(|name| !name.is_empty())?;
    match source.items() {
        [kind, real, version, ..] if kind.word() == Some("pkg") => {
            Some((name, real.text().filter(|real| !real.is_empty())?, version.text().filter(|version| !version.is_empty())?))
        }
        // `{git, "url", {tag, "1.0"}}`
        [_, _, reference, ..] => match reference.items() {
            [_, version] => Some((name, name, version.text().filter(|version| !version.is_empty())?)),
            _ => Some((name, name, reference.text()?)),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0},
 {<<"lib">>,
  {git,"https://git.example/lib.git",
       {ref,"0123456789abcdef"}},
  0},
 {<<"alias">>,{pkg,<<"real">>,<<"1.0.0">>},1},
 {<<"broken">>,{pkg},1}]}.
[
{pkg_hash,[
 {<<"alias">>, <<"BBBBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb">>}]},
{pkg_hash_ext,[
 {<<"alias">>, <<"CCCCcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc">>}]}
].
"#;

    #[test]
    fn levels_are_relationships() {
        check(
            &LOCK,
            "rebar.lock",
            SAMPLE.as_bytes(),
            "hex cowboy 2.9.0 - @2 direct
             hex lib 0123456789abcdef - @3 direct
             hex real 1.0.0 - @7 indirect (sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc)
             error line 8: an entry without name or version",
        );
        check(
            &LOCK,
            "rebar.lock",
            b"[{<<\"a\">>,{pkg,<<\"a\">>,<<\"1\">>},0},\n{<<\"b\">>,{pkg,<<\"b\">>,<<\"2\">>},0}].\n",
            "hex a 1 - @1 direct\nhex b 2 - @2 direct",
        );
        check(&LOCK, "rebar.lock", b"[].\n", "");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "rebar.lock", SAMPLE.as_bytes());
    }
}
