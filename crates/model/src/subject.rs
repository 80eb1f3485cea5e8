//! What was scanned.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The position of a subject in one run; shown as `s1`, `s2` …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SubjectId(pub u32);

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0 + 1)
    }
}

impl Serialize for SubjectId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// What a target turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A container image, from an archive, a layout or a registry.
    Image,
    /// A folder that is the root of an operating system.
    Rootfs,
    /// Any other folder.
    Folder,
    /// A single file.
    File,
    /// A bill of materials.
    Sbom,
}

/// A kind of input that rules are written for: the `applies_to` words of a framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    Image,
    Rootfs,
    Sbom,
    Dockerfile,
    Compose,
    #[serde(rename = "k8s-manifest")]
    KubernetesManifest,
    #[serde(rename = "k8s-cluster")]
    KubernetesCluster,
    Node,
    Terraform,
    #[serde(rename = "cloudformation")]
    CloudFormation,
    Repo,
}

impl InputKind {
    pub const ALL: [Self; 11] = [
        Self::Image,
        Self::Rootfs,
        Self::Sbom,
        Self::Dockerfile,
        Self::Compose,
        Self::KubernetesManifest,
        Self::KubernetesCluster,
        Self::Node,
        Self::Terraform,
        Self::CloudFormation,
        Self::Repo,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Rootfs => "rootfs",
            Self::Sbom => "sbom",
            Self::Dockerfile => "dockerfile",
            Self::Compose => "compose",
            Self::KubernetesManifest => "k8s-manifest",
            Self::KubernetesCluster => "k8s-cluster",
            Self::Node => "node",
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
            Self::Repo => "repo",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One artifact of a run.
#[derive(Debug, Clone)]
pub struct Subject {
    pub id: SubjectId,
    pub kind: SubjectKind,
    /// As the user wrote it; for one image of several in an archive, followed by its tag or platform.
    pub name: String,
    /// How the target was recognised: `docker archive`, `oci layout`, `registry`, `folder` …
    pub source: String,
    /// Manifest digest of an image, content digest of a file; `None` for a folder.
    pub digest: Option<String>,
    /// Digest of the image configuration: the image ID.
    pub config_digest: Option<String>,
    /// `os/architecture[/variant]`.
    pub platform: Option<String>,
    /// Tags and repository digests that the artifact carries.
    pub references: Vec<String>,
    /// Lowest layer first. A folder or file has exactly one.
    pub layers: Vec<Layer>,
    pub image: Option<crate::image::ImageConfig>,
}

/// One layer of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Digest of the blob as stored or transferred.
    pub digest: Option<String>,
    /// Digest of the uncompressed tar.
    pub diff_id: Option<String>,
    pub media_type: Option<String>,
    /// Size in bytes as stored or transferred.
    pub size: Option<u64>,
    /// Index into [`crate::image::ImageConfig::history`] of the instruction that made it.
    pub history: Option<u32>,
    pub created_by: Option<String>,
}
