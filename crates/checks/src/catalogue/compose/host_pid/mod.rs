//! `PB-CMP-0014`: service shares the process table of the host.

use super::service::Field;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    Field { name: "pid", bad: &["host"] }.judge(service, project, &mut tally);
    tally.verdict()
}
