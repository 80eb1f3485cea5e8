//! The product tree: what a product id means.

use super::super::{rpm, text::or_default};
use serde::Deserialize;
use std::collections::HashMap;

/// Branches nested deeper are not read.
const MAX_DEPTH: usize = 32;
/// A component of a component of …
const MAX_CHAIN: usize = 5;

#[derive(Deserialize, Default)]
pub(super) struct Tree {
    #[serde(default, deserialize_with = "or_default")]
    branches: Vec<Branch>,
    #[serde(default, deserialize_with = "or_default")]
    full_product_names: Vec<Product>,
    #[serde(default, deserialize_with = "or_default")]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default, deserialize_with = "or_default")]
    branches: Vec<Branch>,
    product: Option<Product>,
}

#[derive(Deserialize, Default)]
struct Product {
    #[serde(default, rename = "product_id", deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, rename = "product_identification_helper", deserialize_with = "or_default")]
    helper: Helper,
}

#[derive(Deserialize, Default)]
struct Helper {
    #[serde(default, deserialize_with = "or_default")]
    cpe: String,
    #[serde(default, deserialize_with = "or_default")]
    purl: String,
}

#[derive(Deserialize)]
struct Relationship {
    #[serde(default, deserialize_with = "or_default")]
    full_product_name: Product,
    #[serde(default, deserialize_with = "or_default")]
    product_reference: String,
    #[serde(default, deserialize_with = "or_default")]
    relates_to_product_reference: String,
}

/// A package as part of a system.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Empty when the document names the package without one.
    pub(super) version: String,
    pub(super) arch: String,
    /// `nodejs:18`.
    pub(super) module: Option<String>,
    pub(super) cpe: Option<String>,
    /// The system's name.
    pub(super) platform: String,
}

/// Product ids and what they stand for.
pub(super) struct Products<'a> {
    own: HashMap<&'a str, &'a Product>,
    parts: HashMap<&'a str, &'a Relationship>,
}

impl<'a> Products<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        let mut own: HashMap<&str, &Product> = tree.full_product_names.iter().map(|product| (product.id.as_str(), product)).collect();
        // Documents nest; serde_json bounds how deep, and so does this.
        let mut waiting: Vec<(&Branch, usize)> = tree.branches.iter().map(|branch| (branch, 0)).collect();
        while let Some((branch, depth)) = waiting.pop() {
            if let Some(product) = &branch.product {
                own.insert(&product.id, product);
            }
            if depth < MAX_DEPTH {
                waiting.extend(branch.branches.iter().map(|branch| (branch, depth + 1)));
            }
        }
        let parts = tree.relationships.iter().map(|relationship| (relationship.full_product_name.id.as_str(), relationship)).collect();
        Self { own, parts }
    }

    /// The package that a product id means and the system it is a part of; `None` when the tree does not have the id.
    pub(super) fn resolve(&self, id: &str) -> Option<Part> {
        let mut part = Part::default();
        let mut system = id;
        for _ in 0..MAX_CHAIN {
            let Some(relationship) = self.parts.get(system) else { break };
            if let Some(component) = self.own.get(relationship.product_reference.as_str()) {
                add_component(&mut part, component);
            } else if let Some(inner) = self.parts.get(relationship.product_reference.as_str())
                && let Some(component) = self.own.get(inner.product_reference.as_str())
            {
                // The component is itself a part: an rpm of a module.
                add_component(&mut part, component);
                if let Some(module) = self.own.get(inner.relates_to_product_reference.as_str()) {
                    add_component(&mut part, module);
                }
            }
            system = &relationship.relates_to_product_reference;
        }
        let platform = self.own.get(system)?;
        if part.name.is_empty() && system == id {
            // A product by itself, such as a container image.
            add_component(&mut part, platform);
            return Some(part);
        }
        part.platform.clone_from(&platform.name);
        part.cpe = Some(platform.helper.cpe.clone()).filter(|cpe| !cpe.is_empty());
        Some(part)
    }
}

/// `pkg:rpm/redhat/kernel@4.18.0-553.el8_10?arch=x86_64&epoch=1`, `pkg:rpmmod/redhat/nodejs@18:8040020…`, or a name only.
fn add_component(part: &mut Part, product: &Product) {
    let purl = &product.helper.purl;
    if let Some(rest) = purl.strip_prefix("pkg:rpmmod/") {
        let (path, _) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, version) = path.split_once('@').unwrap_or((path, ""));
        let name = path.rsplit('/').next().unwrap_or_default();
        let version = decoded(version);
        let stream = version.split(':').next().unwrap_or_default();
        if !name.is_empty() && !stream.is_empty() {
            part.module = Some(format!("{name}:{stream}"));
        }
        return;
    }
    if let Some(rest) = purl.strip_prefix("pkg:rpm/") {
        let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        let (path, version) = path.split_once('@').unwrap_or((path, ""));
        let qualifier = |key: &str| {
            qualifiers.split('&').find_map(|pair| pair.split_once('=').filter(|(k, _)| *k == key)).map(|(_, value)| decoded(value))
        };
        part.name = decoded(path.rsplit('/').next().unwrap_or_default());
        if !version.is_empty() {
            part.version = rpm::evr(&qualifier("epoch").unwrap_or_default(), &decoded(version), "");
        }
        part.arch = qualifier("arch").unwrap_or_default();
        if let Some(module) = qualifier("rpmmod") {
            let mut fields = module.split(':');
            if let (Some(name), Some(stream)) = (fields.next(), fields.next()) {
                part.module = Some(format!("{name}:{stream}"));
            }
        }
        return;
    }
    // SUSE, and older documents of Red Hat: the id is the rpm's file name.
    if purl.is_empty() {
        if let Some((name, version, arch)) = rpm::split_nvra(&product.id).or_else(|| rpm::split_nvra(&product.name)) {
            name.clone_into(&mut part.name);
            part.version = version;
            arch.clone_into(&mut part.arch);
        } else if !product.id.contains([' ', ':']) && part.name.is_empty() {
            part.name.clone_from(&product.id);
        }
    }
}

/// Percent-decoding; what is no escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%').then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())).flatten();
        out.push(escape.unwrap_or(byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
