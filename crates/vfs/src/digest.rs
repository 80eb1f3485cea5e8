//! Content digests as image documents write them: `sha256:…`, `sha512:…`.
//!
//! OCI image specification, descriptor, "Digests". Only the two registered algorithms are known; hexadecimal must be lower-case and complete.

use sha2::{Digest as _, Sha256, Sha512};
use std::fmt;

/// A registered digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    Sha256,
    Sha512,
}

impl Algorithm {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

/// A digest of known algorithm and right length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    hex: Box<str>,
}

impl Digest {
    /// `None` for an unknown algorithm, a wrong length, or anything but lower-case hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, hex) = text.split_once(':')?;
        let (algorithm, length) = match algorithm {
            "sha256" => (Algorithm::Sha256, 64),
            "sha512" => (Algorithm::Sha512, 128),
            _ => return None,
        };
        let lower_hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
        (hex.len() == length && hex.bytes().all(lower_hex)).then(|| Self { algorithm, hex: hex.into() })
    }

    /// The digest of a buffer.
    pub fn compute(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let hex = match algorithm {
            Algorithm::Sha256 => hex(&Sha256::digest(bytes)),
            Algorithm::Sha512 => hex(&Sha512::digest(bytes)),
        };
        Self { algorithm, hex: hex.into() }
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// Whether `bytes` have this digest.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        Self::compute(self.algorithm, bytes) == *self
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.as_str(), self.hex)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Lower-case hexadecimal SHA-256 of a buffer.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Computes several digests of one stream.
#[derive(Clone, Default)]
pub struct Hasher {
    sha256: Option<Sha256>,
    sha512: Option<Sha512>,
}

impl Hasher {
    pub fn new(algorithms: &[Algorithm]) -> Self {
        let wants = |algorithm| algorithms.contains(&algorithm);
        Self { sha256: wants(Algorithm::Sha256).then(Sha256::new), sha512: wants(Algorithm::Sha512).then(Sha512::new) }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.sha256 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha512 {
            hasher.update(bytes);
        }
    }

    pub fn finish(self) -> Vec<Digest> {
        let sha256 = self.sha256.map(|hasher| Digest { algorithm: Algorithm::Sha256, hex: hex(&hasher.finalize()).into() });
        let sha512 = self.sha512.map(|hasher| Digest { algorithm: Algorithm::Sha512, hex: hex(&hasher.finalize()).into() });
        sha256.into_iter().chain(sha512).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn only_complete_lower_case_digests_of_known_algorithms_parse() {
        assert_eq!(Digest::parse(EMPTY).unwrap().to_string(), EMPTY);
        for wrong in [
            "",
            "sha256:",
            "sha256:e3b0",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            &EMPTY.to_uppercase(),
            &EMPTY.replace('e', "E"),
            &EMPTY.replace("e3", "../"),
        ] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn one_pass_gives_every_digest() {
        let mut hasher = Hasher::new(&[Algorithm::Sha256, Algorithm::Sha512]);
        hasher.update(b"a");
        hasher.update(b"bc");
        let expected = [Digest::compute(Algorithm::Sha256, b"abc"), Digest::compute(Algorithm::Sha512, b"abc")];
        assert_eq!(hasher.finish(), expected);
        assert!(Digest::parse(EMPTY).unwrap().matches(b""));
        assert!(!Digest::parse(EMPTY).unwrap().matches(b"a"));
    }
}
