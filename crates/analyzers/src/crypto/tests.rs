//! Keys and certificates in every container they come in, whole and damaged.

use super::{
    keystore::KEYSTORE,
    pem_files::{DER, PEM},
};
use crate::testing::{check, robust};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const RSA: &[u8] = include_bytes!("testdata/rsa-sha1.pem");
const EC: &[u8] = include_bytes!("testdata/ec-leaf.pem");
const ED: &[u8] = include_bytes!("testdata/ed25519.pem");
const JKS: &[u8] = include_bytes!("testdata/trust.jks");
const CLEAR: &[u8] = include_bytes!("testdata/clear.p12");
const SEALED: &[u8] = include_bytes!("testdata/sealed.p12");

const RSA_LINE: &str = "certificate `O=Fixture, CN=rsa.example.org` by `O=Fixture, CN=rsa.example.org` #1001 1795571510..2110931510 rsa-1024 sha1WithRSAEncryption self-signed ca";
const EC_LINE: &str =
    "certificate `CN=ec.example.org` by `O=Fixture, CN=rsa.example.org` #1002 1795571510..2110931510 ec-256 sha256WithRSAEncryption";
const ED_LINE: &str =
    "certificate `CN=ed.example.org` by `CN=ed.example.org` #1003 1795571510..2110931510 ed25519-256 ed25519 self-signed ca";

#[test]
fn certificates_of_a_bundle() {
    let bundle = [b"# comment\n", RSA, EC, ED].concat();
    let expected = format!("{RSA_LINE} @2\n{EC_LINE} @16\n{ED_LINE} @26");
    check(&PEM, "srv/chain.pem", &bundle, &expected);
    check(&PEM, "etc/ssl/certs/x.pem", EC, &format!("{EC_LINE} trust-store @1"));
    check(&PEM, "app/certifi/cacert.pem", EC, &format!("{EC_LINE} trust-store @1"));
    check(&PEM, "etc/ssl/certs/ssl-cert-snakeoil.pem", EC, &format!("{EC_LINE} @1"));
    check(&PEM, "app/a.yaml", &indent(EC), &format!("{EC_LINE} @2"));
}

fn indent(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    text.lines().fold("ca: |\n".to_owned(), |yaml, line| yaml + "    " + line + "\n").into_bytes()
}

fn der_of(pem: &[u8]) -> Vec<u8> {
    super::pem::blocks(pem).next().unwrap().body()
}

#[test]
fn certificates_in_der() {
    check(&DER, "srv/x.der", &der_of(EC), EC_LINE);
    check(&DER, "srv/x.crt", EC, "");
    check(&DER, "srv/x.cer", b"0\x82\x00", "");
}

#[test]
fn damaged_certificates() {
    let mut der = der_of(RSA);
    // The inner length now reaches beyond the end.
    der[6] = 0x7f;
    let text = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&der));
    check(
        &PEM,
        "srv/x.pem",
        &[text.as_bytes(), EC].concat(),
        &format!("{EC_LINE} @4\ndiagnostic Note a certificate block that holds no whole certificate"),
    );
    let cut = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&der_of(RSA)[..200]));
    check(&PEM, "srv/x.pem", cut.as_bytes(), "diagnostic Note a certificate block that holds no whole certificate");
    check(&PEM, "README.md", b"-----BEGIN CERTIFICATE-----\nMIIC...\n-----END CERTIFICATE-----\n", "");
}

#[test]
fn keystores() {
    check(&KEYSTORE, "srv/trust.jks", JKS, EC_LINE);
    check(&KEYSTORE, "srv/clear.p12", CLEAR, EC_LINE);
    check(
        &KEYSTORE,
        "srv/sealed.pfx",
        SEALED,
        "diagnostic Warning the encrypted part of a PKCS#12 file is not opened: its certificates are not known",
    );
    check(&KEYSTORE, "opt/jdk/lib/security/cacerts", JKS, &format!("{EC_LINE} trust-store"));
    check(&KEYSTORE, "srv/trust.jks", &JKS[..60], "error: the keystore ends early or is damaged");
    check(&KEYSTORE, "srv/x.keystore", b"name=value\n", "");
    check(
        &KEYSTORE,
        "srv/x.keystore",
        b"\0\0\0\x02",
        "diagnostic Warning a keystore of an unknown format is not opened: its certificates are not known",
    );
}

/// DER by hand: numbers that no one could use as a key.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let header = match len {
        0..=127 => vec![tag, u8::try_from(len).unwrap()],
        _ => vec![tag, 0x82, u8::try_from(len >> 8).unwrap(), u8::try_from(len & 0xff).unwrap()],
    };
    [header, content.to_vec()].concat()
}

fn number(bits: usize) -> Vec<u8> {
    let mut content = vec![0x55; bits / 8];
    content[0] = 0x80;
    tlv(2, &[vec![0], content].concat())
}

fn rsa(bits: usize) -> Vec<u8> {
    tlv(
        0x30,
        &[tlv(2, &[0]), number(bits), tlv(2, &[1, 0, 1]), number(bits), number(64), number(64), number(64), number(64), number(64)]
            .concat(),
    )
}

fn ssh_string(content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], content].concat()
}

fn block(label: &str, headers: &str, body: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n", STANDARD.encode(body))
}

#[track_caller]
fn key(label: &str, headers: &str, body: &[u8], expected: &str) {
    check(&PEM, "srv/x.pem", block(label, headers, body).as_bytes(), &format!("key PrivateKey {expected} @1"));
}

#[test]
fn private_keys_of_every_form() {
    const RSA_OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    const EC_OID: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    let pkcs8 = |algorithm: Vec<u8>, secret: &[u8]| tlv(0x30, &[tlv(2, &[0]), tlv(0x30, &algorithm), tlv(4, secret)].concat());
    key("RSA PRIVATE KEY", "", &rsa(1024), "rsa-1024");
    key("PRIVATE KEY", "", &pkcs8([tlv(6, RSA_OID), tlv(5, &[])].concat(), &rsa(2048)), "rsa-2048");
    key("PRIVATE KEY", "", &pkcs8([tlv(6, EC_OID), tlv(6, P384)].concat(), &[1; 60]), "ec-384");
    key("PRIVATE KEY", "", &pkcs8(tlv(6, ED25519), &tlv(4, &[1; 32])), "ed25519-256");
    key("EC PRIVATE KEY", "", &tlv(0x30, &[tlv(2, &[1]), tlv(4, &[1; 48]), tlv(0xa0, &tlv(6, P384))].concat()), "ec-384");
    key(
        "DSA PRIVATE KEY",
        "",
        &tlv(0x30, &[tlv(2, &[0]), number(1024), number(160), number(1024), number(1024), number(160)].concat()),
        "dsa-1024",
    );
    key("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", &[0x99; 64], "rsa encrypted");
    key("ENCRYPTED PRIVATE KEY", "", &tlv(0x30, &[tlv(0x30, &tlv(6, PBES2)), tlv(4, &[1; 64])].concat()), "unknown encrypted");
    let openssh = |cipher: &str| {
        let public = [ssh_string(b"ssh-rsa"), ssh_string(&[1, 0, 1]), ssh_string(&[vec![0, 0x80], vec![1; 255]].concat())].concat();
        [
            b"openssh-key-v1\0".to_vec(),
            ssh_string(cipher.as_bytes()),
            ssh_string(b"bcrypt"),
            ssh_string(b""),
            vec![0, 0, 0, 1],
            ssh_string(&public),
            vec![1; 40],
        ]
        .concat()
    };
    key("OPENSSH PRIVATE KEY", "", &openssh("none"), "rsa-2048");
    key("OPENSSH PRIVATE KEY", "", &openssh("aes256-ctr"), "rsa-2048 encrypted");
    let pgp = [vec![0x95, 1, 0, 4, 0, 0, 0, 0, 1, 4, 0], vec![0x80; 128], vec![0, 17, 1, 0, 1], vec![254, 1, 1]].concat();
    key("PGP PRIVATE KEY BLOCK", "Version: none\n\n", &pgp, "rsa-1024 encrypted");
    check(&PEM, "etc/ssh/ssh_host_rsa_key", block("RSA PRIVATE KEY", "", &rsa(3072)).as_bytes(), "key HostKey rsa-3072 @1");
    check(&DER, "srv/x.key", &rsa(1024), "key PrivateKey rsa-1024");
    check(&DER, "srv/x.ppk", b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n", "key PrivateKey ed25519-256");
}

#[test]
fn markers_alone_are_no_keys() {
    for text in [
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "if line == \"-----BEGIN RSA PRIVATE KEY-----\" {\n  return parseTheWholeThingAndReturnSomethingLong\n}\n",
        "-----BEGIN PRIVATE KEY-----\nyour key goes here\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n",
    ] {
        check(&PEM, "src/a.rs", text.as_bytes(), "");
    }
}

#[test]
fn never_panics() {
    robust(&PEM, "a.pem", &[block("RSA PRIVATE KEY", "", &rsa(512)).as_bytes(), EC].concat());
    robust(&DER, "a.der", &der_of(EC));
    robust(&DER, "a.key", &rsa(512));
    robust(&KEYSTORE, "a.jks", JKS);
    robust(&KEYSTORE, "a.p12", CLEAR);
    // Damage behind the outer encoding.
    let mut der = der_of(EC);
    for at in 0..der.len() {
        for byte in [0, 0x7f, 0x80, 0xff] {
            let old = std::mem::replace(&mut der[at], byte);
            check_survives(&der);
            der[at] = old;
        }
    }
    for end in 0..der.len() {
        check_survives(&der[..end]);
    }
}

fn check_survives(der: &[u8]) {
    super::certificate::certificate(der, probity_model::Place::default());
    super::key::from_der(der);
}
