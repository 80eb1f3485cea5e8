//! Ranges against what the ecosystem's own tool says, and ranges as advisories write them.

use probity_versions::Scheme;

const RECORDED: &[(Scheme, &str, &str)] = &[
    (Scheme::Npm, "npm", include_str!("../testdata/ranges/npm.tsv")),
    (Scheme::Pep440, "pep440", include_str!("../testdata/ranges/pep440.tsv")),
    (Scheme::RubyGems, "rubygems", include_str!("../testdata/ranges/rubygems.tsv")),
    (Scheme::Maven, "maven", include_str!("../testdata/ranges/maven.tsv")),
    (Scheme::Nuget, "nuget", include_str!("../testdata/ranges/nuget.tsv")),
    (Scheme::Composer, "composer", include_str!("../testdata/ranges/composer.tsv")),
    (Scheme::Hex, "hex", include_str!("../testdata/ranges/hex.tsv")),
    (Scheme::Conda, "conda", include_str!("../testdata/ranges/conda.tsv")),
    (Scheme::Conan, "conan", include_str!("../testdata/ranges/conan.tsv")),
];

/// Name, range, version, and what we say.
const DEVIATIONS: &str = include_str!("../testdata/ranges/deviations.tsv");

#[test]
fn agrees_with_the_tools() {
    let mut deviations: Vec<Vec<&str>> =
        DEVIATIONS.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').take(4).collect()).collect();
    let mut wrong = Vec::new();
    for (scheme, name, text) in RECORDED {
        let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('\t').unwrap());
        let (_, versions) = lines.next().unwrap();
        for (range, inside) in lines {
            let constraint = scheme.constraint(range);
            for version in versions.split(' ') {
                let theirs = inside.split(' ').any(|found| found == version).to_string();
                let ours = match &constraint {
                    Ok(constraint) => constraint.matches(version).map_or_else(|error| error.reason().to_owned(), |found| found.to_string()),
                    Err(error) => error.reason().to_owned(),
                };
                let row = [name, range, version, ours.as_str()];
                let known = deviations.iter().position(|known| known[..] == row);
                if ours != theirs {
                    match known {
                        Some(known) => drop(deviations.remove(known)),
                        None => wrong.push(format!("{}\ttool {theirs}", row.join("\t"))),
                    }
                }
            }
        }
    }
    wrong.extend(deviations.iter().map(|row| format!("{row:?} is in deviations.tsv but does not differ")));
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}
