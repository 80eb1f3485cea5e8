//! `DS-0001`: base image is not fixed to a version.

use super::stages::{is_open, stage_index, tag_and_digest, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
    finding::Violation,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for stage in &file.stages {
        if stage.parent.is_none() && stage.image != "scratch" {
            judge(&stage.image, || Violation::new(String::new(), "FROM", stage.lines), &mut tally);
        }
        for copy in stage.instructions.iter().filter(|instruction| instruction.keyword == "COPY") {
            let Some(from) = copy.flag("from").and_then(|flag| flag.value.as_deref()) else { continue };
            if stage_index(file, from).is_some() || from.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            if !from.contains(['/', ':', '@']) {
                // `--build-context` gives names to folders as well.
                tally.unknown(|| format!("`{from}` is no stage, and may be an image or a build context"));
                continue;
            }
            judge(from, || violation(String::new(), copy), &mut tally);
        }
    }
    tally.verdict_or("the file names no image")
}

fn judge(image: &str, at: impl FnOnce() -> Violation, tally: &mut Tally) {
    let last = image.rsplit('/').next().unwrap_or(image);
    let message = match tag_and_digest(image) {
        (_, Some(_)) => return tally.saw(),
        (Some("latest"), None) => format!("image `{image}` has the tag `latest`"),
        (None, None) if !is_open(last) => format!("image `{image}` has no tag"),
        (Some(tag), None) if !is_open(tag) => return tally.saw(),
        _ => return tally.unknown(|| format!("the image is `{image}`, and the variable has no default")),
    };
    tally.fail(Violation { message, ..at() });
}
