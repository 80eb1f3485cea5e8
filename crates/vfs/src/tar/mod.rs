//! Tar archives, read front to back without allocating for each entry.
//!
//! POSIX.1-2001 pax, ustar, GNU (long names, base-256 numbers, old sparse), GNU's sparse formats 0.0, 0.1 and 1.0 in pax headers, star's prefix, v7.
//! Where dialects disagree, this reads as Go's `archive/tar` does, because that is what container runtimes unpack with: an archive that shows us
//! other files than it gives a runtime hides something. So links, folders and devices have no content whatever their size says, a pax `size` wins
//! over the header's, a pax global header changes nothing, two blocks of zeros end the archive, and one block of zeros that something else follows is
//! damage.
//!
//! Missing: multi-volume archives (their continuation parts are passed over), and times, which nothing asks for.

mod pax;
mod sparse;

use crate::{
    limits::{Limit, LimitError},
    path::{NormalPath, normalise_into},
    stream::Skip,
};
use sparse::Sparse;
use std::io::{self, Read};

const BLOCK: usize = 512;

/// Longest extension header that is read: Go's limit too.
const MAX_EXTENSION: u64 = 1 << 20;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Symlink,
    HardLink,
    /// Device or pipe.
    Special,
}

/// An entry's metadata. Kept by the reader and used again for the next entry.
#[derive(Debug)]
pub struct Header {
    pub kind: Kind,
    /// Normalised, see [`crate::normalise`].
    pub path: String,
    /// What normalising found.
    pub normal: NormalPath,
    /// The target of a link: of a symlink as written, of a hard link normalised.
    pub link: String,
    /// Permission bits including setuid, setgid, sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    /// Logical size, holes of sparse files included; 0 for all but files.
    pub size: u64,
    /// Raw `security.capability`.
    pub capability: Option<Vec<u8>>,
    /// Where the content starts in the archive.
    pub offset: u64,
    /// It has holes, so that its content is not one piece of the archive.
    pub sparse: bool,
}

/// Why an archive could not be read further.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    #[error("the archive ends in the middle of an entry, after {0} bytes")]
    Truncated(u64),
    #[error("the archive is damaged at byte {offset}: {what}")]
    Damaged { offset: u64, what: &'static str },
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl TarError {
    /// The limit that stopped reading, if one did.
    pub fn limit(&self) -> Option<LimitError> {
        match self {
            Self::Io(error) => LimitError::of(error),
            _ => None,
        }
    }
}

/// Reads a tar archive.
#[derive(Debug)]
pub struct Tar<S> {
    source: S,
    header: Header,
    /// Bytes of the archive read so far.
    offset: u64,
    /// Content bytes of the current entry that are still in the source.
    pending: u64,
    /// Filling after the content.
    padding: u64,
    sparse: Option<Sparse>,
    max_file_bytes: u64,
    state: State,
    raw: RawNames,
}

/// Names before they are normalised, and buffers for extensions.
#[derive(Debug, Default)]
struct RawNames {
    path: Vec<u8>,
    link: Vec<u8>,
    extension: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The end marker was seen.
    Marked,
    /// The source ended between two entries.
    Unmarked,
    Failed,
}

/// One entry: its header, and its content as a stream that may be left unread.
#[derive(Debug)]
pub struct TarEntry<'a, S> {
    pub header: &'a Header,
    pub content: Content<'a, S>,
}

/// The content of an entry. More than the file limit is an error for whoever reads that far.
#[derive(Debug)]
pub struct Content<'a, S> {
    source: &'a mut S,
    offset: &'a mut u64,
    pending: &'a mut u64,
    sparse: Option<&'a mut Sparse>,
    left: u64,
    max_file_bytes: u64,
}

impl<S: Skip> Tar<S> {
    /// `max_file_bytes` bounds what is read of one entry.
    pub fn new(source: S, max_file_bytes: u64) -> Self {
        let header = Header {
            kind: Kind::File,
            path: String::new(),
            normal: NormalPath::default(),
            link: String::new(),
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            capability: None,
            offset: 0,
            sparse: false,
        };
        let raw = RawNames::default();
        Self { source, header, offset: 0, pending: 0, padding: 0, sparse: None, max_file_bytes, state: State::Reading, raw }
    }

    /// Whether the archive ended with the marker that says so, rather than just stopping between two entries.
    pub fn has_end_marker(&self) -> bool {
        self.state == State::Marked
    }

    /// The next entry, or `None` at the end. After an error there is no more.
    pub fn next_entry(&mut self) -> Result<Option<TarEntry<'_, S>>, TarError> {
        if self.state != State::Reading {
            return Ok(None);
        }
        match self.advance() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                self.state = State::Failed;
                return Err(error);
            }
        }
        let content = Content {
            source: &mut self.source,
            offset: &mut self.offset,
            pending: &mut self.pending,
            sparse: self.sparse.as_mut(),
            left: self.max_file_bytes,
            max_file_bytes: self.max_file_bytes,
        };
        Ok(Some(TarEntry { header: &self.header, content }))
    }

    /// Reads headers up to the next entry. `false` is the end.
    fn advance(&mut self) -> Result<bool, TarError> {
        let mut pax = pax::Overrides::default();
        let (mut long_path, mut long_link) = (false, false);
        loop {
            self.finish_entry()?;
            let Some(block) = self.next_header()? else {
                return if pax.seen || long_path || long_link { Err(TarError::Truncated(self.offset)) } else { Ok(false) };
            };
            let size = self.number(&block, 124, 12, "size")?;
            let size = u64::try_from(size).map_err(|_| self.damaged("a size is negative"))?;
            match byte(&block, 156) {
                b'x' => {
                    self.read_extension(size)?;
                    pax = pax::parse(&self.raw.extension).map_err(|what| self.damaged(what))?;
                }
                b'L' => {
                    self.read_extension(size)?;
                    self.raw.path.clear();
                    self.raw.path.extend_from_slice(until_nul(&self.raw.extension));
                    long_path = true;
                }
                b'K' => {
                    self.read_extension(size)?;
                    self.raw.link.clear();
                    self.raw.link.extend_from_slice(until_nul(&self.raw.extension));
                    long_link = true;
                }
                // A global header and a volume label describe the archive; a continued part belongs to a file of another volume.
                b'g' | b'V' | b'M' => self.set_pending(size),
                flag => {
                    self.entry(&block, flag, size, pax, long_path, long_link)?;
                    return Ok(true);
                }
            }
        }
    }

    fn entry(
        &mut self,
        block: &[u8; BLOCK],
        flag: u8,
        size: u64,
        pax: pax::Overrides,
        long_path: bool,
        long_link: bool,
    ) -> Result<(), TarError> {
        if let Some(path) = pax.path {
            self.raw.path.clear();
            self.raw.path.extend_from_slice(&path);
        } else if !long_path {
            header_path(block, &mut self.raw.path);
        }
        if let Some(link) = pax.link {
            self.raw.link.clear();
            self.raw.link.extend_from_slice(&link);
        } else if !long_link {
            self.raw.link.clear();
            self.raw.link.extend_from_slice(until_nul(field(block, 157, 100)));
        }
        let size = pax.size.unwrap_or(size);
        let kind = match flag {
            0 if self.raw.path.ends_with(b"/") => Kind::Folder,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' | b'4' | b'6' => Kind::Special,
            b'5' | b'D' => Kind::Folder,
            // POSIX: a type nobody knows is a regular file.
            _ => Kind::File,
        };
        // A GNU dump folder (`D`) is followed by a list of names; other entries without content have none whatever their size says.
        self.set_pending(if kind == Kind::File || flag == b'D' { size } else { 0 });
        self.sparse = None;
        let mut logical = if kind == Kind::File { size } else { 0 };
        if flag == b'S' {
            let sparse = self.old_sparse(block)?;
            logical = sparse.size();
            self.sparse = Some(sparse);
        } else if kind == Kind::File && pax.sparse.is_sparse() {
            let sparse = self.pax_sparse(&pax.sparse)?;
            if let Some(name) = pax.sparse.name {
                self.raw.path = name;
            }
            logical = sparse.size();
            self.sparse = Some(sparse);
        }
        let uid = self.number(block, 108, 8, "user")?;
        let gid = self.number(block, 116, 8, "group")?;
        let mode = self.number(block, 100, 8, "mode")?;
        let header = &mut self.header;
        header.kind = kind;
        header.normal = normalise_into(&self.raw.path, &mut header.path);
        match kind {
            Kind::HardLink => {
                normalise_into(&self.raw.link, &mut header.link);
            }
            Kind::Symlink => {
                header.link.clear();
                header.link.push_str(&String::from_utf8_lossy(&self.raw.link));
            }
            _ => header.link.clear(),
        }
        header.mode = u32::try_from(mode & 0o7777).unwrap_or(0);
        // Negative owners do not exist; as a number they are another one, but not root.
        header.uid = pax.uid.unwrap_or(uid.cast_unsigned());
        header.gid = pax.gid.unwrap_or(gid.cast_unsigned());
        header.size = logical;
        header.capability = pax.capability;
        header.offset = self.offset;
        header.sparse = self.sparse.is_some();
        Ok(())
    }

    fn set_pending(&mut self, size: u64) {
        self.pending = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    /// Passes over what was not read of the current entry.
    fn finish_entry(&mut self) -> Result<(), TarError> {
        if self.pending > 0 {
            let skipped = self.source.skip(self.pending)?;
            self.offset = self.offset.saturating_add(skipped);
            if skipped < self.pending {
                return Err(TarError::Truncated(self.offset));
            }
            self.pending = 0;
        }
        if self.padding > 0 {
            // The last entry of some archives is not filled up; the next header then finds the end.
            self.offset = self.offset.saturating_add(self.source.skip(self.padding)?);
            self.padding = 0;
        }
        Ok(())
    }

    /// The next block that is no end marker, its checksum verified.
    fn next_header(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        if !self.read_block(&mut block)? {
            self.state = State::Unmarked;
            return Ok(None);
        }
        if block.iter().all(|b| *b == 0) {
            self.state = if self.read_block(&mut block)? { State::Marked } else { State::Unmarked };
            if block.iter().any(|b| *b != 0) {
                return Err(self.damaged("there is data after an empty block"));
            }
            return Ok(None);
        }
        if !checksum_fits(&block) {
            return Err(self.damaged("the checksum of a header is wrong"));
        }
        Ok(Some(block))
    }

    /// `false` at the end of the source.
    fn read_block(&mut self, block: &mut [u8; BLOCK]) -> Result<bool, TarError> {
        let read = read_full(&mut self.source, block)?;
        self.offset = self.offset.saturating_add(read as u64);
        match read {
            0 => Ok(false),
            BLOCK => Ok(true),
            _ => Err(TarError::Truncated(self.offset)),
        }
    }

    fn read_extension(&mut self, size: u64) -> Result<(), TarError> {
        if size > MAX_EXTENSION {
            return Err(self.damaged("an extension header is larger than 1 MiB"));
        }
        self.set_pending(0);
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        self.raw.extension.clear();
        let read = (&mut self.source).take(size).read_to_end(&mut self.raw.extension)? as u64;
        self.offset = self.offset.saturating_add(read);
        if read < size { Err(TarError::Truncated(self.offset)) } else { Ok(()) }
    }

    fn number(&self, block: &[u8; BLOCK], at: usize, length: usize, name: &'static str) -> Result<i64, TarError> {
        number(field(block, at, length)).ok_or_else(|| {
            self.damaged(match name {
                "size" => "the size in a header is not a number",
                "user" => "the user in a header is not a number",
                "group" => "the group in a header is not a number",
                _ => "the mode in a header is not a number",
            })
        })
    }

    fn damaged(&self, what: &'static str) -> TarError {
        TarError::Damaged { offset: self.offset, what }
    }

    fn old_sparse(&mut self, block: &[u8; BLOCK]) -> Result<Sparse, TarError> {
        let mut map = sparse::Builder::default();
        map.add_fields(field(block, 386, 96)).map_err(|what| self.damaged(what))?;
        let mut more = byte(block, 482) != 0;
        while more {
            let mut extra = [0; BLOCK];
            if !self.read_block(&mut extra)? {
                return Err(TarError::Truncated(self.offset));
            }
            map.add_fields(field(&extra, 0, 504)).map_err(|what| self.damaged(what))?;
            more = byte(&extra, 504) != 0;
        }
        let size = self.number(block, 483, 12, "size")?;
        map.build(size, self.pending).map_err(|what| self.damaged(what))
    }

    fn pax_sparse(&mut self, pax: &pax::SparseRecords) -> Result<Sparse, TarError> {
        let mut map = sparse::Builder::default();
        let result = if pax.in_content {
            let (read, result) = map.read_text(&mut (&mut self.source).take(self.pending))?;
            self.offset = self.offset.saturating_add(read);
            self.pending = self.pending.saturating_sub(read);
            result
        } else {
            pax.map.chunks(2).try_for_each(|pair| match pair {
                [offset, length] => map.add(*offset, *length),
                _ => Err("a sparse map is incomplete"),
            })
        };
        result.map_err(|what| self.damaged(what))?;
        let size = pax.real_size.ok_or_else(|| self.damaged("a sparse file has no size"))?;
        map.build(size, self.pending).map_err(|what| self.damaged(what))
    }
}

impl<S: Skip> Read for Content<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let ended = match &self.sparse {
            Some(sparse) => sparse.is_at_end(),
            None => *self.pending == 0,
        };
        if ended || buffer.is_empty() {
            return Ok(0);
        }
        if wanted == 0 {
            return Err(LimitError { limit: Limit::FileBytes, value: self.max_file_bytes }.into());
        }
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let count = match &mut self.sparse {
            Some(sparse) => match sparse.step(buffer.len()) {
                sparse::Step::Hole(count) => {
                    buffer.get_mut(..count).unwrap_or_default().fill(0);
                    count
                }
                sparse::Step::Bytes(count) => {
                    let count = read_some(self.source, self.offset, self.pending, buffer.get_mut(..count).unwrap_or_default())?;
                    sparse.took(count);
                    count
                }
            },
            None => read_some(self.source, self.offset, self.pending, buffer)?,
        };
        self.left -= count as u64;
        Ok(count)
    }
}

/// Reads content that must be there.
fn read_some(source: &mut impl Read, offset: &mut u64, pending: &mut u64, buffer: &mut [u8]) -> io::Result<usize> {
    let wanted = buffer.len().min(usize::try_from(*pending).unwrap_or(usize::MAX));
    let count = source.read(buffer.get_mut(..wanted).unwrap_or_default())?;
    if count == 0 && wanted > 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends in the middle of the file"));
    }
    *offset = offset.saturating_add(count as u64);
    *pending -= count as u64;
    Ok(count)
}

fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn byte(block: &[u8; BLOCK], at: usize) -> u8 {
    block.get(at).copied().unwrap_or(0)
}

fn field(block: &[u8; BLOCK], at: usize, length: usize) -> &[u8] {
    block.get(at..at + length).unwrap_or_default()
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|b| *b == 0).next().unwrap_or_default()
}

/// The name field, after the prefix of those formats that have one.
fn header_path(block: &[u8; BLOCK], path: &mut Vec<u8>) {
    path.clear();
    // `ustar\0` is POSIX; `ustar ` is GNU, which keeps other things in the prefix. Star marks itself at the end and has a shorter prefix.
    if field(block, 257, 6) == b"ustar\0" {
        let length = if field(block, 508, 4) == b"tar\0" { 131 } else { 155 };
        let prefix = until_nul(field(block, 345, length));
        if !prefix.is_empty() {
            path.extend_from_slice(prefix);
            path.push(b'/');
        }
    }
    path.extend_from_slice(until_nul(field(block, 0, 100)));
}

/// The sum of all bytes with the checksum field taken as spaces; some old writers summed signed bytes.
fn checksum_fits(block: &[u8; BLOCK]) -> bool {
    let Some(stated) = octal(field(block, 148, 8)) else { return false };
    let outside = field(block, 0, 148).iter().chain(field(block, 156, BLOCK - 156));
    let (mut unsigned, mut signed) = (8 * 32_i64, 8 * 32_i64);
    for b in outside {
        unsigned += i64::from(*b);
        signed += i64::from(b.cast_signed());
    }
    stated == unsigned || stated == signed
}

/// Whether a block may be the first of a tar archive.
pub fn is_header(block: &[u8]) -> bool {
    block.first_chunk::<BLOCK>().is_some_and(|block| byte(block, 0) != 0 && checksum_fits(block))
}

/// A number in octal text or, marked by the top bit, in base 256 (two's complement).
fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 == 0 {
        return octal(field);
    }
    let negative = first & 0x40 != 0;
    let mut value = i128::from(first & 0x3f) - if negative { 0x40 } else { 0 };
    for b in rest {
        value = value.checked_mul(256)?.checked_add(i128::from(*b))?;
    }
    i64::try_from(value).ok()
}

/// Octal text with spaces or NULs around it; empty is 0.
fn octal(field: &[u8]) -> Option<i64> {
    let is_filling = |b: &u8| *b == b' ' || *b == 0;
    let start = field.iter().position(|b| !is_filling(b)).unwrap_or(field.len());
    let digits = field.get(start..)?.split(|b| *b == 0).next()?.trim_ascii_end();
    let mut value = 0_i64;
    for b in digits {
        if !(b'0'..=b'7').contains(b) {
            return None;
        }
        value = value.checked_mul(8)?.checked_add(i64::from(b - b'0'))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests;
