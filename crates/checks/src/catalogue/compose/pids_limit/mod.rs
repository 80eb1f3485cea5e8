//! `PB-CMP-0025`: service has no limit on processes.

use super::service::positive;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let limit = positive(service, &[&["deploy", "resources", "limits", "pids"], &["pids_limit"]]);
    limit.judge(service, "processes", "pids_limit", &mut tally);
    tally.verdict()
}
