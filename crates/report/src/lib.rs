//! Report writers: a finished [`Report`](probity_model::Report) to bytes.
//!
//! Each format is a folder that owns its structs, plus one line in [`WRITERS`].

mod json;
mod table;

pub use json::schema as json_schema;

use probity_model::report::ReportWriter;

/// Every format, in the order that help shows.
pub const WRITERS: &[&dyn ReportWriter] = &[&table::Table, &json::Json];

/// The writer of a format word such as `json`.
pub fn by_id(id: &str) -> Option<&'static dyn ReportWriter> {
    WRITERS.iter().copied().find(|writer| writer.meta().id.eq_ignore_ascii_case(id))
}

/// The writer for a file name, by its extension.
pub fn by_extension(path: &str) -> Option<&'static dyn ReportWriter> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (_, extension) = name.rsplit_once('.')?;
    WRITERS.iter().copied().find(|writer| writer.meta().extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}
