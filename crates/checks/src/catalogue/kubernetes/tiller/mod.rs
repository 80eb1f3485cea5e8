//! `KSV-0102`: Tiller, the server of Helm 2.

use super::shared::{ImageName, set};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    let pod = object.pod();
    if pod.is_none() && object.kind != "Service" {
        return Verdict::NotApplicable { why: "the object is neither a workload nor a Service" };
    }
    let mut violations = Vec::new();
    if object.name == "tiller-deploy" {
        let lines = object.metadata().and_then(|metadata| metadata.entry("name")).map_or(object.lines, Entry::lines);
        violations.push(Violation::new(format!("{} `{}` has the name of Tiller", object.kind, object.name), "metadata.name", lines));
    } else if let Some(labels) = tiller_labels(object.metadata()) {
        violations.push(Violation::new(
            format!("{} `{}` has the labels of Tiller", object.kind, object.name),
            "metadata.labels",
            labels.lines(),
        ));
    }
    if let Some(pod) = pod {
        if violations.is_empty()
            && let Some(labels) = tiller_labels(pod.metadata)
        {
            let template = pod.path.strip_suffix("spec").unwrap_or_default();
            let locator = format!("{template}metadata.labels");
            violations.push(Violation::new("the pod template has the labels of Tiller", locator, labels.lines()));
        }
        for container in pod.containers() {
            let Some(entry) = set(Some(container.node), "image") else { continue };
            if entry.value.text().and_then(ImageName::parse).is_some_and(|image| image.last_part() == "tiller") {
                violations.push(Violation::new(
                    format!("container `{}` runs Tiller", container.name),
                    container.field_path("image"),
                    entry.lines(),
                ));
            }
        }
    }
    Verdict::of(violations, 1)
}

fn tiller_labels(metadata: Option<&Node>) -> Option<&Entry> {
    let labels = metadata?.entry("labels")?;
    (labels.value.text_of("app") == Some("helm") && labels.value.text_of("name") == Some("tiller")).then_some(labels)
}
