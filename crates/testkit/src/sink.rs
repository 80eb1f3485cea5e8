//! A sink that writes down what targets give it.

use probity_model::{
    Diagnostic,
    target::{Entry, EntryKind, LayerKey, LayerSink, LayerVisitor},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    sync::{Mutex, PoisonError},
};

/// What one part of a layer gave.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// One line for every entry: kind, path, mode, owner, size, and the start of the content.
    pub entries: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Keeps finished parts; a dropped part is forgotten and may be opened again.
#[derive(Debug, Default)]
pub struct RecordingSink {
    parts: Mutex<BTreeMap<LayerKey, BTreeMap<u32, Option<Part>>>>,
    skim: bool,
}

impl RecordingSink {
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves content unread.
    pub fn skimming() -> Self {
        Self { skim: true, ..Self::default() }
    }

    /// The joined parts of a layer; `None` when it was never finished.
    pub fn layer(&self, key: &LayerKey) -> Option<Part> {
        let all = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut whole: Option<Part> = None;
        for part in all.get(key)?.values().flatten() {
            let whole = whole.get_or_insert_default();
            whole.entries.extend(part.entries.iter().cloned());
            whole.diagnostics.extend(part.diagnostics.iter().cloned());
        }
        whole
    }

    /// How many layers were finished.
    pub fn finished(&self) -> usize {
        let all = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().filter(|parts| parts.values().any(Option::is_some)).count()
    }
}

impl LayerSink for RecordingSink {
    fn open(&self, layer: &LayerKey, part: u32) -> Option<Box<dyn LayerVisitor + '_>> {
        let mut all = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = all.entry(layer.clone()).or_default();
        if parts.contains_key(&part) {
            return None;
        }
        parts.insert(part, None);
        Some(Box::new(Recorder { sink: self, key: layer.clone(), number: part, part: Some(Part::default()) }))
    }
}

struct Recorder<'a> {
    sink: &'a RecordingSink,
    key: LayerKey,
    number: u32,
    part: Option<Part>,
}

impl LayerVisitor for Recorder<'_> {
    fn entry(&mut self, entry: &mut Entry<'_>) -> io::Result<()> {
        let kind = match entry.kind {
            EntryKind::File => "file".to_owned(),
            EntryKind::Folder => "folder".to_owned(),
            EntryKind::Symlink(target) => format!("symlink to {target}"),
            EntryKind::HardLink(target) => format!("hard link to {target}"),
            EntryKind::Special => "special".to_owned(),
            EntryKind::Whiteout => "whiteout".to_owned(),
            EntryKind::Opaque => "opaque".to_owned(),
        };
        let meta = entry.meta;
        let mut line = format!("{} {kind} {:o} {}:{} {}", entry.path, meta.mode, meta.uid, meta.gid, meta.size);
        if let Some(capability) = entry.capability {
            // Writing to a string does not fail.
            let _ = write!(line, " capability {capability:?}");
        }
        let mut content = Vec::new();
        let read = if self.sink.skim { Ok(0) } else { entry.content.read_to_end(&mut content) };
        if !content.is_empty() {
            let start: String = String::from_utf8_lossy(&content).chars().take(40).collect();
            let _ = write!(line, " {start:?}");
        }
        if let Some(part) = &mut self.part {
            part.entries.push(line);
        }
        read.map(|_| ())
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        if let Some(part) = &mut self.part {
            part.diagnostics.push(diagnostic);
        }
    }

    fn finish(mut self: Box<Self>) {
        let part = self.part.take();
        let mut all = self.sink.parts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(self.key.clone()).or_default().insert(self.number, part);
    }
}

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        if self.part.is_some() {
            let mut all = self.sink.parts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(parts) = all.get_mut(&self.key) {
                parts.remove(&self.number);
            }
        }
    }
}
