//! `KSV-0106`: capabilities of the restricted profile.

use super::shared::{capabilities, drop_lines, each_linux_container};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_linux_container(object, |container, violations| {
        // Admission compares the word exactly, so `all` does not count here.
        if !capabilities(container, "drop").iter().any(|item| item.text() == Some("ALL")) {
            violations.push(Violation::new(
                format!("container `{}` does not drop ALL capabilities", container.name),
                container.field_path("securityContext.capabilities.drop"),
                drop_lines(container),
            ));
        }
        for (index, item) in capabilities(container, "add").iter().enumerate() {
            let Some(capability) = item.text().filter(|text| *text != "NET_BIND_SERVICE") else { continue };
            violations.push(Violation::new(
                format!("container `{}` adds the capability {capability}", container.name),
                container.field_path(&format!("securityContext.capabilities.add[{index}]")),
                item.lines,
            ));
        }
    })
}
