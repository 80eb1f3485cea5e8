//! Tag-value in the shape of the JSON.
//!
//! A document is a list of `Tag: value` lines. Some tags begin an element (`PackageName`, `FileName`, `LicenseID` …), and what follows
//! belongs to it. Text may span lines between `<text>` and `</text>`. Files that follow a package belong to that package.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::Node;
use crate::warnings::Warnings;
use crate::{Limits, SbomError};

type Fields = Vec<(Cow<'static, str>, Node<'static>)>;

/// The tags whose value is one field of the current element.
const DOCUMENT: &[(&str, &str)] = &[
    ("SPDXVersion", "spdxVersion"),
    ("DataLicense", "dataLicense"),
    ("SPDXID", "SPDXID"),
    ("DocumentName", "name"),
    ("DocumentNamespace", "documentNamespace"),
    ("DocumentComment", "comment"),
];
const CREATION: &[(&str, &str)] = &[("Created", "created"), ("CreatorComment", "comment"), ("LicenseListVersion", "licenseListVersion")];
const PACKAGE: &[(&str, &str)] = &[
    ("PackageName", "name"),
    ("SPDXID", "SPDXID"),
    ("PackageVersion", "versionInfo"),
    ("PackageFileName", "packageFileName"),
    ("PackageSupplier", "supplier"),
    ("PackageOriginator", "originator"),
    ("PackageDownloadLocation", "downloadLocation"),
    ("FilesAnalyzed", "filesAnalyzed"),
    ("PackageVerificationCode", "packageVerificationCode"),
    ("PackageHomePage", "homepage"),
    ("PackageSourceInfo", "sourceInfo"),
    ("PackageLicenseConcluded", "licenseConcluded"),
    ("PackageLicenseDeclared", "licenseDeclared"),
    ("PackageLicenseComments", "licenseComments"),
    ("PackageCopyrightText", "copyrightText"),
    ("PackageSummary", "summary"),
    ("PackageDescription", "description"),
    ("PackageComment", "comment"),
    ("PrimaryPackagePurpose", "primaryPackagePurpose"),
    ("BuiltDate", "builtDate"),
    ("ReleaseDate", "releaseDate"),
    ("ValidUntilDate", "validUntilDate"),
];
const FILE: &[(&str, &str)] = &[
    ("FileName", "fileName"),
    ("SPDXID", "SPDXID"),
    ("LicenseConcluded", "licenseConcluded"),
    ("LicenseComments", "licenseComments"),
    ("FileCopyrightText", "copyrightText"),
    ("FileComment", "comment"),
    ("FileNotice", "noticeText"),
];
const LICENSE: &[(&str, &str)] =
    &[("LicenseID", "licenseId"), ("ExtractedText", "extractedText"), ("LicenseName", "name"), ("LicenseComment", "comment")];
const ANNOTATION: &[(&str, &str)] = &[
    ("Annotator", "annotator"),
    ("AnnotationDate", "annotationDate"),
    ("AnnotationType", "annotationType"),
    ("AnnotationComment", "comment"),
];

/// What the tags belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Document,
    Package,
    File,
    License,
    Snippet,
}

pub(super) fn shape(text: &str, limits: &Limits, warnings: &mut Warnings) -> Result<Node<'static>, SbomError> {
    let mut shaper = Shaper {
        document: Fields::new(),
        creation: Fields::new(),
        creators: Vec::new(),
        packages: Vec::new(),
        files: Vec::new(),
        licenses: Vec::new(),
        relationships: Vec::new(),
        annotations: Vec::new(),
        section: Section::Document,
        in_annotation: false,
    };
    let mut lines = Lines { text, line: 0 };
    while let Some((number, tag, value)) = lines.pair()? {
        let elements = shaper.packages.len() + shaper.files.len();
        if elements as u64 > limits.components {
            return Err(SbomError::TooLarge { what: "components", limit: limits.components });
        }
        if (shaper.relationships.len() + shaper.annotations.len() + shaper.licenses.len()) as u64 > limits.relations {
            return Err(SbomError::TooLarge { what: "relations", limit: limits.relations });
        }
        if !shaper.tag(tag, &value) {
            warnings.push(&format!("line {number}"), format!("the tag `{}` is not carried over", crate::text::clip(tag, 100)));
        }
    }
    Ok(shaper.finish())
}

/// The number of the line, the tag and the value.
type Pair<'t> = (usize, &'t str, Cow<'t, str>);

/// Tags and values, with the number of the line that each starts at.
struct Lines<'t> {
    text: &'t str,
    line: usize,
}

impl<'t> Lines<'t> {
    fn next_line(&mut self) -> Option<&'t str> {
        if self.text.is_empty() {
            return None;
        }
        self.line += 1;
        let (line, rest) = self.text.split_once('\n').unwrap_or((self.text, ""));
        self.text = rest;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    fn pair(&mut self) -> Result<Option<Pair<'t>>, SbomError> {
        loop {
            let Some(line) = self.next_line() else { return Ok(None) };
            let trimmed = line.trim_start();
            if trimmed.trim_end().is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let number = self.line;
            let Some((tag, value)) = trimmed.split_once(':') else {
                let message = format!("`{}` is not of the form `Tag: value`", crate::text::clip(trimmed, 60));
                return Err(SbomError::Syntax { line: number, column: 1, message });
            };
            let value = value.trim();
            let Some(open) = value.strip_prefix("<text>") else { return Ok(Some((number, tag.trim(), Cow::Borrowed(value)))) };
            if let Some(inner) = open.strip_suffix("</text>") {
                return Ok(Some((number, tag.trim(), Cow::Borrowed(inner))));
            }
            // Trailing white space on the first line was cut above; it belongs to the text.
            let mut inner = line.split_once("<text>").map_or(open, |(_, inner)| inner).to_owned();
            loop {
                let Some(line) = self.next_line() else {
                    return Err(SbomError::Syntax { line: number, column: 1, message: "`<text>` is never closed".to_owned() });
                };
                inner.push('\n');
                if let Some(end) = line.trim_end().strip_suffix("</text>") {
                    inner.push_str(end);
                    return Ok(Some((number, tag.trim(), Cow::Owned(inner))));
                }
                inner.push_str(line);
            }
        }
    }
}

struct Shaper {
    document: Fields,
    creation: Fields,
    creators: Vec<Node<'static>>,
    packages: Vec<Fields>,
    files: Vec<Fields>,
    licenses: Vec<Fields>,
    relationships: Vec<Fields>,
    /// With the element each is about.
    annotations: Vec<(String, Fields)>,
    section: Section,
    in_annotation: bool,
}

fn node(text: &str) -> Node<'static> {
    Node::Text(Cow::Owned(text.to_owned()))
}

fn field(fields: &mut Fields, key: &'static str, value: Node<'static>) {
    fields.push((Cow::Borrowed(key), value));
}

/// Adds to a list that is one field of an element.
fn append(fields: &mut Fields, key: &'static str, value: Node<'static>) {
    match fields.iter_mut().find(|(name, _)| name == key) {
        Some((_, Node::List(items))) => items.push(value),
        _ => field(fields, key, Node::List(vec![value])),
    }
}

fn id(fields: &Fields) -> String {
    match fields.iter().rev().find(|(name, _)| name == "SPDXID") {
        Some((_, Node::Text(text))) => text.clone().into_owned(),
        _ => String::new(),
    }
}

impl Shaper {
    /// False when the tag has no place.
    fn tag(&mut self, tag: &str, value: &str) -> bool {
        match tag {
            "PackageName" => {
                self.packages.push(Fields::new());
                self.section = Section::Package;
            }
            "FileName" => {
                self.files.push(Fields::new());
                self.section = Section::File;
            }
            "LicenseID" => {
                self.licenses.push(Fields::new());
                self.section = Section::License;
            }
            "SnippetSPDXID" | "SnippetSPDXIdentifier" => {
                self.section = Section::Snippet;
                return false;
            }
            "Annotator" => {
                self.annotations.push((self.current_id(), Fields::new()));
                self.in_annotation = true;
            }
            "Relationship" => return self.relationship(value),
            "RelationshipComment" => {
                if let Some(last) = self.relationships.last_mut() {
                    field(last, "comment", node(value));
                }
                return true;
            }
            "Creator" => {
                self.creators.push(node(value));
                return true;
            }
            "SPDXREF" => {
                if let Some((about, _)) = self.annotations.last_mut() {
                    value.clone_into(about);
                }
                return true;
            }
            _ => {}
        }
        if let (true, Some((_, last)), Some(key)) = (self.in_annotation, self.annotations.last_mut(), find(ANNOTATION, tag)) {
            field(last, key, node(value));
            return true;
        }
        if let Some(key) = find(CREATION, tag) {
            field(&mut self.creation, key, node(value));
            return true;
        }
        match self.section {
            Section::Document => match find(DOCUMENT, tag) {
                Some(key) => field(&mut self.document, key, node(value)),
                None => return false,
            },
            Section::Package => return self.packages.last_mut().is_some_and(|package| package_tag(package, tag, value)),
            Section::File => {
                let Some(file) = self.files.last_mut() else { return false };
                if !file_tag(file, tag, value) {
                    return false;
                }
                // A file after a package is part of it.
                if tag == "SPDXID"
                    && let Some(package) = self.packages.last_mut()
                {
                    append(package, "hasFiles", node(value));
                }
            }
            Section::License => match (find(LICENSE, tag), self.licenses.last_mut()) {
                (Some(key), Some(license)) => field(license, key, node(value)),
                _ => return false,
            },
            Section::Snippet => return false,
        }
        true
    }

    fn current_id(&self) -> String {
        match self.section {
            Section::Package => self.packages.last().map(id).unwrap_or_default(),
            Section::File => self.files.last().map(id).unwrap_or_default(),
            Section::Document | Section::License | Section::Snippet => "SPDXRef-DOCUMENT".to_owned(),
        }
    }

    fn relationship(&mut self, value: &str) -> bool {
        let mut words = value.split_whitespace();
        let (Some(from), Some(kind), Some(to), None) = (words.next(), words.next(), words.next(), words.next()) else { return false };
        let mut fields = Fields::new();
        field(&mut fields, "spdxElementId", node(from));
        field(&mut fields, "relationshipType", node(kind));
        field(&mut fields, "relatedSpdxElement", node(to));
        self.relationships.push(fields);
        true
    }

    fn finish(mut self) -> Node<'static> {
        let mut about: BTreeMap<String, Vec<Node<'static>>> = BTreeMap::new();
        for (target, fields) in self.annotations {
            about.entry(target).or_default().push(Node::Object(fields));
        }
        for element in self.packages.iter_mut().chain(&mut self.files) {
            if let Some(list) = about.remove(&id(element)) {
                field(element, "annotations", Node::List(list));
            }
        }
        // What is left is about the document, or about elements that do not exist.
        let rest: Vec<Node<'static>> = about.into_values().flatten().collect();
        let objects = |list: Vec<Fields>| Node::List(list.into_iter().map(Node::Object).collect());
        field(&mut self.creation, "creators", Node::List(self.creators));
        field(&mut self.document, "creationInfo", Node::Object(self.creation));
        field(&mut self.document, "annotations", Node::List(rest));
        field(&mut self.document, "packages", objects(self.packages));
        field(&mut self.document, "files", objects(self.files));
        field(&mut self.document, "hasExtractedLicensingInfos", objects(self.licenses));
        field(&mut self.document, "relationships", objects(self.relationships));
        Node::Object(self.document)
    }
}

fn find(tags: &[(&str, &'static str)], tag: &str) -> Option<&'static str> {
    tags.iter().find(|(name, _)| *name == tag).map(|(_, key)| *key)
}

fn package_tag(package: &mut Fields, tag: &str, value: &str) -> bool {
    match tag {
        "PackageChecksum" => return checksum(package, value),
        "PackageAttributionText" => append(package, "attributionTexts", node(value)),
        "PackageLicenseInfoFromFiles" => append(package, "licenseInfoFromFiles", node(value)),
        "ExternalRef" => {
            let mut words = value.split_whitespace();
            let (Some(category), Some(kind), Some(locator)) = (words.next(), words.next(), words.next()) else { return false };
            let mut fields = Fields::new();
            field(&mut fields, "referenceCategory", node(category));
            field(&mut fields, "referenceType", node(kind));
            field(&mut fields, "referenceLocator", node(locator));
            append(package, "externalRefs", Node::Object(fields));
        }
        "ExternalRefComment" => {
            let Some((_, Node::List(refs))) = package.iter_mut().find(|(name, _)| name == "externalRefs") else { return false };
            let Some(Node::Object(last)) = refs.last_mut() else { return false };
            field_of(last, "comment", value);
        }
        _ => match find(PACKAGE, tag) {
            Some(key) => field(package, key, node(value)),
            None => return false,
        },
    }
    true
}

fn field_of(fields: &mut Vec<(Cow<'static, str>, Node<'static>)>, key: &'static str, value: &str) {
    field(fields, key, node(value));
}

fn file_tag(file: &mut Fields, tag: &str, value: &str) -> bool {
    match tag {
        "FileChecksum" => return checksum(file, value),
        "LicenseInfoInFile" => append(file, "licenseInfoInFiles", node(value)),
        "FileAttributionText" => append(file, "attributionTexts", node(value)),
        "FileType" => append(file, "fileTypes", node(value)),
        "FileContributor" => append(file, "fileContributors", node(value)),
        _ => match find(FILE, tag) {
            Some(key) => field(file, key, node(value)),
            None => return false,
        },
    }
    true
}

fn checksum(fields: &mut Fields, value: &str) -> bool {
    let Some((algorithm, digest)) = value.split_once(':') else { return false };
    let mut object = Fields::new();
    field(&mut object, "algorithm", node(algorithm.trim()));
    field(&mut object, "checksumValue", node(digest.trim()));
    append(fields, "checksums", Node::Object(object));
    true
}
