//! Entries to facts: the sink that targets feed.

use crate::{
    Progress, Request,
    cache::Layers,
    claims::{AnalyzerIx, Claims},
    guard::guarded,
};
use probity_model::{
    Capability, Diagnostic, Facts, InputKind, Lines, Place, Reason,
    analyzer::File,
    document::SourceFile,
    facts::Unsearched,
    target::{Entry, EntryKind, KnownLayer, LayerKey, LayerSink, LayerVisitor, WholeLayer},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

/// What was seen in one layer.
#[derive(Debug, Default, Clone)]
pub(crate) struct LayerRecord {
    pub(crate) facts: Facts,
    pub(crate) files: Vec<SourceFile>,
    /// Paths that hide lower layers' files of the same name and below: everything but folders.
    pub(crate) paths: Vec<Arc<str>>,
    /// Folders, which hide what lower layers have at that very path (a file, or the folder's older mode) and nothing below.
    pub(crate) folders: Vec<Arc<str>>,
    pub(crate) symlinks: Vec<(Arc<str>, Box<str>)>,
    pub(crate) whiteouts: Vec<Arc<str>>,
    pub(crate) opaque: Vec<Arc<str>>,
}

impl LayerRecord {
    fn append(&mut self, mut other: Self) {
        self.facts.append(other.facts);
        self.files.append(&mut other.files);
        self.paths.append(&mut other.paths);
        self.folders.append(&mut other.folders);
        self.symlinks.append(&mut other.symlinks);
        self.whiteouts.append(&mut other.whiteouts);
        self.opaque.append(&mut other.opaque);
    }
}

/// All layers of a run, by key.
pub(crate) type Records = HashMap<LayerKey, Arc<LayerRecord>>;

/// Receives layers from all targets of a run and keeps what analyzers make of them.
pub(crate) struct Collector<'a> {
    claims: &'a Claims,
    configs: probity_configs::Limits,
    progress: Arc<Progress>,
    secrets: Option<Arc<probity_analyzers::SecretConfig>>,
    /// Documents are read only to be judged.
    judge: bool,
    /// Layers of earlier runs.
    cache: Option<Layers>,
    /// Parts by number; a part is there from `open` on (so that a layer is read once) and complete when it is `Some`.
    parts: Mutex<HashMap<LayerKey, BTreeMap<u32, Option<LayerRecord>>>>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(claims: &'a Claims, request: &Request) -> Self {
        Self {
            claims,
            configs: request.configs.clone(),
            progress: Arc::clone(&request.progress),
            secrets: request.secrets.clone(),
            judge: request.judge,
            cache: request.cache.as_ref().map(|cache| Layers::new(Arc::clone(cache), request)),
            parts: Mutex::default(),
        }
    }

    /// `None` when the part is there or is being read.
    fn start(&self, layer: &LayerKey, part: u32) -> Option<Box<Visitor<'_>>> {
        let mut all = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = all.entry(layer.clone()).or_default();
        if parts.contains_key(&part) {
            return None;
        }
        parts.insert(part, None);
        self.progress.layers.fetch_add(1, Ordering::Relaxed);
        // Images carry configuration files of other people's software: only folders and single files are read as documents.
        let documents = self.judge && !layer.0.starts_with("sha256:") && !layer.0.starts_with("sha512:");
        Some(Box::new(Visitor {
            collector: self,
            key: layer.clone(),
            part,
            documents,
            named: layer.0.starts_with("file:"),
            record: LayerRecord::default(),
            whole: None,
            buffer: Vec::new(),
            claimed: Vec::new(),
            analyzed: HashSet::new(),
            repeats: 0,
            finished: false,
        }))
    }

    /// Joins the parts of every layer in order.
    pub(crate) fn into_records(self) -> Records {
        let parts = self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut records = Records::new();
        #[expect(clippy::iter_over_hash_type, reason = "goes into a map again: order does not matter")]
        for (key, parts) in parts {
            let mut whole = LayerRecord::default();
            for record in parts.into_values().flatten() {
                whole.append(record);
            }
            records.insert(key, Arc::new(whole));
        }
        records
    }
}

impl LayerSink for Collector<'_> {
    fn open(&self, layer: &LayerKey, part: u32) -> Option<Box<dyn LayerVisitor + '_>> {
        self.start(layer, part).map(|visitor| visitor as Box<dyn LayerVisitor>)
    }

    fn known(&self, layer: &LayerKey, stored: Option<&str>, content: Option<&str>) -> Option<KnownLayer<'_>> {
        let (whole, record) = self.cache.as_ref()?.load(stored, content)?;
        let visitor = self.start(layer, 0).map(|mut visitor| {
            self.progress.entries.fetch_add(whole.entries, Ordering::Relaxed);
            visitor.record = record;
            visitor as Box<dyn LayerVisitor>
        });
        Some(KnownLayer { layer: whole, visitor })
    }
}

/// What is not known when a file that may hold documents was not read.
const DOCUMENTS: [Capability; 3] = [
    Capability::Documents(InputKind::KubernetesManifest),
    Capability::Documents(InputKind::Compose),
    Capability::Documents(InputKind::Dockerfile),
];
/// Repeated entries that are resolved one by one; an archive with more of them was made to be slow.
const MAX_REPEATS: u32 = 1000;
/// Bytes that show what a file is.
const HEAD: u64 = 512;

/// Programs and libraries that need no executable bit: those of Windows, and libraries.
fn is_named_like_a_program(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let Some((_, extension)) = name.rsplit_once('.') else { return false };
    ["exe", "dll", "so", "dylib"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

struct Visitor<'a> {
    collector: &'a Collector<'a>,
    key: LayerKey,
    part: u32,
    documents: bool,
    /// The user named this one file: what it says decides what it is, not what it is called.
    named: bool,
    record: LayerRecord,
    /// The layer may be kept for later runs.
    whole: Option<WholeLayer>,
    buffer: Vec<u8>,
    claimed: Vec<AnalyzerIx>,
    /// Paths whose content made facts: a second entry of the same name replaces them, as extraction would.
    analyzed: HashSet<Arc<str>>,
    repeats: u32,
    finished: bool,
}

impl LayerVisitor for Visitor<'_> {
    fn entry(&mut self, entry: &mut Entry<'_>) -> io::Result<()> {
        self.collector.progress.entries.fetch_add(1, Ordering::Relaxed);
        match entry.kind {
            EntryKind::Whiteout => {
                self.record.whiteouts.push(entry.path.into());
                return Ok(());
            }
            EntryKind::Opaque => {
                self.record.opaque.push(entry.path.into());
                return Ok(());
            }
            EntryKind::Folder => {
                self.record.folders.push(entry.path.into());
                if let Some(fact) = probity_analyzers::file_fact(entry.path, entry.kind, entry.meta, entry.capability, &[]) {
                    self.record.facts.files.push(fact);
                }
                return Ok(());
            }
            EntryKind::Symlink(target) => {
                let path: Arc<str> = entry.path.into();
                self.record.symlinks.push((path.clone(), target.into()));
                self.record.paths.push(path);
                return Ok(());
            }
            EntryKind::Special => {
                self.record.paths.push(entry.path.into());
                if self.documents && probity_configs::claims(entry.path) {
                    self.diagnostic(
                        Diagnostic::warning(Reason::AnalyzerFailed, "is a pipe, socket or device, and was not read")
                            .at(entry.path)
                            .affecting(DOCUMENTS),
                    );
                }
                return Ok(());
            }
            EntryKind::HardLink(target) => {
                self.record.paths.push(entry.path.into());
                self.hard_link(entry.path, target);
                if let Some(fact) = probity_analyzers::file_fact(entry.path, entry.kind, entry.meta, entry.capability, &[]) {
                    self.record.facts.files.push(fact);
                }
                return Ok(());
            }
            EntryKind::File => {}
        }
        let path: Arc<str> = entry.path.into();
        self.record.paths.push(path.clone());
        self.file(&path, entry)
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        self.record.facts.diagnostics.push(diagnostic);
    }

    fn whole(&mut self, layer: WholeLayer) {
        self.whole = Some(layer);
    }

    fn finish(mut self: Box<Self>) {
        self.finished = true;
        let record = std::mem::take(&mut self.record);
        if let (Some(cache), Some(whole)) = (&self.collector.cache, self.whole.take()) {
            cache.store(whole, &record);
        }
        let mut all = self.collector.parts.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(self.key.clone()).or_default().insert(self.part, Some(record));
    }
}

impl Drop for Visitor<'_> {
    /// An unfinished part is forgotten, so that another copy of the layer may be read.
    fn drop(&mut self) {
        if !self.finished {
            let mut all = self.collector.parts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(parts) = all.get_mut(&self.key) {
                parts.remove(&self.part);
            }
        }
    }
}

impl Visitor<'_> {
    fn file(&mut self, path: &Arc<str>, entry: &mut Entry<'_>) -> io::Result<()> {
        let claims = self.collector.claims;
        let mut claimed = std::mem::take(&mut self.claimed);
        claims.of(path, &mut claimed);
        let readable = self.collector.configs.max_bytes as u64;
        let document = (self.named && entry.meta.size <= readable) || (self.documents && probity_configs::claims(path));
        let mut text = probity_analyzers::is_secret_candidate(path, entry.meta.size);
        let executable = entry.meta.mode & 0o111 != 0 || is_named_like_a_program(path);

        self.buffer.clear();
        if executable || text {
            (&mut *entry.content).take(HEAD).read_to_end(&mut self.buffer)?;
            text = text && !probity_analyzers::looks_binary(&self.buffer);
        }
        if let Some(fact) = probity_analyzers::file_fact(path, entry.kind, entry.meta, entry.capability, &self.buffer) {
            self.record.facts.files.push(fact);
        }
        if executable && probity_analyzers::is_program(&self.buffer) {
            claimed.extend(claims.programs());
        }
        if text {
            claimed.extend(claims.text());
            // An analyzer may claim a name and any text: it reads the file once.
            claimed.sort_unstable();
            claimed.dedup();
        } else if entry.meta.size > 0 {
            self.record.facts.unsearched_files += 1;
            // Names that say little (`.dat`, `.bin`) are told apart by their first bytes.
            if self.buffer.is_empty() {
                (&mut *entry.content).take(HEAD).read_to_end(&mut self.buffer)?;
            }
            if let Some((kind, what)) = probity_analyzers::unsearched(path, &self.buffer) {
                self.record.facts.unsearched.push(Unsearched { kind, what, at: Place { path: path.clone(), ..Place::default() } });
            }
        }
        let size = entry.meta.size;
        claimed.retain(|ix| {
            let Some(analyzer) = claims.analyzer(*ix) else { return false };
            let meta = analyzer.meta();
            if size <= meta.max_bytes {
                return true;
            }
            self.record.facts.diagnostics.push(
                Diagnostic::warning(
                    Reason::SubjectTruncated,
                    format!("{} bytes are more than `{}` reads ({} bytes)", size, meta.id, meta.max_bytes),
                )
                .at(path)
                .affecting(meta.provides.iter().copied()),
            );
            false
        });

        if !claimed.is_empty() || document {
            if claimed.is_empty() {
                // One byte more than is read says that there is more.
                (&mut *entry.content).take((readable + 1).saturating_sub(self.buffer.len() as u64)).read_to_end(&mut self.buffer)?;
            } else {
                entry.content.read_to_end(&mut self.buffer)?;
            }
            if self.analyzed.contains(path) {
                self.forget(path);
            }
            self.analyzed.insert(path.clone());
            let before = self.record.facts.secrets.len();
            for ix in &claimed {
                self.analyze(*ix, path, entry);
            }
            if let Some(config) = self.collector.secrets.as_ref().filter(|_| text) {
                config.apply(path, &self.buffer, &mut self.record.facts, before);
            }
            if document {
                self.document(path);
            }
        }
        self.claimed = claimed;
        Ok(())
    }

    fn analyze(&mut self, ix: AnalyzerIx, path: &Arc<str>, entry: &Entry<'_>) {
        let Some(analyzer) = self.collector.claims.analyzer(ix) else { return };
        let file = File { path, meta: entry.meta, bytes: &self.buffer };
        let facts = &mut self.record.facts;
        let failure = match guarded(|| analyzer.analyze(&file, facts)) {
            Ok(Ok(())) => return,
            Ok(Err(err)) => (err.message, err.line),
            Err(message) => (message, None),
        };
        let mut diagnostic =
            Diagnostic::warning(Reason::AnalyzerFailed, failure.0).at(path).affecting(analyzer.meta().provides.iter().copied());
        diagnostic.lines = failure.1.map(Lines::one);
        facts.diagnostics.push(diagnostic);
    }

    fn document(&mut self, path: &Arc<str>) {
        if self.named && probity_analyzers::is_sbom(&self.buffer) {
            self.bill_of_materials(path);
            return;
        }
        if !self.documents {
            return;
        }
        let read = if self.named { probity_configs::parse_named } else { probity_configs::parse };
        match guarded(|| read(path, &self.buffer, &self.collector.configs)) {
            Ok(mut parsed) => {
                if let Some(file) = &parsed.file {
                    for document in &file.documents {
                        probity_analyzers::document_facts(path, document, &mut self.record.facts);
                    }
                }
                self.record.facts.diagnostics.append(&mut parsed.diagnostics);
                self.record.files.extend(parsed.file);
            }
            Err(message) => {
                self.record.facts.diagnostics.push(Diagnostic::warning(Reason::AnalyzerFailed, message).at(path).affecting(DOCUMENTS));
            }
        }
    }

    /// A file that the user named, whatever it is called.
    fn bill_of_materials(&mut self, path: &Arc<str>) {
        let facts = &mut self.record.facts;
        // It may be called like one and have been read already.
        if facts.sboms.iter().any(|sbom| sbom.at.path == *path) {
            return;
        }
        let failure = match guarded(|| probity_analyzers::read_sbom(path, &self.buffer, facts)) {
            Ok(Ok(())) => return,
            Ok(Err(err)) => err.message,
            Err(message) => message,
        };
        facts.diagnostics.push(Diagnostic::error(Reason::AnalyzerFailed, failure).at(path).affecting([Capability::Everything]));
    }

    /// The content of a hard link is that of its target, which was read under its own name. What the link's name alone would have claimed was
    /// not examined, and that is said.
    fn hard_link(&mut self, path: &str, target: &str) {
        let claims = self.collector.claims;
        let (mut own, mut of_target) = (Vec::new(), Vec::new());
        claims.of(path, &mut own);
        claims.of(target, &mut of_target);
        for ix in own.into_iter().filter(|ix| !of_target.contains(ix)) {
            let Some(analyzer) = claims.analyzer(ix) else { continue };
            self.record.facts.diagnostics.push(
                Diagnostic::warning(
                    Reason::AnalyzerFailed,
                    format!("is a hard link to `{target}`, whose content `{}` did not read", analyzer.meta().id),
                )
                .at(path)
                .affecting(analyzer.meta().provides.iter().copied()),
            );
        }
    }

    /// Removes what an earlier entry of the same name said.
    fn forget(&mut self, path: &Arc<str>) {
        self.repeats += 1;
        if self.repeats > MAX_REPEATS {
            if self.repeats == MAX_REPEATS + 1 {
                self.record.facts.diagnostics.push(
                    Diagnostic::warning(Reason::SubjectTruncated, format!("more than {MAX_REPEATS} entries repeat a name"))
                        .at(path)
                        .affecting([Capability::Everything]),
                );
            }
            return;
        }
        self.record.facts.retain(&mut |place| place.path != *path);
        self.record.facts.files.retain(|fact| fact.path != *path);
        self.record.files.retain(|file| file.path != *path);
    }
}
