//! Reading a database by pages: positioned reads, a bounded cache, no locks on the file.
//!
//! A memory map would need `unsafe` and turns a file that shrinks into a crash. A positioned read of a page that the system has in memory takes
//! about a microsecond, and the pages that every lookup passes stay in the cache.

use probity_vfs::StoredFile;
use std::{
    collections::HashMap,
    fmt, io,
    io::Read,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes that a cache keeps in each of its parts and generations; 32 MiB in all.
const PART_BYTES: usize = 1 << 20;
const PARTS: u64 = 16;
/// Larger reads are not kept.
const LARGEST_KEPT: usize = 1 << 18;

/// Where the bytes are.
enum Source {
    File(StoredFile),
    Memory(Arc<[u8]>),
}

/// A file, or bytes in memory, read by pages.
pub(crate) struct Pages {
    source: Source,
    bytes: u64,
    parts: Vec<Mutex<Generations>>,
}

/// What was used lately, and what was used before that. When the first is full, the second is forgotten.
#[derive(Default)]
struct Generations {
    young: HashMap<u64, Arc<[u8]>>,
    young_bytes: usize,
    old: HashMap<u64, Arc<[u8]>>,
}

impl Pages {
    pub(crate) fn file(file: StoredFile) -> Self {
        let bytes = file.bytes();
        Self::new(Source::File(file), bytes)
    }

    pub(crate) fn memory(bytes: Arc<[u8]>) -> Self {
        let length = bytes.len() as u64;
        Self::new(Source::Memory(bytes), length)
    }

    fn new(source: Source, bytes: u64) -> Self {
        Self { source, bytes, parts: (0..PARTS).map(|_| Mutex::default()).collect() }
    }

    /// The size when it was opened.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads, past the cache. More than there is, is an error.
    pub(crate) fn read(&self, offset: u64, length: usize) -> io::Result<Arc<[u8]>> {
        let end = offset.checked_add(length as u64).filter(|end| *end <= self.bytes);
        let end = end.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the file is too short"))?;
        match &self.source {
            Source::Memory(bytes) => {
                let range = usize::try_from(offset).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
                bytes.get(range).map(Arc::from).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            Source::File(file) => {
                let mut buffer = vec![0; length];
                file.section(offset, length as u64).read_exact(&mut buffer)?;
                Ok(buffer.into())
            }
        }
    }

    /// What `load` gave for this key before, or gives now.
    pub(crate) fn cached<E>(&self, key: u64, load: impl FnOnce() -> Result<Arc<[u8]>, E>) -> Result<Arc<[u8]>, E> {
        let Some(part) = self.parts.get(usize::try_from(key % PARTS).unwrap_or(0)) else { return load() };
        // A thread that panicked while it held the lock left at most an entry out.
        if let Some(known) = part.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Ok(known);
        }
        let loaded = load()?;
        if loaded.len() <= LARGEST_KEPT {
            part.lock().unwrap_or_else(PoisonError::into_inner).put(key, &loaded);
        }
        Ok(loaded)
    }
}

impl Generations {
    fn get(&mut self, key: u64) -> Option<Arc<[u8]>> {
        if let Some(known) = self.young.get(&key) {
            return Some(Arc::clone(known));
        }
        let known = self.old.remove(&key)?;
        self.put(key, &known);
        Some(known)
    }

    fn put(&mut self, key: u64, bytes: &Arc<[u8]>) {
        if self.young_bytes + bytes.len() > PART_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(key, Arc::clone(bytes)).is_none() {
            self.young_bytes += bytes.len();
        }
    }
}

/// Part of a page that was read.
#[derive(Clone)]
pub struct Bytes {
    whole: Arc<[u8]>,
    start: usize,
    end: usize,
}

impl Bytes {
    /// `None` when the range is not inside.
    pub(crate) fn new(whole: Arc<[u8]>, start: usize, end: usize) -> Option<Self> {
        (start <= end && end <= whole.len()).then_some(Self { whole, start, end })
    }

    pub(crate) fn all(whole: Arc<[u8]>) -> Self {
        let end = whole.len();
        Self { whole, start: 0, end }
    }

    /// A range inside this one.
    pub(crate) fn part(&self, start: usize, length: usize) -> Option<Self> {
        let start = self.start.checked_add(start)?;
        let end = start.checked_add(length).filter(|end| *end <= self.end)?;
        Self::new(Arc::clone(&self.whole), start, end)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.whole.get(self.start..self.end).unwrap_or_default()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self))
    }
}
