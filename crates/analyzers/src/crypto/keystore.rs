//! Java keystores (JKS, JCEKS) and PKCS#12 files.
//!
//! In a JKS file certificates are in the clear and private keys are encrypted, so all that matters here can be read without the password. In a
//! PKCS#12 file (RFC 7292) either may be encrypted as a whole; certificates that are not are found by the identifier of their bag. What is encrypted is not
//! opened: that is said as a diagnostic, since an expired certificate in there would not be seen.

use super::{
    certificate::certificate,
    der::{self, INTEGER, SEQUENCE},
    key,
};
use crate::unit::{Run, SMALL, Unit};
use memchr::memmem;
use probity_model::{
    Capability, Diagnostic, Facts, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const KEYSTORE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "crypto/keystore",
        version: 1,
        claims: &[
            Pattern::Suffix(".jks"),
            Pattern::Suffix(".jceks"),
            Pattern::Suffix(".keystore"),
            Pattern::Suffix(".truststore"),
            Pattern::Suffix(".p12"),
            Pattern::Suffix(".pfx"),
            Pattern::Suffix(".pkcs12"),
            Pattern::Name("cacerts"),
            Pattern::Name("keystore"),
            Pattern::Name("truststore"),
        ],
        provides: &[Capability::Crypto],
        max_bytes: SMALL,
    },
    run: Run::Strict(analyze),
};

const MAX_ENTRIES: u32 = 5_000;

fn analyze(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    match file.bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => match jks(file, out) {
            Some(()) => Ok(()),
            None => Err(AnalyzeError::new("the keystore ends early or is damaged")),
        },
        [0x30, ..] => {
            pkcs12(file, out);
            Ok(())
        }
        // BouncyCastle's own formats, and folders of configuration with such names.
        _ => {
            if crate::looks_binary(file.bytes) {
                not_opened(file, "a keystore of an unknown format", out);
            }
            Ok(())
        }
    }
}

fn not_opened(file: &File<'_>, what: &str, out: &mut Facts) {
    out.diagnostics.push(
        Diagnostic::warning(Reason::AnalyzerFailed, format!("{what} is not opened: its certificates are not known"))
            .at(file.path)
            .affecting([Capability::Crypto]),
    );
}

/// A big-endian number of two or four bytes, and what follows it.
fn number(input: &[u8], width: usize) -> Option<(u32, &[u8])> {
    let (bytes, rest) = input.split_at_checked(width)?;
    Some((bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)), rest))
}

/// A field with a length of two or four bytes before it.
fn field(input: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (len, rest) = number(input, width)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

fn jks(file: &File<'_>, out: &mut Facts) -> Option<()> {
    let (version, rest) = number(file.bytes.get(4..)?, 4)?;
    let (count, mut rest) = number(rest, 4)?;
    for _ in 0..count.min(MAX_ENTRIES) {
        let (tag, after) = number(rest, 4)?;
        let (_alias, after) = field(after, 2)?;
        let after = after.get(8..)?;
        let (chain, mut after) = match tag {
            1 => {
                let (secret, after) = field(after, 4)?;
                let shape = key::Shape { algorithm: "unknown".to_owned(), bits: None, encrypted: true };
                out.keys.push(key::key(shape, secret, Place::file(file.path)));
                number(after, 4)?
            }
            2 => (1, after),
            // A sealed object of JCEKS has no length: what follows cannot be found.
            _ => {
                not_opened(file, "the rest of a keystore after a sealed secret", out);
                return Some(());
            }
        };
        for _ in 0..chain.min(MAX_ENTRIES) {
            if version == 2 {
                after = field(after, 2)?.1;
            }
            let (der, next) = field(after, 4)?;
            out.certificates.extend(certificate(der, Place::file(file.path)));
            after = next;
        }
        rest = after;
    }
    Some(())
}

/// 1.2.840.113549.1.9.22.1, the bag of an X.509 certificate.
const X509_BAG: &[u8] = &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
/// 1.2.840.113549.1.12.10.1.1, a key in the clear.
const KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01];
/// 1.2.840.113549.1.12.10.1.2, a key under a password.
const SHROUDED_KEY_BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
/// 1.2.840.113549.1.7.6, a whole part under a password.
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];

fn pkcs12(file: &File<'_>, out: &mut Facts) {
    let Some((body, _)) = der::expect(file.bytes, SEQUENCE) else { return };
    if der::expect(body, INTEGER).is_none_or(|(version, _)| version != [3]) {
        return;
    }
    for at in memmem::find_iter(body, X509_BAG).take(MAX_ENTRIES as usize) {
        let rest = body.get(at + X509_BAG.len()..).unwrap_or_default();
        if let Some((explicit, _)) = der::expect(rest, 0xa0)
            && let Some((cert, _)) = der::expect(explicit, der::OCTET_STRING)
        {
            out.certificates.extend(certificate(cert, Place::file(file.path)));
        }
    }
    for (bag, encrypted) in [(KEY_BAG, false), (SHROUDED_KEY_BAG, true)] {
        for at in memmem::find_iter(body, bag).take(MAX_ENTRIES as usize) {
            let shape = key::Shape { algorithm: "unknown".to_owned(), bits: None, encrypted };
            out.keys.push(key::key(shape, body.get(at..).unwrap_or_default(), Place::file(file.path)));
        }
    }
    if memmem::find(body, ENCRYPTED_DATA).is_some() {
        not_opened(file, "the encrypted part of a PKCS#12 file", out);
    }
}
