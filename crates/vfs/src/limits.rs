//! How much is read before reading stops.
//!
//! The defaults let a 100 GB image through and stop bombs. Bytes and entries are counted for each layer, so that where a layer is cut does not
//! depend on what other threads read; a whole target may have [`TARGET_FACTOR`] times as much, which bounds an archive of thousands of layers.

use std::{
    error::Error,
    fmt, io,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The ratio of output to input is looked at only after this much output: a small layer of zeros is no bomb.
pub const RATIO_FLOOR: u64 = 256 << 20;

/// How many times a whole target may exceed what one layer may.
const TARGET_FACTOR: u64 = 4;

/// What a run may read. Every limit has a command line flag, see [`Limit::flag`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes read of one file; a larger file that nobody reads costs nothing and is no error.
    pub max_file_bytes: u64,
    /// Uncompressed bytes of one layer, and of an archive that can only be read in one pass.
    pub max_total_bytes: u64,
    /// Entries of one layer or folder.
    pub max_entries: u64,
    /// Components of a path.
    pub max_depth: u32,
    /// Uncompressed bytes for each compressed byte, once [`RATIO_FLOOR`] bytes came out.
    pub max_ratio: u32,
    /// For a whole target.
    pub max_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_file_bytes: 8 << 30,
            max_total_bytes: 1 << 40,
            max_entries: 10_000_000,
            max_depth: 512,
            max_ratio: 150,
            max_time: Duration::from_hours(1),
        }
    }
}

/// Names a field of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    FileBytes,
    TotalBytes,
    Entries,
    Depth,
    Ratio,
    Time,
}

impl Limit {
    /// The command line flag that sets it.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::FileBytes => "--max-file-bytes",
            Self::TotalBytes => "--max-total-bytes",
            Self::Entries => "--max-entries",
            Self::Depth => "--max-depth",
            Self::Ratio => "--max-ratio",
            Self::Time => "--timeout",
        }
    }
}

/// Reading stopped because a limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitError {
    pub limit: Limit,
    /// The limit's value: bytes, entries, components, a ratio, or seconds.
    pub value: u64,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value;
        match self.limit {
            Limit::FileBytes => write!(f, "the file has more than {value} bytes"),
            Limit::TotalBytes => write!(f, "it has more than {value} uncompressed bytes"),
            Limit::Entries => write!(f, "it has more than {value} entries"),
            Limit::Depth => write!(f, "the path has more than {value} components"),
            Limit::Ratio => write!(f, "every compressed byte expands to more than {value}"),
            Limit::Time => write!(f, "reading took more than {value} seconds"),
        }
    }
}

impl Error for LimitError {}

impl LimitError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        format!("raise the limit with `{}` if you trust this input", self.limit.flag())
    }

    /// The limit behind an I/O error, if a limit is what stopped it.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()).copied()
    }
}

impl From<LimitError> for io::Error {
    fn from(error: LimitError) -> Self {
        Self::other(error)
    }
}

/// What a target has used of its [`Limits`], shared by the threads that read it.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    started: Instant,
    bytes: AtomicU64,
    entries: AtomicU64,
}

impl Budget {
    /// Time runs from here.
    pub fn new(limits: Limits) -> Self {
        Self { limits, started: Instant::now(), bytes: AtomicU64::new(0), entries: AtomicU64::new(0) }
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Records `more` uncompressed bytes of a stream that gave `out` so far, `more` included, from `stored` compressed bytes, if compressed.
    pub fn charge_bytes(&self, more: u64, out: u64, stored: Option<u64>) -> Result<(), LimitError> {
        let limits = &self.limits;
        let total = self.bytes.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if out > limits.max_total_bytes || total > limits.max_total_bytes.saturating_mul(TARGET_FACTOR) {
            return Err(LimitError { limit: Limit::TotalBytes, value: limits.max_total_bytes });
        }
        if let Some(stored) = stored
            && out > RATIO_FLOOR
            && out > stored.saturating_mul(u64::from(limits.max_ratio))
        {
            return Err(LimitError { limit: Limit::Ratio, value: u64::from(limits.max_ratio) });
        }
        self.check_time()
    }

    /// Records one more entry of a layer that had `seen` so far, this one included.
    pub fn charge_entry(&self, seen: u64) -> Result<(), LimitError> {
        let limits = &self.limits;
        let total = self.entries.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if seen > limits.max_entries || total > limits.max_entries.saturating_mul(TARGET_FACTOR) {
            return Err(LimitError { limit: Limit::Entries, value: limits.max_entries });
        }
        Ok(())
    }

    /// Records a layer that need not be read because an earlier run did: it counts for the target as if it were.
    pub fn charge_known(&self, bytes: u64, entries: u64) -> Result<(), LimitError> {
        let limits = &self.limits;
        let total = self.entries.fetch_add(entries, Ordering::Relaxed).saturating_add(entries);
        if entries > limits.max_entries || total > limits.max_entries.saturating_mul(TARGET_FACTOR) {
            return Err(LimitError { limit: Limit::Entries, value: limits.max_entries });
        }
        self.charge_bytes(bytes, bytes, None)
    }

    pub fn check_time(&self) -> Result<(), LimitError> {
        if self.started.elapsed() > self.limits.max_time {
            return Err(LimitError { limit: Limit::Time, value: self.limits.max_time.as_secs() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_judged_only_after_the_floor() {
        let budget = Budget::new(Limits::default());
        assert_eq!(budget.charge_bytes(1, RATIO_FLOOR, Some(1)), Ok(()));
        assert_eq!(budget.charge_bytes(1, RATIO_FLOOR + 1, Some(RATIO_FLOOR / 10)), Ok(()));
        assert_eq!(budget.charge_bytes(1, RATIO_FLOOR + 1, Some(1)), Err(LimitError { limit: Limit::Ratio, value: 150 }));
        assert_eq!(budget.charge_bytes(1, RATIO_FLOOR + 1, None), Ok(()), "a plain stream has no ratio");
    }

    #[test]
    fn a_layer_and_a_target_have_their_own_caps() {
        let budget = Budget::new(Limits { max_entries: 2, ..Limits::default() });
        let too_many = Err(LimitError { limit: Limit::Entries, value: 2 });
        assert_eq!([1, 2, 3].map(|seen| budget.charge_entry(seen)), [Ok(()), Ok(()), too_many]);
        for _ in 0..5 {
            assert_eq!(budget.charge_entry(1), Ok(()));
        }
        assert_eq!(budget.charge_entry(1), too_many, "the ninth entry of the target");
    }

    #[test]
    fn an_io_error_keeps_its_limit() {
        let limit = LimitError { limit: Limit::Time, value: 3 };
        assert_eq!(LimitError::of(&limit.into()), Some(limit));
        assert_eq!(LimitError::of(&io::Error::other("else")), None);
        assert!(limit.hint().contains("--timeout"));
    }
}
