//! Streams that may be compressed: recognised by their first bytes, inflated under a budget, hashed on both sides.
//!
//! RFC 1952 (gzip, several members), RFC 8878 (zstd, several frames), xz 1.2, bzip2. A media type or a file name is never believed.
//!
//! A large stream is read and inflated by one thread, hashed by another and looked at by the caller's, in blocks that are shared and used again:
//! inflating and hashing cost about as much as each other, and looking at entries should wait for neither. A small stream is not worth two
//! threads and is read in place.

use crate::{
    BLOCK_BYTES,
    digest::{Algorithm, Digest, Hasher},
    limits::{Budget, LimitError},
};
use std::{
    fmt,
    io::{self, BufRead, BufReader, Cursor, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
};

/// How many bytes [`Compression::sniff`] needs.
pub const MAGIC_BYTES: usize = 6;

/// Streams of at least this size, or of unknown size, get threads of their own.
const THREADS_FROM: u64 = 4 << 20;

/// Blocks that may wait between two threads.
const QUEUE: usize = 8;

/// What an xz decoder may allocate, in KiB; `xz -9` needs a quarter.
const XZ_MEMORY_KIB: u32 = 256 << 10;

/// A reader that can pass over bytes, at best without looking at them.
pub trait Skip: Read {
    /// Passes over `bytes`, or fewer at the end; returns how many.
    fn skip(&mut self, bytes: u64) -> io::Result<u64>;
}

impl Skip for &[u8] {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let count = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.len());
        *self = self.get(count..).unwrap_or_default();
        Ok(count as u64)
    }
}

impl<S: Skip + ?Sized> Skip for &mut S {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        (**self).skip(bytes)
    }
}

impl<S: Skip> Skip for BufReader<S> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let buffered = self.buffer().len();
        let first = usize::try_from(bytes).unwrap_or(usize::MAX).min(buffered);
        self.consume(first);
        let rest = bytes - first as u64;
        Ok(first as u64 + if rest > 0 { self.get_mut().skip(rest)? } else { 0 })
    }
}

/// A reader whose first bytes were read already.
#[derive(Debug)]
pub struct Prefixed<'a, S: ?Sized> {
    head: &'a [u8],
    rest: &'a mut S,
}

impl<'a, S: ?Sized> Prefixed<'a, S> {
    pub fn new(head: &'a [u8], rest: &'a mut S) -> Self {
        Self { head, rest }
    }
}

impl<S: Read + ?Sized> Read for Prefixed<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() { self.rest.read(buffer) } else { self.head.read(buffer) }
    }
}

impl<S: Skip + ?Sized> Skip for Prefixed<'_, S> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let first = self.head.skip(bytes)?;
        Ok(first + if bytes > first { self.rest.skip(bytes - first)? } else { 0 })
    }
}

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    /// By the first [`MAGIC_BYTES`] bytes.
    pub fn sniff(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            // The second pattern is a skippable frame, which may come first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            _ => Self::None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }
}

/// Inflates without any cap: the caller bounds what it takes.
pub fn decompressor<'a>(compression: Compression, reader: impl BufRead + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
        Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(reader)),
    })
}

/// Reads up to `count` bytes; fewer only at the end.
pub fn peek(reader: &mut (impl Read + ?Sized), count: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(count);
    reader.take(count as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// What is wanted of a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct StreamSpec<'a> {
    /// Digests of the stream as stored.
    pub stored: &'a [Algorithm],
    /// Digests of the stream uncompressed.
    pub content: &'a [Algorithm],
    /// Its stored size, if known: decides whether threads are worth it.
    pub size: Option<u64>,
}

/// What a stream was, known at its end.
#[derive(Debug)]
pub struct StreamSummary {
    pub compression: Compression,
    pub stored_bytes: u64,
    pub content_bytes: u64,
    /// The digests asked for; not meaningful when a limit stopped reading.
    pub stored: Vec<Digest>,
    /// The digests asked for, of everything before the error if there is one.
    pub content: Vec<Digest>,
    /// Why the stream could not be read to its end: corrupt, truncated, or a limit.
    pub error: Option<io::Error>,
}

/// Reads a stream to its end: `consume` looks at what it wants of the uncompressed bytes, and the rest is read for the digests.
///
/// A failure of the stream is an error for `consume` when it gets that far, and in the summary in any case.
pub fn with_stream<T>(
    reader: &mut (dyn Read + Send),
    spec: &StreamSpec<'_>,
    budget: &Budget,
    consume: impl FnOnce(&mut Blocks<'_>) -> T,
) -> (T, StreamSummary) {
    let stored_bytes = AtomicU64::new(0);
    let mut tap = Tap { reader, hasher: Hasher::new(spec.stored), bytes: &stored_bytes };
    let head = peek(&mut tap, MAGIC_BYTES);
    let compression = head.as_deref().map_or(Compression::None, Compression::sniff);
    // A plain stream is hashed once, on its content side.
    let mut algorithms = spec.content.to_vec();
    let plain = compression == Compression::None;
    if plain {
        tap.hasher = Hasher::default();
        algorithms.extend(spec.stored);
    }
    let threads = spec.size.is_none_or(|size| size >= THREADS_FROM);
    let (value, content_bytes, content, error) = {
        let decoder = head.and_then(|head| {
            let whole = Cursor::new(head).chain(&mut tap);
            if plain {
                Ok(Box::new(whole) as Box<dyn Read + Send>)
            } else {
                decompressor(compression, BufReader::with_capacity(BLOCK_BYTES, whole))
            }
        });
        let inflater = Inflater::new(decoder, &stored_bytes, !plain, budget);
        let hasher = Hasher::new(&algorithms);
        if threads { consume_threaded(inflater, hasher, consume) } else { consume_inline(inflater, hasher, consume) }
    };
    // After an error of the decoder, the stored digest says whether the blob was damaged or was always like that.
    if error.as_ref().is_none_or(|e| LimitError::of(e).is_none()) {
        drain(&mut tap, budget);
    }
    let (mut stored, mut digests) = (tap.hasher.finish(), content);
    if plain {
        stored = digests.iter().filter(|d| spec.stored.contains(&d.algorithm())).cloned().collect();
        digests.retain(|d| spec.content.contains(&d.algorithm()));
    }
    let stored_bytes = stored_bytes.load(Ordering::Relaxed);
    (value, StreamSummary { compression, stored_bytes, content_bytes, stored, content: digests, error })
}

/// Reads what is left, for the digest only. Failures were reported already or leave a digest that does not match.
fn drain(tap: &mut Tap<'_>, budget: &Budget) {
    let mut scratch = vec![0_u8; BLOCK_BYTES];
    let mut left = budget.limits().max_total_bytes;
    while let Ok(read @ 1..) = tap.read(&mut scratch) {
        left = left.saturating_sub(read as u64);
        if left == 0 || budget.check_time().is_err() {
            return;
        }
    }
}

/// Hashes and counts what passes.
struct Tap<'a> {
    reader: &'a mut (dyn Read + Send),
    hasher: Hasher,
    bytes: &'a AtomicU64,
}

impl Read for Tap<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Uncompressed bytes.
struct Block {
    bytes: Box<[u8]>,
    filled: usize,
}

impl Block {
    fn new() -> Self {
        Self { bytes: vec![0; BLOCK_BYTES].into(), filled: 0 }
    }

    fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}

/// Fills blocks and charges the budget for them.
struct Inflater<'a> {
    decoder: Option<Box<dyn Read + Send + 'a>>,
    error: Option<io::Error>,
    stored: &'a AtomicU64,
    compressed: bool,
    budget: &'a Budget,
    bytes: u64,
}

impl<'a> Inflater<'a> {
    fn new(decoder: io::Result<Box<dyn Read + Send + 'a>>, stored: &'a AtomicU64, compressed: bool, budget: &'a Budget) -> Self {
        let (decoder, error) = match decoder {
            Ok(decoder) => (Some(decoder), None),
            Err(error) => (None, Some(error)),
        };
        Self { decoder, error, stored, compressed, budget, bytes: 0 }
    }

    /// Fills a block as far as the stream goes; an empty block is the end, or the error that is then set. The decoder is never asked again after
    /// it failed.
    fn fill(&mut self, block: &mut Block) {
        block.filled = 0;
        let Some(decoder) = &mut self.decoder else { return };
        let ended = loop {
            if block.filled == block.bytes.len() {
                break false;
            }
            match decoder.read(block.bytes.get_mut(block.filled..).unwrap_or_default()) {
                Ok(0) => break true,
                Ok(read) => block.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    break true;
                }
            }
        };
        let filled = block.filled as u64;
        self.bytes += filled;
        let stored = self.compressed.then(|| self.stored.load(Ordering::Relaxed));
        if let Err(limit) = self.budget.charge_bytes(filled, self.bytes, stored) {
            block.filled = 0;
            self.bytes -= filled;
            self.error = Some(limit.into());
        }
        if ended || self.error.is_some() {
            self.decoder = None;
        }
    }
}

type Outcome<T> = (T, u64, Vec<Digest>, Option<io::Error>);

fn consume_inline<T>(inflater: Inflater<'_>, hasher: Hasher, consume: impl FnOnce(&mut Blocks<'_>) -> T) -> Outcome<T> {
    let mut blocks = Blocks {
        feed: Feed::Inline(Box::new(InPlace { inflater, hasher, block: Block::new() })),
        at: 0,
        bytes: 0,
        ended: false,
        error: None,
    };
    let value = consume(&mut blocks);
    blocks.drain();
    let bytes = blocks.bytes;
    let digests = match blocks.feed {
        Feed::Inline(own) => own.hasher.finish(),
        Feed::Queue { .. } => Vec::new(),
    };
    (value, bytes, digests, blocks.error)
}

fn consume_threaded<T>(inflater: Inflater<'_>, hasher: Hasher, consume: impl FnOnce(&mut Blocks<'_>) -> T) -> Outcome<T> {
    thread::scope(|scope| {
        let (to_hasher, hash_queue) = sync_channel::<Arc<Block>>(QUEUE);
        let (to_consumer, queue) = sync_channel::<Message>(QUEUE);
        let (used, free) = channel::<Block>();
        let done = used.clone();
        scope.spawn(move || produce(inflater, &to_hasher, &to_consumer, &free));
        let hashing = scope.spawn(move || {
            let mut hasher = hasher;
            for block in hash_queue {
                hasher.update(block.filled());
                give_back(block, &done);
            }
            hasher.finish()
        });
        let mut blocks = Blocks { feed: Feed::Queue { queue, used, block: None }, at: 0, bytes: 0, ended: false, error: None };
        let value = consume(&mut blocks);
        blocks.drain();
        let Blocks { feed, bytes, mut error, .. } = blocks;
        drop(feed);
        let digests = hashing.join().unwrap_or_else(|_| {
            error.get_or_insert_with(|| io::Error::other("hashing failed"));
            Vec::new()
        });
        (value, bytes, digests, error)
    })
}

enum Message {
    Block(Arc<Block>),
    End(Option<io::Error>),
}

/// Runs until the end, an error, or until nobody listens.
fn produce(mut inflater: Inflater<'_>, hasher: &SyncSender<Arc<Block>>, consumer: &SyncSender<Message>, free: &Receiver<Block>) {
    loop {
        let mut block = free.try_recv().unwrap_or_else(|_| Block::new());
        inflater.fill(&mut block);
        if block.filled == 0 {
            // Nobody listens any more if this fails, which is fine.
            let _ = consumer.send(Message::End(inflater.error.take()));
            return;
        }
        let block = Arc::new(block);
        if hasher.send(Arc::clone(&block)).is_err() || consumer.send(Message::Block(block)).is_err() {
            return;
        }
    }
}

/// The last of the threads that share a block returns it.
fn give_back(block: Arc<Block>, used: &Sender<Block>) {
    if let Some(block) = Arc::into_inner(block) {
        // The producer may have ended.
        let _ = used.send(block);
    }
}

/// The uncompressed bytes of a stream, for the one who looks at them.
pub struct Blocks<'a> {
    feed: Feed<'a>,
    /// Position in the current block.
    at: usize,
    /// Bytes of all blocks so far.
    bytes: u64,
    ended: bool,
    /// Given again to whoever reads on.
    error: Option<io::Error>,
}

/// Read by the caller's own thread.
struct InPlace<'a> {
    inflater: Inflater<'a>,
    hasher: Hasher,
    block: Block,
}

enum Feed<'a> {
    Inline(Box<InPlace<'a>>),
    Queue { queue: Receiver<Message>, used: Sender<Block>, block: Option<Arc<Block>> },
}

impl fmt::Debug for Blocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks").field("bytes", &self.bytes).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Blocks<'_> {
    /// Bytes that can be had without waiting; empty at the end.
    fn available(&mut self) -> io::Result<&[u8]> {
        if self.current().len() <= self.at {
            self.advance()?;
        }
        let at = self.at;
        Ok(self.current().get(at..).unwrap_or_default())
    }

    fn current(&self) -> &[u8] {
        match &self.feed {
            Feed::Inline(own) => own.block.filled(),
            Feed::Queue { block, .. } => block.as_ref().map_or(&[], |block| block.filled()),
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        if let Some(error) = &self.error {
            return Err(again(error));
        }
        if self.ended {
            return Ok(());
        }
        self.at = 0;
        let end = match &mut self.feed {
            Feed::Inline(own) => {
                own.inflater.fill(&mut own.block);
                own.hasher.update(own.block.filled());
                (own.block.filled == 0).then(|| own.inflater.error.take())
            }
            Feed::Queue { queue, used, block } => {
                if let Some(block) = block.take() {
                    give_back(block, used);
                }
                match queue.recv() {
                    Ok(Message::Block(next)) => {
                        *block = Some(next);
                        None
                    }
                    Ok(Message::End(error)) => Some(error),
                    // A decoder that panics must not look like the end of the stream.
                    Err(_) => Some(Some(io::Error::other("the decoder stopped unexpectedly"))),
                }
            }
        };
        self.bytes += self.current().len() as u64;
        if let Some(error) = end {
            self.ended = true;
            self.error = error;
            return self.error.as_ref().map_or(Ok(()), |error| Err(again(error)));
        }
        Ok(())
    }

    fn drain(&mut self) {
        while !self.ended {
            // The error stays in `self.error`.
            let _ = self.advance();
        }
    }
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let available = self.available()?;
        let count = available.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

impl Skip for Blocks<'_> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let mut left = bytes;
        while left > 0 {
            let available = self.available()?.len();
            if available == 0 {
                break;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(available);
            self.at += step;
            left -= step as u64;
        }
        Ok(bytes - left)
    }
}

/// I/O errors cannot be cloned; this keeps the kind, the words, and a limit.
fn again(error: &io::Error) -> io::Error {
    LimitError::of(error).map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limit, Limits, RATIO_FLOOR};
    use std::io::Write;

    fn compress(compression: Compression, bytes: &[u8]) -> Vec<u8> {
        match compression {
            Compression::None => bytes.to_vec(),
            Compression::Gzip => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
            Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
            Compression::Xz => {
                let mut out = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
            Compression::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                out.write_all(bytes).unwrap();
                out.finish().unwrap()
            }
        }
    }

    const ALL: [Compression; 5] = [Compression::None, Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2];

    /// Reads everything, in place or with threads.
    fn read(stored: &[u8], threads: bool, limits: Limits) -> (io::Result<Vec<u8>>, StreamSummary) {
        let spec =
            StreamSpec { stored: &[Algorithm::Sha256], content: &[Algorithm::Sha256, Algorithm::Sha512], size: (!threads).then_some(0) };
        let mut reader = stored;
        with_stream(&mut reader, &spec, &Budget::new(limits), |blocks| {
            let mut out = Vec::new();
            blocks.read_to_end(&mut out).map(|_| out)
        })
    }

    fn sample() -> Vec<u8> {
        (0..700_000_u32).flat_map(|n| (n / 3).to_le_bytes()).collect()
    }

    #[test]
    fn every_compression_is_recognised_and_hashed_on_both_sides() {
        let content = sample();
        for compression in ALL {
            let stored = compress(compression, &content);
            for threads in [false, true] {
                let (out, summary) = read(&stored, threads, Limits::default());
                assert!(out.unwrap() == content, "{compression:?}");
                assert!(summary.error.is_none());
                assert_eq!(summary.compression, compression);
                assert_eq!(summary.stored, [Digest::compute(Algorithm::Sha256, &stored)]);
                let expected = [Algorithm::Sha256, Algorithm::Sha512].map(|a| Digest::compute(a, &content));
                assert_eq!(summary.content, expected);
                assert_eq!((summary.stored_bytes, summary.content_bytes), (stored.len() as u64, content.len() as u64));
            }
        }
    }

    #[test]
    fn what_is_left_unread_is_hashed_all_the_same() {
        let content = sample();
        for (compression, size) in ALL.into_iter().flat_map(|c| [(c, None), (c, Some(1))]) {
            let stored = compress(compression, &content);
            let spec = StreamSpec { stored: &[Algorithm::Sha256], content: &[Algorithm::Sha256], size };
            let ((), summary) = with_stream(&mut stored.as_slice(), &spec, &Budget::new(Limits::default()), |blocks| {
                assert_eq!(blocks.skip(1000).unwrap(), 1000);
                let mut four = [0; 4];
                blocks.read_exact(&mut four).unwrap();
                assert_eq!(four, content[1000..1004]);
            });
            assert_eq!(summary.content, [Digest::compute(Algorithm::Sha256, &content)]);
            assert_eq!(summary.stored, [Digest::compute(Algorithm::Sha256, &stored)]);
        }
    }

    #[test]
    fn several_members_are_one_stream() {
        for compression in [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2] {
            let stored = [compress(compression, b"one "), compress(compression, b""), compress(compression, b"two")].concat();
            assert_eq!(read(&stored, false, Limits::default()).0.unwrap(), b"one two", "{compression:?}");
        }
    }

    #[test]
    fn truncated_and_damaged_streams_are_errors_and_never_panic() {
        let content = sample();
        for compression in [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2] {
            let stored = compress(compression, &content);
            for threads in [false, true] {
                let cut = &stored[..stored.len() / 2];
                let (out, summary) = read(cut, threads, Limits::default());
                assert!(out.is_err() && summary.error.is_some(), "{compression:?}");
                let mut damaged = stored.clone();
                for at in (20..damaged.len()).step_by(97) {
                    damaged[at] ^= 0x55;
                }
                let (out, summary) = read(&damaged, threads, Limits::default());
                assert!(out.is_err() && summary.error.is_some(), "{compression:?}");
                assert_eq!(summary.stored, [Digest::compute(Algorithm::Sha256, &damaged)], "the damage is visible in the digest");
            }
        }
    }

    #[test]
    fn a_bomb_stops_at_the_ratio_after_the_floor() {
        let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        let zeros = vec![0; 1 << 20];
        for _ in 0..(RATIO_FLOOR >> 20) + 64 {
            bomb.write_all(&zeros).unwrap();
        }
        let bomb = bomb.finish().unwrap();
        let spec = StreamSpec::default();
        let (skipped, summary) = with_stream(&mut bomb.as_slice(), &spec, &Budget::new(Limits::default()), |blocks| blocks.skip(u64::MAX));
        assert_eq!(skipped.map_err(|e| LimitError::of(&e).map(|e| e.limit)), Err(Some(Limit::Ratio)));
        assert_eq!(summary.content_bytes, RATIO_FLOOR);
        assert!(summary.error.is_some());
    }

    #[test]
    fn the_byte_limit_is_an_error_that_repeats() {
        let limits = Limits { max_total_bytes: 300_000, ..Limits::default() };
        let spec = StreamSpec::default();
        let content = sample();
        let (limit, _) = with_stream(&mut content.as_slice(), &spec, &Budget::new(limits), |blocks| {
            let mut out = Vec::new();
            let first = blocks.read_to_end(&mut out).unwrap_err();
            assert_eq!(out.len(), BLOCK_BYTES);
            let second = blocks.read_to_end(&mut out).unwrap_err();
            assert_eq!(LimitError::of(&first), LimitError::of(&second));
            LimitError::of(&first).map(|e| e.limit)
        });
        assert_eq!(limit, Some(Limit::TotalBytes));
    }
}
