//! `KSV-0004`: `capabilities.drop` is not empty.

use super::shared::{capabilities, drop_lines, each_linux_container};
use crate::native::check;
use probity_model::node::Node;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_linux_container(object, |container, violations| {
        if !capabilities(container, "drop").iter().filter_map(Node::text).any(|text| !text.is_empty()) {
            violations.push(Violation::new(
                format!("container `{}` drops no capability", container.name),
                container.field_path("securityContext.capabilities.drop"),
                drop_lines(container),
            ));
        }
    })
}
