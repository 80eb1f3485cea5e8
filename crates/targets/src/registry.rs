//! An image in a registry.
//!
//! A registry is read as an OCI layout whose `index.json` names the one image that was asked for, so what is true of layouts (nested indexes,
//! attestations, digests of everything) is true here. Layers are fetched several at a time and analysed while they arrive; nothing is stored.
//!
//! Of an image for several platforms, one is taken: what `--platform` says, else `linux` on this machine's architecture, else the first. Which one, and
//! which others there are, is said in a note. Addresses in manifests (`urls` of foreign layers) are never followed.

use crate::{
    Options,
    archive::{self, Blobs, StoredBlob},
    documents::{self, Descriptor, Document, MAX_DOCUMENT, Platform},
    filter::Filter,
    image::{self, Documents, blob_path, path_digest},
    layer::{Proof, Reading, SinkRef},
};
use probity_model::{
    Diagnostic, Reason,
    target::{Artifact, LayerSink, Target, TargetError},
};
use probity_oci::{Client, Error, Manifest, Reference};
use probity_vfs::Budget;
use std::{
    collections::{BTreeSet, HashMap},
    io::Read,
    sync::{Mutex, PoisonError},
};

/// Layers that are fetched at once.
const CONNECTIONS: usize = 4;
/// An image reference, not yet asked for.
pub(crate) struct Remote {
    pub(crate) name: String,
    pub(crate) reference: Reference,
    pub(crate) options: Options,
    pub(crate) filter: Filter,
}

impl Remote {
    fn error(&self, message: impl Into<String>) -> TargetError {
        TargetError { target: self.name.clone(), message: message.into(), hint: None }
    }

    fn failed(&self, error: &Error) -> TargetError {
        let message = format!("there is no such file or folder, and `{}` cannot be pulled: {error}", self.reference);
        TargetError { target: self.name.clone(), message, hint: error.hint().map(str::to_owned) }
    }
}

impl Target for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, sink: &dyn LayerSink) -> Result<Vec<Artifact>, TargetError> {
        let budget = Budget::new(self.options.limits.clone());
        let cx = Reading { sink: SinkRef(sink), budget: &budget, filter: &self.filter };
        let client = Client::new(self.options.registry.clone()).map_err(|error| self.failed(&error))?;
        let top = client.manifest(&self.reference).map_err(|error| self.failed(&error))?;
        let (wanted, note) = self.choose(&top)?;
        let store = Store {
            client: &client,
            reference: &self.reference,
            index: index(&wanted, &self.reference),
            top,
            manifests: Mutex::default(),
            sizes: HashMap::new(),
        };
        store.manifests.lock().unwrap_or_else(PoisonError::into_inner).extend(wanted.iter().map(|descriptor| descriptor.digest.clone()));
        let found = image::find(&store, "").map_err(|message| self.error(message))?.ok_or_else(|| self.error("it holds no image"))?;
        let found = found.select(&self.name, None, self.options.platform.as_deref())?;
        let sizes =
            found.images.iter().flat_map(|image| &image.layers).filter_map(|layer| Some((layer.path.clone(), layer.size?))).collect();
        let store = Store { sizes, ..store };
        // Waiting for the network is not work: more connections than cores.
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(CONNECTIONS.max(rayon::current_num_threads()))
            .build()
            .map_err(|error| self.error(format!("cannot start threads: {error}")))?;
        let mut artifacts = pool.install(|| archive::read_images(&self.name, "registry", &store, found, &cx));
        for artifact in &mut artifacts {
            artifact.diagnostics.extend(note.clone());
        }
        Ok(artifacts)
    }
}

impl Remote {
    /// The descriptors to read: the manifest itself, or the entries of an index for one platform.
    fn choose(&self, top: &Manifest) -> Result<(Vec<Descriptor>, Option<Diagnostic>), TargetError> {
        let whole = Descriptor { digest: top.digest.clone(), media_type: top.media_type.clone(), ..Descriptor::default() };
        let Document::Index { manifests } = documents::document(&top.bytes).map_err(|wrong| self.error(format!("the manifest {wrong}")))?
        else {
            return Ok((vec![whole], None));
        };
        let images: Vec<(String, Descriptor)> = manifests
            .into_iter()
            .filter(|descriptor| !descriptor.is_attestation())
            .filter_map(|descriptor| Some((descriptor.platform.as_ref().and_then(Platform::text)?, descriptor)))
            .collect();
        // Without platforms there is nothing to choose by: everything is read.
        let Some((first, _)) = images.first() else { return Ok((vec![whole], None)) };
        let platforms: BTreeSet<&str> = images.iter().map(|(platform, _)| platform.as_str()).collect();
        let runs_on =
            |platform: &str, wanted: &str| platform == wanted || platform.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'));
        let chosen = self.options.platform.clone().unwrap_or_else(|| {
            let own = format!("linux/{}", architecture());
            if platforms.iter().any(|platform| runs_on(platform, &own)) { own } else { first.clone() }
        });
        let kept: Vec<Descriptor> =
            images.iter().filter(|(platform, _)| runs_on(platform, &chosen)).map(|(_, descriptor)| descriptor.clone()).collect();
        if kept.is_empty() {
            let list: Vec<&str> = platforms.into_iter().collect();
            return Err(TargetError {
                target: self.name.clone(),
                message: format!("it has no image for `{chosen}`"),
                hint: Some(format!("it is there for {}", list.join(", "))),
            });
        }
        let others: Vec<&str> = platforms.into_iter().filter(|platform| !runs_on(platform, &chosen)).collect();
        let note = (!others.is_empty() && self.options.platform.is_none()).then(|| {
            Diagnostic::note(Reason::TargetKindMissing, format!("read for {chosen}; the image is also there for {}", others.join(", ")))
                .hint("choose with `--platform`")
        });
        Ok((kept, note))
    }
}

/// This machine's architecture in the words of images.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    }
}

/// An `index.json` that names these manifests by the reference that the user wrote.
fn index(descriptors: &[Descriptor], reference: &Reference) -> Vec<u8> {
    let manifests: Vec<serde_json::Value> = descriptors
        .iter()
        .map(|descriptor| {
            let mut entry = serde_json::json!({
                "mediaType": descriptor.media_type,
                "digest": descriptor.digest,
                "size": descriptor.size,
                "annotations": { "io.containerd.image.name": reference.to_string() },
            });
            if let (Some(platform), Some(object)) = (&descriptor.platform, entry.as_object_mut()) {
                let Platform { os, architecture, variant } = platform;
                let mut value = serde_json::json!({ "os": os, "architecture": architecture });
                if let (false, Some(fields)) = (variant.is_empty(), value.as_object_mut()) {
                    fields.insert("variant".to_owned(), variant.as_str().into());
                }
                object.insert("platform".to_owned(), value);
            }
            entry
        })
        .collect();
    serde_json::json!({ "schemaVersion": 2, "manifests": manifests }).to_string().into_bytes()
}

/// A registry as a layout.
struct Store<'a> {
    client: &'a Client,
    reference: &'a Reference,
    index: Vec<u8>,
    top: Manifest,
    /// Digests of manifests, which registries keep apart from blobs.
    manifests: Mutex<BTreeSet<String>>,
    /// Sizes of blobs by path, as manifests state them.
    sizes: HashMap<String, u64>,
}

impl Documents for Store<'_> {
    fn document(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match path {
            "index.json" => return Ok(Some(self.index.clone())),
            "oci-layout" => return Ok(Some(br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())),
            _ => {}
        }
        let Some(digest) = path_digest(path).map(|digest| digest.to_string()) else { return Ok(None) };
        if digest == self.top.digest {
            return Ok(Some(self.top.bytes.clone()));
        }
        let is_manifest = self.manifests.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest);
        let bytes = if is_manifest {
            self.client.manifest_of(self.reference, &digest).map(|manifest| manifest.bytes)
        } else {
            self.client.blob(self.reference, &digest, None).and_then(|blob| {
                let mut bytes = Vec::new();
                let wrong = |message: String| Error::Protocol { host: self.reference.registry.clone(), message };
                blob.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
                if bytes.len() as u64 > MAX_DOCUMENT {
                    Err(wrong(format!("`{digest}` has more than {MAX_DOCUMENT} bytes")))
                } else {
                    Ok(bytes)
                }
            })
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        if is_manifest && let Ok(Document::Index { manifests }) = documents::document(&bytes) {
            let digests = manifests.into_iter().map(|descriptor| descriptor.digest);
            self.manifests.lock().unwrap_or_else(PoisonError::into_inner).extend(digests);
        }
        Ok(Some(bytes))
    }
}

impl Blobs for Store<'_> {
    fn blob(&self, path: &str) -> Result<Option<StoredBlob<'_>>, String> {
        let Some(digest) = path_digest(path) else { return Ok(None) };
        debug_assert_eq!(blob_path("", &digest), path, "layers of a registry are blobs of a layout");
        let size = self.sizes.get(path).copied();
        match self.client.blob(self.reference, &digest.to_string(), size) {
            Ok(blob) => Ok(Some((Box::new(blob), size))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A blob has no other name than its digest: one that is known is not fetched.
    fn proof(&self, path: &str) -> Option<Proof<'_>> {
        Some(Proof::Address(self.sizes.get(path).copied()))
    }
}
