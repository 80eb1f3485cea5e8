//! `KSV-0111`: bindings of `cluster-admin` and what comes to the same.

use crate::{
    catalogue::cluster::rbac::{each_binding, named},
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    finding::Violation,
    kubernetes::Resource,
};

check!(Kubernetes, run);

fn run(object: &Resource, _: &CheckSettings) -> Verdict {
    each_binding(object, |binding, violations| {
        let of_cluster = object.kind == "ClusterRoleBinding";
        let role_kind = object.root.at(&["roleRef", "kind"]).and_then(|kind| kind.text());
        let privileged = role_kind != Some("Role")
            && match binding.role {
                "cluster-admin" => true,
                "admin" | "edit" => of_cluster,
                _ => false,
            };
        if privileged {
            let does = match (binding.role, of_cluster) {
                ("cluster-admin", true) => "makes its subjects administrators of the whole cluster",
                ("cluster-admin", false) => "makes its subjects administrators of everything in its namespace",
                ("admin", _) => "makes its subjects administrators of every namespace",
                _ => "lets its subjects change workloads and read secrets in every namespace",
            };
            violations.push(Violation::new(
                format!("{} {does} through role `{}`", named(object), binding.role),
                "roleRef",
                binding.role_lines,
            ));
        }
    })
}
