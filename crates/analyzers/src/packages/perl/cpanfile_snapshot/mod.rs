//! `cpanfile.snapshot` of Carton.
//!
//! <https://metacpan.org/pod/Carton>
//!
//! Below `DISTRIBUTIONS`: with two spaces a distribution, with four `pathname`, `provides` and `requirements`, with six the modules with their versions.
//! Requirements are modules; the distribution that provides one is what is needed. Modules that come with Perl are provided by none. What the project
//! names stands in `cpanfile`, a program.

use super::{CARTON, by_author, name_and_version};
use crate::{
    packages::listing::Listing,
    text::{lines, snippet},
    unit::{FirstError, Run, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::HashMap;

pub(crate) const SNAPSHOT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cpanfile-snapshot",
        version: 1,
        claims: &[Pattern::Name("cpanfile.snapshot")],
        provides: &[Capability::Packages],
        max_bytes: 16 << 20,
    },
    run: Run::Strict(snapshot),
};

fn snapshot(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut found: Vec<Package> = Vec::new();
    let mut providers: HashMap<String, usize> = HashMap::new();
    let mut needs: Vec<(usize, String)> = Vec::new();
    let mut part = String::new();
    let (mut inside, mut known) = (false, false);
    for (number, line) in lines(file.bytes) {
        let line = line.trim_end();
        let text = line.trim_start_matches(' ');
        let Some(word) = text.split(' ').next().filter(|word| !word.is_empty() && !word.starts_with('#')) else { continue };
        let current = found.len().checked_sub(1);
        match line.len() - text.len() {
            0 if line == "DISTRIBUTIONS" => inside = true,
            0 => errors.add(number, || format!("not a part of a snapshot: `{}`", snippet(line, 60))),
            _ if !inside => {}
            2 => {
                part.clear();
                known = false;
                let Some((name, version)) = name_and_version(text) else {
                    errors.add(number, || format!("a distribution without version: `{}`", snippet(text, 60)));
                    continue;
                };
                known = true;
                let package =
                    Package { name: name.to_owned(), version: version.to_owned(), at: Place::file(file.path), ..Package::of(&CARTON) };
                found.push(package.on(Lines::one(number)));
            }
            4 => {
                text.trim_end_matches(':').clone_into(&mut part);
                if let (Some(path), Some(package)) = (text.strip_prefix("pathname: "), found.last_mut().filter(|_| known)) {
                    by_author(package, path);
                }
            }
            6 if known => match (part.as_str(), current) {
                ("provides", Some(at)) => {
                    providers.insert(word.to_owned(), at);
                }
                ("requirements", Some(at)) => needs.push((at, word.to_owned())),
                _ => {}
            },
            _ => {}
        }
        if let Some(lines) = found.last_mut().filter(|_| known).and_then(|package| package.lines.first_mut()) {
            lines.end = number;
        }
    }
    if !inside && found.is_empty() {
        errors.add(1, || "no `DISTRIBUTIONS`".to_owned());
    }
    let ids: Vec<String> = found.iter().map(Package::key).collect();
    for (at, module) in needs {
        let id = providers.get(&module).filter(|need| **need != at).and_then(|need| ids.get(*need));
        if let (Some(id), Some(package)) = (id, found.get_mut(at)) {
            package.depends_on.push(id.clone());
        }
    }
    let mut listing = Listing::default();
    for package in found {
        listing.put(package);
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "# carton snapshot format: version 1.0
DISTRIBUTIONS
  HTTP-Tiny-0.082
    pathname: D/DA/DAGOLDEN/HTTP-Tiny-0.082.tar.gz
    provides:
      HTTP::Tiny 0.082
    requirements:
      perl 5.006
  Plack-v1.2
    pathname: M/MI/MIYAGAWA/Plack-v1.2.tar.gz
    provides:
      Plack undef
    requirements:
      ExtUtils::MakeMaker 0
      HTTP::Tiny 0.034
  Broken
    requirements:
      Plack 0
";

    #[test]
    fn modules_lead_to_distributions() {
        check(
            &SNAPSHOT,
            "cpanfile.snapshot",
            SAMPLE.as_bytes(),
            "cpan HTTP-Tiny 0.082 - @3
             cpan Plack v1.2 - @9 -> HTTP-Tiny@0.082
             error line 16: a distribution without version: `Broken`",
        );
        check(&SNAPSHOT, "cpanfile.snapshot", b"", "error line 1: no `DISTRIBUTIONS`");
        check(
            &SNAPSHOT,
            "cpanfile.snapshot",
            b"DISTRIBUTIONS\n<<<<<<< HEAD\n  A-1\n",
            "cpan A 1 - @3\nerror line 2: not a part of a snapshot: `<<<<<<< HEAD`",
        );
    }

    #[test]
    fn urls_have_the_author() {
        let file = File { path: "cpanfile.snapshot", meta: probity_model::analyzer::FileMeta::default(), bytes: SAMPLE.as_bytes() };
        let mut facts = Facts::default();
        assert!(snapshot(&file, &mut facts).is_err());
        assert_eq!(facts.packages[0].purl, "pkg:cpan/DAGOLDEN/HTTP-Tiny@0.082");
        assert_eq!(facts.packages[0].lines, [Lines::new(3, 8)]);
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&SNAPSHOT, "cpanfile.snapshot", SAMPLE.as_bytes());
    }
}
