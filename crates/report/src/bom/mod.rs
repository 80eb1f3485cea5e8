//! Bills of materials: the packages of a run as CycloneDX or SPDX.
//!
//! The version is part of the format's word (`cyclonedx@1.4`); without one it is the newest that readers of today know. Properties carry what
//! scanners need to judge the document as they would judge the artifact (`aquasecurity:trivy:*`, which several of them read).

mod build;

use probity_model::report::{FormatMeta, Report, ReportWriter, View};
use probity_sbom::{CycloneDxVersion as Cdx, Format, SpdxVersion as Spdx};
use std::io::{self, Write};

pub(crate) struct BomWriter {
    meta: FormatMeta,
    format: Format,
}

const fn writer(id: &'static str, extensions: &'static [&'static str], description: &'static str, format: Format) -> BomWriter {
    BomWriter { meta: FormatMeta { id, extensions, description }, format }
}

pub(crate) static CYCLONEDX: BomWriter = writer("cyclonedx", &["cdx.json"], "CycloneDX 1.6 JSON", Format::CycloneDxJson(Cdx::V1_6));
pub(crate) static CYCLONEDX_XML: BomWriter = writer("cyclonedx-xml", &["cdx.xml"], "CycloneDX 1.6 XML", Format::CycloneDxXml(Cdx::V1_6));
pub(crate) static SPDX: BomWriter = writer("spdx", &["spdx"], "SPDX 2.3 tag-value", Format::SpdxTagValue(Spdx::V2_3));
pub(crate) static SPDX_JSON: BomWriter = writer("spdx-json", &["spdx.json"], "SPDX 2.3 JSON", Format::SpdxJson(Spdx::V2_3));
pub(crate) static SPDX3: BomWriter = writer("spdx-json@3.0", &["spdx3.json"], "SPDX 3.0.1 JSON-LD", Format::Spdx3Json);
/// Other versions, by their words only.
pub(crate) static OTHERS: [BomWriter; 8] = [
    writer("cyclonedx@1.4", &[], "CycloneDX 1.4 JSON", Format::CycloneDxJson(Cdx::V1_4)),
    writer("cyclonedx@1.5", &[], "CycloneDX 1.5 JSON", Format::CycloneDxJson(Cdx::V1_5)),
    writer("cyclonedx@1.7", &[], "CycloneDX 1.7 JSON", Format::CycloneDxJson(Cdx::V1_7)),
    writer("cyclonedx-xml@1.4", &[], "CycloneDX 1.4 XML", Format::CycloneDxXml(Cdx::V1_4)),
    writer("cyclonedx-xml@1.5", &[], "CycloneDX 1.5 XML", Format::CycloneDxXml(Cdx::V1_5)),
    writer("cyclonedx-xml@1.7", &[], "CycloneDX 1.7 XML", Format::CycloneDxXml(Cdx::V1_7)),
    writer("spdx@2.2", &[], "SPDX 2.2 tag-value", Format::SpdxTagValue(Spdx::V2_2)),
    writer("spdx-json@2.2", &[], "SPDX 2.2 JSON", Format::SpdxJson(Spdx::V2_2)),
];

/// Whether a format is a bill of materials: an inventory, for which nobody looks for findings unless asked.
pub fn is_bom(writer: &dyn ReportWriter) -> bool {
    let id = writer.meta().id;
    id.starts_with("cyclonedx") || id.starts_with("spdx")
}

impl ReportWriter for BomWriter {
    fn meta(&self) -> &'static FormatMeta {
        let all = [&CYCLONEDX, &CYCLONEDX_XML, &SPDX, &SPDX_JSON, &SPDX3];
        let found = all.into_iter().chain(&OTHERS).find(|writer| writer.format == self.format);
        &found.unwrap_or(&CYCLONEDX).meta
    }

    fn write(&self, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let [inventory] = report.inventories.as_slice() else {
            return Err(io::Error::other(format!(
                "a bill of materials describes one artifact, and {} were scanned: scan them one by one",
                report.inventories.len()
            )));
        };
        let mut bom = build::bom(report, inventory, &view.scan);
        let mut bytes = Vec::new();
        let lost = probity_sbom::write(&bom, self.format, &mut bytes)?;
        if !lost.is_empty() {
            // What this version has no place for is said in the document itself.
            let text = lost.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            bom.properties.push(("probity:notCarriedOver".to_owned(), text));
            bytes.clear();
            probity_sbom::write(&bom, self.format, &mut bytes)?;
        }
        out.write_all(&bytes)
    }
}
