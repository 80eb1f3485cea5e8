//! `DS-0023`: stage has more than one HEALTHCHECK.

use super::stages::only_last;
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    only_last(file, "HEALTHCHECK")
}
