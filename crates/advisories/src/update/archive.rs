//! Archives of a database: the layer of an artifact, and what is carried to a machine without a network.

use super::{Artifact, UpdateError, finish, limits};
use crate::{
    replace::Staging,
    store::{METADATA_FILE, Metadata},
};
use flate2::{Compression, write::GzEncoder};
use probity_vfs::{
    Budget, StoredFile, StreamSpec,
    tar::{Kind, Tar},
    with_stream,
};
use std::{
    io::{self, BufWriter, Read, Write},
    path::Path,
};

/// Writes the two files of a database, wherever they are in the archive; everything else is passed over. An error is a sentence.
pub(super) fn unpack(blocks: impl probity_vfs::Skip, artifact: Artifact, staging: &Staging) -> Result<(), String> {
    let limits = limits();
    let mut tar = Tar::new(blocks, limits.max_file_bytes);
    let (mut files, mut has_database) = (0, false);
    loop {
        let mut entry = match tar.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            Err(error) => return Err(error.to_string()),
        };
        files += 1;
        if files > limits.max_entries {
            return Err(format!("the archive has more than {} entries", limits.max_entries));
        }
        let name = entry.header.path.rsplit('/').next().unwrap_or_default();
        let name = [artifact.database_file(), METADATA_FILE].into_iter().find(|wanted| *wanted == name);
        let Some(name) = name.filter(|_| entry.header.kind == Kind::File) else { continue };
        let mut write = || -> io::Result<()> {
            let mut file = BufWriter::with_capacity(1 << 18, staging.create(name)?);
            io::copy(&mut entry.content, &mut file)?;
            file.flush()
        };
        write().map_err(|error| format!("cannot unpack `{name}`: {error}"))?;
        has_database |= name == artifact.database_file();
    }
    if has_database { Ok(()) } else { Err(format!("the archive has no `{}`", artifact.database_file())) }
}

/// Puts the database of an archive (tar, compressed or not) into a cache folder.
pub fn import(path: &Path, cache: &Path, artifact: Artifact) -> Result<Metadata, UpdateError> {
    let shown = path.display().to_string();
    let wrong = |message: String| UpdateError::Archive { path: shown.clone(), message };
    let target = cache.join(artifact.folder());
    let staging = Staging::beside(&target).map_err(|error| UpdateError::Output { path: target.display().to_string(), error })?;
    let file = StoredFile::open(path).map_err(|error| wrong(error.message))?;
    let budget = Budget::new(limits());
    let spec = StreamSpec { size: Some(file.bytes()), ..StreamSpec::default() };
    let (unpacked, summary) = with_stream(&mut file.whole(), &spec, &budget, |blocks| unpack(blocks, artifact, &staging));
    if let Some(error) = summary.error {
        return Err(wrong(error.to_string()));
    }
    unpacked.map_err(&wrong)?;
    let metadata = finish(&staging, artifact, None).map_err(&wrong)?;
    staging.take_the_place_of(&target).map_err(|error| UpdateError::Output { path: target.display().to_string(), error })?;
    Ok(metadata)
}

/// Writes the database of a cache folder as a `tar.gz` that [`import`], and the tools that know the artifact, can read. The same database gives the
/// same bytes.
pub fn export(cache: &Path, artifact: Artifact, out: &Path) -> Result<(), UpdateError> {
    let folder = cache.join(artifact.folder());
    let wrong = |error: io::Error| UpdateError::Output { path: out.display().to_string(), error };
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(parent).map_err(wrong)?;
    let mut tar = tar::Builder::new(GzEncoder::new(BufWriter::with_capacity(1 << 18, &mut file), Compression::default()));
    for name in [artifact.database_file(), METADATA_FILE] {
        let path = folder.join(name);
        let stored = StoredFile::open(&path).map_err(|error| UpdateError::Archive { path: error.path, message: error.message })?;
        let mut header = tar::Header::new_ustar();
        header.set_size(stored.bytes());
        header.set_mode(0o644);
        header.set_mtime(0);
        tar.append_data(&mut header, name, stored.whole().take(stored.bytes())).map_err(wrong)?;
    }
    let mut writer = tar.into_inner().and_then(GzEncoder::finish).map_err(wrong)?;
    writer.flush().map_err(wrong)?;
    drop(writer);
    file.persist(out).map_err(|error| wrong(error.error))?;
    Ok(())
}
