//! Typed YAML of feeds, bounded.

use serde::de::DeserializeOwned;

/// One document. Keys that nobody asked for are passed over; a key given twice is an error.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 40,
            max_nodes: 20_000_000,
            max_documents: 2,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())
}
