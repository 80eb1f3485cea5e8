//! Opening files: regular ones only, with their path in every error.
//!
//! Devices, pipes and sockets are refused, because reading them may block or never end. A file is checked again after it was opened, so that a
//! swap between the two steps is noticed. Windows has no modes or owners: every file is `0o644` of user 0 there.

use crate::limits::{Limit, LimitError};
use std::{
    ffi::OsString,
    fmt, fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

#[expect(clippy::disallowed_types, reason = "this is the one place that opens files")]
type File = fs::File;

/// Why a path could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenErrorKind {
    NotFound,
    PermissionDenied,
    /// A folder where a file was wanted, or the reverse; a device, pipe or socket.
    WrongKind,
    TooLarge,
    Other,
}

/// A path could not be opened or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}`: {message}")]
pub struct OpenError {
    pub path: String,
    pub kind: OpenErrorKind,
    /// Without the path.
    pub message: String,
}

impl OpenError {
    fn new(path: &Path, kind: OpenErrorKind, message: impl Into<String>) -> Self {
        Self { path: path.display().to_string(), kind, message: message.into() }
    }

    fn io(path: &Path, error: &io::Error) -> Self {
        let (kind, message) = match error.kind() {
            io::ErrorKind::NotFound => (OpenErrorKind::NotFound, "no such file or folder".to_owned()),
            io::ErrorKind::PermissionDenied => (OpenErrorKind::PermissionDenied, "permission denied".to_owned()),
            _ => (OpenErrorKind::Other, error.to_string()),
        };
        Self::new(path, kind, message)
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        let kind = match error.kind {
            OpenErrorKind::NotFound => io::ErrorKind::NotFound,
            OpenErrorKind::PermissionDenied => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// What tells a file from another that took its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    #[cfg(unix)]
    fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    #[cfg(not(unix))]
    fn of(_: &fs::Metadata) -> Self {
        Self { device: 0, inode: 0 }
    }
}

/// Opens a regular file; symlinks are followed only if `follow`.
fn open_regular(path: &Path, follow: bool) -> Result<(File, fs::Metadata), OpenError> {
    let before = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) }.map_err(|e| OpenError::io(path, &e))?;
    check_regular(path, &before)?;
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        // Without O_NONBLOCK, a pipe that took the file's place would block for ever.
        let flags = if follow { OFlags::NONBLOCK } else { OFlags::NONBLOCK | OFlags::NOFOLLOW };
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(|e| OpenError::io(path, &e))?;
    let after = file.metadata().map_err(|e| OpenError::io(path, &e))?;
    check_regular(path, &after)?;
    Ok((file, after))
}

fn check_regular(path: &Path, metadata: &fs::Metadata) -> Result<(), OpenError> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" };
    Err(OpenError::new(path, OpenErrorKind::WrongKind, what))
}

/// Reads a whole file of at most `cap` bytes.
pub fn read_file(path: &Path, cap: u64) -> Result<Vec<u8>, OpenError> {
    let (file, metadata) = open_regular(path, true)?;
    let too_large = || OpenError::new(path, OpenErrorKind::TooLarge, format!("it has more than {cap} bytes"));
    if metadata.len() > cap {
        return Err(too_large());
    }
    read_capped(file, metadata.len(), cap).map_err(|e| OpenError::io(path, &e))?.ok_or_else(too_large)
}

/// Opens a file of a folder by a path that an input named. A symlink that leads out of the folder is refused; a file that is not there is `None`.
pub fn open_within(root: &Path, path: &str) -> Result<Option<StoredFile>, OpenError> {
    let joined = root.join(path);
    let whole = match joined.canonicalize() {
        Ok(whole) => whole,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput) => {
            return Ok(None);
        }
        Err(error) => return Err(OpenError::io(&joined, &error)),
    };
    let root = root.canonicalize().map_err(|e| OpenError::io(root, &e))?;
    if !whole.starts_with(&root) {
        return Err(OpenError::new(&joined, OpenErrorKind::WrongKind, "it is a link that leads out of the folder"));
    }
    StoredFile::open_no_follow(&whole).map(Some)
}

/// Standard input as a stream.
pub fn stdin() -> impl Read + Send {
    io::stdin()
}

/// Reads standard input to its end, at most `cap` bytes.
pub fn read_stdin(cap: u64) -> Result<Vec<u8>, OpenError> {
    let name = Path::new("-");
    let bytes = read_capped(io::stdin().lock(), 0, cap).map_err(|e| OpenError::io(name, &e))?;
    bytes.ok_or_else(|| OpenError::new(name, OpenErrorKind::TooLarge, format!("it has more than {cap} bytes")))
}

/// `None` when there is more than `cap`.
fn read_capped(from: impl Read, expected: u64, cap: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(cap).min(64 << 20)).unwrap_or(0));
    from.take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= cap).then_some(bytes))
}

/// A regular file whose sections are read by several threads at once.
#[derive(Debug, Clone)]
pub struct StoredFile {
    file: Arc<File>,
    bytes: u64,
}

impl StoredFile {
    /// Follows symlinks: for paths that the user named.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (file, metadata) = open_regular(path, true)?;
        Ok(Self { file: Arc::new(file), bytes: metadata.len() })
    }

    /// Does not follow a symlink: for paths that an input named.
    pub fn open_no_follow(path: &Path) -> Result<Self, OpenError> {
        let (file, metadata) = open_regular(path, false)?;
        Ok(Self { file: Arc::new(file), bytes: metadata.len() })
    }

    /// The size when it was opened.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A reader of its own of `bytes` bytes from `offset`, cut at the end of the file.
    pub fn section(&self, offset: u64, bytes: u64) -> Section {
        let end = offset.saturating_add(bytes).min(self.bytes);
        Section { file: Arc::clone(&self.file), at: offset.min(end), end }
    }

    /// All of it.
    pub fn whole(&self) -> Section {
        self.section(0, self.bytes)
    }
}

/// Part of a [`StoredFile`].
#[derive(Debug, Clone)]
pub struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted).filter(|b| !b.is_empty()) else { return Ok(0) };
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl crate::Skip for Section {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = bytes.min(self.end - self.at);
        self.at += skipped;
        Ok(skipped)
    }
}

/// What an entry of a folder is. Symlinks are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderEntryKind {
    File,
    Folder,
    /// The link's target as stored, lossy.
    Symlink(String),
    Special,
}

/// One entry of a folder.
#[derive(Debug, Clone)]
pub struct FolderEntry {
    pub path: PathBuf,
    pub name: OsString,
    pub kind: FolderEntryKind,
    /// Permission bits including setuid, setgid, sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub size: u64,
    pub identity: FileIdentity,
    /// The `security.capability` attribute of an executable.
    pub capability: Option<Vec<u8>>,
}

/// The entries of a folder, sorted by name. An entry that cannot be looked at is an error of its own.
pub fn list_folder(path: &Path) -> Result<Vec<Result<FolderEntry, OpenError>>, OpenError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| OpenError::io(path, &e))? {
        names.push(entry.map_err(|e| OpenError::io(path, &e))?.file_name());
    }
    names.sort_unstable();
    Ok(names.into_iter().map(|name| look(path.join(&name), name)).collect())
}

/// What is at a path; a symlink is not followed.
pub fn look_at(path: &Path) -> Result<FolderEntry, OpenError> {
    look(path.to_owned(), path.file_name().unwrap_or_default().to_owned())
}

fn look(path: PathBuf, name: OsString) -> Result<FolderEntry, OpenError> {
    let metadata = fs::symlink_metadata(&path).map_err(|e| OpenError::io(&path, &e))?;
    let kind = if metadata.is_file() {
        FolderEntryKind::File
    } else if metadata.is_dir() {
        FolderEntryKind::Folder
    } else if metadata.is_symlink() {
        FolderEntryKind::Symlink(fs::read_link(&path).map_err(|e| OpenError::io(&path, &e))?.to_string_lossy().into_owned())
    } else {
        FolderEntryKind::Special
    };
    #[cfg(unix)]
    let (mode, uid, gid) = {
        use std::os::unix::fs::MetadataExt;
        (metadata.mode() & 0o7777, u64::from(metadata.uid()), u64::from(metadata.gid()))
    };
    #[cfg(not(unix))]
    let (mode, uid, gid) = (0o644, 0, 0);
    let capability = if kind == FolderEntryKind::File && mode & 0o111 != 0 { file_capability(&path) } else { None };
    let size = if kind == FolderEntryKind::File { metadata.len() } else { 0 };
    Ok(FolderEntry { path, name, kind, mode, uid, gid, size, identity: FileIdentity::of(&metadata), capability })
}

#[cfg(target_os = "linux")]
fn file_capability(path: &Path) -> Option<Vec<u8>> {
    // The largest revision of the attribute has 24 bytes.
    let mut value = vec![0_u8; 64];
    let length = rustix::fs::lgetxattr(path, c"security.capability", value.as_mut_slice()).ok()?;
    value.truncate(length);
    Some(value)
}

#[cfg(not(target_os = "linux"))]
fn file_capability(_: &Path) -> Option<Vec<u8>> {
    None
}

/// The content of a file of a folder, opened when it is first read.
///
/// Errors are [`OpenError`] or [`LimitError`] inside the I/O error. A file that is no longer the one that was listed is an error.
pub struct LazyFile<'a> {
    entry: &'a FolderEntry,
    /// Bytes that may still be read.
    left: u64,
    cap: u64,
    file: Option<File>,
}

impl fmt::Debug for LazyFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyFile({})", self.entry.path.display())
    }
}

impl<'a> LazyFile<'a> {
    pub fn new(entry: &'a FolderEntry, max_bytes: u64) -> Self {
        Self { entry, left: max_bytes, cap: max_bytes, file: None }
    }
}

impl Read for LazyFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let (file, metadata) = open_regular(&self.entry.path, false)?;
                if FileIdentity::of(&metadata) != self.entry.identity {
                    return Err(OpenError::new(&self.entry.path, OpenErrorKind::Other, "it was replaced while it was read").into());
                }
                none.insert(file)
            }
        };
        if self.left == 0 && !buffer.is_empty() {
            let mut probe = [0_u8; 1];
            return match file.read(&mut probe)? {
                0 => Ok(0),
                _ => Err(LimitError { limit: Limit::FileBytes, value: self.cap }.into()),
            };
        }
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = file.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_cap_and_a_missing_file_are_said_with_the_path() {
        let dir = folder();
        let path = dir.path().join("four");
        fs::write(&path, b"four").unwrap();
        assert_eq!(read_file(&path, 4).unwrap(), b"four");
        let error = read_file(&path, 3).unwrap_err();
        assert_eq!(error.kind, OpenErrorKind::TooLarge);
        assert!(error.to_string().ends_with("four`: it has more than 3 bytes"), "{error}");
        assert_eq!(read_file(&dir.path().join("none"), 3).unwrap_err().kind, OpenErrorKind::NotFound);
        assert_eq!(read_file(dir.path(), 3).unwrap_err().message, "it is a folder");
    }

    #[test]
    fn sections_are_cut_at_the_end_and_skip_without_reading() {
        let dir = folder();
        let path = dir.path().join("digits");
        fs::write(&path, b"0123456789").unwrap();
        let file = StoredFile::open(&path).unwrap();
        let mut text = String::new();
        let mut section = file.section(2, 100);
        assert_eq!(crate::Skip::skip(&mut section, 3).unwrap(), 3);
        section.read_to_string(&mut text).unwrap();
        assert_eq!(text, "56789");
        assert_eq!(crate::Skip::skip(&mut section, 3).unwrap(), 0);
        assert_eq!(file.section(20, 5).read(&mut [0; 4]).unwrap(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused_and_links_are_not_followed() {
        assert_eq!(read_file(Path::new("/dev/null"), 1).unwrap_err().message, "it is not a regular file");
        let dir = folder();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, b"x").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert!(StoredFile::open(&link).is_ok());
        assert!(StoredFile::open_no_follow(&link).is_err());
        let listed: Vec<_> = list_folder(dir.path()).unwrap().into_iter().map(|e| e.unwrap().kind).collect();
        assert_eq!(listed, [FolderEntryKind::File, FolderEntryKind::Symlink("file".into())]);
    }

    #[test]
    fn a_lazy_file_stops_at_its_cap_and_notices_a_swap() {
        let dir = folder();
        fs::write(dir.path().join("a"), b"12345").unwrap();
        let entry = list_folder(dir.path()).unwrap().remove(0).unwrap();
        let mut text = Vec::new();
        LazyFile::new(&entry, 5).read_to_end(&mut text).unwrap();
        assert_eq!(text, b"12345");
        let error = LazyFile::new(&entry, 4).read_to_end(&mut text).unwrap_err();
        assert_eq!(LimitError::of(&error).map(|e| e.limit), Some(Limit::FileBytes));
        if cfg!(unix) {
            fs::write(dir.path().join("b"), b"other").unwrap();
            fs::rename(dir.path().join("b"), &entry.path).unwrap();
            assert!(LazyFile::new(&entry, 9).read_to_end(&mut text).unwrap_err().to_string().contains("replaced"));
        }
    }
}
