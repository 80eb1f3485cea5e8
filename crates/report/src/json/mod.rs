//! The JSON report: one document for any number of frameworks. Its schema is `docs/schema/report-v1.json`, generated from [`model`].
//!
//! `body_digest` is the SHA-256 of the document without `run` and `body_digest`, keys sorted and without white space, as
//! `jq -cjS 'del(.run, .body_digest)' report.json | sha256sum` computes it. It does not depend on time, threads or machine.

mod build;
mod model;

use probity_model::report::{FormatMeta, Report, ReportWriter, View};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

pub(crate) struct Json;

impl ReportWriter for Json {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta { id: "json", extensions: &["json"], description: "everything, for programs" }
    }

    fn write(&self, report: &Report, _: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut document = build::document(report);
        document.body_digest = Some(body_digest(&document)?);
        document.run = Some(build::run(report));
        serde_json::to_writer_pretty(&mut *out, &document)?;
        out.write_all(b"\n")
    }
}

/// The same document for the scan commands, where `json` is another one.
pub(crate) struct FullJson;

impl ReportWriter for FullJson {
    fn meta(&self) -> &'static FormatMeta {
        &FormatMeta { id: "probity-json", extensions: &["probity.json"], description: "everything that was seen, for programs" }
    }

    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        Json.write(report, view, out)
    }
}

/// The JSON Schema of the report, draft 2020-12.
pub fn schema() -> Value {
    schemars::schema_for!(model::Document).to_value()
}

/// SHA-256 of the document as serde writes it: fields are declared in the order of their names, maps are sorted, and there is no white space. The
/// document has no `run` and no `body_digest` yet.
fn body_digest(document: &model::Document) -> io::Result<String> {
    let mut writer = io::BufWriter::with_capacity(1 << 16, HashWriter(Sha256::new()));
    serde_json::to_writer(&mut writer, document)?;
    let writer = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    let digest = writer.0.finalize();
    let mut text = String::with_capacity(71);
    text.push_str("sha256:");
    for byte in digest {
        use std::fmt::Write as _;
        write!(text, "{byte:02x}").map_err(io::Error::other)?;
    }
    Ok(text)
}

struct HashWriter(Sha256);

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
