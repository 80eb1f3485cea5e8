//! `PB-CMP-0013`: service restarts without end.

use super::service::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
    place::Lines,
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    if let Some(entry) = service.node.entry("restart") {
        let policy = entry.value.text().unwrap_or("no");
        judge(service, policy, policy.strip_prefix("on-failure:"), "restart", entry.lines(), &mut tally);
    }
    if let Some(entry) = service.node.get("deploy").and_then(|deploy| deploy.entry("restart_policy")) {
        let condition = entry.value.text_of("condition").unwrap_or("any");
        judge(service, condition, entry.value.text_of("max_attempts"), "deploy.restart_policy", entry.lines(), &mut tally);
    }
    tally.verdict()
}

fn judge(service: &Service, policy: &str, attempts: Option<&str>, field: &str, lines: Lines, tally: &mut Tally) {
    let message = match policy {
        "no" | "none" | "false" | "" => return tally.saw(),
        policy if is_open(policy) || attempts.is_some_and(is_open) => {
            return tally.unknown(|| format!("`{field}` of service `{}` is `{policy}`", service.name));
        }
        policy if policy.starts_with("on-failure") => match attempts.map(str::parse::<u64>) {
            Some(Ok(1..=5)) => return tally.saw(),
            Some(Ok(attempts)) if attempts > 5 => format!("service `{}` is restarted up to {attempts} times", service.name),
            _ => format!("service `{}` is restarted on failure without a limit", service.name),
        },
        policy => format!("service `{}` is restarted without a limit (`{policy}`)", service.name),
    };
    tally.fail(violation(message, service, field, lines));
}
