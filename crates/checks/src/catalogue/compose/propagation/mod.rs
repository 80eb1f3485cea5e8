//! `PB-CMP-0018`: mount of the service is shared with the host.

use super::mounts::mounts;
use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, project: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for mount in mounts(service, project) {
        match mount.propagation {
            Some(mode @ ("shared" | "rshared")) => {
                let message = format!("service `{}` mounts `{}` with propagation `{mode}`", service.name, mount.target);
                tally.fail(violation(message, service, &format!("volumes[{}]", mount.index), mount.lines));
            }
            Some(mode) if is_open(mode) => tally.unknown(|| format!("the propagation of `{}` is `{mode}`", mount.target)),
            _ => tally.saw(),
        }
    }
    tally.verdict()
}
