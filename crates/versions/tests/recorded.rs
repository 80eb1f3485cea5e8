//! Every order against what the ecosystem's own tool says of the same pairs.
//!
//! The files in `testdata` say in their first line which tool was asked and how. Where we differ on purpose, the pair stands in
//! `deviations.tsv` with our answer and the reason; a pair that no longer differs fails the test, so that the list stays true.

use std::collections::BTreeMap;

use probity_versions::Scheme;

const RECORDED: &[(Scheme, &str, &str)] = &[
    (Scheme::Deb, "deb", include_str!("../testdata/deb.tsv")),
    (Scheme::Rpm, "rpm", include_str!("../testdata/rpm.tsv")),
    (Scheme::Apk, "apk", include_str!("../testdata/apk.tsv")),
    (Scheme::Pacman, "pacman", include_str!("../testdata/pacman.tsv")),
    (Scheme::Npm, "npm", include_str!("../testdata/npm.tsv")),
    (Scheme::Semver, "go", include_str!("../testdata/go.tsv")),
    (Scheme::Swift, "hex", include_str!("../testdata/hex.tsv")),
    (Scheme::Hex, "hex", include_str!("../testdata/hex.tsv")),
    (Scheme::Go, "go", include_str!("../testdata/go.tsv")),
    (Scheme::Go, "go-toolchain", include_str!("../testdata/go-toolchain.tsv")),
    (Scheme::Pep440, "pep440", include_str!("../testdata/pep440.tsv")),
    (Scheme::Maven, "maven", include_str!("../testdata/maven.tsv")),
    (Scheme::RubyGems, "rubygems", include_str!("../testdata/rubygems.tsv")),
    (Scheme::Composer, "composer", include_str!("../testdata/composer.tsv")),
    (Scheme::Nuget, "nuget", include_str!("../testdata/nuget.tsv")),
    (Scheme::Conan, "conan", include_str!("../testdata/conan.tsv")),
    (Scheme::Conda, "conda", include_str!("../testdata/conda.tsv")),
    (Scheme::Cran, "cran", include_str!("../testdata/cran.tsv")),
    (Scheme::Cpan, "cpan", include_str!("../testdata/cpan.tsv")),
    (Scheme::Hackage, "hackage", include_str!("../testdata/hackage.tsv")),
    (Scheme::Bitnami, "bitnami", include_str!("../testdata/bitnami.tsv")),
];

const DEVIATIONS: &str = include_str!("../testdata/deviations.tsv");

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn ours(scheme: Scheme, a: &str, b: &str) -> &'static str {
    match scheme.compare(a, b) {
        Ok(order) if order.is_lt() => "-1",
        Ok(order) if order.is_eq() => "0",
        Ok(_) => "1",
        Err(_) => "!",
    }
}

#[test]
fn agrees_with_the_tools() {
    let mut deviations: BTreeMap<(&str, &str, &str), &str> = rows(DEVIATIONS).map(|row| ((row[0], row[1], row[2]), row[3])).collect();
    let mut wrong = Vec::new();
    let mut used = Vec::new();
    for (scheme, name, text) in RECORDED {
        let mut asked = 0;
        for row in rows(text) {
            let [a, b, theirs] = row[..] else { panic!("{name}: {row:?}") };
            let found = ours(*scheme, a, b);
            // What the tool refuses we may read, since registries hold it all the same.
            if theirs == "!" {
                continue;
            }
            asked += 1;
            let key = (*name, a, b);
            match deviations.get(&key) {
                Some(expected) if found == *expected && found != theirs => used.push(key),
                Some(expected) => wrong.push(format!("{name}\t{a}\t{b}\t{found}\ttool {theirs}, deviations.tsv {expected}")),
                None if found != theirs => wrong.push(format!("{name}\t{a}\t{b}\t{found}\ttool {theirs}")),
                None => {}
            }
        }
        assert!(asked >= 300, "{name} has only {asked} pairs");
    }
    for key in used {
        deviations.remove(&key);
    }
    wrong.extend(deviations.keys().map(|key| format!("{key:?} is in deviations.tsv but was not recorded")));
    assert!(wrong.is_empty(), "{} pairs differ:\n{}", wrong.len(), wrong.join("\n"));
}
