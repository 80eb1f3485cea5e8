//! Feeds: what publishers write about vulnerable packages, each format in its own folder.
//!
//! A file is recognised by what is in it, never by its name alone, and read into an [`Advisory`] for each notice: publishers' words, with names of
//! packages, buckets and ranges in ours. Nothing here judges or merges; that is [`crate::build`]'s.
//!
//! Feeds are not trusted. A file that cannot be read, a notice without a package, a range without meaning is a [`Rejection`] with its reason, and
//! everything else of the file stands. Sizes are bounded by whoever opens the files; depth is bounded by the parsers.
//!
//! To add a source: a folder with a `FORMAT`, and a line in [`SOURCES`].

mod advisory;
mod cvss;
mod distros;
mod rpm;
mod shape;
mod text;
mod xml;
mod yaml;

mod alpine;
mod arch;
mod csaf;
mod cvrf;
mod debian;
mod endoflife;
mod epss;
mod friendsofphp;
mod kev;
mod nvd;
mod osv;
mod oval;
mod photon;
mod redhat_repositories;
mod rubysec;
mod rustsec;
mod updateinfo;

#[cfg(test)]
mod tests;

pub use advisory::Why;
pub(crate) use advisory::{Advisory, Affected, EndOfLife, Home, Rejection, Sink};
pub(crate) use cvss::rating;
pub(crate) use osv::without_vulnerable;
pub(crate) use shape::FeedFile;

/// A format of feeds.
pub(crate) struct Format {
    /// The folder's name: `osv`, `rustsec`.
    pub(crate) id: &'static str,
    /// What the format is called by those who publish in it.
    pub(crate) title: &'static str,
    pub(crate) recognise: fn(&FeedFile<'_>) -> bool,
    /// Adds what the file says to the sink.
    pub(crate) read: fn(&FeedFile<'_>, &mut Sink),
}

/// Every format. The first that recognises a file reads it.
pub(crate) static SOURCES: &[&Format] = &[
    &osv::FORMAT,
    &rustsec::FORMAT,
    &rubysec::FORMAT,
    &friendsofphp::FORMAT,
    &alpine::FORMAT,
    &debian::FORMAT,
    &csaf::FORMAT,
    &oval::FORMAT,
    &updateinfo::FORMAT,
    &cvrf::FORMAT,
    &photon::FORMAT,
    &arch::FORMAT,
    &kev::FORMAT,
    &epss::FORMAT,
    &endoflife::FORMAT,
    &nvd::FORMAT,
    &redhat_repositories::FORMAT,
];

/// The format of a file, if it is one of ours.
pub(crate) fn recognise(file: &FeedFile<'_>) -> Option<&'static Format> {
    SOURCES.iter().copied().find(|format| (format.recognise)(file))
}

/// Names and titles of all formats.
pub fn formats() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().map(|format| (format.id, format.title))
}
