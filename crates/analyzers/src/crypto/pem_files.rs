//! Certificates and private keys in any text, as PEM blocks, and in files with the usual endings as DER.
//!
//! Certificate requests and revocation lists are not read. A certificate that does not parse is a diagnostic, and those around it are kept.

use super::{
    certificate::{certificate, claims_to_be_one},
    key::{self, from_block, from_der, putty},
    pem::blocks,
};
use crate::{
    text::{LineCounter, file_name, has_folder},
    unit::{LARGE, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Diagnostic, Facts, Lines, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const PEM: Unit = Unit {
    meta: &AnalyzerMeta { id: "crypto/pem", version: 1, claims: &[Pattern::Text], provides: &[Capability::Crypto], max_bytes: LARGE },
    run: Run::Strict(pem),
};

pub(crate) const DER: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "crypto/der",
        version: 1,
        claims: &[
            Pattern::Suffix(".der"),
            Pattern::Suffix(".cer"),
            Pattern::Suffix(".crt"),
            Pattern::Suffix(".cert"),
            Pattern::Suffix(".key"),
            Pattern::Suffix(".p8"),
            Pattern::Suffix(".pk8"),
            Pattern::Suffix(".ppk"),
        ],
        provides: &[Capability::Crypto],
        max_bytes: SMALL,
    },
    run: Run::Strict(der),
};

/// Blocks of one file that are read; a bundle of all public authorities has about 150.
const MAX_BLOCKS: usize = 5_000;

fn pem(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut lines = LineCounter::new(file.bytes);
    let mut bad = 0usize;
    let mut first_bad = None;
    for (index, block) in blocks(file.bytes).enumerate() {
        if index == MAX_BLOCKS {
            out.diagnostics.push(
                Diagnostic::warning(Reason::SubjectTruncated, format!("more than {MAX_BLOCKS} PEM blocks; the rest is not read"))
                    .at(file.path)
                    .affecting([Capability::Crypto]),
            );
            break;
        }
        let start = lines.line(block.range.start);
        let end = lines.line(block.range.end);
        let at = || Place { lines: Some(Lines::new(start, end)), ..Place::file(file.path) };
        match block.label {
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                let body = block.body();
                // Templates and documentation have a few words here.
                if body.len() < 100 {
                    continue;
                }
                match certificate(&body, at()) {
                    Some(found) => out.certificates.push(found),
                    None if claims_to_be_one(&body) => {
                        bad += 1;
                        first_bad.get_or_insert(start);
                    }
                    // Cut short, or made up for documentation.
                    None => out.diagnostics.push(
                        Diagnostic::note(Reason::SubjectTruncated, "a certificate block that holds no whole certificate")
                            .at(file.path)
                            .on(Lines::new(start, end), None),
                    ),
                }
            }
            _ => out.keys.extend(from_block(&block, at())),
        }
    }
    match first_bad {
        Some(line) => Err(AnalyzeError { message: format!("{bad} certificate(s) could not be parsed"), line: Some(line) }),
        None => Ok(()),
    }
}

fn der(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let at = Place::file(file.path);
    if file.bytes.first() != Some(&0x30) {
        // PEM is read by the other analyzer, and a `.key` may be anything.
        if let Some(shape) = putty(file.bytes) {
            out.keys.push(key::key(shape, file.bytes, at));
        }
        return Ok(());
    }
    if let Some(shape) = from_der(file.bytes) {
        out.keys.push(key::key(shape, file.bytes, at));
    } else if let Some(found) = certificate(file.bytes, at) {
        out.certificates.push(found);
    } else if claims_to_be_one(file.bytes) {
        return Err(AnalyzeError::new("the certificate could not be parsed"));
    }
    Ok(())
}

/// Whether distributions or language runtimes keep the public authorities there. A certificate of a server in the same folder is not one.
pub(super) fn is_trust_store(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "etc/ssl/certs",
        "usr/share/ca-certificates",
        "usr/local/share/ca-certificates",
        "etc/pki/ca-trust",
        "usr/share/pki",
        "etc/pki/java",
        "etc/ca-certificates",
        "var/lib/ca-certificates",
        "etc/ssl/java",
        "usr/share/ssl/certs",
    ];
    const NAMES: &[&str] = &[
        "cacert.pem",
        "cacerts",
        "cacerts.pem",
        "ca-bundle.crt",
        "ca-bundle.pem",
        "ca-bundle.trust.crt",
        "ca-certificates.crt",
        "ca-bundle.legacy.crt",
        "tls-ca-bundle.pem",
        "objsign-ca-bundle.pem",
        "email-ca-bundle.pem",
        "curl-ca-bundle.crt",
    ];
    let name = file_name(path);
    if name.starts_with("ssl-cert-snakeoil") {
        return false;
    }
    let below = FOLDERS.iter().any(|folder| path.starts_with(folder) && has_folder(path, folder));
    let named = NAMES.contains(&name)
        || matches!(path, "etc/ssl/cert.pem" | "etc/pki/tls/cert.pem")
        || name == "roots.pem" && path.contains("grpc");
    below || named
}
