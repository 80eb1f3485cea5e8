//! The JSON documents of images: index, manifest, `manifest.json` of `docker save`, configuration.
//!
//! OCI image specification 1.1 and Docker's image manifest v2 schema 2 and image specification 1.2. Read as leniently as the programs that run
//! images do: they are written in Go, whose decoder takes `null` for nothing and does not look at the case of a key, and a document that a runtime
//! understands must not be empty to us. A field of a wrong type is an error, because what it would have said is unknown.

use probity_model::image::{Healthcheck, History, ImageConfig};
use probity_vfs::Digest;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Largest document that is read: registries refuse larger manifests at 4 MiB.
pub(crate) const MAX_DOCUMENT: u64 = 16 << 20;

/// Why a document could not be understood; completes the sentence "the manifest …".
pub(crate) type Wrong = String;

/// A reference to a blob.
#[derive(Debug, Clone, Default)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: Option<u64>,
    pub(crate) platform: Option<Platform>,
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub(crate) fn parsed_digest(&self) -> Result<Digest, Wrong> {
        Digest::parse(&self.digest).ok_or_else(|| format!("names a blob by an invalid digest `{}`", shorten(&self.digest)))
    }

    /// Build provenance and signatures that build tools store beside images.
    pub(crate) fn is_attestation(&self) -> bool {
        self.annotations.contains_key("vnd.docker.reference.type")
            || self.platform.as_ref().is_some_and(|p| p.os == "unknown" && p.architecture == "unknown")
    }
}

/// Operating system and processor.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Platform {
    pub(crate) os: String,
    pub(crate) architecture: String,
    pub(crate) variant: String,
}

impl Platform {
    /// `os/architecture[/variant]`.
    pub(crate) fn text(&self) -> Option<String> {
        match (self.os.as_str(), self.architecture.as_str(), self.variant.as_str()) {
            ("", "", _) => None,
            (os, architecture, "") => Some(format!("{os}/{architecture}")),
            (os, architecture, variant) => Some(format!("{os}/{architecture}/{variant}")),
        }
    }
}

/// An index or a manifest.
#[derive(Debug, Clone)]
pub(crate) enum Document {
    Index { manifests: Vec<Descriptor> },
    Manifest(Box<Manifest>),
}

/// An image manifest.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) artifact_type: String,
}

impl Manifest {
    /// The kind of artifact, when this is no container image: a chart, a signature, a bill of materials.
    pub(crate) fn foreign_kind(&self) -> Option<&str> {
        const IMAGE: [&str; 3] =
            ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json", "application/octet-stream"];
        let kind = self.config.media_type.as_str();
        if !kind.is_empty() && !IMAGE.contains(&kind) {
            return Some(if self.artifact_type.is_empty() { kind } else { &self.artifact_type });
        }
        // Signatures borrow the configuration type of images, but their layers are something else.
        let is_layer = |kind: &str| kind.is_empty() || kind.contains("image.layer") || kind.contains("image.rootfs");
        let first = self.layers.first()?;
        (!self.layers.iter().any(|layer| is_layer(&layer.media_type))).then_some(first.media_type.as_str())
    }
}

/// One image of `manifest.json`.
#[derive(Debug, Clone)]
pub(crate) struct SavedImage {
    pub(crate) config: String,
    pub(crate) tags: Vec<String>,
    pub(crate) layers: Vec<String>,
}

/// Parses an index or a manifest, told apart by what it has: media types are optional in both.
pub(crate) fn document(bytes: &[u8]) -> Result<Document, Wrong> {
    let value = json(bytes)?;
    let object = value.as_object().ok_or("is not a JSON object")?;
    if let Some(manifests) = get(object, "manifests") {
        return Ok(Document::Index { manifests: descriptors(manifests, "manifests")? });
    }
    if get(object, "layers").is_none() && get(object, "config").is_none() {
        return Err(match get(object, "fsLayers") {
            Some(_) => "has the obsolete schema 1, which is not read".to_owned(),
            None => "is neither an index nor an image manifest".to_owned(),
        });
    }
    Ok(Document::Manifest(Box::new(Manifest {
        config: get(object, "config").map_or(Ok(Descriptor::default()), descriptor)?,
        layers: get(object, "layers").map_or(Ok(Vec::new()), |v| descriptors(v, "layers"))?,
        annotations: texts(object, "annotations")?,
        artifact_type: text(object, "artifactType")?.unwrap_or_default(),
    })))
}

/// What a `manifest.json` is.
#[derive(Debug)]
pub(crate) enum Saved {
    Images(Vec<SavedImage>),
    /// `docker save`'s, with no image in it: `[]`, `null`.
    Empty,
    /// Some other file of that name.
    Foreign,
}

/// Parses `manifest.json` of `docker save`.
pub(crate) fn saved(bytes: &[u8]) -> Saved {
    let Ok(value) = json(bytes) else { return Saved::Foreign };
    let items = match &value {
        Value::Null => return Saved::Empty,
        Value::Array(items) if items.is_empty() => return Saved::Empty,
        Value::Array(items) => items,
        _ => return Saved::Foreign,
    };
    let images = items.iter().map(|image| {
        let object = image.as_object()?;
        let config = text(object, "Config").ok()??;
        // An image without layers or without tags has `null` there.
        object.keys().find(|key| ["Layers", "RepoTags"].iter().any(|name| key.eq_ignore_ascii_case(name)))?;
        Some(SavedImage { config, tags: list(object, "RepoTags").ok()?, layers: list(object, "Layers").ok()? })
    });
    images.collect::<Option<Vec<_>>>().map_or(Saved::Foreign, Saved::Images)
}

/// What a configuration says about an image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    pub(crate) image: ImageConfig,
    pub(crate) platform: Platform,
    /// `rootfs.diff_ids` as written.
    pub(crate) diff_ids: Vec<String>,
}

/// Parses an image configuration.
pub(crate) fn config(bytes: &[u8]) -> Result<Config, Wrong> {
    let value = json(bytes)?;
    let object = value.as_object().ok_or("is not a JSON object")?;
    let nothing = Map::new();
    let inner = section(object, "config")?.unwrap_or(&nothing);
    let healthcheck = section(inner, "Healthcheck")?;
    let platform = Platform {
        os: text(object, "os")?.unwrap_or_default(),
        architecture: text(object, "architecture")?.unwrap_or_default(),
        variant: text(object, "variant")?.unwrap_or_default(),
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut history = Vec::new();
    for entry in items(object, "history")? {
        let entry = entry.as_object().ok_or("has a history entry that is no object")?;
        history.push(History {
            created: text(entry, "created")?,
            created_by: text(entry, "created_by")?,
            comment: text(entry, "comment")?,
            empty_layer: get(entry, "empty_layer").and_then(Value::as_bool).unwrap_or(false),
        });
    }
    let image = ImageConfig {
        created: text(object, "created")?,
        author: text(object, "author")?,
        os: filled(&platform.os),
        architecture: filled(&platform.architecture),
        variant: filled(&platform.variant),
        user: text(inner, "User")?.unwrap_or_default(),
        env: list(inner, "Env")?,
        entrypoint: list(inner, "Entrypoint")?,
        cmd: list(inner, "Cmd")?,
        working_dir: text(inner, "WorkingDir")?.unwrap_or_default(),
        exposed_ports: keys(inner, "ExposedPorts")?,
        volumes: keys(inner, "Volumes")?,
        labels: texts(inner, "Labels")?,
        stop_signal: text(inner, "StopSignal")?,
        shell: list(inner, "Shell")?,
        on_build: list(inner, "OnBuild")?,
        healthcheck: healthcheck.map(|h| Ok::<_, Wrong>(Healthcheck { test: list(h, "Test")? })).transpose()?,
        history,
        annotations: BTreeMap::new(),
    };
    let diff_ids = section(object, "rootfs")?.map_or(Ok(Vec::new()), |rootfs| list(rootfs, "diff_ids"))?;
    Ok(Config { image, platform, diff_ids })
}

fn json(bytes: &[u8]) -> Result<Value, Wrong> {
    serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))
}

/// A field that is there and not null. The exact name wins over the same name in another case.
fn get<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let exact = object.get(name);
    exact.or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)).filter(|value| !value.is_null())
}

fn wrong(name: &str, wanted: &str) -> Wrong {
    format!("has a field `{name}` that is not {wanted}")
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Wrong> {
    get(object, name).map(|value| scalar(value).ok_or_else(|| wrong(name, "text"))).transpose()
}

fn section<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Map<String, Value>>, Wrong> {
    get(object, name).map(|value| value.as_object().ok_or_else(|| wrong(name, "an object"))).transpose()
}

fn items<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Wrong> {
    get(object, name).map_or(Ok(&[]), |value| value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name, "a list")))
}

/// A list of texts; one text alone is a list of one, as Docker once wrote entrypoints.
fn list(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, Wrong> {
    match get(object, name) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items.iter().map(|item| scalar(item).ok_or_else(|| wrong(name, "a list of texts"))).collect(),
        Some(value) => scalar(value).map(|one| vec![one]).ok_or_else(|| wrong(name, "a list of texts")),
    }
}

fn texts(object: &Map<String, Value>, name: &str) -> Result<BTreeMap<String, String>, Wrong> {
    let Some(section) = section(object, name)? else { return Ok(BTreeMap::new()) };
    let value = |value: &Value| if value.is_null() { Some(String::new()) } else { scalar(value) };
    section.iter().map(|(key, v)| value(v).map(|v| (key.clone(), v)).ok_or_else(|| wrong(name, "an object of texts"))).collect()
}

/// The keys of a set that is written as an object of empty objects, sorted; some tools write a list.
fn keys(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, Wrong> {
    let mut keys = match get(object, name) {
        Some(Value::Object(set)) => set.keys().cloned().collect(),
        _ => list(object, name)?,
    };
    keys.sort_unstable();
    Ok(keys)
}

fn descriptors(value: &Value, name: &str) -> Result<Vec<Descriptor>, Wrong> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    value.as_array().ok_or_else(|| wrong(name, "a list"))?.iter().map(descriptor).collect()
}

fn descriptor(value: &Value) -> Result<Descriptor, Wrong> {
    let object = value.as_object().ok_or("has a descriptor that is no object")?;
    let platform = section(object, "platform")?
        .map(|p| {
            let part = |name| Ok::<_, Wrong>(text(p, name)?.unwrap_or_default());
            Ok::<_, Wrong>(Platform { os: part("os")?, architecture: part("architecture")?, variant: part("variant")? })
        })
        .transpose()?;
    Ok(Descriptor {
        media_type: text(object, "mediaType")?.unwrap_or_default(),
        digest: text(object, "digest")?.unwrap_or_default(),
        size: get(object, "size").and_then(Value::as_u64),
        platform,
        annotations: texts(object, "annotations")?,
    })
}

/// Hostile text in a message, cut to a readable length.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= 100 { text.to_owned() } else { text.chars().take(99).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_as_go_reads_it() {
        let parsed = config(
            br#"{"OS":"linux","architecture":"arm64","variant":"v8","created":null,
                "config":{"user":"1000","Env":["A=b"],"Entrypoint":"/run","Cmd":null,"ExposedPorts":{"9/udp":{},"80/tcp":{}},
                          "Labels":{"a":"1","b":2,"c":null},"Healthcheck":{"Test":["CMD","true"]}},
                "history":[{"created_by":"RUN x","empty_layer":true},{}],
                "rootfs":{"type":"layers","diff_ids":["sha256:00"]}}"#,
        )
        .unwrap();
        let image = &parsed.image;
        assert_eq!(
            (image.user.as_str(), image.os.as_deref(), image.entrypoint.as_slice()),
            ("1000", Some("linux"), &["/run".to_owned()][..])
        );
        assert_eq!(image.exposed_ports, ["80/tcp", "9/udp"]);
        assert_eq!(image.labels.values().collect::<Vec<_>>(), ["1", "2", ""]);
        assert_eq!(image.healthcheck.as_ref().map(|h| h.test.len()), Some(2));
        assert_eq!((image.history.len(), image.history[0].empty_layer), (2, true));
        assert_eq!(parsed.platform.text().as_deref(), Some("linux/arm64/v8"));
        assert_eq!(parsed.diff_ids, ["sha256:00"]);
    }

    #[test]
    fn wrong_types_are_errors_and_not_empty() {
        for (bytes, says) in [
            (&br#"{"config":{"User":{}}}"#[..], "`User`"),
            (br#"{"config":{"Env":[1,[]]}}"#, "`Env`"),
            (br#"{"config":7}"#, "`config`"),
            (br#"{"history":{}}"#, "`history`"),
            (br"[]", "not a JSON object"),
            (b"\xff", "not JSON"),
            ("[".repeat(100_000).as_bytes(), "not JSON"),
        ] {
            let error = config(bytes).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn manifests_are_told_from_indexes_and_from_other_files() {
        assert!(matches!(document(br#"{"manifests":[]}"#), Ok(Document::Index { .. })));
        assert!(matches!(document(br#"{"config":{"digest":"x"},"layers":null}"#), Ok(Document::Manifest(_))));
        assert!(document(br#"{"fsLayers":[]}"#).unwrap_err().contains("schema 1"));
        assert!(document(br#"{"name":"web app"}"#).is_err());
        for (bytes, shown) in [
            (&br#"[{"Config":"a.json","RepoTags":null,"Layers":["a/layer.tar"]}]"#[..], "Images"),
            (br#"[{"Config":"a.json","RepoTags":null,"Layers":null}]"#, "Images"),
            (b"[]", "Empty"),
            (b"null", "Empty"),
            (br#"{"name":"web app"}"#, "Foreign"),
            (br#"[{"name":"web app"}]"#, "Foreign"),
            (b"[{", "Foreign"),
        ] {
            let found = format!("{:?}", saved(bytes));
            assert!(found.starts_with(shown), "{found} is not {shown}");
        }
    }
}
