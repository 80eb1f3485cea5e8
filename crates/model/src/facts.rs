//! What was seen in an artifact, without opinions: no severity, no advice.

use crate::{
    diagnostic::Diagnostic,
    package::{BuildInfo, Manifest, Package},
    place::Place,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};

/// Facts of one layer, or after squashing of a whole artifact. Vectors are sorted by the engine at the end of a stage.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Release files that were found; the engine picks the operating system.
    pub os: Vec<OsRelease>,
    pub packages: Vec<Package>,
    /// What files beside packages say about them; taken by the assemblers.
    pub manifests: Vec<Manifest>,
    pub sboms: Vec<SbomDocument>,
    /// Where the content of layers came from.
    pub build_infos: Vec<BuildInfo>,
    /// Paths that a package manager says it installed, without a leading slash.
    pub owned_files: Vec<Arc<str>>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub passwords: Vec<Password>,
    /// Executables, and files with special modes or capabilities.
    pub files: Vec<FileFact>,
    pub certificates: Vec<Certificate>,
    pub keys: Vec<Key>,
    pub secrets: Vec<Secret>,
    pub settings: Vec<ServerSetting>,
    pub credentials: Vec<Credential>,
    pub data: Vec<DataMatch>,
    pub traces: Vec<Trace>,
    pub diagnostics: Vec<Diagnostic>,
    /// How many files' content was searched for secrets.
    pub secret_files: u64,
    /// How many files with content were not searched: binary, compressed, or of a sort that is left out on purpose.
    pub unsearched_files: u64,
    /// Those among them that may hold what somebody put there; files that a package manager installed are left out after squashing.
    pub unsearched: Vec<Unsearched>,
}

/// A file whose content was not searched for secrets and card data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsearched {
    pub kind: UnsearchedKind,
    /// `an SQLite database`, `a compressed file`, `a program`.
    pub what: &'static str,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnsearchedKind {
    /// Made to keep records: a database, a dump, a backup, an archive of files.
    Store,
    /// Anything else that is no text: programs, compiled code, documents.
    Opaque,
}

/// An operating system release file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OsRelease {
    /// `debian`, `alpine`, `redhat`, `amazon` …: the family names of `--distro`.
    pub family: String,
    /// `12.5`, `3.19.1`; empty for rolling releases and when the file has none.
    pub version: String,
    pub pretty_name: Option<String>,
    /// How specific the file is: the highest wins (a distribution's own file beats `os-release`).
    pub rank: u8,
    pub at: Place,
}

/// A bill of materials that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SbomDocument {
    /// `CycloneDX 1.6 JSON`, `SPDX-2.3 tag-value`.
    pub format: String,
    /// Serial number or namespace.
    pub serial: Option<String>,
    /// What it describes.
    pub subject: Option<String>,
    /// Properties of what it describes, as scanners write them (`aquasecurity:trivy:ImageID`).
    pub properties: Vec<(String, String)>,
    pub components: u64,
    pub at: Place,
}

/// A line of `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
    pub shell: String,
    pub at: Place,
}

/// A line of `/etc/group`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub name: String,
    pub gid: u32,
    pub members: Vec<String>,
    pub at: Place,
}

/// How a password is stored (`/etc/shadow`, the second field of `/etc/passwd`, `htpasswd`). The hash itself is never kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Password {
    pub user: String,
    pub state: PasswordState,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordState {
    /// The field is empty: anyone may log in.
    Empty,
    /// `*`, `!`, `!!`, `!*`: no password works.
    Locked,
    /// Plain text (`htpasswd -p`, `.pgpass`).
    Plain,
    Des,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Blowfish,
    Yescrypt,
    Other,
}

impl PasswordState {
    /// Hashes that are broken or too cheap to be called protection.
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::Empty | Self::Plain | Self::Des | Self::Md5 | Self::Sha1)
    }
}

/// A regular file that matters for its mode: executable, setuid, setgid, with capabilities, or writable by everyone; also folders
/// writable by everyone without the sticky bit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileFact {
    pub path: Arc<str>,
    /// Permission bits including setuid, setgid and sticky: `0o4755`.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub size: u64,
    pub kind: FileKind,
    /// Decoded `security.capability`: `cap_net_raw=ep`.
    pub capabilities: Option<String>,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    Elf,
    Pe,
    MachO,
    Script,
    Folder,
    Other,
}

impl FileFact {
    pub const fn is_setuid(&self) -> bool {
        self.mode & 0o4000 != 0
    }
    pub const fn is_setgid(&self) -> bool {
        self.mode & 0o2000 != 0
    }
    pub const fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
    /// Writable by everyone and, for a folder, without the sticky bit.
    pub const fn is_world_writable(&self) -> bool {
        self.mode & 0o002 != 0 && !(matches!(self.kind, FileKind::Folder) && self.mode & 0o1000 != 0)
    }
}

/// An X.509 certificate. Dates are seconds since 1970 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// Lower-case hexadecimal.
    pub serial: String,
    pub not_before: i64,
    pub not_after: i64,
    /// `rsa`, `ec`, `ed25519`, `dsa` …
    pub key_algorithm: String,
    pub key_bits: Option<u32>,
    /// `sha256WithRSAEncryption`, `ecdsa-with-SHA384` …
    pub signature_algorithm: String,
    pub self_signed: bool,
    pub is_ca: bool,
    /// SHA-256 of the DER, lower-case hexadecimal.
    pub fingerprint: String,
    /// In a place where distributions keep the public trust store.
    pub trust_store: bool,
    pub at: Place,
}

/// Key material. Content is never kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub kind: KeyKind,
    /// `rsa`, `ec`, `ed25519`, `dsa`, `openssh` …
    pub algorithm: String,
    pub bits: Option<u32>,
    pub encrypted: bool,
    /// SHA-256 of the key block, so that the same key in two places is seen.
    pub fingerprint: String,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    PrivateKey,
    /// A line of `authorized_keys`.
    AuthorizedKey,
    /// An SSH host key.
    HostKey,
}

/// A secret that a rule recognised. Only a masked sample is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// `github-pat`, `private-key` …; of a custom rule, its id.
    pub rule: Cow<'static, str>,
    /// `github`, `aws`, `private-key`, `password` …
    pub category: Cow<'static, str>,
    pub title: Cow<'static, str>,
    pub severity: crate::Severity,
    /// The surrounding line with every secret in it replaced by `*`, at most 120 characters.
    pub masked: String,
    /// SHA-256 of the secret's bytes: equality only.
    pub fingerprint: String,
    /// Set by policy, never by an analyzer.
    pub disposition: Option<crate::finding::Disposition>,
    pub at: Place,
}

/// A setting of a server's configuration file that concerns security.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerSetting {
    /// `nginx`, `httpd`, `haproxy`, `sshd`, `openssl`, `postgres`, `redis` …
    pub server: &'static str,
    pub kind: SettingKind,
    /// The directive and its value as written, secrets masked.
    pub text: String,
    /// For `TlsVersions`: the lowest version that is on, `SSLv3` to `TLSv1.3`.
    pub tls_min: Option<TlsVersion>,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingKind {
    TlsVersions,
    /// Certificate verification is switched off.
    TlsVerifyOff,
    /// Connections are accepted without authentication.
    NoAuth,
    /// SSH accepts passwords or root.
    SshLogin,
    Debug,
    /// A listener that speaks plain HTTP.
    PlainHttp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TlsVersion {
    #[serde(rename = "SSLv2")]
    Ssl2,
    #[serde(rename = "SSLv3")]
    Ssl3,
    #[serde(rename = "TLSv1.0")]
    Tls10,
    #[serde(rename = "TLSv1.1")]
    Tls11,
    #[serde(rename = "TLSv1.2")]
    Tls12,
    #[serde(rename = "TLSv1.3")]
    Tls13,
}

/// A credential that everybody knows: `POSTGRES_PASSWORD=postgres`, `guest/guest`, a Tomcat user file with the shipped users.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential {
    pub service: &'static str,
    pub what: String,
    pub kind: CredentialKind,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A default user and password.
    Default,
    /// The service is told to work without authentication (`POSTGRES_HOST_AUTH_METHOD=trust`).
    NoAuth,
}

/// Sensitive content. Only a masked sample is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataMatch {
    /// `pan`, `track1`, `track2`, `cvv`, `pin-block`.
    pub pattern: &'static str,
    /// First six and last four digits at most.
    pub masked: String,
    /// A published test number.
    pub test: bool,
    pub at: Place,
}

/// Something whose presence says what the artifact is or carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    pub kind: TraceKind,
    pub what: String,
    pub at: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TraceKind {
    /// `.git`, `.env.test`, fixtures, sample applications.
    TestArtifact,
    /// `FLASK_DEBUG=1`, `ASPNETCORE_ENVIRONMENT=Development`.
    DebugFlag,
    /// A kubeconfig or service-account token that was baked in.
    Kubeconfig,
    /// Cloud credentials file (`.aws/credentials`, `application_default_credentials.json`).
    CloudCredentials,
    /// supervisord, s6 and other process managers with the programs they start.
    ProcessManager,
    /// A command in the history that fetches and runs code, or installs without verification.
    UnverifiedInstall,
    /// TLS verification is switched off by a variable or a command.
    TlsVerifyOff,
}

macro_rules! each_vector {
    ($self:ident, $other:ident, $($field:ident),*) => { $($self.$field.append(&mut $other.$field);)* };
}

impl Facts {
    /// Moves everything of `other` to the end of `self`.
    pub fn append(&mut self, mut other: Self) {
        each_vector!(
            self,
            other,
            os,
            packages,
            manifests,
            sboms,
            build_infos,
            owned_files,
            users,
            groups,
            passwords,
            files,
            certificates,
            keys,
            secrets,
            settings,
            credentials,
            data,
            traces,
            unsearched,
            diagnostics
        );
        self.secret_files += other.secret_files;
        self.unsearched_files += other.unsearched_files;
    }

    /// Visits the place of every fact.
    pub fn places_mut(&mut self, visit: &mut dyn FnMut(&mut Place)) {
        macro_rules! visit_all { ($($field:ident),*) => { $(for fact in &mut self.$field { visit(&mut fact.at); })* }; }
        visit_all!(
            os,
            packages,
            manifests,
            sboms,
            build_infos,
            users,
            groups,
            passwords,
            files,
            certificates,
            keys,
            secrets,
            settings,
            credentials,
            data,
            traces,
            unsearched
        );
    }

    /// Keeps the facts whose place `keep` accepts.
    pub fn retain(&mut self, keep: &mut dyn FnMut(&Place) -> bool) {
        macro_rules! retain_all { ($($field:ident),*) => { $(self.$field.retain(|fact| keep(&fact.at));)* }; }
        retain_all!(
            os,
            packages,
            manifests,
            sboms,
            build_infos,
            users,
            groups,
            passwords,
            files,
            certificates,
            keys,
            secrets,
            settings,
            credentials,
            data,
            traces,
            unsearched
        );
    }

    /// Sorts every vector and removes exact duplicates.
    pub fn sort(&mut self) {
        macro_rules! sort_all { ($($field:ident),*) => { $(self.$field.sort_unstable(); self.$field.dedup();)* }; }
        sort_all!(
            os,
            packages,
            manifests,
            sboms,
            build_infos,
            owned_files,
            users,
            groups,
            passwords,
            files,
            certificates,
            keys,
            secrets,
            settings,
            credentials,
            data,
            traces,
            unsearched,
            diagnostics
        );
    }
}
