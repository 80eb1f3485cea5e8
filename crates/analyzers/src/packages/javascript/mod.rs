//! JavaScript: npm, Yarn, pnpm, Bun, Deno, and what they install.
//!
//! A lockfile names a package by the names that its dependents use, which may be an alias: packages here have their real names, because
//! advisories do.

mod bun;
mod deno;
mod licenses;
mod node_pkg;
mod npm;
mod pnpm;
mod yarn;

use super::Group;
use probity_model::{Ecosystem, ecosystem::Evidence};
use probity_versions::Scheme;

/// What all of them share: one registry, one kind of version.
const REGISTRY: Ecosystem = Ecosystem { purl_type: "npm", versions: Scheme::Npm, advisories: "npm", ..Ecosystem::LANGUAGE };

pub(crate) static NPM: Ecosystem = Ecosystem { id: "npm", ..REGISTRY };
pub(crate) static YARN: Ecosystem = Ecosystem { id: "yarn", assemble: Some(yarn::assemble), ..REGISTRY };
pub(crate) static PNPM: Ecosystem = Ecosystem { id: "pnpm", ..REGISTRY };
pub(crate) static BUN: Ecosystem = Ecosystem { id: "bun", ..REGISTRY };
/// Packages of the npm registry in `deno.lock`.
pub(crate) static DENO: Ecosystem = Ecosystem { id: "deno", ..REGISTRY };
/// Packages of jsr.io in `deno.lock`. Nobody publishes advisories about them.
pub(crate) static JSR: Ecosystem = Ecosystem { id: "jsr", purl_type: "jsr", advisories: "", ..REGISTRY };
/// Modules that Deno loads by their address.
pub(crate) static DENO_REMOTE: Ecosystem = Ecosystem { id: "deno-remote", purl_type: "generic", advisories: "", ..REGISTRY };
pub(crate) static NODE_PKG: Ecosystem =
    Ecosystem { id: "node-pkg", heading: Some("Node.js"), evidence: Evidence::Installed, assemble: Some(licenses::assemble), ..REGISTRY };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&NPM, &YARN, &PNPM, &BUN, &DENO, &JSR, &DENO_REMOTE, &NODE_PKG],
    analyzers: &[&npm::LOCK, &yarn::LOCK, &pnpm::LOCK, &bun::LOCK, &bun::BINARY, &deno::LOCK, &node_pkg::PACKAGE_JSON],
};

/// The strongest digest of a subresource integrity, `sha512-` and base64 (several may stand there, with spaces between them).
fn digest(integrity: &str) -> Option<String> {
    use base64::Engine as _;
    let decode = |word: &str| {
        let (algorithm, value) = word.split_once('-')?;
        let (rank, bytes) = match algorithm {
            "sha512" => (3, 64),
            "sha384" => (2, 48),
            "sha256" => (1, 32),
            "sha1" => (0, 20),
            _ => return None,
        };
        let value = value.split('?').next()?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok().filter(|decoded| decoded.len() == bytes)?;
        Some((rank, format!("{algorithm}:{}", crate::text::hex(&decoded))))
    };
    integrity.split_ascii_whitespace().filter_map(decode).max().map(|(_, digest)| digest)
}

/// Splits `@scope/name@rest` at the `@` behind the name.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let from = usize::from(text.starts_with('@'));
    let at = text.get(from..)?.find('@')? + from;
    Some((text.get(..at)?, text.get(at + 1..)?)).filter(|(name, _)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_is_read() {
        let sha1 = "sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=";
        assert_eq!(digest(sha1).unwrap(), "sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3");
        let both = format!("{sha1} sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=?x");
        assert_eq!(digest(&both).unwrap(), "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
        assert_eq!(digest("sha1-AAAA md5-x"), None);
    }

    #[test]
    fn names_end_at_their_second_sign() {
        assert_eq!(split_name("@a/b@npm:^1"), Some(("@a/b", "npm:^1")));
        assert_eq!(split_name("a@b@1"), Some(("a", "b@1")));
        assert_eq!(split_name("@a/b"), None);
    }
}
