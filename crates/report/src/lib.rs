//! Report writers: a finished [`Report`](probity_model::Report) to bytes.
//!
//! Each format is a folder that owns its structs, plus one line in [`WRITERS`].

mod bom;
mod json;
mod scan;
mod table;

pub use bom::is_bom;
pub use json::schema as json_schema;
pub use scan::{FindEcosystem, ReadError, ReadReport, read as read_scan};

use probity_model::report::ReportWriter;

/// Every format, in the order that help shows.
pub const WRITERS: &[&dyn ReportWriter] = &[&table::Table, &json::Json];

/// The formats of `image`, `fs`, `repo`, `sbom`, `config` and `scan`, in the order that help shows.
pub const SCAN_WRITERS: &[&dyn ReportWriter] =
    &[&table::Table, &scan::ScanJson, &json::FullJson, &bom::CYCLONEDX, &bom::CYCLONEDX_XML, &bom::SPDX, &bom::SPDX_JSON, &bom::SPDX3];

/// The writer of a format word for the scan commands.
pub fn scan_by_id(id: &str) -> Option<&'static dyn ReportWriter> {
    let other = || bom::OTHERS.iter().find(|writer| writer.meta().id.eq_ignore_ascii_case(id)).map(|writer| writer as &dyn ReportWriter);
    find(SCAN_WRITERS, id).or_else(other)
}

/// The writer for a file name for the scan commands, by its extension; the longest extension wins (`.cdx.json` before `.json`).
pub fn scan_by_extension(path: &str) -> Option<&'static dyn ReportWriter> {
    find_extension(SCAN_WRITERS, path)
}

/// The writer of a format word such as `json`.
pub fn by_id(id: &str) -> Option<&'static dyn ReportWriter> {
    find(WRITERS, id)
}

/// The writer for a file name, by its extension.
pub fn by_extension(path: &str) -> Option<&'static dyn ReportWriter> {
    find_extension(WRITERS, path)
}

fn find(writers: &[&'static dyn ReportWriter], id: &str) -> Option<&'static dyn ReportWriter> {
    writers.iter().copied().find(|writer| writer.meta().id.eq_ignore_ascii_case(id))
}

fn find_extension(writers: &[&'static dyn ReportWriter], path: &str) -> Option<&'static dyn ReportWriter> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
    let fits = |extension: &str| name.strip_suffix(extension).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1);
    let lengths = writers.iter().copied().flat_map(|writer| writer.meta().extensions.iter().map(move |extension| (*extension, writer)));
    lengths.filter(|(extension, _)| fits(extension)).max_by_key(|(extension, _)| extension.len()).map(|(_, writer)| writer)
}
