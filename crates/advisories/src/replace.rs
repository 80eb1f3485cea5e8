//! A folder that takes another's place at once.
//!
//! A database is two files that belong together. They are made in a folder beside the one they are meant for, which then takes its name: whoever opens
//! the database finds the old one or the new one. Readers keep what they opened, so nobody waits for anybody, and two that replace at the same time
//! leave the one of the last.

use std::{
    io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A new folder beside the one whose place it will take; removed unless it did.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: TempDir,
}

impl Staging {
    /// Makes the folder, and those above it when they are missing.
    pub(crate) fn beside(target: &Path) -> io::Result<Self> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(parent)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = tempfile::Builder::new().prefix(&format!(".{name}.")).suffix(".new").tempdir_in(parent)?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new file in the folder, for writing.
    pub(crate) fn create(&self, name: &str) -> io::Result<impl io::Write + io::Seek + use<>> {
        std::fs::OpenOptions::new().write(true).create_new(true).open(self.path().join(name))
    }

    /// Takes the target's place. What was there is removed when nobody has it open any more.
    pub(crate) fn take_the_place_of(self, target: &Path) -> io::Result<()> {
        readable_by_others(self.path())?;
        // Nobody there: a plain rename, which fails when somebody else comes first.
        if std::fs::rename(self.path(), target).is_ok() {
            // The folder has another name now, and dropping must not look for it.
            let _ = self.folder.keep();
            return Ok(());
        }
        exchange(self.path(), target).or_else(|_| file_by_file(self.path(), target))
        // What was replaced is in the temporary folder now, and goes with it.
    }
}

/// Temporary folders are private; a cache may be shared.
#[cfg(unix)]
fn readable_by_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Where folders cannot be exchanged: each file takes the place of its namesake, the metadata last, so that a reader in between sees a new database that
/// calls itself older than it is.
fn file_by_file(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(from)? {
        names.push(entry?.file_name().into());
    }
    names.sort_by_key(|name| name == Path::new("metadata.json"));
    names.iter().try_for_each(|name| std::fs::rename(from.join(name), to.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, content: &str) -> io::Result<()> {
        let staging = Staging::beside(folder)?;
        for name in ["trivy.db", "metadata.json"] {
            std::fs::write(staging.path().join(name), content)?;
        }
        staging.take_the_place_of(folder)
    }

    #[test]
    fn one_folder_after_another_and_nothing_is_left_behind() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("cache/db");
        for content in ["one", "two", "three"] {
            put(&target, content).unwrap();
            assert_eq!(probity_vfs::read_file(&target.join("trivy.db"), 100).unwrap(), content.as_bytes());
        }
        assert_eq!(std::fs::read_dir(root.path().join("cache")).unwrap().count(), 1, "no temporary folders");
        std::fs::write(target.join("other"), "").unwrap();
        file_by_file(root.path(), &root.path().join("else")).unwrap_err();
    }

    #[test]
    fn both_files_are_always_of_one_update() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("db");
        put(&target, "0").unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let target = &target;
                scope.spawn(move || {
                    for round in 0..25 {
                        put(target, &format!("{thread}-{round}")).unwrap();
                    }
                });
            }
        });
        let read = |name: &str| probity_vfs::read_file(&target.join(name), 100).unwrap();
        assert_eq!(read("trivy.db"), read("metadata.json"));
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
