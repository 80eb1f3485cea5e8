//! Container images built in memory: layers, configurations, and every layout that archives come in.
//!
//! The same calls give the same bytes: no times, no owners of this machine, members in a fixed order. What a writer gives is a list of [`Files`],
//! so that a test can leave out or damage a member before it is packed.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::{self, Write},
    path::Path,
};

/// How a layer or an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Compression {
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Zstd, Self::Xz, Self::Bzip2];

    /// Compresses a buffer, the same way every time.
    ///
    /// # Panics
    ///
    /// Never: the writers write to memory.
    pub fn compress(self, bytes: &[u8]) -> Vec<u8> {
        let packed = match self {
            Self::None => Ok(bytes.to_vec()),
            Self::Gzip => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
                out.write_all(bytes).and_then(|()| out.finish())
            }
            Self::Zstd => zstd::encode_all(bytes, 3),
            Self::Xz => lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).and_then(|mut out| {
                out.write_all(bytes)?;
                out.finish()
            }),
            Self::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(6));
                out.write_all(bytes).and_then(|()| out.finish())
            }
        };
        packed.expect("writing to memory does not fail")
    }

    const fn layer_media_type(self) -> &'static str {
        match self {
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
            Self::None | Self::Xz | Self::Bzip2 => "application/vnd.oci.image.layer.v1.tar",
        }
    }
}

/// `sha256:` and the digest of a buffer.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn hex(digest: &str) -> &str {
    digest.trim_start_matches("sha256:")
}

/// One entry of a layer. Paths are written as given, so that hostile ones can be.
#[derive(Debug, Clone)]
pub struct LayerEntry {
    pub path: String,
    pub flag: u8,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub link: String,
    pub content: Vec<u8>,
    /// Extended attributes by name.
    pub xattrs: Vec<(String, Vec<u8>)>,
}

/// A layer, as a list of entries in the order of the calls.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    pub entries: Vec<LayerEntry>,
}

impl Layer {
    pub fn new() -> Self {
        Self::default()
    }

    fn add(mut self, path: &str, flag: u8, mode: u32, link: &str, content: &[u8]) -> Self {
        let (path, link) = (path.to_owned(), link.to_owned());
        self.entries.push(LayerEntry { path, flag, mode, uid: 0, gid: 0, link, content: content.to_vec(), xattrs: Vec::new() });
        self
    }

    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.add(path, b'0', 0o644, "", content.as_ref())
    }

    #[must_use]
    pub fn folder(self, path: &str) -> Self {
        self.add(path, b'5', 0o755, "", b"")
    }

    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.add(path, b'2', 0o777, target, b"")
    }

    /// `target` is a path of the layer.
    #[must_use]
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.add(path, b'1', 0o644, target, b"")
    }

    #[must_use]
    pub fn device(self, path: &str) -> Self {
        self.add(path, b'3', 0o600, "", b"")
    }

    /// Deletes a path of the layers below.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let marker = path.rsplit_once('/').map_or_else(|| format!(".wh.{path}"), |(folder, name)| format!("{folder}/.wh.{name}"));
        self.file(&marker, b"")
    }

    /// Hides what the layers below have in a folder.
    #[must_use]
    pub fn opaque(self, folder: &str) -> Self {
        self.file(&format!("{folder}/.wh..wh..opq"), b"")
    }

    /// Changes the mode of the entry that was added last.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        self.edit(|entry| entry.mode = mode)
    }

    /// Changes the owner of the entry that was added last.
    #[must_use]
    pub fn owner(self, uid: u64, gid: u64) -> Self {
        self.edit(|entry| (entry.uid, entry.gid) = (uid, gid))
    }

    /// Adds an extended attribute to the entry that was added last.
    #[must_use]
    pub fn xattr(self, name: &str, value: &[u8]) -> Self {
        self.edit(|entry| entry.xattrs.push((name.to_owned(), value.to_vec())))
    }

    fn edit(mut self, change: impl FnOnce(&mut LayerEntry)) -> Self {
        if let Some(entry) = self.entries.last_mut() {
            change(entry);
        }
        self
    }

    /// The layer as an uncompressed tar.
    ///
    /// # Panics
    ///
    /// Never: the writer writes to memory.
    pub fn tar(&self) -> Vec<u8> {
        let mut out = tar::Builder::new(Vec::new());
        for entry in &self.entries {
            append(&mut out, entry).expect("writing to memory does not fail");
        }
        out.into_inner().expect("writing to memory does not fail")
    }
}

fn append(out: &mut tar::Builder<Vec<u8>>, entry: &LayerEntry) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    let xattrs: Vec<(String, Vec<u8>)> = entry.xattrs.iter().map(|(name, value)| (format!("SCHILY.xattr.{name}"), value.clone())).collect();
    let mut records: Vec<(&str, &[u8])> = xattrs.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    // The fields are written as bytes, because the library's own functions refuse the paths that hostile archives have.
    let fields = header.as_old_mut();
    for (field, text, record) in [(&mut fields.name, &entry.path, "path"), (&mut fields.linkname, &entry.link, "linkpath")] {
        match field.get_mut(..text.len()) {
            Some(start) => start.copy_from_slice(text.as_bytes()),
            None => records.push((record, text.as_bytes())),
        }
    }
    if !records.is_empty() {
        out.append_pax_extensions(records)?;
    }
    header.set_entry_type(tar::EntryType::new(entry.flag));
    header.set_mode(entry.mode);
    header.set_uid(entry.uid);
    header.set_gid(entry.gid);
    header.set_mtime(0);
    header.set_size(entry.content.len() as u64);
    header.set_cksum();
    out.append(&header, entry.content.as_slice())
}

/// A member of an archive or layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Bytes(Vec<u8>),
    Symlink(String),
}

/// The members of an archive or layout, in order.
#[derive(Debug, Clone, Default)]
pub struct Files(pub Vec<(String, Member)>);

impl Files {
    fn put(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        let path = path.into();
        if !self.0.iter().any(|(known, _)| *known == path) {
            self.0.push((path, Member::Bytes(bytes.into())));
        }
    }

    /// Puts a blob where a layout has it and describes it.
    fn blob(&mut self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let bytes = bytes.into();
        let digest = digest(&bytes);
        let descriptor = json!({"mediaType": media_type, "digest": digest, "size": bytes.len()});
        self.put(format!("blobs/sha256/{}", hex(&digest)), bytes);
        descriptor
    }

    /// Packs everything into a tar archive.
    pub fn tar(&self) -> Vec<u8> {
        let layer = self.0.iter().fold(Layer::new(), |layer, (path, member)| match member {
            Member::Bytes(bytes) => layer.file(path, bytes),
            Member::Symlink(target) => layer.symlink(path, target),
        });
        layer.tar()
    }

    /// Writes everything below a folder.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        for (path, member) in &self.0 {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            match member {
                Member::Bytes(bytes) => std::fs::write(path, bytes)?,
                #[cfg(unix)]
                Member::Symlink(target) => std::os::unix::fs::symlink(target, path)?,
                #[cfg(not(unix))]
                Member::Symlink(_) => return Err(io::Error::other("symlinks are not written on this system")),
            }
        }
        Ok(())
    }

    /// The first member whose path contains `part`.
    pub fn find(&mut self, part: &str) -> Option<&mut Member> {
        self.0.iter_mut().find(|(path, _)| path.contains(part)).map(|(_, member)| member)
    }

    /// Removes the members whose paths contain `part`; says whether there were any.
    pub fn remove(&mut self, part: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(path, _)| !path.contains(part));
        self.0.len() < before
    }
}

/// One image.
#[derive(Debug, Clone)]
pub struct ImageBuilder {
    tags: Vec<String>,
    layers: Vec<Layer>,
    config: Value,
    history: Vec<Value>,
    diff_ids: Option<Vec<String>>,
    annotations: Value,
    compression: Compression,
    platform: (String, String, String),
}

impl Default for ImageBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// A date for documents that need one.
const CREATED: &str = "2026-01-02T03:04:05Z";

impl ImageBuilder {
    /// An image for `linux/amd64` with gzip layers.
    pub fn new() -> Self {
        Self {
            tags: Vec::new(),
            layers: Vec::new(),
            config: json!({}),
            history: Vec::new(),
            diff_ids: None,
            annotations: json!({}),
            compression: Compression::Gzip,
            platform: ("linux".to_owned(), "amd64".to_owned(), String::new()),
        }
    }

    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    #[must_use]
    pub fn platform(mut self, os: &str, architecture: &str, variant: &str) -> Self {
        self.platform = (os.to_owned(), architecture.to_owned(), variant.to_owned());
        self
    }

    /// How layers are stored in layouts.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// A layer and the instruction that made it.
    #[must_use]
    pub fn layer(mut self, created_by: &str, layer: Layer) -> Self {
        self.history.push(json!({"created": CREATED, "created_by": created_by}));
        self.layers.push(layer);
        self
    }

    /// An instruction that made no layer.
    #[must_use]
    pub fn instruction(mut self, created_by: &str) -> Self {
        self.history.push(json!({"created": CREATED, "created_by": created_by, "empty_layer": true}));
        self
    }

    /// A field of the `config` section: `User`, `Env`, `Labels` …
    #[must_use]
    pub fn config(mut self, field: &str, value: Value) -> Self {
        if let Some(fields) = self.config.as_object_mut() {
            fields.insert(field.to_owned(), value);
        }
        self
    }

    /// An annotation of the manifest.
    #[must_use]
    pub fn annotation(mut self, name: &str, value: &str) -> Self {
        if let Some(fields) = self.annotations.as_object_mut() {
            fields.insert(name.to_owned(), value.into());
        }
        self
    }

    /// States other content digests than the layers have.
    #[must_use]
    pub fn diff_ids(mut self, diff_ids: &[&str]) -> Self {
        self.diff_ids = Some(diff_ids.iter().map(|id| (*id).to_owned()).collect());
        self
    }

    /// The configuration document.
    pub fn config_json(&self) -> Vec<u8> {
        let diff_ids = self.diff_ids.clone().unwrap_or_else(|| self.layers.iter().map(|layer| digest(&layer.tar())).collect());
        let (os, architecture, variant) = &self.platform;
        let mut config = json!({
            "architecture": architecture,
            "os": os,
            "created": CREATED,
            "config": self.config,
            "history": self.history,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        if let Some(fields) = config.as_object_mut().filter(|_| !variant.is_empty()) {
            fields.insert("variant".to_owned(), variant.as_str().into());
        }
        config.to_string().into_bytes()
    }

    fn platform_json(&self) -> Value {
        let (os, architecture, variant) = &self.platform;
        if variant.is_empty() {
            json!({"os": os, "architecture": architecture})
        } else {
            json!({"os": os, "architecture": architecture, "variant": variant})
        }
    }

    /// Puts the image's blobs into a layout and describes its manifest.
    fn manifest(&self, files: &mut Files) -> Value {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| files.blob(self.compression.layer_media_type(), self.compression.compress(&layer.tar())))
            .collect();
        let config = files.blob("application/vnd.oci.image.config.v1+json", self.config_json());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": layers,
            "annotations": self.annotations,
        });
        files.blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string())
    }
}

/// Adds a field to a descriptor.
fn with(mut descriptor: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = descriptor.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    descriptor
}

fn index(manifests: &[Value]) -> String {
    json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}).to_string()
}

/// `docker save` before Engine 25: a folder for every layer, repeated layers as symlinks, configurations by digest.
pub fn docker_save_legacy(images: &[ImageBuilder]) -> Files {
    let mut files = Files::default();
    let mut manifest = Vec::new();
    let mut stored: Vec<(String, String)> = Vec::new();
    for image in images {
        let config = image.config_json();
        let config_name = format!("{}.json", hex(&digest(&config)));
        let mut layers = Vec::new();
        let mut parent = String::new();
        for layer in &image.layers {
            let tar = layer.tar();
            let diff_id = digest(&tar);
            let id = digest(format!("{parent} {diff_id}").as_bytes());
            let path = format!("{}/layer.tar", hex(&id));
            let known = stored.iter().find(|(known, other)| *known == diff_id && *other != path).map(|(_, other)| other.clone());
            files.put(format!("{}/VERSION", hex(&id)), "1.0");
            match known {
                Some(other) if !files.0.iter().any(|(p, _)| *p == path) => {
                    files.0.push((path.clone(), Member::Symlink(format!("../{other}"))));
                }
                _ => files.put(path.clone(), tar),
            }
            stored.push((diff_id, path.clone()));
            layers.push(path);
            parent = id;
        }
        files.put(config_name.clone(), config);
        manifest.push(json!({"Config": config_name, "RepoTags": image.tags, "Layers": layers}));
    }
    files.put("manifest.json", Value::from(manifest).to_string());
    files
}

/// `docker save` since Engine 25: an OCI layout, and a `manifest.json` that points into it.
pub fn docker_save(images: &[ImageBuilder]) -> Files {
    let mut files = Files::default();
    let (mut manifests, mut saved) = (Vec::new(), Vec::new());
    for image in images {
        let descriptor = image.manifest(&mut files);
        let names: Vec<Option<&String>> = if image.tags.is_empty() { vec![None] } else { image.tags.iter().map(Some).collect() };
        for name in names {
            let annotations = name.map_or(json!({}), |tag| json!({"io.containerd.image.name": format!("docker.io/library/{tag}"), "org.opencontainers.image.ref.name": tag.rsplit(':').next()}));
            manifests.push(with(descriptor.clone(), "annotations", annotations));
        }
        let path = |bytes: &[u8]| format!("blobs/sha256/{}", hex(&digest(bytes)));
        let layers: Vec<String> = image.layers.iter().map(|layer| path(&image.compression.compress(&layer.tar()))).collect();
        saved.push(json!({"Config": path(&image.config_json()), "RepoTags": image.tags, "Layers": layers}));
    }
    files.put("index.json", index(&manifests));
    files.put("manifest.json", Value::from(saved).to_string());
    files.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files
}

/// An OCI image layout with one manifest for every image.
pub fn oci_layout(images: &[ImageBuilder]) -> Files {
    let mut files = Files::default();
    let manifests: Vec<Value> = images
        .iter()
        .map(|image| {
            let annotations = image.tags.first().map_or(json!({}), |tag| json!({"org.opencontainers.image.ref.name": tag}));
            let descriptor = image.manifest(&mut files);
            with(with(descriptor, "annotations", annotations), "platform", image.platform_json())
        })
        .collect();
    files.put("index.json", index(&manifests));
    files.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files
}

/// An OCI image layout with one index of several platforms, and an attestation for each as BuildKit writes them.
pub fn multi_platform(tag: &str, images: &[ImageBuilder]) -> Files {
    let mut files = Files::default();
    let mut manifests = Vec::new();
    for image in images {
        let descriptor = image.manifest(&mut files);
        let config = files.blob(
            "application/vnd.oci.image.config.v1+json",
            r#"{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#,
        );
        let statement = files.blob("application/vnd.in-toto+json", r#"{"_type":"https://in-toto.io/Statement/v0.1"}"#);
        let attestation = json!({"schemaVersion": 2, "config": config, "layers": [statement]}).to_string();
        let attestation = files.blob("application/vnd.oci.image.manifest.v1+json", attestation);
        let subject = descriptor.get("digest").cloned().unwrap_or_default();
        manifests.push(with(descriptor, "platform", image.platform_json()));
        let annotations = json!({"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": subject});
        manifests.push(with(
            with(attestation, "annotations", annotations),
            "platform",
            json!({"os": "unknown", "architecture": "unknown"}),
        ));
    }
    let nested = files.blob("application/vnd.oci.image.index.v1+json", index(&manifests));
    let nested = with(nested, "annotations", json!({"org.opencontainers.image.ref.name": tag}));
    files.put("index.json", index(&[nested]));
    files.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files
}

/// An OCI image layout that holds an artifact which is no image, as Helm pushes charts.
pub fn oci_artifact() -> Files {
    let mut files = Files::default();
    let config = files.blob("application/vnd.cncf.helm.config.v1+json", r#"{"name":"shop"}"#);
    let chart = files.blob(
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        Compression::Gzip.compress(&Layer::new().file("shop/Chart.yaml", "name: shop\n").tar()),
    );
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [chart]}).to_string();
    let descriptor = files.blob("application/vnd.oci.image.manifest.v1+json", manifest);
    files.put("index.json", index(&[descriptor]));
    files.put("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    files
}
