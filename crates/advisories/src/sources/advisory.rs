//! What a feed says, before anything is judged or merged.

use probity_model::{
    Severity,
    vulnerability::{DataSource, Epss, FixStatus, Kev, Rating},
};
use probity_versions::Scheme;
use std::{fmt, sync::Arc};

/// One notice of a publisher: about one vulnerability of some packages, or about several vulnerabilities that one update fixes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Advisory {
    /// The publisher's id.
    pub(crate) id: String,
    /// Other names of the same vulnerability.
    pub(crate) aliases: Vec<String>,
    pub(crate) source: Arc<DataSource>,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) ratings: Vec<Rating>,
    pub(crate) cwes: Vec<String>,
    pub(crate) references: Vec<String>,
    /// RFC 3339 UTC.
    pub(crate) published: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) affected: Vec<Affected>,
}

/// One package of a notice: where, which versions, and what was done about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Affected {
    pub(crate) home: Home,
    pub(crate) package: String,
    /// The vulnerabilities; empty: those that the notice's own names say.
    pub(crate) ids: Vec<String>,
    /// The distribution's notices: `RHSA-2019:2304`.
    pub(crate) vendor_ids: Vec<String>,
    pub(crate) vulnerable: Vec<String>,
    pub(crate) patched: Vec<String>,
    pub(crate) unaffected: Vec<String>,
    /// The first good version of a distribution's package; empty when there is none.
    pub(crate) fixed: String,
    /// The first bad version of a distribution's package, where it is not the first at all.
    pub(crate) since: String,
    pub(crate) status: FixStatus,
    /// The publisher's word for this package, where it differs from package to package.
    pub(crate) severity: Severity,
    pub(crate) arches: Vec<String>,
    /// Products of Red Hat.
    pub(crate) cpes: Vec<String>,
    /// What else is known, as JSON: symbols of a Go module.
    pub(crate) custom: Option<serde_json::Value>,
}

/// Where in the database a package's advisories are, and how its versions compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Home {
    /// `debian 12`.
    Distribution { bucket: String, scheme: Scheme },
    /// `pip`: the bucket is that and the source's name.
    Language { prefix: &'static str, scheme: Scheme },
    /// Buckets of their own shape: products are named by CPE.
    RedHat,
}

impl Default for Home {
    fn default() -> Self {
        Self::Distribution { bucket: String::new(), scheme: Scheme::Semver }
    }
}

impl Home {
    pub(crate) fn scheme(&self) -> Scheme {
        match self {
            Self::Distribution { scheme, .. } | Self::Language { scheme, .. } => *scheme,
            Self::RedHat => Scheme::Rpm,
        }
    }

    /// The name of the bucket for advisories of a source.
    pub(crate) fn bucket(&self, source: &DataSource) -> String {
        match self {
            Self::Distribution { bucket, .. } => bucket.clone(),
            Self::Language { prefix, .. } => format!("{prefix}::{}", source.name),
            Self::RedHat => "Red Hat".to_owned(),
        }
    }
}

/// When a release of a product stops to get security fixes for everybody who uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndOfLife {
    /// The product as the feed names it: `debian`, `alpine-linux`.
    pub(crate) product: String,
    pub(crate) release: String,
    /// `YYYY-MM-DD`; `None`: it has not ended and no date is known.
    pub(crate) date: Option<String>,
    /// It has ended, and no date is known.
    pub(crate) ended: bool,
    /// The last day of support that has to be asked or paid for.
    pub(crate) extended: Option<String>,
}

/// Why something of a feed is not in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// No format that we know.
    NotRecognised,
    /// The file or entry is damaged, or larger than it may be.
    Unreadable,
    Withdrawn,
    /// About a package nobody maintains, or about a bug or enhancement: nothing that is vulnerable.
    NotAVulnerability,
    /// The ecosystem's packages are not matched by name and version.
    UnknownEcosystem,
    /// No package, or one without a name.
    NoPackage,
    /// Neither versions nor a range that could be read.
    NoRange,
    /// A bound that is no version or range of the ecosystem.
    Bound,
    /// Contradicts another notice of the same source about the same package.
    Conflict,
}

impl Why {
    pub const ALL: [Self; 9] = [
        Self::NotRecognised,
        Self::Unreadable,
        Self::Withdrawn,
        Self::NotAVulnerability,
        Self::UnknownEcosystem,
        Self::NoPackage,
        Self::NoRange,
        Self::Bound,
        Self::Conflict,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRecognised => "not-recognised",
            Self::Unreadable => "unreadable",
            Self::Withdrawn => "withdrawn",
            Self::NotAVulnerability => "not-a-vulnerability",
            Self::UnknownEcosystem => "unknown-ecosystem",
            Self::NoPackage => "no-package",
            Self::NoRange => "no-range",
            Self::Bound => "bound",
            Self::Conflict => "conflict",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something of a feed that is not in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rejection {
    pub(crate) why: Why,
    /// The notice, where it has a name.
    pub(crate) id: String,
    /// The text that could not be read, or what is wrong with it.
    pub(crate) text: String,
}

/// What was read of one file.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) advisories: Vec<Advisory>,
    /// By CVE id.
    pub(crate) kev: Vec<(String, Kev)>,
    pub(crate) epss: Vec<(String, Epss)>,
    pub(crate) end_of_life: Vec<EndOfLife>,
    /// Red Hat: a repository's name, and the products it carries.
    pub(crate) repositories: Vec<(String, Vec<String>)>,
    pub(crate) rejections: Vec<Rejection>,
    /// Notices seen, whether kept or not.
    pub(crate) seen: u64,
    /// The newest date that the feed itself states, RFC 3339 UTC.
    pub(crate) stated: Option<String>,
}

impl Sink {
    pub(crate) fn reject(&mut self, why: Why, id: &str, text: impl Into<String>) {
        let text: String = text.into();
        self.rejections.push(Rejection { why, id: excerpt(id), text: excerpt(&text) });
    }

    /// The file as a whole is unreadable.
    pub(crate) fn unreadable(&mut self, error: impl fmt::Display) {
        self.reject(Why::Unreadable, "", error.to_string());
    }

    /// Keeps a notice that has packages, and says so of one that has none.
    pub(crate) fn keep(&mut self, advisory: Advisory) {
        if advisory.affected.is_empty() {
            self.reject(Why::NoPackage, &advisory.id, "");
        } else {
            self.advisories.push(advisory);
        }
    }

    pub(crate) fn state(&mut self, date: Option<String>) {
        self.stated = self.stated.take().max(date);
    }
}

/// Texts of a report are short, whatever a feed has in that place.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", text.split_at(at).0),
        None => text.to_owned(),
    }
}

/// A feed, shared by its notices.
pub(super) fn source(id: &str, name: &str, url: &str) -> Arc<DataSource> {
    Arc::new(DataSource { id: id.to_owned(), name: name.to_owned(), url: url.to_owned(), base_id: None })
}
