//! `PB-IMG-0013`: image runs as root.

use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    diagnostic::Reason,
    finding::Violation,
    inventory::Inventory,
};

check!(Inventory, run);

fn run(inventory: &Inventory, _: &CheckSettings) -> Verdict {
    let Some(image) = &inventory.subject.image else {
        return Verdict::NotApplicable { why: "a root file system does not say as whom it is run" };
    };
    if image.os.as_deref() == Some("windows") {
        return Verdict::NotApplicable { why: "users of Windows images are not judged" };
    }
    let name = image.user.split(':').next().unwrap_or_default().trim();
    let number = name.parse::<u64>().ok();
    let known = inventory.facts.users.iter().filter(|user| user.name == name).map(|user| u64::from(user.uid)).min();
    let message = match number.or(known) {
        _ if name.is_empty() => "the image sets no user, so it runs as root".to_owned(),
        Some(0) => format!("the image runs as `{}`, which is root", image.user),
        None if name == "root" => format!("the image runs as `{}`, which is root", image.user),
        Some(_) => return Verdict::Pass { examined: 1 },
        None => {
            let why = format!("the image runs as `{name}`, which its list of users does not have");
            return Verdict::NotAssessed { reason: Reason::TargetKindMissing, why };
        }
    };
    Verdict::Fail(vec![Violation { message, locator: "config.User".to_owned(), ..Violation::default() }])
}
