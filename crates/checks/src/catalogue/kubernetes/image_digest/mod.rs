//! `PB-K8S-0003`: a digest in every image reference.

use super::shared::each_image;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_image(object, |image, violations| {
        if image.name.digest.is_none() {
            violations.push(image.violation(&format!("does not pin its image by digest: `{}`", image.text)));
        }
    })
}
