//! `authorized_keys` and what OpenSSH reads like it.
//!
//! sshd(8), "AUTHORIZED_KEYS FILE FORMAT": optional options with quoted values, algorithm, base64, comment.

use super::key::ssh_public;
use crate::{
    text::{file_name, lines, sha256},
    unit::{FirstError, Run, SMALL, Unit},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    facts::{Key, KeyKind},
};

pub(crate) const AUTHORIZED_KEYS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "crypto/authorized-keys",
        version: 1,
        claims: &[
            Pattern::Name("authorized_keys"),
            Pattern::Name("authorized_keys2"),
            Pattern::Below("etc/ssh/authorized_keys", ""),
            Pattern::Below("etc/ssh/authorized_keys.d", ""),
            Pattern::Below("etc/dropbear", "authorized_keys"),
        ],
        provides: &[Capability::Crypto],
        max_bytes: SMALL,
    },
    run: Run::Strict(analyze),
};

fn analyze(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if crate::looks_binary(file.bytes) {
        return Err(AnalyzeError::new(format!("`{}` is no text", file_name(file.path))));
    }
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let blob = words(line).into_iter().take(3).find_map(|word| STANDARD.decode(word).ok().filter(|blob| blob.starts_with(&[0, 0, 0])));
        let known = blob.as_deref().and_then(|blob| ssh_public(blob).map(|(algorithm, bits)| (algorithm, bits, sha256(blob))));
        match known {
            Some((algorithm, bits, fingerprint)) => {
                out.keys.push(Key {
                    kind: KeyKind::AuthorizedKey,
                    algorithm,
                    bits,
                    encrypted: false,
                    fingerprint,
                    at: Place::line(file.path, number),
                });
            }
            None => errors.add(number, || "no public key".to_owned()),
        }
    }
    errors.into_result()
}

/// Words, where blanks between double quotes do not separate.
fn words(line: &str) -> Vec<&str> {
    let mut quoted = false;
    line.split(|c: char| {
        quoted ^= c == '"';
        !quoted && (c == ' ' || c == '\t')
    })
    .filter(|word| !word.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    /// A blob in the wire format with numbers that no one could use as a key.
    fn line(name: &str, fields: &[&[u8]]) -> String {
        let mut blob = Vec::new();
        for field in std::iter::once(&name.as_bytes()).chain(fields) {
            blob.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            blob.extend(*field);
        }
        format!("{name} {} nobody@example.org", STANDARD.encode(blob))
    }

    #[test]
    fn algorithms_and_sizes() {
        let rsa = line("ssh-rsa", &[&[1, 0, 1], &[&[0, 0x80][..], &[1; 127]].concat()]);
        let dsa = line("ssh-dss", &[&[&[0, 0x80][..], &[1; 127]].concat(), &[1]]);
        let ed = line("ssh-ed25519", &[&[7; 32]]);
        let ec = line("ecdsa-sha2-nistp384", &[b"nistp384", &[4; 97]]);
        let text = format!("# c\n{rsa}\ncommand=\"a b\",no-pty {dsa}\n\n{ed}\n{ec}\nnonsense\n");
        check(
            &AUTHORIZED_KEYS,
            "root/.ssh/authorized_keys",
            text.as_bytes(),
            "key AuthorizedKey rsa-1024 @2
             key AuthorizedKey dsa-1024 @3
             key AuthorizedKey ed25519-256 @5
             key AuthorizedKey ec-384 @6
             error line 7: no public key",
        );
        robust(&AUTHORIZED_KEYS, "root/.ssh/authorized_keys", ed.as_bytes());
    }
}
