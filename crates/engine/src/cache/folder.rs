//! Records as files: `layers/NN/NAME` below the cache folder, `NN` being the first two digits of the name.
//!
//! A record is written beside its place and renamed into it, so that a reader sees all of it or nothing and writers of the same record do not disturb
//! each other: any number of processes may share a folder. Nothing is locked. A record that a crash cut short is recognised by its checksum.
//!
//! Each of the 256 folders is kept below its part of [`MAX_BYTES`] by removing what was not read for longest, as far as the file system keeps times of
//! access; where it does not, what is oldest.

use super::Cache;
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

/// Bytes of all records, about.
const MAX_BYTES: u64 = 2 << 30;
const FOLDERS: u64 = 256;
/// What a crash left half written is removed when it is older.
const ABANDONED: Duration = Duration::from_hours(24);

/// A folder of the user's that keeps records.
#[derive(Debug)]
pub struct FolderCache {
    root: PathBuf,
    max_bytes: u64,
    problem: OnceLock<String>,
}

impl FolderCache {
    /// Records are in `layers` below `folder`, which is made when the first one is kept.
    pub fn new(folder: &Path) -> Self {
        Self { root: folder.join("layers"), max_bytes: MAX_BYTES, problem: OnceLock::new() }
    }

    fn folder(&self, name: &str) -> Option<PathBuf> {
        let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(self.root.join(name.get(..2).filter(|_| is_name)?))
    }

    /// Removes what was not read for longest until the folder is small enough. Others may do the same: what is gone already is as good.
    fn shrink(&self, folder: &Path, newest: &Path) -> std::io::Result<()> {
        let mut records: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        let now = std::fs::metadata(newest)?.modified()?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            let (Ok(modified), path) = (metadata.modified(), entry.path()) else { continue };
            let is_partial = entry.file_name().as_encoded_bytes().starts_with(b".");
            if is_partial && now.duration_since(modified).is_ok_and(|age| age > ABANDONED) {
                let _ = std::fs::remove_file(&path);
            } else if !is_partial && metadata.is_file() && path != newest {
                records.push((metadata.accessed().map_or(modified, |accessed| accessed.max(modified)), metadata.len(), path));
            }
        }
        let mut total = std::fs::metadata(newest)?.len() + records.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
        records.sort_unstable();
        for (_, bytes, path) in records {
            if total <= self.max_bytes / FOLDERS {
                break;
            }
            let _ = std::fs::remove_file(path);
            total = total.saturating_sub(bytes);
        }
        Ok(())
    }

    fn write(&self, name: &str, record: &[u8]) -> std::io::Result<()> {
        let Some(folder) = self.folder(name) else { return Ok(()) };
        std::fs::create_dir_all(&folder)?;
        let mut file = tempfile::Builder::new().prefix(".").tempfile_in(&folder)?;
        file.write_all(record)?;
        let path = folder.join(name);
        file.persist(&path).map_err(|error| error.error)?;
        // What was kept is kept, whatever becomes of older records.
        let _ = self.shrink(&folder, &path);
        Ok(())
    }
}

impl Cache for FolderCache {
    fn get(&self, name: &str, max: usize) -> Option<Vec<u8>> {
        probity_vfs::read_file(&self.folder(name)?.join(name), max as u64).ok()
    }

    fn put(&self, name: &str, record: &[u8]) {
        // A folder that cannot be written to is tried once.
        if self.problem.get().is_some() {
            return;
        }
        if let Err(error) = self.write(name, record) {
            let message = format!("cannot keep what was seen for the next scan in `{}`: {error}", self.root.display());
            // Another thread may have met the same.
            let _ = self.problem.set(message);
        }
    }

    fn problem(&self) -> Option<&str> {
        self.problem.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> String {
        // All in one folder.
        format!("ab{number:062x}")
    }

    #[test]
    fn the_folder_stays_below_its_bound_and_keeps_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FolderCache { max_bytes: 10_000 * FOLDERS, ..FolderCache::new(folder.path()) };
        let record = [7_u8; 4000];
        for number in 0..20 {
            cache.put(&name(number), &record);
            assert_eq!(cache.get(&name(number), 4000).as_deref(), Some(&record[..]), "the newest is there");
        }
        let kept = (0..20).filter(|number| cache.get(&name(*number), 4000).is_some()).count();
        assert_eq!(kept, 2);
        cache.put(&name(99), &vec![7; 50_000]);
        assert_eq!(cache.get(&name(99), 50_000).map(|bytes| bytes.len()), Some(50_000), "one that is too large alone is kept");
        assert_eq!(cache.get(&name(99), 49_999), None, "more than is wanted");
        assert_eq!(cache.problem(), None);
    }

    #[test]
    fn only_digests_are_names() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FolderCache::new(folder.path());
        for wrong in ["", "ab", "../../../../etc/passwd", &format!("../{}", "a".repeat(61))] {
            cache.put(wrong, b"x");
            assert_eq!(cache.get(wrong, 9), None);
        }
        assert!(!folder.path().join("layers").exists(), "nothing is made for nothing");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_once_and_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("layers"), "a file where the folder should be").unwrap();
        let cache = FolderCache::new(folder.path());
        cache.put(&name(1), b"x");
        let problem = cache.problem().unwrap().to_owned();
        assert!(problem.starts_with("cannot keep what was seen"), "{problem}");
        cache.put(&name(2), b"x");
        assert_eq!(cache.problem(), Some(problem.as_str()));
        assert_eq!(cache.get(&name(1), 9), None);
    }
}
