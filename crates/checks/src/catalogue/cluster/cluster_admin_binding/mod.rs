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
            let scope = if of_cluster { "of the whole cluster" } else { "of everything in its namespace" };
            violations.push(Violation::new(
                format!("{} makes its subjects administrators {scope} through role `{}`", named(object), binding.role),
                "roleRef",
                binding.role_lines,
            ));
        }
    })
}
