//! The scan report: findings by file, in the JSON that consumers of today's scanners read (`SchemaVersion` 2), with coverage and diagnostics added
//! below `Probity`.
//!
//! One document describes one artifact; of a run over several, the document is an array.

mod build;
mod identity;
mod model;
mod read;

pub use read::{FindEcosystem, ReadError, ReadReport, read};

use probity_model::report::{FormatMeta, Report, ReportWriter, View};
use std::io::{self, Write};

pub(crate) struct ScanJson;

impl ReportWriter for ScanJson {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta { id: "json", extensions: &["json"], description: "findings by file, schema version 2" }
    }

    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let documents: Vec<_> = report.inventories.iter().map(|inventory| build::document(report, inventory, &view.scan)).collect();
        match documents.as_slice() {
            [one] => serde_json::to_writer_pretty(&mut *out, one)?,
            several => serde_json::to_writer_pretty(&mut *out, several)?,
        }
        out.write_all(b"\n")
    }
}
