//! `PB-CMP-0024`: image of the service is not fixed to a version.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let Some(entry) = service.node.entry("image").filter(|_| service.node.get("build").is_none()) else {
        return Verdict::NotApplicable { why: "the service is built from the project" };
    };
    let image = entry.value.text().unwrap_or_default();
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    let mut tally = Tally::default();
    let message = match (tag, digest) {
        (_, Some(_)) => None,
        (Some("latest"), None) => Some(format!("image `{image}` of service `{}` has the tag `latest`", service.name)),
        (Some(tag), None) if !is_open(tag) => None,
        (None, None) if !is_open(last) => Some(format!("image `{image}` of service `{}` has no tag", service.name)),
        _ => {
            tally.unknown(|| format!("the image of service `{}` is `{image}`", service.name));
            None
        }
    };
    match message {
        Some(message) => tally.fail(violation(message, service, "image", entry.lines())),
        None => tally.saw(),
    }
    tally.verdict()
}
