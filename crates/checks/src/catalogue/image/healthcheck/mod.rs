//! `PB-IMG-0014`: image has no HEALTHCHECK.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let Some(image) = &inventory.subject.image else {
        return Verdict::NotApplicable { why: "a root file system has no health check" };
    };
    let message = match &image.healthcheck {
        Some(check) if check.is_active() => return Verdict::Pass { examined: 1 },
        Some(check) if !check.test.is_empty() => "the image switches its health check off",
        _ => "the image has no health check",
    };
    Verdict::Fail(vec![Violation { message: message.to_owned(), locator: "config.Healthcheck".to_owned(), ..Violation::default() }])
}
