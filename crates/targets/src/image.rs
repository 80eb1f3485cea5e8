//! From documents to images: which images an archive or layout holds, which of them are wanted, and what they are as artifacts.
//!
//! OCI image layout 1.1 (`index.json`, indexes within indexes) and the `manifest.json` of `docker save`, which since Engine 25 come together in one
//! archive: what `index.json` names is taken first, because it has digests for everything, and `manifest.json` adds tags and whatever is only there.
//!
//! Every document is checked against the digest that names it. Indexes may name manifests that an archive does not contain: `docker save` writes
//! the index of all platforms with the blobs of one. That is said and is no error, unless nothing is left.

use crate::{
    documents::{self, Config, Descriptor, Document, Platform, Saved, SavedImage, shorten},
    layer::{Fault, LayerRead, incomplete},
};
use probity_model::{
    Capability, Diagnostic, Reason, Subject, SubjectId, SubjectKind,
    subject::Layer,
    target::{Artifact, LayerKey, TargetError},
};
use probity_vfs::{Algorithm, Digest};
use std::collections::BTreeMap;

/// How deep indexes may be nested.
const MAX_NESTING: u32 = 8;
/// How many images, and how many entries of indexes, are looked at.
const MAX_IMAGES: usize = 1024;
/// How many layers an image may have: eight times what overlay file systems can mount.
const MAX_LAYERS: usize = 1024;

/// Where the documents of an archive or layout are.
pub(crate) trait Documents {
    /// A file by its normalised path; `None` when there is none.
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>, String>;
}

/// An image as its documents describe it.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) references: Vec<String>,
    pub(crate) platform: Option<String>,
    pub(crate) manifest_digest: Option<String>,
    pub(crate) config_digest: Option<String>,
    pub(crate) config: Config,
    pub(crate) layers: Vec<ImageLayer>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A layer as the documents of an image describe it.
#[derive(Debug, Clone)]
pub(crate) struct ImageLayer {
    /// In the archive or layout.
    pub(crate) path: String,
    /// Of the blob as stored.
    pub(crate) digest: Option<Digest>,
    /// Of the uncompressed tar, from the configuration.
    pub(crate) diff_id: Option<Digest>,
    pub(crate) media_type: Option<String>,
    pub(crate) size: Option<u64>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) images: Vec<Image>,
    /// Images whose documents are missing or wrong: a label and what is wrong.
    pub(crate) broken: Vec<(String, String)>,
    /// Things that are not images, for the user to know.
    pub(crate) notes: Vec<Diagnostic>,
    /// Platforms that an index names and the archive does not contain.
    absent: Vec<String>,
    /// Kinds of artifacts that are not images.
    foreign: Vec<String>,
    seen: usize,
}

/// Path of a blob in a layout below `prefix`.
pub(crate) fn blob_path(prefix: &str, digest: &Digest) -> String {
    format!("{prefix}blobs/{}/{}", digest.algorithm().as_str(), digest.hex())
}

/// The digest that the path of a blob in a layout states.
pub(crate) fn path_digest(path: &str) -> Option<Digest> {
    let mut parts = path.rsplit('/');
    let (hex, algorithm, blobs) = (parts.next()?, parts.next()?, parts.next()?);
    if blobs == "blobs" { Digest::parse(&format!("{algorithm}:{hex}")) } else { None }
}

/// Finds the images of an archive or layout whose files are below `prefix` (empty, or ending in `/`). `None` when it is neither.
pub(crate) fn find(store: &dyn Documents, prefix: &str) -> Result<Option<Found>, String> {
    let index = store.document(&format!("{prefix}index.json"))?;
    let is_layout = store.document(&format!("{prefix}oci-layout"))?.is_some();
    let (saved, is_empty) = match store.document(&format!("{prefix}manifest.json"))?.map(|bytes| documents::saved(&bytes)) {
        Some(Saved::Images(images)) => (Some(images), false),
        Some(Saved::Empty) => (None, true),
        Some(Saved::Foreign) | None => (None, false),
    };
    let mut found = Found::default();
    let mut finder = Finder { store, prefix, found: &mut found };
    match index.as_deref().map(documents::document) {
        Some(Ok(Document::Index { manifests })) => finder.index(&manifests, &[], 0),
        Some(Ok(Document::Manifest(_))) if is_layout => return Err("`index.json` is a manifest and not an index".to_owned()),
        Some(Err(wrong)) if is_layout || saved.is_some() => return Err(format!("`index.json` {wrong}")),
        None if is_layout && saved.is_none() => return Err("it has `oci-layout` but no `index.json`".to_owned()),
        _ if saved.is_none() && is_empty => return Err("its `manifest.json` names no image".to_owned()),
        // Some other file of that name.
        _ if saved.is_none() => return Ok(None),
        _ => {}
    }
    for image in saved.unwrap_or_default() {
        finder.saved(&image);
    }
    Ok(Some(found))
}

struct Finder<'a> {
    store: &'a dyn Documents,
    prefix: &'a str,
    found: &'a mut Found,
}

impl Finder<'_> {
    fn index(&mut self, manifests: &[Descriptor], references: &[String], depth: u32) {
        for descriptor in manifests {
            self.found.seen += 1;
            if self.found.seen > MAX_IMAGES || depth > MAX_NESTING {
                let what = if depth > MAX_NESTING { "indexes are nested too deeply" } else { "the indexes have too many entries" };
                self.found.broken.push(("index".to_owned(), format!("{what}, so not all images were looked at")));
                return;
            }
            if descriptor.is_attestation() {
                let message = format!("`{}` is an attestation and not an image; it was passed over", shorten(&descriptor.digest));
                self.found.notes.push(Diagnostic::note(Reason::TargetKindMissing, message));
                continue;
            }
            let mut references = references.to_vec();
            references.extend(named(descriptor));
            let label = references.first().cloned().unwrap_or_else(|| shorten(&descriptor.digest));
            if let Err(wrong) = self.manifest(descriptor, &references, depth) {
                self.found.broken.push((label, wrong));
            }
        }
    }

    fn manifest(&mut self, descriptor: &Descriptor, references: &[String], depth: u32) -> Result<(), String> {
        let digest = descriptor.parsed_digest().map_err(|wrong| format!("the index {wrong}"))?;
        let Some(bytes) = self.store.document(&blob_path(self.prefix, &digest))? else {
            if depth > 0
                && let Some(platform) = descriptor.platform.as_ref().and_then(Platform::text)
            {
                self.found.absent.push(platform);
                return Ok(());
            }
            return Err(format!("the manifest `{digest}` is missing"));
        };
        verify(&bytes, &digest, "manifest")?;
        verify_size(bytes.len() as u64, descriptor, "manifest")?;
        // `docker save` lists a manifest once for every tag.
        let text = digest.to_string();
        if let Some(known) = self.found.images.iter_mut().find(|image| image.manifest_digest.as_ref() == Some(&text)) {
            known.add_references(references);
            return Ok(());
        }
        match documents::document(&bytes).map_err(|wrong| format!("the manifest `{digest}` {wrong}"))? {
            Document::Index { manifests } => {
                self.index(&manifests, references, depth + 1);
                Ok(())
            }
            Document::Manifest(manifest) => {
                if let Some(kind) = manifest.foreign_kind() {
                    self.found.foreign.push(shorten(kind));
                    let message = format!("`{digest}` is an artifact of type `{}` and not an image; it was passed over", shorten(kind));
                    self.found.notes.push(Diagnostic::note(Reason::TargetKindMissing, message));
                    return Ok(());
                }
                let config_digest = manifest.config.parsed_digest().map_err(|wrong| format!("the manifest `{digest}` {wrong}"))?;
                let config = self.store.document(&blob_path(self.prefix, &config_digest))?;
                let config = config.ok_or_else(|| format!("the configuration `{config_digest}` is missing"))?;
                let mut image = image_from(&manifest, &config, descriptor.platform.as_ref(), |digest| blob_path(self.prefix, digest))?;
                image.manifest_digest = Some(text);
                image.add_references(references);
                self.found.images.push(image);
                Ok(())
            }
        }
    }

    fn saved(&mut self, saved: &SavedImage) {
        self.found.seen += 1;
        let label = saved.tags.first().cloned().unwrap_or_else(|| shorten(&saved.config));
        if self.found.seen > MAX_IMAGES {
            self.found.broken.push((label, "`manifest.json` has too many images, so not all were looked at".to_owned()));
            return;
        }
        if let Err(wrong) = self.saved_image(saved) {
            self.found.broken.push((label, wrong));
        }
    }

    fn saved_image(&mut self, saved: &SavedImage) -> Result<(), String> {
        let path = |raw: &str| format!("{}{}", self.prefix, probity_vfs::normalise(raw));
        let config_path = path(&saved.config);
        let bytes =
            self.store.document(&config_path)?.ok_or_else(|| format!("the configuration `{}` is missing", shorten(&saved.config)))?;
        if let Some(expected) = config_name_digest(&config_path) {
            verify(&bytes, &expected, "configuration")?;
        }
        let digest = Digest::compute(Algorithm::Sha256, &bytes).to_string();
        let paths: Vec<String> = saved.layers.iter().map(|raw| path(raw)).collect();
        let is_known =
            |image: &&mut Image| image.config_digest.as_ref() == Some(&digest) && image.layers.iter().map(|layer| &layer.path).eq(&paths);
        if let Some(known) = self.found.images.iter_mut().find(is_known) {
            known.add_references(&saved.tags);
            return Ok(());
        }
        let config = documents::config(&bytes).map_err(|wrong| format!("the configuration `{}` {wrong}", shorten(&saved.config)))?;
        let layers =
            paths.into_iter().map(|path| ImageLayer { digest: path_digest(&path), path, diff_id: None, media_type: None, size: None });
        let mut image = Image {
            references: saved.tags.clone(),
            platform: config.platform.text(),
            manifest_digest: None,
            config_digest: Some(digest),
            layers: layers.take(MAX_LAYERS + 1).collect(),
            config,
            diagnostics: Vec::new(),
        };
        image.state_diff_ids()?;
        self.found.images.push(image);
        Ok(())
    }
}

/// An image from its manifest and the bytes of its configuration, which are verified. `locate` says where a blob is.
pub(crate) fn image_from(
    manifest: &documents::Manifest,
    config: &[u8],
    platform: Option<&Platform>,
    locate: impl Fn(&Digest) -> String,
) -> Result<Image, String> {
    let config_digest = manifest.config.parsed_digest().map_err(|wrong| format!("the manifest {wrong}"))?;
    verify(config, &config_digest, "configuration")?;
    verify_size(config.len() as u64, &manifest.config, "configuration")?;
    let mut config = documents::config(config).map_err(|wrong| format!("the configuration `{config_digest}` {wrong}"))?;
    config.image.annotations.clone_from(&manifest.annotations);
    let mut layers = Vec::new();
    for layer in manifest.layers.iter().take(MAX_LAYERS + 1) {
        let digest = layer.parsed_digest().map_err(|wrong| format!("the manifest {wrong}"))?;
        let media_type = (!layer.media_type.is_empty()).then(|| layer.media_type.clone());
        layers.push(ImageLayer { path: locate(&digest), digest: Some(digest), diff_id: None, media_type, size: layer.size });
    }
    let platform = config.platform.text().or_else(|| platform.and_then(Platform::text));
    let mut image = Image {
        references: Vec::new(),
        platform,
        manifest_digest: None,
        config_digest: Some(config_digest.to_string()),
        config,
        layers,
        diagnostics: Vec::new(),
    };
    image.state_diff_ids()?;
    Ok(image)
}

fn verify(bytes: &[u8], expected: &Digest, what: &str) -> Result<(), String> {
    if expected.matches(bytes) {
        return Ok(());
    }
    Err(format!("the {what} `{expected}` has the wrong digest `{}`", Digest::compute(expected.algorithm(), bytes)))
}

/// A descriptor's size is part of what it promises: runtimes refuse a blob of another one before they look at its digest.
fn verify_size(bytes: u64, descriptor: &Descriptor, what: &str) -> Result<(), String> {
    match descriptor.size {
        Some(stated) if stated != bytes => {
            Err(format!("the {what} `{}` has {bytes} bytes and not the {stated} that are stated", shorten(&descriptor.digest)))
        }
        _ => Ok(()),
    }
}

/// The digest in the name of a configuration: `blobs/sha256/HEX`, `HEX.json`, `sha256:HEX`.
fn config_name_digest(path: &str) -> Option<Digest> {
    let name = path.rsplit('/').next().unwrap_or(path);
    path_digest(path).or_else(|| Digest::parse(name)).or_else(|| Digest::parse(&format!("sha256:{}", name.strip_suffix(".json")?)))
}

/// The names that an index gives an image.
fn named(descriptor: &Descriptor) -> Option<String> {
    let names = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
    names.iter().find_map(|name| descriptor.annotations.get(*name)).filter(|name| !name.is_empty()).cloned()
}

impl Image {
    /// Adds names that it does not have yet in some spelling.
    fn add_references(&mut self, names: &[String]) {
        for name in names {
            if !self.references.iter().any(|known| familiar(known) == familiar(name)) {
                self.references.push(name.clone());
            }
        }
    }

    /// Gives every layer the digest that the configuration states for its content.
    fn state_diff_ids(&mut self) -> Result<(), String> {
        if self.layers.len() > MAX_LAYERS {
            return Err(format!("the image has more than {MAX_LAYERS} layers"));
        }
        let stated = &self.config.diff_ids;
        if stated.len() != self.layers.len() {
            let message = format!("the configuration names {} layers and the manifest {}", stated.len(), self.layers.len());
            self.diagnostics.push(Diagnostic::error(Reason::AnalyzerFailed, message).affecting([Capability::Everything]));
            return Ok(());
        }
        for (layer, stated) in self.layers.iter_mut().zip(stated) {
            let digest = Digest::parse(stated);
            layer.diff_id =
                Some(digest.ok_or_else(|| format!("the configuration names a layer by an invalid digest `{}`", shorten(stated)))?);
        }
        Ok(())
    }

    /// Tag and platform, or what there is of them.
    fn label(&self) -> String {
        let name = self.references.first().cloned().or_else(|| self.short_id()).unwrap_or_else(|| "unnamed".to_owned());
        match &self.platform {
            Some(platform) => format!("{name} ({platform})"),
            None => name,
        }
    }

    fn short_id(&self) -> Option<String> {
        let digest = self.manifest_digest.as_ref().or(self.config_digest.as_ref())?;
        Some(digest.chars().take("sha256:".len() + 12).collect())
    }

    fn is_named(&self, wanted: &str) -> bool {
        let hex = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        let is_id = hex.len() >= 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let digests = self.manifest_digest.iter().chain(&self.config_digest);
        if digests.into_iter().any(|d| d == wanted || (is_id && d.split_once(':').is_some_and(|(_, own)| own.starts_with(hex)))) {
            return true;
        }
        let wanted = familiar(wanted);
        self.references.iter().any(|reference| {
            let reference = familiar(reference);
            let untagged = untagged(reference);
            let ends = |whole: &str| whole == wanted || whole.strip_suffix(wanted).is_some_and(|front| front.ends_with('/'));
            ends(reference) || ends(untagged) || wanted.strip_suffix(":latest") == Some(reference)
        })
    }

    fn runs_on(&self, wanted: &str) -> bool {
        let own = self.platform.as_deref().unwrap_or_default();
        let wanted = wanted.trim_end_matches('/');
        // `arm64` alone is Linux; a variant that was not asked for does not matter.
        let wanted = if wanted.contains('/') { wanted.to_owned() } else { format!("linux/{wanted}") };
        own == wanted
            || own.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('/'))
            || (wanted == "linux/arm64/v8" && own == "linux/arm64")
    }
}

/// A reference without the parts that Docker leaves out.
fn familiar(reference: &str) -> &str {
    let short = reference.strip_prefix("docker.io/").unwrap_or(reference);
    short.strip_prefix("library/").unwrap_or(short)
}

/// Without tag or digest. A colon before the last `/` belongs to a port.
fn untagged(reference: &str) -> &str {
    let reference = reference.split('@').next().unwrap_or(reference);
    match reference.rfind(':') {
        Some(at) if !reference.get(at..).unwrap_or_default().contains('/') => reference.get(..at).unwrap_or(reference),
        _ => reference,
    }
}

impl Found {
    /// Keeps the images that are wanted; an error says what there is.
    pub(crate) fn select(mut self, target: &str, image: Option<&str>, platform: Option<&str>) -> Result<Self, TargetError> {
        let error = |message: String, hint: Option<String>| TargetError { target: target.to_owned(), message, hint };
        let mut absent = std::mem::take(&mut self.absent);
        absent.sort_unstable();
        absent.dedup();
        if self.images.is_empty() && self.broken.is_empty() {
            let message = match (self.foreign.first(), absent.is_empty()) {
                (Some(kind), _) => format!("it holds no image, only an artifact of type `{kind}`"),
                (None, false) => format!("it names images for {} but contains none of them", absent.join(", ")),
                (None, true) => "it holds no image".to_owned(),
            };
            return Err(error(message, None));
        }
        let labels: Vec<String> = self.images.iter().map(Image::label).take(20).collect();
        if let Some(wanted) = image {
            self.images.retain(|candidate| candidate.is_named(wanted));
            self.broken.retain(|(label, _)| familiar(label) == familiar(wanted) || untagged(familiar(label)) == familiar(wanted));
        }
        if let Some(wanted) = platform {
            self.images.retain(|candidate| candidate.runs_on(wanted));
        }
        if self.images.is_empty() && self.broken.is_empty() {
            let wanted: Vec<String> = [("--image", image), ("--platform", platform)]
                .into_iter()
                .filter_map(|(flag, value)| value.map(|value| format!("`{flag} {value}`")))
                .collect();
            let mut hint = format!("it holds {}", labels.join(", "));
            if !absent.is_empty() {
                hint.push_str(&format!("; named but not contained: {}", absent.join(", ")));
            }
            return Err(error(format!("no image matches {}", wanted.join(" and ")), Some(hint)));
        }
        if self.images.is_empty() {
            let (label, wrong) = self.broken.first().cloned().unwrap_or_default();
            return Err(error(if label.is_empty() { wrong } else { format!("image `{label}`: {wrong}") }, None));
        }
        if platform.is_none() && !absent.is_empty() {
            let message = format!("the index also names {}, which the archive does not contain", absent.join(", "));
            self.notes.push(Diagnostic::note(Reason::TargetKindMissing, message));
        }
        Ok(self)
    }
}

/// What became of a layer's blob.
#[derive(Debug)]
pub(crate) enum Blob<'a> {
    Read(&'a LayerKey, &'a LayerRead),
    Missing,
    Unreadable(&'a str),
}

/// Turns images into artifacts. `blob` says what became of a layer; `empty` gives the key of an empty layer that stands for one that is not there,
/// so that the positions of layers are those of the image.
pub(crate) fn artifacts<'a>(
    target: &str,
    source: &str,
    found: Found,
    blob: &dyn Fn(&ImageLayer) -> Blob<'a>,
    empty: &dyn Fn(&str) -> LayerKey,
) -> Vec<Artifact> {
    let Found { images, broken, mut notes, .. } = found;
    let names = names(target, &images, broken.len());
    let mut artifacts: Vec<Artifact> =
        images.into_iter().zip(names).map(|(image, name)| artifact(name, source, image, blob, empty)).collect();
    for (label, wrong) in broken {
        let diagnostic = Diagnostic::error(Reason::AnalyzerFailed, wrong).affecting([Capability::Everything]);
        artifacts.push(Artifact {
            subject: Subject {
                id: SubjectId::default(),
                kind: SubjectKind::Image,
                name: format!("{target} ({label})"),
                source: source.to_owned(),
                digest: None,
                config_digest: None,
                platform: None,
                references: Vec::new(),
                layers: Vec::new(),
                image: None,
            },
            layers: Vec::new(),
            diagnostics: vec![diagnostic],
        });
    }
    if let Some(first) = artifacts.first_mut() {
        first.diagnostics.append(&mut notes);
    }
    artifacts
}

/// One image is called as the user wrote the target; several are told apart by tag, then platform, then digest.
fn names(target: &str, images: &[Image], others: usize) -> Vec<String> {
    if images.len() + others == 1 {
        return vec![target.to_owned()];
    }
    let label = |image: &Image, parts: u8| {
        let tag = image.references.first().cloned();
        let platform = image.platform.clone().filter(|_| parts > 0);
        let id = image.short_id().filter(|_| parts > 1 || (tag.is_none() && platform.is_none()));
        [tag, platform, id].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let mut names: Vec<String> = images.iter().map(|image| label(image, 0)).collect();
    for parts in 1..=2 {
        let mut uses: BTreeMap<String, u32> = BTreeMap::new();
        for name in &names {
            *uses.entry(name.clone()).or_default() += 1;
        }
        for (name, image) in names.iter_mut().zip(images) {
            if uses.get(name.as_str()).is_some_and(|count| *count > 1) {
                *name = label(image, parts);
            }
        }
    }
    names.into_iter().map(|name| format!("{target} ({name})")).collect()
}

fn artifact<'a>(
    name: String,
    source: &str,
    image: Image,
    blob: &dyn Fn(&ImageLayer) -> Blob<'a>,
    empty: &dyn Fn(&str) -> LayerKey,
) -> Artifact {
    let Image { mut references, platform, manifest_digest, config_digest, config, layers, mut diagnostics } = image;
    references.sort_unstable();
    references.dedup();
    let histories = histories(&config, layers.len());
    let mut keys = Vec::with_capacity(layers.len());
    let mut described = Vec::with_capacity(layers.len());
    for ((position, layer), history) in (0_u32..).zip(&layers).zip(histories) {
        let created_by = history.and_then(|at| config.image.history.get(at as usize)).and_then(|h| h.created_by.clone());
        let mut out = Layer {
            digest: layer.digest.as_ref().map(Digest::to_string),
            diff_id: layer.diff_id.as_ref().map(Digest::to_string),
            media_type: layer.media_type.clone(),
            size: layer.size,
            history,
            created_by,
        };
        let label = layer.digest.as_ref().or(layer.diff_id.as_ref()).map_or_else(|| layer.path.clone(), Digest::to_string);
        let (key, diagnostic) = match blob(layer) {
            Blob::Read(key, read) => {
                out.digest = out.digest.or_else(|| read.stored.first().map(Digest::to_string));
                out.diff_id = out.diff_id.or_else(|| read.content.first().map(Digest::to_string));
                out.size = Some(read.stored_bytes);
                let diagnostic = judge(layer, read, &label);
                let usable = diagnostic.as_ref().is_none_or(|d| d.level != probity_model::diagnostic::Level::Error);
                (if usable && read.fault.is_none() { key.clone() } else { empty(&layer.path) }, diagnostic)
            }
            Blob::Missing => (empty(&layer.path), Some(missing(layer, &label))),
            Blob::Unreadable(why) => {
                let message = format!("layer `{label}` cannot be read: {why}");
                (empty(&layer.path), Some(Diagnostic::error(Reason::AnalyzerFailed, message).affecting([Capability::Everything])))
            }
        };
        keys.push(key);
        described.push(out);
        diagnostics.extend(diagnostic.map(|d| Diagnostic { layer: Some(position), ..d }));
    }
    let subject = Subject {
        id: SubjectId::default(),
        kind: SubjectKind::Image,
        name,
        source: source.to_owned(),
        digest: manifest_digest,
        config_digest,
        platform,
        references,
        layers: described,
        image: Some(config.image),
    };
    Artifact { subject, layers: keys, diagnostics }
}

/// What is wrong with a layer, for this image.
fn judge(layer: &ImageLayer, read: &LayerRead, label: &str) -> Option<Diagnostic> {
    let wrong = |what: &str, expected: &Digest, found: &Digest| {
        let message = format!("layer `{label}` has the wrong {what}: expected `{expected}`, found `{found}`");
        Diagnostic::error(Reason::AnalyzerFailed, message)
            .affecting([Capability::Everything])
            .hint("the archive is damaged or was changed; save or pull the image again")
    };
    match &read.fault {
        Some(Fault::BlobDigest { expected, found }) => return Some(wrong("digest", expected, found)),
        Some(Fault::DiffId { expected, found }) => return Some(wrong("content digest", layer.diff_id.as_ref().unwrap_or(expected), found)),
        Some(Fault::NotTar) => {
            let kind = layer.media_type.as_deref().unwrap_or("unknown type");
            return Some(incomplete(
                Reason::AnalyzerFailed,
                format!("layer `{label}` ({}) is not a tar archive and was not read", shorten(kind)),
            ));
        }
        None => {}
    }
    // Another image of the same archive may state something else about the same blob.
    for (what, expected, found) in [("digest", &layer.digest, &read.stored), ("content digest", &layer.diff_id, &read.content)] {
        if let Some(expected) = expected
            && let Some(first) = found.first()
            && !found.contains(expected)
        {
            return Some(wrong(what, expected, first));
        }
    }
    // What was not read to its end has no digest, and says that itself.
    let stated = layer.size.filter(|stated| *stated != read.stored_bytes && !read.stored.is_empty())?;
    let message = format!("layer `{label}` has {} bytes and not the {stated} that the manifest states", read.stored_bytes);
    Some(
        Diagnostic::error(Reason::AnalyzerFailed, message)
            .affecting([Capability::Everything])
            .hint("the manifest is damaged or was changed; save or pull the image again"),
    )
}

fn missing(layer: &ImageLayer, label: &str) -> Diagnostic {
    let kind = layer.media_type.as_deref().unwrap_or_default();
    if kind.contains("nondistributable") || kind.contains("foreign") {
        return incomplete(
            Reason::SubjectTruncated,
            format!("layer `{label}` is distributed separately and is not here, so it was not read"),
        );
    }
    Diagnostic::error(Reason::AnalyzerFailed, format!("layer `{label}` is missing"))
        .affecting([Capability::Everything])
        .hint("the archive is incomplete; save or pull the image again")
}

/// The history instruction of every layer. Instructions that made no layer are passed over; when the counts disagree, layers are matched from the
/// top, because a base image's history is what build tools drop.
fn histories(config: &Config, layers: usize) -> Vec<Option<u32>> {
    let makers: Vec<u32> = (0_u32..).zip(&config.image.history).filter(|(_, h)| !h.empty_layer).map(|(at, _)| at).collect();
    let surplus = makers.len().saturating_sub(layers);
    let unknown = layers.saturating_sub(makers.len());
    std::iter::repeat_n(None, unknown).chain(makers.into_iter().skip(surplus).map(Some)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::image::History;

    fn image(reference: &str, platform: &str) -> Image {
        Image {
            references: vec![reference.to_owned()],
            platform: Some(platform.to_owned()),
            manifest_digest: Some(format!("sha256:{}", "ab".repeat(32))),
            config_digest: None,
            config: Config::default(),
            layers: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    #[test]
    fn an_image_answers_to_its_names() {
        let of = |reference, wanted| image(reference, "linux/amd64").is_named(wanted);
        for wanted in ["shop:1.2", "docker.io/library/shop:1.2", "shop", "sha256:abababab", "ababab"] {
            assert!(of("docker.io/library/shop:1.2", wanted), "{wanted}");
        }
        assert!(of("registry.example:5000/acme/shop:1.2", "shop:1.2"));
        assert!(of("registry.example:5000/acme/shop", "acme/shop"));
        for wanted in ["shop:1.3", "op:1.2", "1.2", "sha256:cd", "aba"] {
            assert!(!of("docker.io/library/shop:1.2", wanted), "{wanted}");
        }
    }

    #[test]
    fn platforms_match_without_the_parts_that_were_not_asked_for() {
        let on = |own, wanted| image("a", own).runs_on(wanted);
        assert!(on("linux/arm64/v8", "linux/arm64") && on("linux/amd64", "amd64") && on("linux/arm64", "linux/arm64/v8"));
        assert!(!on("linux/arm/v7", "linux/arm64") && !on("linux/arm64", "linux/arm") && !on("linux/arm/v6", "linux/arm/v7"));
    }

    #[test]
    fn several_images_get_distinct_names() {
        let images = [image("a:1", "linux/amd64"), image("b:1", "linux/amd64"), image("b:1", "linux/arm64")];
        assert_eq!(names("x.tar", &images, 0), ["x.tar (a:1)", "x.tar (b:1, linux/amd64)", "x.tar (b:1, linux/arm64)"]);
        assert_eq!(names("x.tar", &images[..1], 0), ["x.tar"]);
        let same = [image("a:1", "linux/amd64"), image("a:1", "linux/amd64")];
        assert!(names("x.tar", &same, 0)[0].contains("sha256:abababababab"));
    }

    #[test]
    fn history_skips_what_made_no_layer_and_tolerates_other_counts() {
        let history = |empty: &[bool]| Config {
            image: probity_model::image::ImageConfig {
                history: empty.iter().map(|e| History { empty_layer: *e, ..History::default() }).collect(),
                ..Default::default()
            },
            ..Config::default()
        };
        assert_eq!(histories(&history(&[false, true, false]), 2), [Some(0), Some(2)]);
        assert_eq!(histories(&history(&[false]), 2), [None, Some(0)]);
        assert_eq!(histories(&history(&[false, false]), 1), [Some(1)]);
        assert_eq!(histories(&history(&[]), 1), [None]);
    }
}
