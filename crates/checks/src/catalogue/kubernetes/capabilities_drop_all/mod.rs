//! `KSV-0003`: `capabilities.drop` contains `ALL`.

use super::shared::{capabilities, drop_lines, each_linux_container, names_capability};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_linux_container(object, |container, violations| {
        let dropped = capabilities(container, "drop");
        if !dropped.iter().any(|item| item.text().is_some_and(|text| names_capability(text, "ALL"))) {
            violations.push(Violation::new(
                format!("container `{}` does not drop all capabilities", container.name),
                container.field_path("securityContext.capabilities.drop"),
                drop_lines(container),
            ));
        }
    })
}
