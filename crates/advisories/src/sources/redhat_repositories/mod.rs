//! Red Hat's map from repositories to products.
//!
//! <https://security.access.redhat.com/data/meta/v1/repository-to-cpe.json>: advisories name products by CPE, images name the repositories that their
//! packages came from.

use super::{FeedFile, Format, Sink, text::or_default};
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) static FORMAT: Format = Format { id: "redhat-repositories", title: "Red Hat repository-to-cpe", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_object_with(&["data"]) && memchr::memmem::find(file.head(), b"\"cpes\"").is_some()
}

#[derive(Deserialize)]
struct Map {
    data: BTreeMap<String, Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default, deserialize_with = "or_default")]
    cpes: Vec<String>,
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    match serde_json::from_slice::<Map>(file.bytes) {
        Ok(map) => {
            sink.seen += map.data.len() as u64;
            sink.repositories.extend(map.data.into_iter().map(|(name, repository)| (name, repository.cpes)));
        }
        Err(error) => sink.unreadable(error),
    }
}
