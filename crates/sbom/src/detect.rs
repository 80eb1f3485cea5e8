//! Is this a bill of materials? Answered from the outermost names of a JSON document, the root element of an XML one, or the first tags.
//!
//! Names may come in any order (documents with sorted keys have `spdxVersion` last), so the outermost object is scanned without being
//! parsed: strings are skipped by searching for their end, everything else is one pass over at most 8 MiB.

use std::borrow::Cow;

use crate::attestation::AttestationKind;

/// What the bytes look like. Whether they can be read is for [`crate::read`] to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detected {
    CycloneDxJson,
    CycloneDxXml,
    SpdxJson,
    SpdxTagValue,
    Spdx3Json,
    /// An attestation; its predicate may turn out to be something else than a bill of materials.
    Attestation(AttestationKind),
}

const HEAD: usize = 64 * 1024;
const SCANNED: usize = 8 << 20;

/// Looks at content only; cheap on everything that is not JSON, and on most that is.
pub fn detect(bytes: &[u8]) -> Option<Detected> {
    let bytes = as_ascii(bytes);
    let trimmed = bytes.trim_ascii_start();
    match trimmed.first()? {
        b'{' => json(trimmed),
        b'<' => xml(trimmed),
        b'#' | b'S' => tag_value(trimmed),
        _ => None,
    }
}

/// UTF-16 with its zeros taken out is good enough to recognise: all names that matter are ASCII.
fn as_ascii(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wide = match bytes {
        [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] => rest,
        [b'{' | b'<' | b'S', 0, ..] | [0, b'{' | b'<' | b'S', ..] => bytes,
        _ => return Cow::Borrowed(bytes),
    };
    Cow::Owned(wide.iter().take(2 * SCANNED).copied().filter(|byte| *byte != 0).collect())
}

fn json(bytes: &[u8]) -> Option<Detected> {
    let mut scan = Scan { bytes, at: 1, budget: SCANNED };
    let mut found = None;
    while found.is_none() {
        let Some((key, value)) = scan.field() else { break };
        found = recognise(key, value);
    }
    found
}

fn recognise(key: &[u8], value: &[u8]) -> Option<Detected> {
    let text = value.strip_prefix(b"\"").unwrap_or_default();
    match key {
        b"bomFormat" if text.starts_with(b"CycloneDX") => Some(Detected::CycloneDxJson),
        b"$schema" if contains(value, b"cyclonedx.org/schema/bom-1") => Some(Detected::CycloneDxJson),
        b"spdxVersion" if text.starts_with(b"SPDX-2") => Some(Detected::SpdxJson),
        b"SPDXID" if text.starts_with(b"SPDXRef-DOCUMENT\"") => Some(Detected::SpdxJson),
        // The export of a code host's dependency graph wraps the document.
        b"sbom" if value.starts_with(b"{") => json(value).filter(|found| *found == Detected::SpdxJson),
        b"@context" if contains(value, b"spdx.org/rdf/3.") => Some(Detected::Spdx3Json),
        b"_type" if text.starts_with(b"https://in-toto.io/Statement/") => Some(Detected::Attestation(AttestationKind::InToto)),
        b"payloadType" if text.starts_with(b"application/vnd.in-toto+json") => Some(Detected::Attestation(AttestationKind::Dsse)),
        b"mediaType" if text.starts_with(b"application/vnd.dev.sigstore.bundle") => {
            Some(Detected::Attestation(AttestationKind::SigstoreBundle))
        }
        _ => None,
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack.get(..512).unwrap_or(haystack), needle).is_some()
}

/// Walks the fields of the outermost object.
struct Scan<'b> {
    bytes: &'b [u8],
    at: usize,
    budget: usize,
}

impl<'b> Scan<'b> {
    /// Name and the rest of the document from the value on; moves past the value lazily, at the next call.
    fn field(&mut self) -> Option<(&'b [u8], &'b [u8])> {
        let mut depth = 0_u32;
        let mut last: Option<&'b [u8]> = None;
        loop {
            self.budget = self.budget.checked_sub(1)?;
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => last = Some(self.string()?),
                b'{' | b'[' => depth = depth.checked_add(1)?,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b':' if depth == 0 => {
                    if let Some(key) = last {
                        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
                            self.at += 1;
                        }
                        return Some((key, self.bytes.get(self.at..)?));
                    }
                }
                _ => {}
            }
        }
    }

    /// The inside of a string whose opening quote was just passed.
    fn string(&mut self) -> Option<&'b [u8]> {
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let offset = memchr::memchr2(b'"', b'\\', rest)?;
            self.at += offset + 1;
            if rest.get(offset) == Some(&b'"') {
                return self.bytes.get(start..self.at - 1);
            }
            self.at += 1;
        }
    }
}

fn xml(bytes: &[u8]) -> Option<Detected> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let namespace = memchr::memmem::find(head, b"http://cyclonedx.org/schema/bom/1.")?;
    let before = head.get(..namespace)?;
    // The namespace must be declared in the root element, and that must be `bom`.
    let open = memchr::memrchr(b'<', before)?;
    let tag = before.get(open + 1..)?;
    let end = tag.iter().position(u8::is_ascii_whitespace)?;
    let name = tag.get(..end)?;
    (name == b"bom" || name.ends_with(b":bom")).then_some(Detected::CycloneDxXml)
}

fn tag_value(bytes: &[u8]) -> Option<Detected> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    for line in head.split(|byte| *byte == b'\n').take(1_000) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let (tag, value) = line.split_at(line.iter().position(|byte| *byte == b':')?);
        if tag == b"SPDXVersion" {
            return value.get(1..)?.trim_ascii().starts_with(b"SPDX-").then_some(Detected::SpdxTagValue);
        }
        if !matches!(tag, b"SPDXID" | b"DataLicense" | b"DocumentName" | b"DocumentNamespace") {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<Detected>) {
        assert_eq!(detect(text.as_bytes()), expected, "{text}");
        let marked = format!("\u{feff}{text}");
        assert_eq!(detect(marked.as_bytes()), expected, "with a byte order mark: {text}");
        for big in [false, true] {
            let wide: Vec<u8> = marked.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            assert_eq!(detect(&wide), expected, "as UTF-16: {text}");
        }
    }

    #[test]
    fn recognises_every_format() {
        check(r#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#, Some(Detected::CycloneDxJson));
        check(r#"  {"components": [{"bomFormat": 1, "a\"b": "}"}], "bomFormat":"CycloneDX"}"#, Some(Detected::CycloneDxJson));
        check(
            r#"<?xml version="1.0"?><!-- x --><bom xmlns="http://cyclonedx.org/schema/bom/1.5" version="1"/>"#,
            Some(Detected::CycloneDxXml),
        );
        check(r#"<b:bom serialNumber="x" xmlns:b='http://cyclonedx.org/schema/bom/1.2'/>"#, Some(Detected::CycloneDxXml));
        check(r#"{"SPDXID": "SPDXRef-DOCUMENT"}"#, Some(Detected::SpdxJson));
        check(r#"{"packages": [], "spdxVersion": "SPDX-2.3"}"#, Some(Detected::SpdxJson));
        check(r#"{"sbom": {"name": "x", "spdxVersion": "SPDX-2.3"}}"#, Some(Detected::SpdxJson));
        check("# made by hand\n\nSPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", Some(Detected::SpdxTagValue));
        check(r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}"#, Some(Detected::Spdx3Json));
        check(r#"{"_type":"https://in-toto.io/Statement/v1"}"#, Some(Detected::Attestation(AttestationKind::InToto)));
        check(r#"{"payload":"e30=","payloadType":"application/vnd.in-toto+json"}"#, Some(Detected::Attestation(AttestationKind::Dsse)));
        check(
            r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#,
            Some(Detected::Attestation(AttestationKind::SigstoreBundle)),
        );
    }

    #[test]
    fn other_files_are_not_bills_of_materials() {
        for text in [
            "",
            "{",
            "{}",
            "[]",
            "{\"name\": \"bomFormat\"}",
            r#"{"dependencies": {"bomFormat": "CycloneDX"}}"#,
            r#"{"a": "unterminated"#,
            "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><x a=\"http://cyclonedx.org/schema/bom/1.5\"/></project>",
            "# heading\n\nSome text: about SPDXVersion: SPDX-2.3\n",
            "SPDX-License-Identifier: MIT\n",
        ] {
            check(text, None);
        }
    }
}
