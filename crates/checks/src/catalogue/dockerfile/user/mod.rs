//! `DS-0002`: image runs as root.

use super::stages::{base, effective, is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
    finding::Violation,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    if let Some(user) = effective(file, "USER") {
        let value = user.value.first().map_or("", String::as_str);
        let name = value.split(':').next().unwrap_or_default().trim();
        if is_open(name) {
            tally.unknown(|| format!("the user is `{value}`, and the variable has no default"));
        } else if is_root(name) {
            tally.fail(violation(format!("the image runs as `{value}`"), user));
        } else {
            tally.saw();
        }
        return tally.verdict();
    }
    let image = base(file).unwrap_or("scratch");
    if is_open(image) {
        tally.unknown(|| format!("the file sets no user, and its base is `{image}`"));
    } else if says_non_root(image) {
        tally.unknown(|| format!("the file sets no user, and that of its base `{image}` was not looked at"));
    } else if let Some(stage) = file.final_stage() {
        let message = format!("the file sets no user, so the image runs as that of `{image}`, which is root unless it says otherwise");
        tally.fail(Violation::new(message, "FROM", stage.lines));
    }
    tally.verdict()
}

fn is_root(name: &str) -> bool {
    let is_zero = !name.is_empty() && name.bytes().all(|b| b == b'0');
    is_zero || name.is_empty() || name == "root" || name.eq_ignore_ascii_case("ContainerAdministrator")
}

/// Bases that carry in their name that they run as another user.
fn says_non_root(image: &str) -> bool {
    ["nonroot", "non-root", "unprivileged", "rootless"].iter().any(|word| image.contains(word)) || image.starts_with("cgr.dev/")
}
