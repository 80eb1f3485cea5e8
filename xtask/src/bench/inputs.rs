//! What the benchmarks read: made once below `target/bench`, the same bytes for the same machine, and used again by later runs.
//!
//! Everything is written under another name first and renamed when it is whole, so an interrupted run leaves nothing that looks ready. Whoever
//! changes what is generated changes [`EDITION`].

#![expect(clippy::disallowed_types, reason = "a benchmark writes its own inputs")]

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Part of every name, so that inputs of an older edition are not taken for this one's.
const EDITION: u32 = 1;

/// A folder with `count` files, each a Deployment and its Service.
pub(super) fn manifests(folder: &Path, count: u32) -> Result<PathBuf> {
    ready(&folder.join(format!("manifests-{EDITION}-{count}")), |part| {
        for index in 0..count {
            let file = manifest_path(part, index);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(file, manifest(index))?;
        }
        Ok(())
    })
}

/// Where [`manifests`] has its first file.
pub(super) fn first_manifest(folder: &Path) -> PathBuf {
    manifest_path(folder, 0)
}

fn manifest_path(folder: &Path, index: u32) -> PathBuf {
    folder.join(format!("{}/service-{index:05}.yaml", team(index)))
}

fn team(index: u32) -> &'static str {
    TEAMS.get(index as usize % TEAMS.len()).copied().unwrap_or_default()
}

const TEAMS: [&str; 8] = ["accounts", "billing", "catalog", "delivery", "identity", "orders", "search", "warehouse"];

/// A Deployment and a Service of a platform team: hardened in the main, with the oversights that such files have. Which service lacks what follows
/// from its number.
fn manifest(index: u32) -> String {
    let team = team(index);
    let name = format!("service-{index:05}");
    let lacks = |every: u32| index.is_multiple_of(every);
    let tag = if lacks(10) { "latest".to_owned() } else { format!("{}.{}.{}", index % 4, index % 17, index % 5) };
    let replicas = 1 + index % 4;
    let uid = 10_000 + index % 500;
    let mut out = format!(
        "# Owned by team {team}. Changes go through review.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {team}
  labels: &labels
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {team}
    app.kubernetes.io/managed-by: platform
  annotations:
    example.com/runbook: https://runbooks.example.com/{team}/{name}
spec:
  replicas: {replicas}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels: *labels
    spec:
      serviceAccountName: {name}
"
    );
    if !lacks(3) {
        out.push_str("      automountServiceAccountToken: false\n");
    }
    if !lacks(4) {
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "      securityContext:
        runAsNonRoot: true
        runAsUser: {uid}
        runAsGroup: {uid}
        fsGroup: {uid}
        seccompProfile:
          type: RuntimeDefault
"
        );
    }
    if lacks(40) {
        out.push_str("      hostNetwork: true\n");
    }
    let _ = write!(
        out,
        "      terminationGracePeriodSeconds: 45
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {name}
      containers:
        - name: main
          image: registry.example.com/{team}/{name}:{tag}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          env:
            - name: LOG_LEVEL
              value: info
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {name}-database
                  key: url
          envFrom:
            - configMapRef:
                name: {name}
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 5
"
    );
    if !lacks(6) {
        out.push_str("          livenessProbe:\n            httpGet:\n              path: /live\n              port: http\n            periodSeconds: 10\n");
    }
    out.push_str("          resources:\n            requests:\n              cpu: 100m\n              memory: 128Mi\n");
    if !lacks(5) {
        out.push_str("            limits:\n              cpu: 500m\n              memory: 256Mi\n");
    }
    if !lacks(2) {
        out.push_str(
            "          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
",
        );
    } else if lacks(50) {
        out.push_str("          securityContext:\n            privileged: true\n");
    }
    out.push_str("          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n");
    if lacks(7) {
        out.push_str(
            "        - name: log-shipper
          image: registry.example.com/platform/log-shipper:2.4.1
          args: [\"--from=/var/log/app\", \"--to=logs.example.com:6514\"]
          volumeMounts:
            - name: logs
              mountPath: /var/log/app
",
        );
    }
    out.push_str("      volumes:\n        - name: tmp\n          emptyDir:\n            sizeLimit: 64Mi\n");
    if lacks(7) {
        out.push_str("        - name: logs\n          hostPath:\n            path: /var/log/app\n            type: Directory\n");
    }
    let _ = write!(
        out,
        "---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {team}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {team}
spec:
  type: {}
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
    - name: metrics
      port: 9090
      targetPort: metrics
",
        if lacks(25) { "LoadBalancer" } else { "ClusterIP" }
    );
    out
}

/// Two framework files of a house, made from the shipped text of `frameworks`: the eight that are shipped and these make ten.
pub(super) fn house_frameworks(folder: &Path, frameworks: &Path) -> Result<[PathBuf; 2]> {
    let make = |name: &str| {
        let source = frameworks.join(name).join("framework.yaml");
        let text = fs::read_to_string(&source).with_context(|| format!("cannot read `{}`", source.display()))?;
        let mut copy = String::new();
        for line in text.lines().filter(|line| !line.starts_with("  aliases:")) {
            match line.strip_prefix("  id: ") {
                Some(id) => copy.push_str(&format!("  id: house-{id}\n")),
                None => copy.push_str(&format!("{line}\n")),
            }
        }
        let path = folder.join(format!("house-{name}.yaml"));
        // Not kept from earlier runs: the shipped text changes.
        fs::write(&path, copy)?;
        Ok::<_, anyhow::Error>(path)
    };
    Ok([make("nsa-k8s-1.2")?, make("nist-800-190")?])
}

/// How the layer of an image is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    Gzip,
    Plain,
}

/// An archive as `docker save` writes it since Engine 25, with one layer made of this machine's own programs and its list of packages, cut at `bytes`.
/// With `fill`, a machine that has less is helped out with files of noise.
pub(super) fn image(folder: &Path, bytes: u64, layer: Layer, fill: bool) -> Result<PathBuf> {
    let kind = match layer {
        Layer::Gzip => "gzip",
        Layer::Plain => "plain",
    };
    ready(&folder.join(format!("image-{EDITION}-{}M-{kind}.tar", bytes / 1_000_000)), |part| {
        let plain = part.with_extension("layer");
        let packed = part.with_extension("layer.gz");
        let made = (|| {
            let diff_id = write_layer(&plain, bytes, fill)?;
            match layer {
                Layer::Plain => write_archive(part, &plain, &diff_id, &diff_id, layer),
                Layer::Gzip => write_archive(part, &packed, &pack(&plain, &packed)?, &diff_id, layer),
            }
        })();
        for path in [plain, packed] {
            // One of the two may never have been written.
            let _ = fs::remove_file(path);
        }
        made
    })
}

fn ready(path: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path.to_path_buf());
    }
    eprintln!("making {}", path.display());
    let part = path.with_extension("part");
    if part.is_dir() {
        fs::remove_dir_all(&part)?;
    }
    make(&part).with_context(|| format!("cannot make `{}`", path.display()))?;
    fs::rename(&part, path)?;
    Ok(path.to_path_buf())
}

/// Counts and hashes what goes through.
struct Hashing<W> {
    inner: W,
    sha: Sha256,
    count: u64,
}

impl<W: Write> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, sha: Sha256::new(), count: 0 }
    }

    /// Hexadecimal, once everything is written.
    fn finish(mut self) -> io::Result<String> {
        self.inner.flush()?;
        Ok(hex(&self.sha.finalize()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.sha.update(bytes.get(..count).unwrap_or(bytes));
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// What goes into a layer, first things first: what a scanner looks for is in the image wherever the cut falls.
const SOURCES: [&str; 13] = [
    "etc/os-release",
    "etc/debian_version",
    "etc/alpine-release",
    "etc/passwd",
    "etc/group",
    "bin",
    "sbin",
    "lib",
    "lib64",
    "lib/apk/db",
    "var/lib/dpkg",
    "usr/lib/os-release",
    "usr",
];

/// Writes the layer and gives its digest.
fn write_layer(path: &Path, bytes: u64, fill: bool) -> Result<String> {
    let mut tar = tar::Builder::new(Hashing::new(BufWriter::with_capacity(1 << 20, File::create(path)?)));
    // The first source in the list is the first to be taken off the end.
    let mut open: Vec<PathBuf> = SOURCES.iter().rev().map(PathBuf::from).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        // What a walk finds again was a source of its own.
        if !seen.insert(name.clone()) {
            continue;
        }
        let source = Path::new("/").join(&name);
        let Ok(metadata) = fs::symlink_metadata(&source) else { continue };
        let left = bytes.saturating_sub(tar.get_ref().count);
        if left < 4096 {
            break;
        }
        let mut header = tar::Header::new_gnu();
        header.set_mode(metadata.permissions().mode() & 0o7777);
        header.set_size(0);
        if metadata.is_dir() {
            // A folder of the root that is no link there belongs to a system without merged `/usr`; its content is not needed.
            if !name.starts_with("usr") && !name.starts_with("var") && !name.starts_with("lib/apk") {
                continue;
            }
            header.set_entry_type(tar::EntryType::Directory);
            tar.append_data(&mut header, &name, io::empty())?;
            let Ok(entries) = fs::read_dir(&source) else { continue };
            let mut names: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| name.join(entry.file_name())).collect();
            names.sort_by(|a, b| b.cmp(a));
            open.append(&mut names);
        } else if metadata.is_symlink() {
            header.set_entry_type(tar::EntryType::Symlink);
            tar.append_link(&mut header, &name, fs::read_link(&source)?)?;
        } else if metadata.is_file() && metadata.len() < left {
            let Ok(content) = File::open(&source) else { continue };
            header.set_size(metadata.len());
            // A file that shrinks meanwhile must not shift the rest of the archive.
            tar.append_data(&mut header, &name, content.chain(io::repeat(0)).take(metadata.len()))?;
        }
    }
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut number = 0;
    while fill && tar.get_ref().count + NOISE_FILE < bytes {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(NOISE_FILE);
        tar.append_data(&mut header, format!("srv/noise/{number:04}"), (&mut noise).take(NOISE_FILE))?;
        number += 1;
    }
    Ok(tar.into_inner()?.finish()?)
}

const NOISE_FILE: u64 = 8 << 20;

/// Bytes without a pattern, always the same (xorshift64).
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for chunk in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            for (target, byte) in chunk.iter_mut().zip(self.0.to_le_bytes()) {
                *target = byte;
            }
        }
        Ok(buffer.len())
    }
}

/// Compresses a layer as image builders do, and gives the digest of the result.
fn pack(plain: &Path, packed: &Path) -> Result<String> {
    let mut out = GzEncoder::new(Hashing::new(BufWriter::with_capacity(1 << 20, File::create(packed)?)), Compression::new(6));
    io::copy(&mut BufReader::with_capacity(1 << 20, File::open(plain)?), &mut out)?;
    Ok(out.finish()?.finish()?)
}

fn write_archive(path: &Path, layer: &Path, digest: &str, diff_id: &str, kind: Layer) -> Result<()> {
    const CREATED: &str = "2026-01-02T03:04:05Z";
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"], "Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{diff_id}")]},
        "history": [{"created": CREATED, "created_by": "COPY / / # buildkit"}],
    })
    .to_string();
    let config_digest = hex(&Sha256::digest(config.as_bytes()));
    let layer_type = match kind {
        Layer::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
        Layer::Plain => "application/vnd.oci.image.layer.v1.tar",
    };
    let mut file = File::open(layer)?;
    let size = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": format!("sha256:{config_digest}"), "size": config.len()},
        "layers": [{"mediaType": layer_type, "digest": format!("sha256:{digest}"), "size": size}],
    })
    .to_string();
    let manifest_digest = hex(&Sha256::digest(manifest.as_bytes()));
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{manifest_digest}"),
            "size": manifest.len(),
            "annotations": {"io.containerd.image.name": "docker.io/library/bench:1", "org.opencontainers.image.ref.name": "1"},
        }],
    });
    let blob = |digest: &str| format!("blobs/sha256/{digest}");
    let saved = json!([{"Config": blob(&config_digest), "RepoTags": ["bench:1"], "Layers": [blob(digest)]}]);
    let mut tar = tar::Builder::new(BufWriter::with_capacity(1 << 20, File::create(path)?));
    let mut put = |name: String, size: u64, content: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(size);
        tar.append_data(&mut header, name, content)
    };
    put(blob(digest), size, &mut file)?;
    for (name, text) in [
        (blob(&config_digest), config),
        (blob(&manifest_digest), manifest),
        ("index.json".to_owned(), index.to_string()),
        ("manifest.json".to_owned(), saved.to_string()),
        ("oci-layout".to_owned(), json!({"imageLayoutVersion": "1.0.0"}).to_string()),
    ] {
        put(name, text.len() as u64, &mut text.as_bytes())?;
    }
    tar.into_inner()?.flush()?;
    Ok(())
}
