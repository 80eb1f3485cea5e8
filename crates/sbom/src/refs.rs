//! References that are unique and in the character set of a format.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::{Bom, Component};

/// The references a document is written with.
pub(crate) struct Refs {
    /// One for each component of the document, in order.
    list: Vec<String>,
    /// From what the document calls a component; where several share a name, the first has it.
    map: BTreeMap<String, String>,
}

impl Refs {
    /// `make` turns a component into the reference it would like; it is made unique with a number.
    pub(crate) fn new(bom: &Bom, make: impl Fn(&Component) -> String) -> Self {
        let mut taken = BTreeSet::new();
        let mut counters: BTreeMap<String, u64> = BTreeMap::new();
        let mut map = BTreeMap::new();
        let mut list = Vec::with_capacity(bom.components.len());
        for component in &bom.components {
            let wanted = make(component);
            let mut unique = wanted.clone();
            while !taken.insert(unique.clone()) {
                let counter = counters.entry(wanted.clone()).or_insert(1);
                *counter += 1;
                unique = format!("{wanted}-{counter}");
            }
            map.entry(component.reference.clone()).or_insert_with(|| unique.clone());
            list.push(unique);
        }
        Self { list, map }
    }

    /// With each component, its reference.
    pub(crate) fn pairs<'b>(&'b self, bom: &'b Bom) -> impl Iterator<Item = (&'b Component, &'b str)> {
        bom.components.iter().zip(self.list.iter().map(String::as_str))
    }

    pub(crate) fn get(&self, reference: &str) -> Option<&str> {
        self.map.get(reference).map(String::as_str)
    }
}

/// Twelve hex digits that differ for different texts.
pub(crate) fn short_hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes())).get(..12).unwrap_or_default().to_owned()
}

/// A UUID (version 8, name-based) for a text: the same for the same text.
pub(crate) fn uuid_for(text: &str) -> String {
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(Sha256::digest(text.as_bytes())) {
        *to = from;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    let hex = hex(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

/// `urn:uuid:` and a UUID, lower case: what CycloneDX allows as a serial number.
pub(crate) fn serial(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    is_uuid(lower.strip_prefix("urn:uuid:")?).then_some(lower)
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(index, byte)| if matches!(index, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_references_are_told_apart() {
        let component = |reference: &str| Component { reference: reference.to_owned(), ..Component::default() };
        let bom = Bom { components: vec![component("a"), component("a"), component("a-2"), component("a")], ..Bom::default() };
        let refs = Refs::new(&bom, |component| component.reference.clone());
        assert_eq!(refs.list, ["a", "a-2", "a-2-2", "a-3"]);
        assert_eq!(refs.get("a"), Some("a"));
        assert_eq!(refs.get("a-2"), Some("a-2-2"));
    }

    #[test]
    fn uuids_have_the_shape() {
        assert!(is_uuid(&uuid_for("x")));
        assert_eq!(
            serial("urn:uuid:1455C02D-64ca-453e-a5df-ddfb70a7c804").as_deref(),
            Some("urn:uuid:1455c02d-64ca-453e-a5df-ddfb70a7c804")
        );
        assert_eq!(serial("urn:uuid:1455c02d"), None);
    }
}
