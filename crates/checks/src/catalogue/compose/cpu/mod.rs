//! `PB-CMP-0010`: service has no limit on processor time.

use super::service::{Limit, is_open, positive};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let limit = positive(
        service,
        &[&["deploy", "resources", "limits", "cpus"], &["cpus"], &["cpu_quota"], &["cpu_count"], &["cpu_percent"], &["cpuset"]],
    );
    let shares = service.node.text_of("cpu_shares").filter(|shares| !matches!(*shares, "0" | "1024"));
    match (limit, shares) {
        (Limit::Missing, Some(shares)) if is_open(shares) => {
            tally.unknown(|| format!("`cpu_shares` of service `{}` is `{shares}`", service.name));
        }
        (Limit::Missing, Some(_)) => tally.saw(),
        (limit, _) => limit.judge(service, "processor time", "cpus", &mut tally),
    }
    tally.verdict()
}
