//! Records as bytes.
//!
//! Fields in order, numbers as LEB128, nothing about names or types: a record is only ever read by the build that wrote it. Every struct is taken apart
//! without `..`, so a fact that is not written does not compile.
//!
//! Paths and words are written where they first come and then by number. A layer's facts name its paths again and again; read back, they share one
//! text as they did when they were made. A path is written as what it has in common with the last one and its end.
//!
//! Words that facts hold for the life of the program (`&'static str`) are kept for the life of the program when they are read, once each and bounded in
//! number and length. Ecosystems are looked up. Whatever is not as it was written ends reading: the layer is not known then.

use crate::see::LayerRecord;
use probity_model::{
    Capability, Diagnostic, Ecosystem, Facts, InputKind, Lines, Origin, Package, Place, Reason, Severity, SubjectId,
    diagnostic::Level,
    ecosystem::{Evidence, UNKNOWN},
    facts::{
        Certificate, Credential, CredentialKind, DataMatch, FileFact, FileKind, Group, Key, KeyKind, OsRelease, Password, PasswordState,
        SbomDocument, Secret, ServerSetting, SettingKind, TlsVersion, Trace, TraceKind, Unsearched, UnsearchedKind, User,
    },
    finding::Disposition,
    package::{BuildInfo, InstalledFile, Manifest, Relationship, Requirement, Scope},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// Distinct words that are kept for the life of the program.
const MAX_WORDS: usize = 4096;
/// Bytes of such a word.
const MAX_WORD: usize = 96;
/// Room that is made before anything was read.
const MAX_AHEAD: usize = 1024;
/// Bytes of paths for each byte of a record, and for any record: a short record must not stand for an endless text.
const MAX_EXPANSION: (usize, usize) = (16, 1 << 20);

/// Something that can be part of a record.
pub(super) trait Code: Sized {
    fn write(&self, out: &mut Writer);
    /// `None` when the bytes are not what was written.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// Bytes that are being written.
pub(super) struct Writer {
    bytes: Vec<u8>,
    max: usize,
    /// Something cannot be written, or there is too much.
    failed: bool,
    paths: HashMap<Arc<str>, usize>,
    last: Arc<str>,
    /// Bytes of all paths.
    expanded: usize,
    words: HashMap<&'static str, usize>,
}

impl Writer {
    pub(super) fn new(max: usize) -> Self {
        Self { bytes: Vec::new(), max, failed: false, paths: HashMap::new(), last: Arc::from(""), expanded: 0, words: HashMap::new() }
    }

    /// `None` when something could not be written.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (!self.failed && self.bytes.len() <= self.max).then_some(self.bytes)
    }

    fn number(&mut self, mut number: u64) {
        while let low @ 0x80.. = number {
            self.bytes.push(low.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.failed |= self.bytes.len() > self.max;
        self.number(bytes.len() as u64);
        if !self.failed {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

/// Bytes that are being read.
pub(super) struct Reader<'a> {
    left: &'a [u8],
    paths: Vec<Arc<str>>,
    last: String,
    /// Bytes that paths may still have.
    room: usize,
    words: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, paths: Vec::new(), last: String::new(), room: room(bytes.len()), words: Vec::new() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, left) = self.left.split_first()?;
        self.left = left;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn slice(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (slice, left) = self.left.split_at_checked(length)?;
        self.left = left;
        Some(slice)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.slice()?).ok()
    }
}

/// Bytes that the paths of a record of this length may have.
fn room(bytes: usize) -> usize {
    bytes.saturating_mul(MAX_EXPANSION.0).saturating_add(MAX_EXPANSION.1)
}

/// Structs: their fields, all of them.
macro_rules! fields {
    ($($name:ident { $($field:ident),* $(,)? })*) => { $(
        impl $crate::cache::codec::Code for $name {
            fn write(&self, out: &mut $crate::cache::codec::Writer) {
                let Self { $($field),* } = self;
                $( $field.write(out); )*
            }
            fn read(from: &mut $crate::cache::codec::Reader<'_>) -> Option<Self> {
                $( let $field = $crate::cache::codec::Code::read(from)?; )*
                Some(Self { $($field),* })
            }
        }
    )* };
}
pub(super) use fields;

/// Enums without fields: their variants, all of them.
macro_rules! variants {
    ($($name:ident { $($variant:ident),* $(,)? })*) => { $(
        impl Code for $name {
            fn write(&self, out: &mut Writer) {
                // A variant that is missing does not compile.
                match self { $( Self::$variant => {} )* }
                let position = [$(Self::$variant),*].iter().position(|variant| variant == self);
                match position.and_then(|position| u8::try_from(position).ok()) {
                    Some(position) => out.bytes.push(position),
                    None => out.failed = true,
                }
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                [$(Self::$variant),*].get(usize::from(from.byte()?)).copied()
            }
        }
    )* };
}

fields! {
    LayerRecord { facts, files, paths, folders, symlinks, whiteouts, opaque }
    Facts {
        os, packages, manifests, sboms, build_infos, owned_files, users, groups, passwords, files, certificates, keys, secrets, settings, credentials, data,
        traces, diagnostics, secret_files, unsearched_files, unsearched,
    }
    Place { path, origin, lines, layer, removed_by }
    Unsearched { kind, what, at }
    OsRelease { family, version, pretty_name, rank, at }
    SbomDocument { format, serial, subject, properties, components, at }
    User { name, uid, gid, home, shell, at }
    Group { name, gid, members, at }
    Password { user, state, at }
    FileFact { path, mode, uid, gid, size, kind, capabilities, at }
    Certificate {
        subject, issuer, serial, not_before, not_after, key_algorithm, key_bits, signature_algorithm, self_signed, is_ca, fingerprint, trust_store, at,
    }
    Key { kind, algorithm, bits, encrypted, fingerprint, at }
    Secret { rule, category, title, severity, masked, fingerprint, disposition, at }
    Disposition { source, at, reason, until, status }
    ServerSetting { server, kind, text, tls_min, at }
    Credential { service, what, kind, at }
    DataMatch { pattern, masked, test, at }
    Trace { kind, what, at }
    Package {
        ecosystem, name, version, id, arch, source_name, source_version, licenses, maintainer, modularity, relationship, dev, depends_on, evidence, lines,
        digest, guessed, files, purl, also, at,
    }
    InstalledFile { path, digest }
    Manifest { kind, name, version, licenses, requirements, members, properties, source, at }
    Requirement { name, range, scope, lines }
    BuildInfo { content_sets, nvr, arch, at }
    Diagnostic { subject, level, reason, path, layer, lines, column, message, hint, affects }
}

variants! {
    Origin { File, Env, History, Label }
    UnsearchedKind { Store, Opaque }
    PasswordState { Empty, Locked, Plain, Des, Md5, Sha1, Sha256, Sha512, Blowfish, Yescrypt, Other }
    FileKind { Elf, Pe, MachO, Script, Folder, Other }
    KeyKind { PrivateKey, AuthorizedKey, HostKey }
    SettingKind { TlsVersions, TlsVerifyOff, NoAuth, SshLogin, Debug, PlainHttp }
    TlsVersion { Ssl2, Ssl3, Tls10, Tls11, Tls12, Tls13 }
    CredentialKind { Default, NoAuth }
    TraceKind { TestArtifact, DebugFlag, Kubeconfig, CloudCredentials, ProcessManager, UnverifiedInstall, TlsVerifyOff }
    Severity { Unknown, Low, Medium, High, Critical }
    Relationship { Unknown, Root, Workspace, Direct, Indirect }
    Evidence { Database, Installed, Binary, Lockfile, Manifest, Sbom }
    Scope { Runtime, Dev, Optional, Peer, Build }
    Level { Note, Warning, Error }
    Reason {
        TargetKindMissing, AnalyzerDisabled, AnalyzerFailed, UnsupportedOs, DbMissing, DbStarter, DbStale, PermissionDenied, UnknownCheck, NoRules,
        ScopeUndeclared, SubjectTruncated, ParameterOutsideGuardrail, Timeout,
    }
    InputKind { Image, Rootfs, Sbom, Dockerfile, Compose, KubernetesManifest, KubernetesCluster, Node, Terraform, CloudFormation, Repo }
}

impl Code for Capability {
    fn write(&self, out: &mut Writer) {
        let kind = match self {
            Self::Everything => 0,
            Self::Os => 1,
            Self::Packages => 2,
            Self::Vulnerabilities => 3,
            Self::Users => 4,
            Self::Secrets => 5,
            Self::FileModes => 6,
            Self::Crypto => 7,
            Self::ServerConfig => 8,
            Self::Data => 9,
            Self::ImageConfig => 10,
            Self::Licenses => 11,
            Self::Documents(_) => 12,
        };
        out.bytes.push(kind);
        if let Self::Documents(kind) = self {
            kind.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            0 => Self::Everything,
            1 => Self::Os,
            2 => Self::Packages,
            3 => Self::Vulnerabilities,
            4 => Self::Users,
            5 => Self::Secrets,
            6 => Self::FileModes,
            7 => Self::Crypto,
            8 => Self::ServerConfig,
            9 => Self::Data,
            10 => Self::ImageConfig,
            11 => Self::Licenses,
            12 => Self::Documents(Code::read(from)?),
            _ => return None,
        })
    }
}

impl Code for Lines {
    fn write(&self, out: &mut Writer) {
        let Self { start, end } = *self;
        // Lines count from 1 and go forwards; that is also what readers of reports rely on.
        match (start > 0, end.checked_sub(start)) {
            (true, Some(more)) => {
                start.write(out);
                more.write(out);
            }
            _ => out.failed = true,
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (start, more) = (u32::read(from)?, u32::read(from)?);
        (start > 0).then_some(Self { start, end: start.checked_add(more)? })
    }
}

impl Code for SubjectId {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        u32::read(from).map(Self)
    }
}

/// A layer that is kept has no documents; see [`super::Layers::store`].
impl Code for probity_model::document::SourceFile {
    fn write(&self, out: &mut Writer) {
        out.failed = true;
    }

    fn read(_: &mut Reader<'_>) -> Option<Self> {
        None
    }
}

impl Code for &'static Ecosystem {
    fn write(&self, out: &mut Writer) {
        match ecosystem(self.id) {
            Some(known) if std::ptr::eq(known, *self) => self.id.write(out),
            // One that nobody lists would not be found again.
            _ => out.failed = true,
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        ecosystem(<&'static str>::read(from)?)
    }
}

fn ecosystem(id: &str) -> Option<&'static Ecosystem> {
    probity_analyzers::ecosystems().chain([&UNKNOWN]).find(|ecosystem| ecosystem.id == id)
}

/// Paths, mostly; written once each.
impl Code for Arc<str> {
    fn write(&self, out: &mut Writer) {
        if let Some(number) = out.paths.get(self) {
            let number = *number as u64 + 1;
            out.number(number);
            return;
        }
        out.paths.insert(Self::clone(self), out.paths.len());
        out.expanded = out.expanded.saturating_add(self.len());
        let common = match self.bytes().zip(out.last.bytes()).take_while(|(a, b)| a == b).count() {
            common if out.expanded <= room(out.bytes.len()) => (0..=common).rev().find(|at| self.is_char_boundary(*at)).unwrap_or_default(),
            _ => 0,
        };
        out.number(0);
        out.number(common as u64);
        out.slice(self.get(common..).unwrap_or_default().as_bytes());
        out.last = Self::clone(self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if let Some(number) = from.length()?.checked_sub(1) {
            return from.paths.get(number).cloned();
        }
        let common = from.length()?;
        let rest = from.text()?;
        if !from.last.is_char_boundary(common) {
            return None;
        }
        from.last.truncate(common);
        from.last.push_str(rest);
        from.room = from.room.checked_sub(from.last.len())?;
        let path = Self::from(from.last.as_str());
        from.paths.push(Self::clone(&path));
        Some(path)
    }
}

impl Code for &'static str {
    fn write(&self, out: &mut Writer) {
        if let Some(number) = out.words.get(self) {
            let number = *number as u64 + 1;
            out.number(number);
            return;
        }
        out.failed |= self.len() > MAX_WORD;
        out.words.insert(self, out.words.len());
        out.number(0);
        out.slice(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if let Some(number) = from.length()?.checked_sub(1) {
            return from.words.get(number).copied();
        }
        let word = lasting(from.text()?)?;
        from.words.push(word);
        Some(word)
    }
}

/// A word that stays for the life of the program. `None` when there are too many.
fn lasting(word: &str) -> Option<&'static str> {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = words.get(word) {
        return Some(known);
    }
    if words.len() >= MAX_WORDS || word.len() > MAX_WORD {
        return None;
    }
    let word: &'static str = Box::leak(word.into());
    words.insert(word);
    Some(word)
}

impl Code for Cow<'static, str> {
    fn write(&self, out: &mut Writer) {
        out.slice(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(|text| Self::Owned(text.to_owned()))
    }
}

macro_rules! texts {
    ($($name:ty),*) => { $(
        impl Code for $name {
            fn write(&self, out: &mut Writer) {
                out.slice(self.as_bytes());
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                from.text().map(Into::into)
            }
        }
    )* };
}
texts!(String, Box<str>);

impl Code for Arc<[u8]> {
    fn write(&self, out: &mut Writer) {
        out.slice(self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.slice().map(Self::from)
    }
}

macro_rules! numbers {
    ($($name:ty),*) => { $(
        impl Code for $name {
            fn write(&self, out: &mut Writer) {
                out.number(u64::from(*self));
            }
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                Self::try_from(from.number()?).ok()
            }
        }
    )* };
}
numbers!(u8, u32, u64);

impl Code for i64 {
    fn write(&self, out: &mut Writer) {
        // Zigzag: small numbers of either sign are short.
        out.number((self.cast_unsigned() << 1) ^ (self >> 63).cast_unsigned());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let number = from.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

impl Code for bool {
    fn write(&self, out: &mut Writer) {
        out.bytes.push(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<T: Code> Code for Option<T> {
    fn write(&self, out: &mut Writer) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if bool::read(from)? { T::read(from).map(Some) } else { Some(None) }
    }
}

impl<T: Code> Code for Vec<T> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for item in self {
            if out.failed {
                return;
            }
            item.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let length = from.length()?;
        // Everything takes a byte at least.
        if length > from.left.len() {
            return None;
        }
        let mut items = Self::with_capacity(length.min(MAX_AHEAD));
        for _ in 0..length {
            items.push(T::read(from)?);
        }
        Some(items)
    }
}

impl<A: Code, B: Code> Code for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl Code for BTreeMap<String, String> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Vec::<(String, String)>::read(from)?.into_iter().collect())
    }
}
