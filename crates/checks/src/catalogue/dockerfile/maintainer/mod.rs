//! `DS-0022`: mAINTAINER is deprecated.

use super::stages::{violation, with_keyword};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    Verdict::of(with_keyword(file, "MAINTAINER").map(|old| violation("`MAINTAINER` is deprecated", old)).collect(), 1)
}
