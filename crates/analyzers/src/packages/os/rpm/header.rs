//! An rpm header: an index of tagged values and the bytes they are in.
//!
//! <https://rpm-software-management.github.io/rpm/manual/format_header.html>, tags:
//! <https://rpm-software-management.github.io/rpm/manual/tags.html>
//!
//! A database keeps headers without the magic word that they have in a package file: two counts, index entries of four numbers, values. Everything
//! is big-endian. The first entry names the region that was signed; what an installation added (a state for each file, the time) has entries behind
//! it, and where a tag is there twice, the later one counts.
//!
//! Missing: translated texts, scriptlets, signatures; conditions of dependencies (`(a if b)`) and their versions.

use super::Damage;
use crate::packages::os::sqlite::be32;
use probity_model::package::InstalledFile;
use std::{collections::BTreeMap, sync::Arc};

/// The tags that are read, of some thousand.
mod tag {
    pub(super) const SIGMD5: u32 = 261;
    pub(super) const NAME: u32 = 1000;
    pub(super) const VERSION: u32 = 1001;
    pub(super) const RELEASE: u32 = 1002;
    pub(super) const EPOCH: u32 = 1003;
    pub(super) const VENDOR: u32 = 1011;
    pub(super) const LICENSE: u32 = 1014;
    pub(super) const ARCH: u32 = 1022;
    /// Whole paths: packages built before rpm 4.
    pub(super) const OLDFILENAMES: u32 = 1027;
    pub(super) const FILESTATES: u32 = 1029;
    pub(super) const FILEDIGESTS: u32 = 1035;
    pub(super) const SOURCERPM: u32 = 1044;
    pub(super) const PROVIDENAME: u32 = 1047;
    pub(super) const REQUIRENAME: u32 = 1049;
    pub(super) const DIRINDEXES: u32 = 1116;
    pub(super) const BASENAMES: u32 = 1117;
    pub(super) const DIRNAMES: u32 = 1118;
    pub(super) const FILEDIGESTALGO: u32 = 5011;
    pub(super) const MODULARITYLABEL: u32 = 5096;

    pub(super) const ALL: [u32; 19] = [
        SIGMD5,
        NAME,
        VERSION,
        RELEASE,
        EPOCH,
        VENDOR,
        LICENSE,
        ARCH,
        OLDFILENAMES,
        FILESTATES,
        FILEDIGESTS,
        SOURCERPM,
        PROVIDENAME,
        REQUIRENAME,
        DIRINDEXES,
        BASENAMES,
        DIRNAMES,
        FILEDIGESTALGO,
        MODULARITYLABEL,
    ];
}

const INT8: u32 = 2;
const INT32: u32 = 4;
const STRING: u32 = 6;
const BIN: u32 = 7;
const STRING_ARRAY: u32 = 8;
const I18NSTRING: u32 = 9;

/// A header whose values are read when asked for.
pub(super) struct Header<'a> {
    values: &'a [u8],
    index: BTreeMap<u32, Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

/// What a file takes beside its path.
const FILE: usize = 64;

/// What lists of files and of names may still take: folders are stored once and repeated for every file, so a small header can describe a vast list.
pub(super) struct Room(pub(super) usize);

impl<'a> Header<'a> {
    pub(super) fn parse(blob: &'a [u8]) -> Result<Self, Damage> {
        let size = |at| be32(blob, at).and_then(|size| usize::try_from(size).ok());
        let damaged = || "a header is cut off".to_owned();
        let (entries, length) = (size(0).ok_or_else(damaged)?, size(4).ok_or_else(damaged)?);
        let rest = blob.get(8..).unwrap_or_default();
        let (entries, rest) = entries.checked_mul(16).and_then(|bytes| rest.split_at_checked(bytes)).ok_or_else(damaged)?;
        let values = rest.get(..length).ok_or_else(damaged)?;
        let mut index = BTreeMap::new();
        for entry in entries.as_chunks::<16>().0 {
            let number = |at| be32(entry, at).unwrap_or_default();
            if tag::ALL.contains(&number(0)) {
                let size = |at| usize::try_from(number(at)).unwrap_or(usize::MAX);
                index.insert(number(0), Entry { kind: number(4), offset: size(8), count: size(12) });
            }
        }
        Ok(Self { values, index })
    }

    fn entry(&self, tag: u32, kinds: &[u32]) -> Option<(Entry, &'a [u8])> {
        let entry = self.index.get(&tag).filter(|entry| kinds.contains(&entry.kind))?;
        Some((*entry, self.values.get(entry.offset..)?))
    }

    /// The texts of an array, or the one of a text.
    fn texts(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (entry, values) = self.entry(tag, &[STRING, STRING_ARRAY, I18NSTRING]).unwrap_or((Entry { kind: 0, offset: 0, count: 0 }, &[]));
        let count = if entry.kind == STRING { 1 } else { entry.count };
        let mut rest = Some(values);
        std::iter::from_fn(move || {
            let (text, behind) = rest.and_then(|rest| memchr::memchr(0, rest).and_then(|end| rest.split_at_checked(end)))?;
            rest = behind.get(1..);
            Some(text)
        })
        .take(count)
    }

    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let (entry, values) = self.entry(tag, &[INT32]).unwrap_or((Entry { kind: 0, offset: 0, count: 0 }, &[]));
        values.as_chunks::<4>().0.iter().take(entry.count).map(|bytes| u32::from_be_bytes(*bytes))
    }

    fn text(&self, tag: u32) -> Option<String> {
        let text = String::from_utf8_lossy(self.texts(tag).next()?);
        let text = text.trim();
        // The words that rpm prints for what is not there, which some tools stored.
        (!text.is_empty() && text != "(none)").then(|| text.to_owned())
    }

    pub(super) fn name(&self) -> Option<String> {
        self.text(tag::NAME)
    }

    /// `[epoch:]version-release`.
    pub(super) fn version(&self) -> Option<String> {
        let (version, release) = (self.text(tag::VERSION)?, self.text(tag::RELEASE)?);
        Some(format!("{}{version}-{release}", self.epoch()))
    }

    /// `epoch:`, or nothing where there is none. An epoch of 0 is the same as none.
    pub(super) fn epoch(&self) -> String {
        match self.numbers(tag::EPOCH).next() {
            Some(epoch) if epoch != 0 => format!("{epoch}:"),
            _ => String::new(),
        }
    }

    pub(super) fn arch(&self) -> Option<String> {
        self.text(tag::ARCH)
    }

    pub(super) fn vendor(&self) -> Option<String> {
        self.text(tag::VENDOR)
    }

    pub(super) fn license(&self) -> Option<String> {
        self.text(tag::LICENSE)
    }

    pub(super) fn modularity(&self) -> Option<String> {
        self.text(tag::MODULARITYLABEL)
    }

    /// The file name of the source package.
    pub(super) fn source(&self) -> Option<String> {
        self.text(tag::SOURCERPM)
    }

    /// MD5 of the signed header and its payload.
    pub(super) fn digest(&self) -> Option<String> {
        let (entry, values) = self.entry(tag::SIGMD5, &[BIN])?;
        let bytes = values.first_chunk::<16>().filter(|_| entry.count == 16)?;
        Some(format!("md5:{}", crate::text::hex(bytes)))
    }

    /// Names that the package wants: of packages, files, libraries. Conditions and features of rpm itself are left out.
    pub(super) fn requires(&self, room: &mut Room) -> Vec<String> {
        self.names(tag::REQUIRENAME, room, &|name| !name.starts_with(b"(") && !name.starts_with(b"rpmlib("))
    }

    pub(super) fn provides(&self, room: &mut Room) -> Vec<String> {
        self.names(tag::PROVIDENAME, room, &|_| true)
    }

    fn names(&self, tag: u32, room: &mut Room, keep: &dyn Fn(&[u8]) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        for name in self.texts(tag).filter(|name| !name.is_empty() && keep(name)) {
            match room.0.checked_sub(name.len() + FILE) {
                Some(left) => room.0 = left,
                // Files take more, so the list of them says that there is no room.
                None => break,
            }
            names.push(String::from_utf8_lossy(name).into_owned());
        }
        names
    }

    /// The files of the package, folders included, in its order. A digest is that of the file as it was installed: those that were left out
    /// (documentation, languages) or replaced have none.
    pub(super) fn files(&self, room: &mut Room) -> Result<Vec<InstalledFile>, Damage> {
        let kind = match self.numbers(tag::FILEDIGESTALGO).next() {
            None | Some(1) => Some(("md5", 32)),
            Some(2) => Some(("sha1", 40)),
            Some(8) => Some(("sha256", 64)),
            Some(9) => Some(("sha384", 96)),
            Some(10) => Some(("sha512", 128)),
            Some(11) => Some(("sha224", 56)),
            Some(_) => None,
        };
        let states = match self.entry(tag::FILESTATES, &[INT8, 1]) {
            Some((entry, values)) => values.get(..entry.count).unwrap_or(values),
            None => &[],
        };
        let mut digests = self.texts(tag::FILEDIGESTS);
        let mut digest = |at: usize| {
            let digest = digests.next()?;
            let ((word, length), state) = (kind?, states.get(at).copied().unwrap_or_default());
            let fits = state == 0 && digest.len() == length && digest.iter().all(u8::is_ascii_hexdigit);
            fits.then(|| format!("{word}:{}", String::from_utf8_lossy(digest).to_ascii_lowercase()).into())
        };
        let mut files = Vec::new();
        let mut add = |folder: &[u8], name: &[u8], room: &mut Room| {
            let length = folder.len() + name.len();
            if length > probity_vfs::MAX_PATH_BYTES {
                return Err("a file has a path that is too long".to_owned());
            }
            room.0 = room.0.checked_sub(length + FILE).ok_or("the lists of files are too long; the rest of them is left out")?;
            let (folder, name) = (String::from_utf8_lossy(folder), String::from_utf8_lossy(name));
            let path: Arc<str> = format!("{folder}{name}").trim_start_matches('/').into();
            let digest = digest(files.len());
            files.push(InstalledFile { path, digest });
            Ok::<_, Damage>(())
        };
        if self.index.contains_key(&tag::BASENAMES) {
            let folders: Vec<&[u8]> = self.texts(tag::DIRNAMES).collect();
            let mut indexes = self.numbers(tag::DIRINDEXES);
            for name in self.texts(tag::BASENAMES) {
                let folder = indexes.next().and_then(|at| folders.get(usize::try_from(at).ok()?));
                add(folder.ok_or("a file is in no folder")?, name, room)?;
            }
        } else {
            for path in self.texts(tag::OLDFILENAMES) {
                add(b"", path, room)?;
            }
        }
        Ok(files)
    }
}
