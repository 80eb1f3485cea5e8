//! A single file that is no archive: one layer with one entry.

use crate::{
    folder::subject,
    layer::{Reading, file_error},
};
use probity_model::{
    SubjectKind,
    analyzer::FileMeta,
    target::{Artifact, Entry, EntryKind, LayerKey, TargetError},
};
use probity_vfs::{Algorithm, Digest, FolderEntryKind, Hasher, LimitError, StoredFile, look_at};
use std::{
    io::{self, Read},
    path::Path,
};

/// Files up to this size are held in memory, so that they are read once.
const IN_MEMORY: u64 = 16 << 20;

/// Reads one file. Its path is the one that the user wrote, made relative.
pub(crate) fn read_single(target: &str, path: &Path, file: &StoredFile, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
    let error = |message: String| TargetError { target: target.to_owned(), message, hint: None };
    if file.bytes() == 0 {
        return Err(error("the file is empty".to_owned()));
    }
    let entry = look_at(path).map_err(|e| error(e.message))?;
    // Behind a symlink that the user named, the link's own mode says nothing.
    let mode = if entry.kind == FolderEntryKind::File { entry.mode } else { 0o644 };
    let meta = FileMeta { mode, uid: entry.uid, gid: entry.gid, size: file.bytes() };
    let shown = shown_path(target);
    if file.bytes() <= IN_MEMORY {
        let mut bytes = Vec::new();
        file.whole().read_to_end(&mut bytes).map_err(|e| error(e.to_string()))?;
        return Ok(vec![one_entry(target, &shown, "file", meta, &bytes, cx)]);
    }
    let digest = hash(file.whole(), cx).map_err(|e| error(e.to_string()))?;
    let mut content = Capped { reader: file.whole(), left: cx.budget.limits().max_file_bytes, cap: cx.budget.limits().max_file_bytes };
    Ok(vec![hand_over(target, &shown, "file", meta, &mut content, &digest, cx)])
}

/// An artifact of one entry whose content is at hand.
pub(crate) fn one_entry(target: &str, path: &str, source: &str, meta: FileMeta, mut bytes: &[u8], cx: &Reading<'_>) -> Artifact {
    let digest = Digest::compute(Algorithm::Sha256, bytes);
    hand_over(target, path, source, FileMeta { size: bytes.len() as u64, ..meta }, &mut bytes, &digest, cx)
}

fn hand_over(
    target: &str,
    path: &str,
    source: &str,
    meta: FileMeta,
    content: &mut dyn Read,
    digest: &Digest,
    cx: &Reading<'_>,
) -> Artifact {
    let key = LayerKey(format!("file:{target}"));
    if let Some(mut visitor) = cx.sink.0.open(&key, 0) {
        if let Err(error) = visitor.entry(&mut Entry { path, kind: EntryKind::File, meta, capability: None, content }) {
            visitor.diagnostic(file_error(path, &error));
        }
        visitor.finish();
    }
    Artifact { subject: subject(target, SubjectKind::File, source, Some(digest.to_string())), layers: vec![key], diagnostics: Vec::new() }
}

/// The user's argument as a path inside a layer.
fn shown_path(target: &str) -> String {
    let native = if cfg!(windows) { target.replace('\\', "/") } else { target.to_owned() };
    probity_vfs::normalise(&native).into_owned()
}

/// Content up to this size is tried as JSON to give it a name.
const MAX_TRIED: usize = 4 << 20;

/// A path for content that came without one, so that it is recognised: by what its lines say.
pub(crate) fn name_of_loose(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default();
    if matches!(start.trim_ascii_start().first(), Some(b'{' | b'[')) {
        // YAML in flow style begins like JSON.
        let is_json = bytes.len() > MAX_TRIED || serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        return if is_json { "stdin.json" } else { "stdin.yaml" };
    }
    let starts = |line: &[u8], words: &[&str]| {
        words.iter().any(|word| line.get(..word.len()).is_some_and(|front| front.eq_ignore_ascii_case(word.as_bytes())))
    };
    let mut lines = start.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    let first = lines.clone().find(|line| !line.trim_ascii().is_empty() && !line.trim_ascii_start().starts_with(b"#"));
    if first.is_some_and(|line| starts(line, &["from ", "arg "])) {
        return "Dockerfile";
    }
    if lines.any(|line| starts(line, &["apiVersion:", "kind:", "services:", "---"])) { "stdin.yaml" } else { "stdin" }
}

fn hash(mut reader: impl Read, cx: &Reading<'_>) -> io::Result<Digest> {
    let mut hasher = Hasher::new(&[Algorithm::Sha256]);
    let mut block = vec![0; probity_vfs::BLOCK_BYTES];
    loop {
        let read = reader.read(&mut block)?;
        if read == 0 {
            return hasher.finish().pop().ok_or_else(|| io::Error::other("nothing was hashed"));
        }
        hasher.update(block.get(..read).unwrap_or_default());
        cx.budget.check_time()?;
    }
}

/// Stops at the limit for one file.
struct Capped<R> {
    reader: R,
    left: u64,
    cap: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 && !buffer.is_empty() {
            return match self.reader.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(LimitError { limit: probity_vfs::Limit::FileBytes, value: self.cap }.into()),
            };
        }
        let read = self.reader.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.left -= read as u64;
        Ok(read)
    }
}
