//! Red Hat: advisories are for products, and packages come from repositories of products.
//!
//! Images of Red Hat say of each layer from which repositories (content sets) its packages came, or which build it is. The lowest layer says
//! nothing and shares what the layer above it says; layers that somebody added share what is below them. Where nothing is said, the base
//! repositories of the release are assumed.

use super::distribution::{Part, is_for};
use crate::store::{Advisory, AdvisoryStore, RedHatProducts, StoreError};
use probity_model::{Inventory, package::Package};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct RedHat {
    /// Of layers that say it.
    by_layer: BTreeMap<u32, BTreeSet<u32>>,
    default: BTreeSet<u32>,
}

fn default_repositories(release: &str) -> Vec<String> {
    match release {
        "6" | "7" => vec![format!("rhel-{release}-server-rpms"), format!("rhel-{release}-server-extras-rpms")],
        _ => vec![format!("rhel-{release}-for-x86_64-baseos-rpms"), format!("rhel-{release}-for-x86_64-appstream-rpms")],
    }
}

/// Build systems append `__8` and the like, which repositories do not have; `__9_DOT_2` is one.
fn repository(content_set: &str) -> &str {
    match content_set.rsplit_once("__") {
        Some((name, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => content_set,
    }
}

impl RedHat {
    pub(super) fn of(inventory: &Inventory, store: &dyn AdvisoryStore, release: &str) -> Result<Self, StoreError> {
        let products = |content_sets: &[String]| -> Result<BTreeSet<u32>, StoreError> {
            let mut products = BTreeSet::new();
            for content_set in content_sets {
                products.extend(store.red_hat_products(RedHatProducts::Repository(repository(content_set)))?);
            }
            Ok(products)
        };
        let mut by_layer: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for info in &inventory.facts.build_infos {
            let known = by_layer.entry(info.at.layer.unwrap_or(0)).or_default();
            known.extend(products(&info.content_sets)?);
            if let Some(nvr) = &info.nvr {
                let image = format!("{nvr}-{}", info.arch.as_deref().unwrap_or("x86_64"));
                known.extend(store.red_hat_products(RedHatProducts::Image(&image))?);
            }
        }
        Ok(Self { by_layer, default: products(&default_repositories(release))? })
    }

    fn products(&self, package: &Package) -> &BTreeSet<u32> {
        let layer = package.at.layer.unwrap_or(u32::MAX);
        let below = self.by_layer.range(..=layer).next_back();
        let shared = below.or_else(|| if layer == 0 { self.by_layer.get_key_value(&1) } else { None });
        shared.map_or(&self.default, |(_, products)| products)
    }

    /// What an advisory says for the products that the package is of.
    pub(super) fn parts<'a>(&self, advisory: &'a Advisory, package: &Package) -> Result<Vec<Part<'a>>, String> {
        let products = self.products(package);
        if products.is_empty() {
            return Err(format!(
                "`{}` was not compared: the vulnerability database does not know the repositories it may come from",
                package.name
            ));
        }
        let mut parts = Vec::new();
        let is_vulnerability = advisory.id.starts_with("CVE-");
        for entry in &advisory.entries {
            if !is_for(&entry.arches, package) || !entry.products.iter().any(|product| products.contains(product)) {
                continue;
            }
            for cve in &entry.cves {
                let part = Part { severity: cve.severity, vendor_ids: Vec::new(), ..Part::entry(advisory, entry) };
                if is_vulnerability {
                    parts.push(part);
                } else if !cve.id.is_empty() {
                    parts.push(Part { id: &cve.id, vendor_ids: vec![advisory.id.clone()], ..part });
                }
            }
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_sets_lose_what_build_systems_append() {
        for (content_set, expected) in
            [("rhel-8-baseos__8", "rhel-8-baseos"), ("repo__9_DOT_2", "repo__9_DOT_2"), ("repo__", "repo__"), ("repo", "repo")]
        {
            assert_eq!(repository(content_set), expected);
        }
    }
}
