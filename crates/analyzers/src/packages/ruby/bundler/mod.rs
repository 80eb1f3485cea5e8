//! `Gemfile.lock`, also under its other names: `gems.locked`, and `*.gemfile.lock` of projects that are tested with several sets of gems.
//!
//! <https://bundler.io/man/bundle-lock.1.html>, <https://github.com/rubygems/rubygems/blob/master/bundler/lib/bundler/lockfile_parser.rb>
//!
//! Sections have headings without indentation. `GEM`, `GIT`, `PATH` and `PLUGIN SOURCE` list gems below `specs:`: with four spaces a gem and its version,
//! with six what it needs. `DEPENDENCIES` are the gems that the project names, `!` behind those that do not come from the default source. `CHECKSUMS`
//! are there from Bundler 2.5 on.
//!
//! Odd: a gem with compiled code is listed once for each platform, `1.15.4-x86_64-linux`. A version has no `-`, so what follows it is the platform; the
//! entries are one package in several places, and it needs what any of them needs. Groups (`:development`) stand in the `Gemfile`, a program: nothing is
//! called a development package. Gems of `PATH` are the project's own or its neighbours and count like others.

use super::BUNDLER;
use crate::{
    packages::listing::Listing,
    text::lines,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{HashMap, HashSet};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/bundler",
        version: 1,
        claims: &[Pattern::Name("Gemfile.lock"), Pattern::Name("gems.locked"), Pattern::Suffix(".gemfile.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

#[derive(PartialEq)]
enum Section {
    /// Before the list of gems: where they come from.
    Source,
    Specs,
    Dependencies,
    Checksums,
    Other,
}

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut found = Found::default();
    let mut section = Section::Other;
    let mut sections = 0;
    // The gem that the lines with six spaces belong to.
    let mut gem = None;
    for (number, line) in lines(file.bytes) {
        let line = line.trim_end();
        let text = line.trim_start_matches(' ');
        if text.is_empty() {
            continue;
        }
        match line.len() - text.len() {
            0 if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) => {
                errors.add(number, || "a merge conflict is not resolved".to_owned());
            }
            0 => {
                section = match line {
                    "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE" => Section::Source,
                    "DEPENDENCIES" => Section::Dependencies,
                    "CHECKSUMS" => Section::Checksums,
                    _ => Section::Other,
                };
                sections += u32::from(section != Section::Other);
                gem = None;
            }
            2 if matches!(section, Section::Source | Section::Specs) => {
                section = if text == "specs:" { Section::Specs } else { Section::Source };
                gem = None;
            }
            4 if section == Section::Specs => {
                gem = found.gem(file.path, text, number);
                if gem.is_none() {
                    errors.add(number, || format!("a gem without version: `{}`", crate::text::snippet(text, 60)));
                }
            }
            6 if section == Section::Specs => {
                if let Some(gem) = gem {
                    found.needs.push((gem, first_word(text).to_owned()));
                }
            }
            2 if section == Section::Dependencies => {
                found.wanted.insert(first_word(text).trim_end_matches('!').to_owned());
            }
            2 if section == Section::Checksums => found.checksum(text),
            _ => {}
        }
    }
    if sections == 0 {
        errors.add(1, || "no section of a lockfile".to_owned());
    }
    found.finish(out);
    errors.into_result()
}

#[derive(Default)]
struct Found {
    gems: Listing,
    /// Gems of a name: several when platforms have different versions.
    names: HashMap<String, Vec<usize>>,
    needs: Vec<(usize, String)>,
    wanted: HashSet<String>,
    /// By name and version with its platform, as written.
    entries: HashMap<String, usize>,
    /// What the checksums of each gem are, `None` when they differ by platform.
    sums: HashMap<usize, Option<String>>,
}

impl Found {
    /// `nokogiri (1.15.4-x86_64-linux)`.
    fn gem(&mut self, path: &str, text: &str, number: u32) -> Option<usize> {
        let (name, rest) = text.split_once(' ')?;
        let full = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
        let version = full.split('-').next().filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))?;
        let package = Package { name: name.to_owned(), version: version.to_owned(), at: Place::file(path), ..Package::of(&BUNDLER) };
        let known = self.gems.len();
        let at = self.gems.put(package.on(Lines::one(number)));
        if at == known {
            self.names.entry(name.to_owned()).or_default().push(at);
        }
        self.entries.insert(format!("{name} ({full})"), at);
        Some(at)
    }

    /// `racc (1.7.1) sha256=…,sha512=…`; nothing stands there for gems that are not archives.
    fn checksum(&mut self, text: &str) {
        let Some((entry, sums)) = text.rsplit_once(' ') else { return };
        let sum = sums.split(',').find_map(|sum| sum.strip_prefix("sha256=")).filter(|sum| is_hex(sum, 64));
        if let (Some(gem), Some(sum)) = (self.entries.get(entry), sum) {
            let sum = Some(format!("sha256:{}", sum.to_ascii_lowercase()));
            self.sums.entry(*gem).and_modify(|known| *known = None).or_insert(sum);
        }
    }

    fn finish(mut self, out: &mut Facts) {
        for (gem, name) in &self.needs {
            for need in self.names.get(name).into_iter().flatten().filter(|need| *need != gem) {
                let Some(id) = self.gems.get(*need).map(Package::key) else { continue };
                if let Some(package) = self.gems.get_mut(*gem) {
                    package.depends_on.push(id);
                }
            }
        }
        for (at, package) in self.gems.iter_mut().enumerate() {
            let direct = self.wanted.contains(&package.name);
            package.relationship = if direct { Relationship::Direct } else { Relationship::Indirect };
            // The digest of one archive is not that of the others.
            if package.lines.len() == 1 {
                package.digest = self.sums.remove(&at).flatten();
            }
        }
        self.gems.finish(out);
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or(text)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, claims, robust};

    const SAMPLE: &str = "GIT
  remote: https://git.example/x.git
  revision: 0123
  specs:
    gitgem (1.2.3)
      rake

PATH
  remote: .
  specs:
    mine (0.1.0)
      nokogiri (~> 1.15)
      bundler (>= 2)

GEM
  remote: https://rubygems.org/
  specs:
    mini_portile2 (2.8.4)
    nokogiri (1.15.4)
      mini_portile2 (~> 2.8.2)
      racc (~> 1.4)
    nokogiri (1.15.4-x86_64-linux)
      racc (~> 1.4)
    nokogiri (1.15.5-java)
      racc (~> 1.4)
    racc (1.7.1)
    rake (13.0.6.pre1)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  gitgem!
  mine!
  nokogiri (~> 1.15)

CHECKSUMS
  mine (0.1.0)
  nokogiri (1.15.4) sha256=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  nokogiri (1.15.4-x86_64-linux) sha256=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
  racc (1.7.1) sha256=CCCCcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc

RUBY VERSION
   ruby 3.2.2p53

BUNDLED WITH
   2.4.10
";

    #[test]
    fn platforms_are_places_of_one_package() {
        check(
            &LOCK,
            "Gemfile.lock",
            SAMPLE.as_bytes(),
            "gem gitgem 1.2.3 - @5 direct -> rake@13.0.6.pre1
             gem mine 0.1.0 - @11 direct -> nokogiri@1.15.4, nokogiri@1.15.5
             gem mini_portile2 2.8.4 - @18 indirect
             gem nokogiri 1.15.4 - @19 direct -> mini_portile2@2.8.4, racc@1.7.1 @22
             gem nokogiri 1.15.5 - @24 direct -> racc@1.7.1
             gem racc 1.7.1 - @26 indirect (sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc)
             gem rake 13.0.6.pre1 - @27 indirect",
        );
    }

    #[test]
    fn conflicts_and_broken_entries_are_errors_and_the_rest_stays() {
        check(
            &LOCK,
            "gems.locked",
            b"\xef\xbb\xbfGEM\r\n  specs:\r\n    a (1.0)\r\n<<<<<<< HEAD\r\n    b (1.1)\r\n=======\r\n    b (1.2)\r\n>>>>>>> x\r\n    c\r\n    d (x)\r\n\r\nDEPENDENCIES\r\n  b (>= 1)\r\n",
            "gem a 1.0 - @3 indirect
             gem b 1.1 - @5 direct
             gem b 1.2 - @7 direct
             error line 4: a merge conflict is not resolved (and 4 more)",
        );
        check(&LOCK, "Gemfile.lock", b"something else\n", "error line 1: no section of a lockfile");
    }

    #[test]
    fn other_names_and_broken_bytes() {
        assert!(claims(&LOCK, "gemfiles/rails_7.gemfile.lock"));
        assert!(!claims(&LOCK, "Gemfile.lock.erb"));
        robust(&LOCK, "Gemfile.lock", SAMPLE.as_bytes());
    }
}
