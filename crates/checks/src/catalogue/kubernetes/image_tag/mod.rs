//! `KSV-0013`: no tag, or `latest`, and no digest.

use super::shared::each_image;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_image(object, |image, violations| {
        if image.name.digest.is_some() {
            return;
        }
        match image.name.tag {
            None | Some("") => violations.push(image.violation(&format!("names no version of the image `{}`", image.text))),
            Some("latest") => violations.push(image.violation(&format!("uses the tag `latest`: `{}`", image.text))),
            Some(_) => {}
        }
    })
}
