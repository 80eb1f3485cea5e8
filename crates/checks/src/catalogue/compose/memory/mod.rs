//! `PB-CMP-0009`: service has no memory limit.

use super::service::positive;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let limit = positive(service, &[&["deploy", "resources", "limits", "memory"], &["mem_limit"]]);
    limit.judge(service, "memory", "mem_limit", &mut tally);
    tally.verdict()
}
