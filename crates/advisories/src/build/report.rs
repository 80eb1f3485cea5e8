//! What came in, what was refused and why.

use super::input::{Collected, Counts};
use crate::{
    sources::{Rejection, Why},
    store::Metadata,
};
use std::{collections::BTreeMap, fmt};

/// Examples of each reason that are kept for each source.
const MAX_EXAMPLES: usize = 5;
/// Quarantined bounds that are kept.
const MAX_QUARANTINED: usize = 10_000;

/// The result of a build.
#[derive(Debug, Default)]
pub struct BuildReport {
    pub sources: Vec<SourceReport>,
    /// Bounds that are no versions of their ecosystem, the first ten thousand.
    pub quarantined: Vec<Quarantined>,
    pub quarantined_total: u64,
    /// Buckets of distributions and ecosystems.
    pub buckets: u64,
    pub packages: u64,
    /// Entries: a vulnerability of a package, according to one publisher.
    pub advisories: u64,
    /// Vulnerabilities that entries are about.
    pub vulnerabilities: u64,
    pub aliases: u64,
    pub kev: u64,
    pub epss: u64,
    /// Releases with an end of support.
    pub end_of_life: u64,
    /// Notices that were brought together with another of the same bucket, package and vulnerability.
    pub merged: u64,
    /// Notices that contradict another, and are listed by their own name.
    pub conflicts: u64,
    pub digest: String,
    pub bytes: u64,
    pub metadata: Metadata,
}

/// What one format of one input gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceReport {
    pub input: String,
    /// The format's id; `-` for files of no format.
    pub format: String,
    pub title: String,
    pub files: u64,
    /// Notices that are in the files.
    pub advisories: u64,
    /// Notices that were kept, in part at least.
    pub accepted: u64,
    /// Packages that they name.
    pub packages: u64,
    /// How often each reason occurred: for a notice, a package of one, a bound, or a file.
    pub rejected: BTreeMap<Why, u64>,
    /// A few of each reason.
    pub examples: Vec<Rejected>,
}

/// An example of something refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejected {
    pub why: Why,
    /// The notice or the file.
    pub id: String,
    pub text: String,
}

/// A bound that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarantined {
    pub input: String,
    pub format: String,
    pub id: String,
    /// The package and the bound as published.
    pub text: String,
}

impl BuildReport {
    pub(super) fn add_input(&mut self, input: &str, read: &Collected) {
        for (format, counts) in &read.formats {
            self.sources.push(self::source(input, format, counts));
            let bounds = counts.rejections.iter().filter(|rejection| rejection.why == Why::Bound);
            for Rejection { id, text, .. } in bounds {
                self.quarantined_total += 1;
                if self.quarantined.len() < MAX_QUARANTINED {
                    self.quarantined.push(Quarantined {
                        input: input.to_owned(),
                        format: (*format).to_owned(),
                        id: id.clone(),
                        text: text.clone(),
                    });
                }
            }
        }
    }

    /// Why nothing was kept, in a few words.
    pub(super) fn why_empty(&self) -> String {
        let mut total: BTreeMap<Why, u64> = BTreeMap::new();
        for (why, count) in self.sources.iter().flat_map(|source| &source.rejected) {
            *total.entry(*why).or_default() += count;
        }
        if total.is_empty() {
            return "there are no files in them".to_owned();
        }
        total.iter().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
    }
}

fn source(input: &str, format: &str, counts: &Counts) -> SourceReport {
    let mut rejected: BTreeMap<Why, u64> = BTreeMap::new();
    let mut examples = Vec::new();
    for rejection in &counts.rejections {
        let count = rejected.entry(rejection.why).or_default();
        *count += 1;
        if *count <= MAX_EXAMPLES as u64 {
            examples.push(Rejected { why: rejection.why, id: rejection.id.clone(), text: rejection.text.clone() });
        }
    }
    examples.sort_by_key(|example| example.why);
    SourceReport {
        input: input.to_owned(),
        format: format.to_owned(),
        title: if counts.title.is_empty() { "files of no format".to_owned() } else { counts.title.to_owned() },
        files: counts.files,
        advisories: counts.seen,
        accepted: counts.accepted,
        packages: counts.packages,
        rejected,
        examples,
    }
}

impl fmt::Display for BuildReport {
    /// A table for people, the reasons below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:<20} {:>7} {:>9} {:>9} {:>9}  rejected", "input", "format", "files", "notices", "accepted", "packages")?;
        for source in &self.sources {
            let why = source.rejected.iter().map(|(why, count)| format!("{why} {count}")).collect::<Vec<_>>().join(", ");
            writeln!(
                f,
                "{:<28} {:<20} {:>7} {:>9} {:>9} {:>9}  {}",
                source.input,
                source.format,
                source.files,
                source.advisories,
                source.accepted,
                source.packages,
                if why.is_empty() { "-" } else { &why }
            )?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{} advisories of {} packages in {} buckets, about {} vulnerabilities with {} other names ({} notices joined another, {} contradicted one)",
            self.advisories, self.packages, self.buckets, self.vulnerabilities, self.aliases, self.merged, self.conflicts
        )?;
        writeln!(
            f,
            "{} known to be exploited, {} with a probability of exploitation, {} releases with an end of support",
            self.kev, self.epss, self.end_of_life
        )?;
        writeln!(f, "{} bounds in quarantine", self.quarantined_total)?;
        write!(f, "{} bytes, {}", self.bytes, self.digest)
    }
}
