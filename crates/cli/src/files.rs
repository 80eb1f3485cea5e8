//! Files that the user names: policies, frameworks, outputs.

use anyhow::{Context, Result, bail};
use std::{io::Write, path::Path};

/// Reads a text file the user named.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> Result<String> {
    let bytes = probity_vfs::read_file(path, max_bytes).map_err(|err| anyhow::anyhow!("{err}"))?;
    String::from_utf8(bytes).with_context(|| format!("`{}` is not UTF-8 text", path.display()))
}

/// Replaces a file whole: readers see the old content or the new one, never a part.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let name = path.display();
    // A device or pipe (`/dev/stdout`, process substitution) cannot be replaced, only written to.
    if std::fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        if path.is_dir() {
            bail!("cannot write `{name}`: it is a folder");
        }
        let file = std::fs::OpenOptions::new().write(true).open(path).with_context(|| format!("cannot write `{name}`"))?;
        let mut out = std::io::BufWriter::new(file);
        write(&mut out).and_then(|()| out.flush()).with_context(|| format!("cannot write `{name}`"))?;
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file_name = path.file_name().and_then(|name| name.to_str()).with_context(|| format!("cannot write `{name}`: not a file name"))?;
    let temporary = folder.join(format!(".{file_name}.{}.partial", std::process::id()));
    let result = (|| {
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        let mut out = std::io::BufWriter::with_capacity(1 << 16, file);
        write(&mut out)?;
        out.flush()?;
        std::fs::rename(&temporary, path)
    })();
    if result.is_err() {
        // The error of writing is what matters; a leftover is removed when it can be.
        let _ = std::fs::remove_file(&temporary);
    }
    result.with_context(|| format!("cannot write `{name}`"))
}
