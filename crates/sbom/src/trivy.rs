//! The keys under which the vulnerability scanner Trivy keeps facts about packages, in both formats.
//!
//! CycloneDX has them as properties `aquasecurity:trivy:Key`, SPDX as annotations or attribution texts `Key: value`.

use crate::model::reserved;

const KEYS: &[&str] = &[
    "SchemaVersion",
    "Type",
    "Class",
    "Size",
    "ImageID",
    "RepoDigest",
    "DiffID",
    "RepoTag",
    "Reference",
    "PkgID",
    "PkgType",
    "SrcName",
    "SrcVersion",
    "SrcRelease",
    "SrcEpoch",
    "Modularitylabel",
    "FilePath",
    "LayerDigest",
    "LayerDiffID",
    "ContentSet",
    "NVR",
    "Arch",
];

fn is_key(key: &str) -> bool {
    KEYS.contains(&key) || key.starts_with("Labels:") || key.starts_with("resource:")
}

/// The key of a property, if it is one of these.
pub(crate) fn key(property: &str) -> Option<&str> {
    property.strip_prefix(reserved::TRIVY).filter(|key| is_key(key))
}

/// `Key: value` as a property.
pub(crate) fn property(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once(": ")?;
    is_key(key).then(|| (format!("{}{key}", reserved::TRIVY), value.to_owned()))
}
