//! X.509 certificates, RFC 5280, through the `x509-parser` library.

use super::der;
use crate::text::{hex, sha256, snippet};
use probity_model::{Place, facts::Certificate};
use x509_parser::{nom::Parser as _, prelude::*, public_key::PublicKey};

/// The certificate in `der`; what follows it is ignored (OpenSSL's `TRUSTED CERTIFICATE` has more).
pub(super) fn certificate(der: &[u8], at: Place) -> Option<Certificate> {
    // Extensions are not parsed: old authorities have some that are malformed, and only one matters here.
    let (rest, x509) = X509CertificateParser::new().with_deep_parse_extensions(false).parse(der).ok()?;
    let own = der.get(..der.len() - rest.len())?;
    let (key_algorithm, key_bits) = public_key(x509.public_key());
    let oid = &x509.signature_algorithm.algorithm;
    let signature_algorithm = signature_name(&oid.to_id_string()).map_or_else(|| oid.to_id_string(), str::to_owned);
    let trust_store = super::pem_files::is_trust_store(&at.path);
    Some(Certificate {
        subject: snippet(&x509.subject().to_string(), 400),
        issuer: snippet(&x509.issuer().to_string(), 400),
        serial: hex(x509.raw_serial().get(..40).unwrap_or(x509.raw_serial())),
        not_before: x509.validity().not_before.timestamp(),
        not_after: x509.validity().not_after.timestamp(),
        key_algorithm,
        key_bits,
        signature_algorithm,
        // Names only: to verify the signature would say the same for all but forged ones, at a thousand times the cost.
        self_signed: x509.subject().as_raw() == x509.issuer().as_raw(),
        is_ca: x509.extensions().iter().any(|extension| extension.oid.as_bytes() == BASIC_CONSTRAINTS && says_ca(extension.value)),
        fingerprint: sha256(own),
        trust_store,
        at,
    })
}

/// 2.5.29.19
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

/// `SEQUENCE { BOOLEAN TRUE, … }`.
fn says_ca(value: &[u8]) -> bool {
    der::expect(value, der::SEQUENCE).and_then(|(body, _)| der::expect(body, 0x01)).is_some_and(|(flag, _)| flag != [0])
}

/// Whether these bytes are one whole structure that begins like a certificate of version 2 or 3.
pub(super) fn claims_to_be_one(input: &[u8]) -> bool {
    let Some((outer, rest)) = der::expect(input, der::SEQUENCE) else { return false };
    rest.is_empty() && der::expect(outer, der::SEQUENCE).is_some_and(|(body, _)| body.first() == Some(&0xa0))
}

fn public_key(info: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    let oid = info.algorithm.algorithm.to_id_string();
    let parsed = info.parsed().ok();
    let bits = |bits: usize| u32::try_from(bits).ok();
    match oid.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => {
            let size = match parsed {
                Some(PublicKey::RSA(rsa)) => der::bits(rsa.modulus),
                _ => None,
            };
            ("rsa".to_owned(), size)
        }
        "1.2.840.10045.2.1" => {
            let curve = info.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
            let size = curve.as_deref().and_then(curve_bits).or_else(|| match parsed {
                Some(PublicKey::EC(point)) => bits(point.key_size()),
                _ => None,
            });
            ("ec".to_owned(), size)
        }
        "1.2.840.10040.4.1" => {
            let p = info.algorithm.parameters.as_ref().and_then(|any| der::expect(any.data, der::INTEGER)).and_then(|(p, _)| der::bits(p));
            ("dsa".to_owned(), p)
        }
        "1.3.101.110" => ("x25519".to_owned(), Some(256)),
        "1.3.101.111" => ("x448".to_owned(), Some(448)),
        "1.3.101.112" => ("ed25519".to_owned(), Some(256)),
        "1.3.101.113" => ("ed448".to_owned(), Some(456)),
        "2.16.840.1.101.3.4.3.17" | "2.16.840.1.101.3.4.3.18" | "2.16.840.1.101.3.4.3.19" => ("ml-dsa".to_owned(), None),
        _ => (oid, None),
    }
}

/// Bits of a named curve.
pub(super) fn curve_bits(oid: &str) -> Option<u32> {
    Some(match oid {
        "1.2.840.10045.3.1.1" => 192,
        "1.3.132.0.33" => 224,
        "1.2.840.10045.3.1.7" | "1.3.132.0.10" | "1.3.36.3.3.2.8.1.1.7" => 256,
        "1.3.132.0.34" | "1.3.36.3.3.2.8.1.1.11" => 384,
        "1.3.36.3.3.2.8.1.1.13" => 512,
        "1.3.132.0.35" => 521,
        "1.3.132.0.1" | "1.3.132.0.15" => 163,
        "1.3.132.0.26" | "1.3.132.0.27" => 233,
        "1.3.132.0.16" | "1.3.132.0.17" => 283,
        "1.3.132.0.8" | "1.3.132.0.9" | "1.3.132.0.30" => 160,
        _ => return None,
    })
}

fn signature_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.3" => "md4WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.2.840.10040.4.3" | "1.3.14.3.2.27" => "dsaWithSHA1",
        "2.16.840.1.101.3.4.3.2" => "dsaWithSHA256",
        "1.3.101.112" => "ed25519",
        "1.3.101.113" => "ed448",
        _ => return None,
    })
}
