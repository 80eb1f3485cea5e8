//! Private keys: algorithm and size, as far as the format shows them without a passphrase.
//!
//! PKCS#1 (RFC 8017), PKCS#8 (RFC 5208, RFC 5958), SEC 1 (RFC 5915), OpenSSL's DSA form, OpenSSH's `openssh-key-v1`, PGP secret key packets
//! (RFC 4880, RFC 9580 version 4 and 6), PuTTY's `.ppk`.

use super::{
    certificate::curve_bits,
    der::{self, INTEGER, OCTET_STRING, OID, SEQUENCE},
    pem::Block,
};
use crate::text::{file_name, sha256};
use probity_model::{
    Place,
    facts::{Key, KeyKind},
};

/// What a key is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) algorithm: String,
    pub(super) bits: Option<u32>,
    pub(super) encrypted: bool,
}

impl Shape {
    fn new(algorithm: &str, bits: Option<u32>) -> Self {
        Self { algorithm: algorithm.to_owned(), bits, encrypted: false }
    }
}

/// The key of a PEM block, when it is one.
pub(super) fn from_block(block: &Block<'_>, at: Place) -> Option<Key> {
    let label = block.label;
    let body = block.private_key()?;
    let encrypted = block.has_encryption_header() || label == "ENCRYPTED PRIVATE KEY";
    let known = match label {
        _ if encrypted => None,
        "OPENSSH PRIVATE KEY" => openssh(&body),
        "PGP PRIVATE KEY BLOCK" => pgp(&body),
        _ => from_der(&body),
    };
    let mut shape = known.unwrap_or_else(|| {
        Shape::new(
            match label {
                "RSA PRIVATE KEY" => "rsa",
                "EC PRIVATE KEY" => "ec",
                "DSA PRIVATE KEY" => "dsa",
                "OPENSSH PRIVATE KEY" => "openssh",
                "PGP PRIVATE KEY BLOCK" => "pgp",
                _ => "unknown",
            },
            None,
        )
    });
    shape.encrypted |= encrypted;
    Some(key(shape, &body, at))
}

/// A key fact; an SSH host key is recognised by its path.
pub(super) fn key(shape: Shape, body: &[u8], at: Place) -> Key {
    let host = file_name(&at.path).starts_with("ssh_host_");
    let kind = if host { KeyKind::HostKey } else { KeyKind::PrivateKey };
    Key { kind, algorithm: shape.algorithm, bits: shape.bits, encrypted: shape.encrypted, fingerprint: sha256(body), at }
}

/// PKCS#8, encrypted PKCS#8, PKCS#1, SEC 1 or DSA, by their structure.
pub(super) fn from_der(input: &[u8]) -> Option<Shape> {
    let (body, _) = der::expect(input, SEQUENCE)?;
    let (tag, first, rest) = der::element(body)?;
    if tag == SEQUENCE {
        // `SEQUENCE { SEQUENCE { OID of PBES1, PBES2 or PKCS#12 }, OCTET STRING }`.
        let (oid, _) = der::expect(first, OID)?;
        let password_based = oid.starts_with(&PKCS5) || oid.starts_with(&PKCS12_PBE);
        let (_, after) = der::expect(rest, OCTET_STRING)?;
        return (password_based && after.is_empty()).then(|| Shape { encrypted: true, ..Shape::new("unknown", None) });
    }
    if tag != INTEGER {
        return None;
    }
    match (first, der::element(rest)?) {
        ([0 | 1], (SEQUENCE, algorithm, rest)) => pkcs8(algorithm, rest),
        ([1], (OCTET_STRING, secret, rest)) => {
            let curve = der::expect(rest, 0xa0)
                .and_then(|(parameters, _)| der::expect(parameters, OID))
                .and_then(|(oid, _)| curve_bits(&dotted(oid)));
            Some(Shape::new("ec", curve.or_else(|| u32::try_from(secret.len() * 8).ok())))
        }
        ([0], (INTEGER, modulus, rest)) => {
            // RSA has nine integers, DSA six: version, p, q, g, y, x.
            let mut count = 2;
            let mut rest = rest;
            while let Some((INTEGER, _, after)) = der::element(rest) {
                count += 1;
                rest = after;
            }
            match count {
                6 => Some(Shape::new("dsa", der::bits(modulus))),
                9.. => Some(Shape::new("rsa", der::bits(modulus))),
                _ => None,
            }
        }
        _ => None,
    }
}

/// 1.2.840.113549.1.5
const PKCS5: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
/// 1.2.840.113549.1.12.1
const PKCS12_PBE: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];

fn pkcs8(algorithm: &[u8], rest: &[u8]) -> Option<Shape> {
    let (oid, parameters) = der::expect(algorithm, OID)?;
    let (secret, _) = der::expect(rest, OCTET_STRING)?;
    let oid = dotted(oid);
    Some(match oid.as_str() {
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => from_der_rsa(secret).unwrap_or_else(|| Shape::new("rsa", None)),
        "1.2.840.10045.2.1" => Shape::new("ec", der::expect(parameters, OID).and_then(|(curve, _)| curve_bits(&dotted(curve)))),
        "1.2.840.10040.4.1" => {
            let p =
                der::expect(parameters, SEQUENCE).and_then(|(numbers, _)| der::expect(numbers, INTEGER)).and_then(|(p, _)| der::bits(p));
            Shape::new("dsa", p)
        }
        "1.3.101.110" => Shape::new("x25519", Some(256)),
        "1.3.101.111" => Shape::new("x448", Some(448)),
        "1.3.101.112" => Shape::new("ed25519", Some(256)),
        "1.3.101.113" => Shape::new("ed448", Some(456)),
        _ => Shape::new(&oid, None),
    })
}

fn from_der_rsa(secret: &[u8]) -> Option<Shape> {
    let (body, _) = der::expect(secret, SEQUENCE)?;
    let (_, rest) = der::expect(body, INTEGER)?;
    let (modulus, _) = der::expect(rest, INTEGER)?;
    Some(Shape::new("rsa", der::bits(modulus)))
}

/// An object identifier in dotted form.
fn dotted(content: &[u8]) -> String {
    let mut out = String::new();
    let mut value = 0u64;
    for byte in content.iter().take(40) {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if out.is_empty() {
                let first = (value / 40).min(2);
                out = format!("{first}.{}", value - first * 40);
            } else {
                out.push('.');
                out.push_str(&value.to_string());
            }
            value = 0;
        }
    }
    out
}

/// A length-prefixed string of the SSH protocol (RFC 4251) and what follows it.
pub(super) fn ssh_string(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = input.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)
}

/// Algorithm and size of a public key blob (RFC 4253 section 6.6).
pub(super) fn ssh_public(blob: &[u8]) -> Option<(String, Option<u32>)> {
    let (name, rest) = ssh_string(blob)?;
    let name = std::str::from_utf8(name).ok()?;
    let second = |rest: &[u8]| ssh_string(rest).and_then(|(_, rest)| ssh_string(rest)).and_then(|(value, _)| der::bits(value));
    Some(match name {
        "ssh-rsa" => ("rsa".to_owned(), second(rest)),
        "ssh-dss" => ("dsa".to_owned(), ssh_string(rest).and_then(|(p, _)| der::bits(p))),
        "ssh-ed25519" | "sk-ssh-ed25519@openssh.com" => ("ed25519".to_owned(), Some(256)),
        _ if name.starts_with("ecdsa-sha2-nistp") || name.starts_with("sk-ecdsa-sha2-nistp") => {
            let digits: String = name.chars().skip_while(|c| *c != 'p').skip(1).take_while(char::is_ascii_digit).collect();
            ("ec".to_owned(), digits.parse().ok())
        }
        _ => (crate::text::snippet(name, 60), None),
    })
}

fn openssh(body: &[u8]) -> Option<Shape> {
    let rest = body.strip_prefix(b"openssh-key-v1\0")?;
    let (cipher, rest) = ssh_string(rest)?;
    let (_kdf, rest) = ssh_string(rest)?;
    let (_options, rest) = ssh_string(rest)?;
    let (_count, rest) = rest.split_first_chunk::<4>()?;
    let (public, _) = ssh_string(rest)?;
    let (algorithm, bits) = ssh_public(public)?;
    Some(Shape { algorithm, bits, encrypted: cipher != b"none" })
}

/// The first secret key packet.
fn pgp(body: &[u8]) -> Option<Shape> {
    let (first, rest) = body.split_first()?;
    let (tag, rest) = if first & 0x40 == 0 {
        let length_bytes = match first & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => return None,
        };
        (first >> 2 & 0xf, rest.get(length_bytes..)?)
    } else {
        let length_bytes = match rest.first()? {
            0..=191 => 1,
            192..=223 => 2,
            255 => 5,
            _ => return None,
        };
        (first & 0x3f, rest.get(length_bytes..)?)
    };
    let (version, rest) = rest.split_first()?;
    if tag != 5 || !matches!(version, 4 | 6) {
        return None;
    }
    let (algorithm, mut rest) = rest.get(4..)?.split_first()?;
    if *version == 6 {
        rest = rest.get(4..)?;
    }
    let (name, numbers) = match algorithm {
        1..=3 => ("rsa", 2),
        16 => ("elgamal", 3),
        17 => ("dsa", 4),
        19 => ("ec", 0),
        22 | 27 => ("ed25519", 0),
        _ => ("pgp", 0),
    };
    let mut bits = None;
    for _ in 0..numbers {
        let (len, after) = rest.split_first_chunk::<2>()?;
        let len = u16::from_be_bytes(*len);
        bits.get_or_insert(u32::from(len));
        rest = after.get(usize::from(len).div_ceil(8)..)?;
    }
    let encrypted = numbers > 0 && rest.first().is_some_and(|usage| *usage != 0);
    Some(Shape { encrypted, ..Shape::new(name, bits) })
}

/// `PuTTY-User-Key-File-2: ssh-rsa`.
pub(super) fn putty(text: &[u8]) -> Option<Shape> {
    let text = std::str::from_utf8(text.get(..2000).unwrap_or(text)).ok()?;
    let rest = text.strip_prefix("PuTTY-User-Key-File-")?;
    let algorithm = rest.lines().next()?.split_once(": ")?.1.trim();
    let encryption = text.lines().find_map(|line| line.strip_prefix("Encryption: ")).unwrap_or("none").trim();
    let (name, bits) = match algorithm {
        "ssh-rsa" => ("rsa", None),
        "ssh-dss" => ("dsa", None),
        "ssh-ed25519" => ("ed25519", Some(256)),
        other => (if other.starts_with("ecdsa") { "ec" } else { "unknown" }, other.rsplit('p').next().and_then(|bits| bits.parse().ok())),
    };
    Some(Shape { encrypted: encryption != "none", ..Shape::new(name, bits) })
}
