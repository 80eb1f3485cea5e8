//! Configuration documents with line ranges: YAML, JSON, Dockerfile, Kubernetes, Compose.
//!
//! [`claims`] says by name which files to hand in, [`parse`] reads one ([`parse_named`] one that the user chose), [`link`] joins what spans several files of one subject. A file that
//! is no document of ours is no news; one that evidently was meant to be one and cannot be read is a [`Diagnostic`] that says which
//! conclusions are lost. Nothing is opened here: readers see only the bytes they are handed.

mod block;
mod compose;
mod dockerfile;
mod ignores;
mod json;
mod kubernetes;
mod scalar;
mod template;
mod text;
mod tree;
mod yaml;

pub use json::parse_json;
pub use tree::SyntaxError;
pub use yaml::parse_yaml;

use memchr::memmem;
use probity_model::{
    Capability, Diagnostic, InputKind, Lines, Reason,
    document::{Document, SourceFile},
};
use scalar::Dialect;
use tree::Repeated;
use yaml::{Stream, YamlDocument};

/// How much is read of one file. What goes over is a diagnostic.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Larger files are not read.
    pub max_bytes: usize,
    /// Values in a file, copies made by aliases included.
    pub max_nodes: usize,
    /// Nesting of lists and mappings, copies made by aliases included.
    pub max_depth: usize,
    /// What anchors and aliases may copy: one for each value and for each 32 bytes of its text.
    pub max_alias_expansion: usize,
    /// Bytes of a value after expansion of variables.
    pub max_expanded_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 32 << 20,
            max_nodes: 1_000_000,
            // A walk over the tree may recurse this deep.
            max_depth: 200,
            max_alias_expansion: 200_000,
            max_expanded_bytes: 64 << 10,
        }
    }
}

/// What a file turned out to be.
#[derive(Debug, Default)]
pub struct Parsed {
    /// `None` and no diagnostics: no configuration document that we judge.
    pub file: Option<SourceFile>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a file of this name may hold documents.
pub fn claims(path: &str) -> bool {
    format_of(path).is_some()
}

/// Reads one file. What needs other files of the subject is left to [`link`].
pub fn parse(path: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    format_of(path).map_or_else(Parsed::default, |format| parse_as(format, path, bytes, limits))
}

/// Reads a file that the user named by itself, whatever it is called: what its first lines say decides.
pub fn parse_named(path: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    let format = format_of(path).or_else(|| format_of_content(bytes));
    format.map_or_else(Parsed::default, |format| parse_as(format, path, bytes, limits))
}

fn parse_as(format: Format, path: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    let mut parsed = match format {
        _ if bytes.len() > limits.max_bytes => too_large(path, format, bytes, limits),
        Format::Dockerfile => dockerfile::parse(path, bytes, limits),
        Format::Yaml | Format::Json => parse_tree(format == Format::Json, path, bytes, limits),
    };
    for diagnostic in &mut parsed.diagnostics {
        diagnostic.path.get_or_insert_with(|| path.into());
    }
    parsed
}

/// Joins what spans several files of one subject: `extends` from another file, `include` and override files of Compose projects.
pub fn link(files: &mut [SourceFile], diagnostics: &mut Vec<Diagnostic>) {
    compose::link(files, diagnostics);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Yaml,
    Json,
    Dockerfile,
}

/// Extensions of files that are about a Dockerfile and are none: `Dockerfile.dockerignore`, `Dockerfile.md`.
const NOT_DOCKERFILES: [&str; 14] =
    ["dockerignore", "md", "markdown", "rst", "html", "go", "rs", "py", "rb", "js", "ts", "sh", "swp", "lock"];

fn format_of(path: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    for stem in ["dockerfile", "containerfile"] {
        if name == stem {
            return Some(Format::Dockerfile);
        }
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if extension == stem {
            return Some(Format::Dockerfile);
        }
        if name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-', '_']))
            && !NOT_DOCKERFILES.contains(&extension)
            && !matches!(extension, "yaml" | "yml" | "json")
        {
            return Some(Format::Dockerfile);
        }
    }
    match name.rsplit_once('.')?.1 {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

/// How much of a file without a telling name is looked at.
const SNIFFED: usize = 64 << 10;

/// What the content says when the name does not. Text that only mentions such words is read and found to hold nothing.
fn format_of_content(bytes: &[u8]) -> Option<Format> {
    let start = bytes.get(..bytes.len().min(SNIFFED)).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    // UTF-16 without its mark, and binary files: the reader says which.
    let dense: String = text.chars().filter(|c| *c != '\0' && *c != '\u{feff}').collect();
    let mut lines = dense.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.next()?;
    if is_from(first) || (is_word(first, "ARG") && lines.any(is_from)) {
        return Some(Format::Dockerfile);
    }
    let key = |line: &str| {
        ["apiVersion", "kind", "services"].iter().any(|word| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(':')))
    };
    let flow = first.starts_with(['{', '[']) && ["apiVersion", "services"].iter().any(|word| dense.contains(word));
    // What begins like JSON is tried as that first.
    (flow || dense.lines().any(key)).then_some(Format::Yaml)
}

/// `FROM image` and `FROM image AS name`; a sentence that begins with "From" has more words.
fn is_from(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
    is_word(line, "FROM") && matches!(words.as_slice(), [_] | [_, _, _]) && words.get(1).is_none_or(|word| word.eq_ignore_ascii_case("as"))
}

fn is_word(line: &str, word: &str) -> bool {
    line.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case(word))
}

/// Which documents a file of YAML or JSON that cannot be read was meant to hold.
fn meant(path: &str, text: &str) -> Option<InputKind> {
    if compose::is_named(path) {
        Some(InputKind::Compose)
    } else if kubernetes::looks_meant(text) {
        Some(InputKind::KubernetesManifest)
    } else {
        None
    }
}

fn too_large(path: &str, format: Format, bytes: &[u8], limits: &Limits) -> Parsed {
    let kind = match format {
        Format::Dockerfile => Some(InputKind::Dockerfile),
        Format::Yaml | Format::Json => meant_by_words(path, bytes),
    };
    let message = format!("larger than {} bytes and not read", limits.max_bytes);
    let diagnostic = match kind {
        Some(kind) => Diagnostic::warning(Reason::SubjectTruncated, message).affecting([Capability::Documents(kind)]),
        None if format == Format::Yaml => Diagnostic::note(Reason::SubjectTruncated, message),
        None => return Parsed::default(),
    };
    Parsed { file: None, diagnostics: vec![diagnostic] }
}

/// Like [`meant`], for bytes that are not read as text: the words anywhere say enough, because nothing will look closer.
fn meant_by_words(path: &str, bytes: &[u8]) -> Option<InputKind> {
    let has = |word: &[u8]| memmem::find(bytes, word).is_some();
    if compose::is_named(path) {
        Some(InputKind::Compose)
    } else if has(b"apiVersion") && has(b"kind") {
        Some(InputKind::KubernetesManifest)
    } else {
        None
    }
}

/// A file that is no text that can be decoded. Without its zero bytes, UTF-16 of Latin letters is those letters.
fn undecodable(is_json: bool, path: &str, bytes: &[u8], line: u32, message: &str) -> Diagnostic {
    let dense: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let kind = meant_by_words(path, &dense);
    let language = if is_json { "JSON" } else { "YAML" };
    let message = format!("cannot be read as {language}: {message}");
    let diagnostic = match kind {
        Some(kind) => Diagnostic::warning(Reason::AnalyzerFailed, message).affecting([Capability::Documents(kind)]),
        // Nothing says that it was meant to be one of ours.
        None => Diagnostic::note(Reason::TargetKindMissing, message),
    };
    diagnostic.on(Lines::one(line), Some(1))
}

/// Repeated keys of a file that are named one by one.
const MAX_REPEATED: usize = 20;

/// YAML or JSON.
fn parse_tree(is_json: bool, path: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    let mut parsed = Parsed::default();
    // Most JSON in a source tree is neither; an escape or another encoding could hide a key, and an object may lack its version.
    let has = |word: &[u8]| memmem::find(bytes, word).is_some();
    let hints: [&[u8]; 4] = [b"apiVersion", b"services", b"\\u", b"\0"];
    let hinted = || hints.iter().any(|hint| has(hint)) || (has(b"\"kind\"") && (has(b"\"metadata\"") || has(b"\"spec\"")));
    if is_json && !compose::is_named(path) && !hinted() {
        return parsed;
    }
    let text = match text::decode(bytes) {
        Ok(text) => text,
        Err(error) => {
            parsed.diagnostics.push(undecodable(is_json, path, bytes, error.line, error.message));
            return parsed;
        }
    };
    // Neither language allows them; where they stand, the text is most often UTF-16 without its mark.
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        parsed.diagnostics.push(undecodable(is_json, path, bytes, text::line_at(text.as_bytes(), at), "it has zero bytes, as UTF-16 has"));
        return parsed;
    }
    let looks_kubernetes = kubernetes::looks_meant(&text);
    if looks_kubernetes && template::is_chart_template(path, &text) {
        parsed.diagnostics.push(template::unrendered(&text));
        return parsed;
    }
    let dialect = if memmem::find(text.as_bytes(), b"apiVersion").is_some() { Dialect::Kubernetes } else { Dialect::Core };
    let stream = read_stream(is_json, &text, limits, dialect);
    let reads_as_template = stream.error.is_some() || stream.documents.iter().any(|document| document.complex_key);
    if looks_kubernetes && reads_as_template && template::first_line(&text).is_some() {
        parsed.diagnostics.push(template::unrendered(&text));
        return parsed;
    }
    if let Some(error) = &stream.error {
        let rest = if stream.documents.is_empty() { "" } else { "; the documents before it were read, what follows was not" };
        parsed.diagnostics.extend(unreadable(is_json, meant(path, &text), error, rest));
    }
    let mut notes = Vec::new();
    let ignores = ignores::of_yaml(&text, &stream, &mut notes);
    notes.extend(stream.repeated.iter().take(MAX_REPEATED).map(repeated_key));
    if let Some(next) = stream.repeated.get(MAX_REPEATED) {
        let more = stream.repeated.len() - MAX_REPEATED;
        let message = format!("{more} more keys stand in their mapping twice; the last one counts");
        notes.push(Diagnostic::note(Reason::AnalyzerDisabled, message).on(Lines::one(next.line), None));
    }
    let mut documents = Vec::new();
    let mut objects = kubernetes::Objects::default();
    for document in stream.documents {
        match compose::project(path, document.root, limits, &mut parsed.diagnostics) {
            Ok(project) => documents.push(Document::Compose(project)),
            Err(root) => {
                objects.add(root);
                documents.extend(objects.found.drain(..).map(Document::Kubernetes));
            }
        }
    }
    parsed.diagnostics.append(&mut objects.diagnostics);
    // Comments and repeated keys of files that we do not judge are none of our business.
    if !documents.is_empty() {
        parsed.diagnostics.append(&mut notes);
        parsed.file = Some(SourceFile { path: path.into(), text: text.into(), documents, ignores });
    }
    parsed
}

/// A `.json` file is read as JSON, anything else as YAML; what begins like JSON is tried as JSON first, as `kubectl` does, because YAML
/// forbids some of it (tabs).
fn read_stream(is_json: bool, text: &str, limits: &Limits, dialect: Dialect) -> Stream {
    if is_json || text.trim_start().starts_with('{') {
        match json::read(text, limits) {
            Ok((values, repeated)) => {
                let documents = values.into_iter().map(|root| YamlDocument { root, complex_key: false }).collect();
                return Stream { documents, repeated, ..Stream::default() };
            }
            Err(error) if is_json => return Stream { error: Some(error), ..Stream::default() },
            Err(_) => {}
        }
    }
    yaml::read(text, limits, dialect, ignores::are_in(text))
}

/// A file that cannot be read. What it was meant to be decides what is lost.
fn unreadable(is_json: bool, kind: Option<InputKind>, error: &SyntaxError, rest: &str) -> Option<Diagnostic> {
    let language = if is_json { "JSON" } else { "YAML" };
    let reason = if error.over_limit { Reason::SubjectTruncated } else { Reason::AnalyzerFailed };
    let message = format!("cannot be read as {language}: {}{rest}", error.message);
    let diagnostic = match kind {
        Some(kind) => Diagnostic::warning(reason, message).affecting([Capability::Documents(kind)]),
        None if is_json => return None,
        None => Diagnostic::note(Reason::TargetKindMissing, message),
    };
    Some(diagnostic.on(Lines::one(error.line), Some(error.column)))
}

fn repeated_key(repeated: &Repeated) -> Diagnostic {
    let Repeated { key, first, line } = repeated;
    Diagnostic::note(
        Reason::AnalyzerDisabled,
        format!("the key `{key}` stands on lines {first} and {line} of one mapping; the last one counts"),
    )
    .on(Lines::one(*line), None)
    .hint("remove one of them: strict decoders refuse the file")
}
