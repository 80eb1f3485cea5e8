//! Zip archives in memory: jars, wheels, eggs, NuGet packages, caches of package managers.
//!
//! APPNOTE.TXT 6.3.10, sections 4.3 to 4.5. Entries are found by the central directory, as every installer and loader does; data before the archive
//! (self-extracting programs, executable jars) and a comment or junk of up to 64 KiB after it are passed over, zip64 is understood. Stored entries are
//! borrowed, so that an archive in an archive costs nothing until it is compressed. Nothing is kept per entry: an archive of ten million names needs
//! no more memory than one of ten.
//!
//! Odd: sizes and checksums are those of the directory; the header before an entry's data only says where the data starts. An archive that puts many
//! names on the same data is bounded by the [`ZipBudget`], which counts what comes out.
//!
//! Missing: archives in several volumes, encryption, and methods other than stored, deflate, bzip2, zstd and xz; each is an error that names it.

use crate::{
    path::{MAX_PATH_BYTES, normalise_into},
    stream::{Compression, decompressor},
};
use std::{borrow::Cow, cell::Cell, error::Error, fmt, io::Read};

const END: u32 = 0x0605_4b50;
const END_BYTES: usize = 22;
const END64: u32 = 0x0606_4b50;
const END64_LOCATOR: u32 = 0x0706_4b50;
const END64_LOCATOR_BYTES: usize = 20;
const CENTRAL: u32 = 0x0201_4b50;
const CENTRAL_BYTES: usize = 46;
const LOCAL: u32 = 0x0403_4b50;
const LOCAL_BYTES: usize = 30;
/// The longest comment of an archive, and how far from the end of the file its end record may be.
const COMMENT_BYTES: usize = 0xffff;
/// Small entries may compress as well as they like: a ratio says something about large ones only.
const RATIO_FLOOR: u64 = 16 << 20;

/// What reading one file's archives may cost, those inside it included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipLimits {
    /// Entries of all archives together.
    pub entries: u64,
    /// Bytes that come out of all entries that are read.
    pub bytes: u64,
    /// Bytes of one entry.
    pub entry_bytes: u64,
    /// Bytes out for one byte in, for entries of more than 16 MiB.
    pub ratio: u64,
    /// How deep archives may lie in archives; the outermost is at depth 1.
    pub depth: u32,
}

impl Default for ZipLimits {
    fn default() -> Self {
        Self { entries: 2_000_000, bytes: 2 << 30, entry_bytes: 512 << 20, ratio: 250, depth: 6 }
    }
}

/// Why an archive or an entry of it was not read. `Display` completes "cannot read `name`: …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZipError {
    /// No end record: not a zip archive, or its end is missing.
    NotZip,
    /// The bytes contradict themselves.
    Damaged(Cow<'static, str>),
    Encrypted,
    /// A compression method that is not read, by its number.
    Method(u16),
    /// The name leaves the archive (`../x`), is absent, or is far too long.
    Name(String),
    /// One of the [`ZipLimits`] is reached. The message names it.
    Limit(Cow<'static, str>),
}

impl ZipError {
    /// A budget stopped it, rather than the bytes.
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Limit(_))
    }

    const fn damaged(what: &'static str) -> Self {
        Self::Damaged(Cow::Borrowed(what))
    }
}

impl fmt::Display for ZipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotZip => f.write_str("not a zip archive, or its end is missing"),
            Self::Damaged(what) => write!(f, "damaged zip archive: {what}"),
            Self::Encrypted => f.write_str("the entry is encrypted"),
            Self::Method(number) => write!(f, "unknown compression method {number}"),
            Self::Name(name) => write!(f, "the entry's name `{name}` is no path inside the archive"),
            Self::Limit(what) => f.write_str(what),
        }
    }
}

impl Error for ZipError {}

/// What is left of the [`ZipLimits`] of one file. Shared by reference with everything that reads archives inside archives.
#[derive(Debug)]
pub struct ZipBudget {
    limits: ZipLimits,
    entries: Cell<u64>,
    bytes: Cell<u64>,
    depth: Cell<u32>,
}

impl Default for ZipBudget {
    fn default() -> Self {
        Self::new(ZipLimits::default())
    }
}

impl ZipBudget {
    pub fn new(limits: ZipLimits) -> Self {
        Self { limits, entries: Cell::new(0), bytes: Cell::new(0), depth: Cell::new(1) }
    }

    pub const fn limits(&self) -> &ZipLimits {
        &self.limits
    }

    /// Does something with an archive that lies in the current one, unless it is too deep.
    pub fn descend<T>(&self, inner: impl FnOnce() -> T) -> Result<T, ZipError> {
        let depth = self.depth.get();
        if depth >= self.limits.depth {
            return Err(ZipError::Limit(format!("archives lie more than {} deep in each other", self.limits.depth).into()));
        }
        self.depth.set(depth + 1);
        let value = inner();
        self.depth.set(depth);
        Ok(value)
    }

    fn charge_entry(&self) -> Result<(), ZipError> {
        let seen = self.entries.get() + 1;
        if seen > self.limits.entries {
            return Err(ZipError::Limit(format!("the archives have more than {} entries", self.limits.entries).into()));
        }
        self.entries.set(seen);
        Ok(())
    }

    /// How many bytes an entry may have; an error when there are none left.
    fn allowance(&self) -> Result<u64, ZipError> {
        match self.limits.bytes.saturating_sub(self.bytes.get()).min(self.limits.entry_bytes) {
            0 => Err(self.exhausted()),
            allowance => Ok(allowance),
        }
    }

    fn exhausted(&self) -> ZipError {
        ZipError::Limit(format!("the archives have more than {} uncompressed bytes", self.limits.bytes).into())
    }

    fn over(&self, allowance: u64) -> ZipError {
        if allowance < self.limits.entry_bytes {
            return self.exhausted();
        }
        ZipError::Limit(format!("the entry has more than {} uncompressed bytes", self.limits.entry_bytes).into())
    }
}

/// An opened archive.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    /// The central directory.
    directory: &'a [u8],
    /// Bytes before the archive: offsets count from here.
    start: u64,
    /// As its end record says; not trusted for anything but a comparison.
    count: u64,
}

/// One entry of the central directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// As stored. UTF-8; other bytes are replaced.
    pub name: Cow<'a, str>,
    /// Uncompressed, as the directory says.
    pub size: u64,
    pub compressed: u64,
    /// The Unix mode, when the archive was made on such a system.
    pub mode: Option<u32>,
    method: u16,
    flags: u16,
    crc: u32,
    header: u64,
}

impl Entry<'_> {
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// The name as a path inside the archive: relative, without `.` and `..`. A name with backslashes and no slash, which some tools of Windows write,
    /// is read with slashes. One that would leave the archive is an error: nobody means it well.
    pub fn path(&self) -> Result<String, ZipError> {
        let slashed = if self.name.contains('\\') && !self.name.contains('/') {
            Cow::Owned(self.name.replace('\\', "/"))
        } else {
            Cow::Borrowed(self.name.as_ref())
        };
        let mut out = String::new();
        let state = normalise_into(slashed.as_bytes(), &mut out);
        if state.escaped || state.too_long || out.is_empty() || out.contains('\0') {
            let shown: String = self.name.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
            return Err(ZipError::Name(shown));
        }
        Ok(out)
    }
}

/// Whether `bytes` can be a zip archive: they begin like one, or like a program or script that may carry one.
pub fn looks_like_zip(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..])
}

impl<'a> Archive<'a> {
    /// Finds the central directory.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ZipError> {
        let end = find_end(bytes).ok_or(ZipError::NotZip)?;
        let field = |at: usize| u16_at(bytes, end + at);
        let (mut count, mut size, mut offset) = (
            u64::from(field(10).ok_or(ZipError::NotZip)?),
            u64::from(u32_at(bytes, end + 12).ok_or(ZipError::NotZip)?),
            u64::from(u32_at(bytes, end + 16).ok_or(ZipError::NotZip)?),
        );
        let disk = field(4).ok_or(ZipError::NotZip)?;
        if disk != 0 && disk != u16::MAX {
            return Err(ZipError::damaged("it is one of several volumes"));
        }
        let mut directory_end = end;
        if (count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff)
            && let Some((at, record)) = find_end64(bytes, end)
        {
            directory_end = at;
            (count, size, offset) = record;
        }
        let damaged = || ZipError::damaged("the central directory is not where the end record says");
        let directory_end = directory_end as u64;
        let directory_start = directory_end.checked_sub(size).ok_or_else(damaged)?;
        // What stands before the archive moves everything; a tool that put it there may or may not have corrected the offsets.
        let start = directory_start.checked_sub(offset).ok_or_else(damaged)?;
        let signature = |at: u64| usize::try_from(at).ok().and_then(|at| u32_at(bytes, at));
        let (start, from) = if start > 0 && size > 0 && signature(offset) == Some(CENTRAL) && signature(directory_start) != Some(CENTRAL) {
            (0, offset)
        } else {
            (start, directory_start)
        };
        let directory = slice(bytes, from, size).ok_or_else(damaged)?;
        if size > 0 && u32_at(directory, 0) != Some(CENTRAL) {
            return Err(damaged());
        }
        Ok(Self { bytes, directory, start, count })
    }

    /// How many entries its end record claims.
    pub const fn claimed_entries(&self) -> u64 {
        self.count
    }

    /// Bytes before the archive, as self-extracting programs have.
    pub const fn prefix_bytes(&self) -> u64 {
        self.start
    }

    /// The entries in the order of the directory. After an error there are none: a damaged directory has no next entry.
    pub fn entries<'b>(&self, budget: &'b ZipBudget) -> Entries<'a, 'b> {
        Entries { rest: self.directory, budget, seen: 0, claimed: self.count, done: false }
    }

    /// The content of an entry. Stored entries are borrowed. What comes out is counted, and is compared with the entry's size and checksum.
    pub fn read(&self, entry: &Entry<'_>, budget: &ZipBudget) -> Result<Cow<'a, [u8]>, ZipError> {
        self.read_at_most(entry, u64::MAX, budget)
    }

    /// The same for an entry that nobody expects to be larger than `cap`: a larger one is an error before it is inflated.
    pub fn read_at_most(&self, entry: &Entry<'_>, cap: u64, budget: &ZipBudget) -> Result<Cow<'a, [u8]>, ZipError> {
        if entry.flags & 1 != 0 || entry.method == 99 {
            return Err(ZipError::Encrypted);
        }
        if entry.size > cap {
            return Err(ZipError::Limit(format!("the entry has more than {cap} uncompressed bytes").into()));
        }
        let allowance = budget.allowance()?;
        if entry.size > allowance {
            return Err(budget.over(allowance));
        }
        if entry.size > RATIO_FLOOR && entry.size / budget.limits.ratio.max(1) > entry.compressed {
            return Err(ZipError::Limit(format!("every compressed byte expands to more than {}", budget.limits.ratio).into()));
        }
        let data = self.data(entry)?;
        let content = match entry.method {
            0 => Cow::Borrowed(data),
            8 => Cow::Owned(inflate(&mut flate2::bufread::DeflateDecoder::new(data), entry.size)?),
            12 => Cow::Owned(inflate(&mut decompressor(Compression::Bzip2, data).map_err(|_| corrupt())?, entry.size)?),
            20 | 93 => Cow::Owned(inflate(&mut decompressor(Compression::Zstd, data).map_err(|_| corrupt())?, entry.size)?),
            95 => Cow::Owned(inflate(&mut decompressor(Compression::Xz, data).map_err(|_| corrupt())?, entry.size)?),
            method => return Err(ZipError::Method(method)),
        };
        budget.bytes.set(budget.bytes.get().saturating_add(content.len() as u64));
        if content.len() as u64 != entry.size {
            return Err(ZipError::damaged("an entry has not the size that the directory says"));
        }
        let mut crc = flate2::Crc::new();
        crc.update(&content);
        if crc.sum() != entry.crc {
            return Err(ZipError::damaged("an entry has not the checksum that the directory says"));
        }
        Ok(content)
    }

    /// The stored bytes of an entry.
    fn data(&self, entry: &Entry<'_>) -> Result<&'a [u8], ZipError> {
        let outside = || ZipError::damaged("an entry's data is not in the file");
        let header = self.start.checked_add(entry.header).ok_or_else(outside)?;
        let local = slice(self.bytes, header, LOCAL_BYTES as u64).ok_or_else(outside)?;
        if u32_at(local, 0) != Some(LOCAL) {
            return Err(ZipError::damaged("an entry's header is not where the directory says"));
        }
        let lengths = u64::from(u16_at(local, 26).unwrap_or(0)) + u64::from(u16_at(local, 28).unwrap_or(0));
        slice(self.bytes, header + LOCAL_BYTES as u64 + lengths, entry.compressed).ok_or_else(outside)
    }
}

/// The entries of a central directory.
#[derive(Debug)]
pub struct Entries<'a, 'b> {
    rest: &'a [u8],
    budget: &'b ZipBudget,
    seen: u64,
    claimed: u64,
    done: bool,
}

impl<'a> Iterator for Entries<'a, '_> {
    type Item = Result<Entry<'a>, ZipError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if u32_at(self.rest, 0) != Some(CENTRAL) {
            self.done = true;
            // Without zip64, the number of entries is kept modulo 65,536.
            let complete = self.seen & 0xffff == self.claimed & 0xffff;
            return (!complete).then(|| Err(ZipError::damaged("the directory has not as many entries as the end record says")));
        }
        let entry = self.budget.charge_entry().and_then(|()| parse(&mut self.rest));
        self.seen += 1;
        self.done = entry.is_err();
        Some(entry)
    }
}

/// The entry at the beginning of `rest`, which is moved behind it.
fn parse<'a>(rest: &mut &'a [u8]) -> Result<Entry<'a>, ZipError> {
    let cut = || ZipError::damaged("the central directory is cut short");
    let (fixed, after) = rest.split_at_checked(CENTRAL_BYTES).ok_or_else(cut)?;
    let short = |at: usize| u16_at(fixed, at).ok_or_else(cut);
    let long = |at: usize| u32_at(fixed, at).ok_or_else(cut);
    let (name, after) = after.split_at_checked(usize::from(short(28)?)).ok_or_else(cut)?;
    let (extra, after) = after.split_at_checked(usize::from(short(30)?)).ok_or_else(cut)?;
    let (_, after) = after.split_at_checked(usize::from(short(32)?)).ok_or_else(cut)?;
    *rest = after;
    let mut entry = Entry {
        name: String::from_utf8_lossy(name),
        size: u64::from(long(24)?),
        compressed: u64::from(long(20)?),
        // The high byte of "version made by" is the system; 3 is Unix and 19 is macOS.
        mode: matches!(short(4)? >> 8, 3 | 19).then_some(long(38)? >> 16),
        method: short(10)?,
        flags: short(8)?,
        crc: long(16)?,
        header: u64::from(long(42)?),
    };
    if name.len() > MAX_PATH_BYTES {
        entry.name = Cow::Owned(String::from_utf8_lossy(name.get(..MAX_PATH_BYTES + 1).unwrap_or(name)).into_owned());
    }
    widen(&mut entry, extra);
    Ok(entry)
}

/// Takes from the zip64 field what did not fit, in the order size, compressed size, offset.
fn widen(entry: &mut Entry<'_>, mut extra: &[u8]) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let (mut field, after) = extra.get(4..).unwrap_or_default().split_at_checked(usize::from(length)).unwrap_or_default();
        if id == 1 {
            for value in [&mut entry.size, &mut entry.compressed, &mut entry.header] {
                if *value == 0xffff_ffff
                    && let Some((wide, left)) = field.split_first_chunk()
                {
                    *value = u64::from_le_bytes(*wide);
                    field = left;
                }
            }
            return;
        }
        extra = after;
    }
}

/// Inflates exactly `size` bytes; more or fewer are an error.
fn inflate(reader: &mut dyn Read, size: u64) -> Result<Vec<u8>, ZipError> {
    // The size was compared with the budget; what a small file claims is not allocated before it is there.
    let mut out = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or(0));
    reader.take(size.saturating_add(1)).read_to_end(&mut out).map_err(|_| corrupt())?;
    Ok(out)
}

const fn corrupt() -> ZipError {
    ZipError::damaged("compressed data is corrupt")
}

/// The last end record whose comment fits in the file.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(COMMENT_BYTES);
    let window = bytes.get(first..)?;
    let signature = END.to_le_bytes();
    let mut to = window.len().saturating_sub(END_BYTES) + signature.len();
    loop {
        let at = first + window.get(..to)?.windows(signature.len()).rposition(|four| four == signature)?;
        if at + END_BYTES + usize::from(u16_at(bytes, at + 20)?) <= bytes.len() {
            return Some(at);
        }
        to = (at - first + signature.len()).checked_sub(1)?;
    }
}

/// The zip64 end record before `end`: where it stands, and its count, size and offset.
fn find_end64(bytes: &[u8], end: usize) -> Option<(usize, (u64, u64, u64))> {
    let locator = end.checked_sub(END64_LOCATOR_BYTES)?;
    if u32_at(bytes, locator) != Some(END64_LOCATOR) {
        return None;
    }
    let declared = usize::try_from(u64_at(bytes, locator + 8)?).ok();
    // Directly before the locator where data stands before the archive; where it says so otherwise.
    let close = locator.checked_sub(56);
    let at = [declared, close].into_iter().flatten().find(|at| u32_at(bytes, *at) == Some(END64))?;
    Some((at, (u64_at(bytes, at + 32)?, u64_at(bytes, at + 40)?, u64_at(bytes, at + 48)?)))
}

fn slice(bytes: &[u8], from: u64, length: u64) -> Option<&[u8]> {
    let from = usize::try_from(from).ok()?;
    let length = usize::try_from(length).ok()?;
    bytes.get(from..from.checked_add(length)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

/// Inflates a zlib stream (RFC 1950) of at most `max` bytes.
pub fn inflate_zlib(bytes: &[u8], max: u64) -> Result<Vec<u8>, ZipError> {
    let out = inflate(&mut flate2::bufread::ZlibDecoder::new(bytes), max)?;
    if out.len() as u64 > max {
        return Err(ZipError::Limit(format!("it has more than {max} uncompressed bytes").into()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
