//! The projected document as tag-value, in the order of the chapters of the specification.
//!
//! Files come before packages: a file after a package would belong to it. What contains what is said by relationships.

use std::borrow::Cow;
use std::io::{self, Write};

use super::wire;
use crate::warnings::Warnings;

pub(super) fn write(document: &wire::Document<'_>, out: &mut dyn Write, warnings: &mut Warnings) -> io::Result<()> {
    let mut tags = Tags { out, changed: 0 };
    tags.document(document)?;
    if tags.changed > 0 {
        warnings.push("", "line breaks in single-line values and the marker `</text>` in texts were replaced");
    }
    Ok(())
}

struct Tags<'o> {
    out: &'o mut dyn Write,
    changed: u64,
}

impl Tags<'_> {
    fn document(&mut self, document: &wire::Document<'_>) -> io::Result<()> {
        self.line("SPDXVersion", document.spdx_version)?;
        self.line("DataLicense", document.data_license)?;
        self.line("SPDXID", document.id)?;
        self.line("DocumentName", &document.name)?;
        self.line("DocumentNamespace", &document.document_namespace)?;
        self.text("DocumentComment", document.comment.as_deref())?;
        self.section("Creation Information")?;
        document.creation_info.creators.iter().try_for_each(|creator| self.line("Creator", creator))?;
        self.line("Created", &document.creation_info.created)?;
        self.annotations(document.id, &document.annotations)?;
        for file in &document.files {
            self.file(file)?;
        }
        for package in &document.packages {
            self.package(package)?;
        }
        for license in &document.extracted_licenses {
            self.section("Extracted License")?;
            self.line("LicenseID", &license.license_id)?;
            self.text("ExtractedText", Some(&license.extracted_text))?;
            self.line("LicenseName", &license.name)?;
        }
        self.section("Relationships")?;
        for relationship in &document.relationships {
            let (from, kind, to) = (relationship.spdx_element_id, &relationship.relationship_type, relationship.related_spdx_element);
            self.line("Relationship", &format!("{from} {kind} {to}"))?;
            self.text("RelationshipComment", relationship.comment.as_deref())?;
        }
        Ok(())
    }

    fn package(&mut self, package: &wire::Package<'_>) -> io::Result<()> {
        self.section("Package")?;
        self.line("PackageName", &package.name)?;
        self.line("SPDXID", package.id)?;
        self.optional("PackageVersion", package.version_info)?;
        self.optional("PackageFileName", package.package_file_name)?;
        self.optional("PackageSupplier", package.supplier.as_deref())?;
        self.optional("PackageOriginator", package.originator.as_deref())?;
        self.line("PackageDownloadLocation", &package.download_location)?;
        self.optional("PrimaryPackagePurpose", package.primary_package_purpose.map(|purpose| purpose.replace('_', "-")).as_deref())?;
        self.line("FilesAnalyzed", if package.files_analyzed { "true" } else { "false" })?;
        self.optional("PackageVerificationCode", package.package_verification_code.as_ref().map(|code| code.value.as_str()))?;
        self.checksums("PackageChecksum", &package.checksums)?;
        self.optional("PackageHomePage", package.homepage.as_deref())?;
        self.text("PackageSourceInfo", package.source_info)?;
        self.line("PackageLicenseConcluded", &package.license_concluded)?;
        self.line("PackageLicenseDeclared", &package.license_declared)?;
        self.copyright("PackageCopyrightText", package.copyright_text)?;
        self.text("PackageSummary", package.summary)?;
        self.text("PackageDescription", package.description)?;
        self.text("PackageComment", package.comment)?;
        for reference in &package.external_refs {
            let (category, kind) = (reference.reference_category, reference.reference_type);
            self.line("ExternalRef", &format!("{category} {kind} {}", reference.reference_locator))?;
            self.text("ExternalRefComment", reference.comment)?;
        }
        package.attribution_texts.iter().try_for_each(|text| self.text("PackageAttributionText", Some(text)))?;
        self.optional("BuiltDate", package.built_date.as_deref())?;
        self.optional("ReleaseDate", package.release_date.as_deref())?;
        self.optional("ValidUntilDate", package.valid_until_date.as_deref())?;
        self.annotations(package.id, &package.annotations)
    }

    fn file(&mut self, file: &wire::File<'_>) -> io::Result<()> {
        self.section("File")?;
        self.line("FileName", &file.file_name)?;
        self.line("SPDXID", file.id)?;
        self.checksums("FileChecksum", &file.checksums)?;
        self.line("LicenseConcluded", &file.license_concluded)?;
        file.license_info_in_files.iter().try_for_each(|license| self.line("LicenseInfoInFile", license))?;
        self.copyright("FileCopyrightText", file.copyright_text)?;
        self.text("FileComment", file.comment)?;
        file.attribution_texts.iter().try_for_each(|text| self.text("FileAttributionText", Some(text)))?;
        self.annotations(file.id, &file.annotations)
    }

    fn annotations(&mut self, about: &str, annotations: &[wire::Annotation<'_>]) -> io::Result<()> {
        for annotation in annotations {
            self.out.write_all(b"\n")?;
            self.line("Annotator", &annotation.annotator)?;
            self.line("AnnotationDate", &annotation.annotation_date)?;
            self.line("AnnotationType", annotation.annotation_type)?;
            self.line("SPDXREF", about)?;
            self.text("AnnotationComment", Some(&annotation.comment))?;
        }
        Ok(())
    }

    fn checksums(&mut self, tag: &str, checksums: &[wire::Checksum<'_>]) -> io::Result<()> {
        checksums.iter().try_for_each(|it| self.line(tag, &format!("{}: {}", it.algorithm, it.checksum_value)))
    }

    /// The words `NONE` and `NOASSERTION` are values only outside of a text.
    fn copyright(&mut self, tag: &str, text: &str) -> io::Result<()> {
        if matches!(text, "NONE" | "NOASSERTION") { self.line(tag, text) } else { self.text(tag, Some(text)) }
    }

    fn section(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n## {title}")
    }

    fn optional(&mut self, tag: &str, value: Option<&str>) -> io::Result<()> {
        value.map_or(Ok(()), |value| self.line(tag, value))
    }

    fn line(&mut self, tag: &str, value: &str) -> io::Result<()> {
        let value = if value.contains(['\n', '\r']) {
            self.changed += 1;
            Cow::Owned(value.replace(['\n', '\r'], " "))
        } else {
            Cow::Borrowed(value)
        };
        // A value that looks like the start of a text would swallow what follows, and a name must not look like a keyword.
        let keyword = tag == "PackageName" && matches!(&*value, "NONE" | "NOASSERTION");
        if keyword || value.trim_start().starts_with("<text>") {
            self.text(tag, Some(&value))
        } else {
            writeln!(self.out, "{tag}: {value}")
        }
    }

    fn text(&mut self, tag: &str, value: Option<&str>) -> io::Result<()> {
        let Some(value) = value else { return Ok(()) };
        let value = if value.contains("</text>") || value.contains('\r') {
            self.changed += 1;
            Cow::Owned(value.replace("</text>", "< /text>").replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(value)
        };
        writeln!(self.out, "{tag}: <text>{value}</text>")
    }
}
