//! `PB-CMP-0027`: service has the users of the host.

use super::service::Field;
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    Field { name: "userns_mode", bad: &["host"] }.judge(service, project, &mut tally);
    tally.verdict()
}
