//! Lockfiles of all versions with their manifests.

use super::*;
use crate::testing::{check, check_together, robust};

const LOCKFILE: &str = r#"# generated
version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "cc",
 "helper",
 "old 1.0.0",
 "old 2.0.0",
 "tester",
]

[[package]]
name = "cc"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "deep"
version = "0.3.0"
source = "git+https://git.example/deep#abc"

[[package]]
name = "helper"
version = "0.2.0"
dependencies = [
 "deep",
 "tester",
]

[[package]]
name = "old"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "AA936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac"

[[package]]
name = "old"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["tester-core"]

[[package]]
name = "tester"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "tester-core",
]

[[package]]
name = "tester-core"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

const ROOT: &str = r#"
[package]
name = "app"
version = "0.1.0"

[dependencies]
helper = { path = "crates/helper" }
renamed = { workspace = true }

[dev-dependencies]
old = "=2.0.0"

[target.'cfg(unix)'.dev-dependencies]
tester = "1"

[build-dependencies]
cc = "1"

[workspace]
members = ["crates/*"]

[workspace.dependencies]
renamed = { package = "old", version = "1" }
"#;

const HELPER: &str = "[package]\nname = \"helper\"\nversion = { workspace = true }\n\n[dependencies.deep]\ngit = \"https://git.example/deep\"\n\n[dev-dependencies]\ntester = \"1\"\n";

#[test]
fn without_a_manifest_there_are_only_edges() {
    check_together(
        &[("a/Cargo.lock", LOCKFILE.as_bytes()), ("b/Cargo.toml", ROOT.as_bytes())],
        "cargo app 0.1.0 - @4 -> cc@1.0.0, helper@0.2.0, old@1.0.0, old@2.0.0, tester@1.0.0
         cargo cc 1.0.0 - @15
         cargo deep 0.3.0 - @20
         cargo helper 0.2.0 - @25 -> deep@0.3.0, tester@1.0.0
         cargo old 1.0.0 - @33 (sha256:aa936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac)
         cargo old 2.0.0 - @39 -> tester-core@1.0.0
         cargo tester 1.0.0 - @45 -> tester-core@1.0.0
         cargo tester-core 1.0.0 - @53",
    );
}

#[test]
fn manifests_tell_what_is_for_development() {
    check_together(
        &[
            ("a/Cargo.lock", LOCKFILE.as_bytes()),
            ("a/Cargo.toml", ROOT.as_bytes()),
            ("a/crates/helper/Cargo.toml", HELPER.as_bytes()),
            ("a/fixtures/x/y/Cargo.toml", b"[package]\nname = \"helper\"\n[dev-dependencies]\ndeep = \"1\"\n"),
        ],
        "cargo app 0.1.0 - @4 root -> helper@0.2.0, old@1.0.0
         cargo cc 1.0.0 - @15 direct dev
         cargo deep 0.3.0 - @20 direct
         cargo helper 0.2.0 - @25 workspace -> deep@0.3.0
         cargo old 1.0.0 - @33 direct (sha256:aa936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac)
         cargo old 2.0.0 - @39 direct dev -> tester-core@1.0.0
         cargo tester 1.0.0 - @45 direct dev -> tester-core@1.0.0
         cargo tester-core 1.0.0 - @53 indirect dev",
    );
}

#[test]
fn a_member_without_its_manifest_has_nothing_for_development() {
    check_together(
        &[("Cargo.lock", LOCKFILE.as_bytes()), ("Cargo.toml", b"[workspace]\nmembers = [\"app\", \"helper\"]\n")],
        "cargo app 0.1.0 - @4 workspace -> cc@1.0.0, helper@0.2.0, old@1.0.0, old@2.0.0, tester@1.0.0
         cargo cc 1.0.0 - @15 direct
         cargo deep 0.3.0 - @20 direct
         cargo helper 0.2.0 - @25 workspace -> deep@0.3.0, tester@1.0.0
         cargo old 1.0.0 - @33 direct (sha256:aa936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac)
         cargo old 2.0.0 - @39 direct -> tester-core@1.0.0
         cargo tester 1.0.0 - @45 direct -> tester-core@1.0.0
         cargo tester-core 1.0.0 - @53 indirect",
    );
}

#[test]
fn the_first_versions_of_the_format() {
    check(
        &CARGO_LOCK,
        "Cargo.lock",
        b"[root]\r\nname = \"app\"\r\nversion = \"0.1.0\"\r\ndependencies = [\"dep 1.0.0 (registry+x)\"]\r\n
[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\n[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\nsource = \"git+y\"\n
[metadata]\n\"checksum dep 1.0.0 (registry+x)\" = \"cc936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac\"\n",
        "cargo app 0.1.0 - @1 -> dep@1.0.0
         cargo dep 1.0.0 - @6 (sha256:cc936419f96fa211c1b9166887b38e5e40b19958e5b895be7c1f93adec7071ac) @11
         manifest cargo/lock - -",
    );
}

#[test]
fn what_is_wrong_is_said_and_the_rest_stays() {
    check(
        &CARGO_LOCK,
        "Cargo.lock",
        b"version = 9\n[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\ndependencies = [\"gone\", \"gone 1.0.0\"]\n",
        "cargo b 1.0.0 - @4
         manifest cargo/lock - -
         error line 1: unknown lockfile version 9: this build knows versions 1 to 4 (and 1 more)",
    );
    robust(&CARGO_LOCK, "Cargo.lock", LOCKFILE.as_bytes());
    robust(&CARGO_TOML, "Cargo.toml", ROOT.as_bytes());
}

#[test]
fn members_are_patterns() {
    for (pattern, path, expected) in [
        ("crates/*", "crates/a", true),
        ("crates/*", "crates/a/b", false),
        ("./a/", "a", true),
        ("lib-*-x", "lib-a-b-x", true),
        ("lib-*-x", "lib-x", false),
        ("?b", "ab", true),
        ("a*b*c", "a1b2c", true),
        ("a*b*c", "a1c", false),
    ] {
        assert_eq!(matches_glob(pattern, path), expected, "{pattern} {path}");
    }
    for (range, version, expected) in [
        ("1", "1.9.0", true),
        ("1", "2.0.0", false),
        ("=1.0.0", "1.0.1", false),
        (">=1, <2", "1.5.0", true),
        ("1.*", "1.2.0", true),
        ("?", "1.0.0", true),
    ] {
        assert_eq!(accepts(range, version), expected, "{range} {version}");
    }
}
