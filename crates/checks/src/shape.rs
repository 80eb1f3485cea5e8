//! Whether a pod has the shape that the API gives it.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>
//!
//! A check that looks for `hostNetwork: true` finds nothing in `hostNetwork: "true"` or `hostNetwork: ${HOST_NETWORK}`, and must not call
//! that a pass: the API server refuses the first, and nobody knows what becomes of the second. Only fields that checks read are listed.

use probity_model::{
    kubernetes::Pod,
    node::{Entry, Node, ScalarKind, Value},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Bool,
    Int,
    Text,
    List,
    Map,
}

impl Shape {
    fn fits(self, node: &Node) -> bool {
        match &node.value {
            Value::Seq(_) => self == Self::List,
            Value::Map(_) => self == Self::Map,
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => true,
                ScalarKind::Bool(_) => matches!(self, Self::Bool | Self::Text),
                ScalarKind::Int(_) => matches!(self, Self::Int | Self::Text),
                ScalarKind::Float(_) | ScalarKind::Str => self == Self::Text,
            },
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int => "number",
            Self::Text => "string",
            Self::List => "list",
            Self::Map => "mapping",
        }
    }
}

/// Why the pod cannot be judged, when one of its fields has a wrong shape.
pub(crate) fn misfit(pod: Pod<'_>) -> Option<String> {
    if !pod.spec.is_map() {
        return Some("the pod's specification is not a mapping".to_owned());
    }
    let (entry, shape) = find(pod)?;
    Some(format!("`{}` in line {} is not a {}", entry.key, entry.line, shape.noun()))
}

type Misfit<'a> = (&'a Entry, Shape);

fn find(pod: Pod<'_>) -> Option<Misfit<'_>> {
    for entry in pod.spec.entries() {
        let shape = match &*entry.key {
            "hostNetwork" | "hostPID" | "hostIPC" | "automountServiceAccountToken" => Shape::Bool,
            "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "hostAliases" => Shape::List,
            "securityContext" | "nodeSelector" | "affinity" | "os" | "resources" => Shape::Map,
            "serviceAccountName" | "nodeName" => Shape::Text,
            _ => continue,
        };
        let inside = match &*entry.key {
            _ if !shape.fits(&entry.value) => return Some((entry, shape)),
            "securityContext" => context(&entry.value),
            "volumes" => items(entry, volume),
            "containers" | "initContainers" | "ephemeralContainers" => items(entry, container),
            _ => None,
        };
        if inside.is_some() {
            return inside;
        }
    }
    None
}

/// Every item of a list must be a mapping that fits.
fn items<'a>(list: &'a Entry, fit: fn(&'a Node) -> Option<Misfit<'a>>) -> Option<Misfit<'a>> {
    list.value.items().iter().find_map(|item| if item.is_map() { fit(item) } else { Some((list, Shape::List)) })
}

fn container(node: &Node) -> Option<Misfit<'_>> {
    node.entries().iter().find_map(|entry| {
        let shape = match &*entry.key {
            "image" => Shape::Text,
            "securityContext" | "resources" | "lifecycle" | "livenessProbe" | "readinessProbe" | "startupProbe" => Shape::Map,
            "ports" | "env" | "envFrom" | "volumeMounts" => Shape::List,
            _ => return None,
        };
        match &*entry.key {
            _ if !shape.fits(&entry.value) => Some((entry, shape)),
            "securityContext" => context(&entry.value),
            "ports" => items(entry, |port| keys(port, &["containerPort", "hostPort"], Shape::Int)),
            "env" => items(entry, |variable| keys(variable, &["valueFrom"], Shape::Map)),
            "envFrom" | "volumeMounts" => items(entry, |_| None),
            "lifecycle" => {
                let hooks = [entry.value.get("postStart"), entry.value.get("preStop")];
                keys(&entry.value, &["postStart", "preStop"], Shape::Map).or_else(|| hooks.into_iter().flatten().find_map(handler))
            }
            "livenessProbe" | "readinessProbe" | "startupProbe" => handler(&entry.value),
            _ => None,
        }
    })
}

fn handler(node: &Node) -> Option<Misfit<'_>> {
    keys(node, &["httpGet", "tcpSocket"], Shape::Map)
}

fn volume(node: &Node) -> Option<Misfit<'_>> {
    keys(node, &["hostPath"], Shape::Map).or_else(|| keys(node.get("hostPath")?, &["path"], Shape::Text))
}

fn context(node: &Node) -> Option<Misfit<'_>> {
    node.entries().iter().find_map(|entry| {
        let shape = match &*entry.key {
            "privileged" | "allowPrivilegeEscalation" | "readOnlyRootFilesystem" | "runAsNonRoot" => Shape::Bool,
            "runAsUser" | "runAsGroup" | "fsGroup" => Shape::Int,
            "capabilities" | "seccompProfile" | "appArmorProfile" | "seLinuxOptions" | "windowsOptions" => Shape::Map,
            "sysctls" | "supplementalGroups" => Shape::List,
            "procMount" => Shape::Text,
            _ => return None,
        };
        match &*entry.key {
            _ if !shape.fits(&entry.value) => Some((entry, shape)),
            "capabilities" => keys(&entry.value, &["add", "drop"], Shape::List),
            "windowsOptions" => keys(&entry.value, &["hostProcess"], Shape::Bool),
            "sysctls" => items(entry, |sysctl| keys(sysctl, &["name"], Shape::Text)),
            "supplementalGroups" => entry.value.items().iter().any(|group| group.as_i64().is_none()).then_some((entry, Shape::List)),
            "seccompProfile" | "appArmorProfile" | "seLinuxOptions" => keys(&entry.value, &["type", "user", "role"], Shape::Text),
            _ => None,
        }
    })
}

fn keys<'a>(node: &'a Node, keys: &[&str], shape: Shape) -> Option<Misfit<'a>> {
    node.entries().iter().find(|entry| keys.contains(&&*entry.key) && !shape.fits(&entry.value)).map(|entry| (entry, shape))
}

#[cfg(test)]
mod tests {
    use probity_configs::{Limits, parse};
    use probity_model::document::Document;

    fn misfit(spec: &str) -> Option<String> {
        let text = format!("apiVersion: v1\nkind: Pod\nspec:\n  {}\n", spec.replace('\n', "\n  "));
        let file = parse("pod.yaml", text.as_bytes(), &Limits::default()).file.unwrap();
        let Document::Kubernetes(object) = &file.documents[0] else { panic!("not an object") };
        super::misfit(object.pod().unwrap())
    }

    #[test]
    fn wrong_shapes_are_named() {
        for (spec, expected) in [
            ("hostNetwork: 'true'", "`hostNetwork` in line 4 is not a boolean"),
            ("hostPID: ${HOST_PID}", "`hostPID` in line 4 is not a boolean"),
            ("containers: {name: web}", "`containers` in line 4 is not a list"),
            ("initContainers: [web]", "`initContainers` in line 4 is not a list"),
            ("volumes:\n- name: a\n  hostPath: /etc", "`hostPath` in line 6 is not a mapping"),
            ("securityContext: {runAsUser: '0'}", "`runAsUser` in line 4 is not a number"),
            ("containers:\n- securityContext:\n    privileged: maybe", "`privileged` in line 6 is not a boolean"),
            ("containers:\n- securityContext:\n    capabilities: {add: SYS_ADMIN}", "`add` in line 6 is not a list"),
            ("containers:\n- ports: [{hostPort: '80'}]", "`hostPort` in line 5 is not a number"),
            ("containers:\n- lifecycle: {preStop: {httpGet: x}}", "`httpGet` in line 5 is not a mapping"),
        ] {
            assert_eq!(misfit(spec).as_deref(), Some(expected), "{spec}");
        }
    }

    #[test]
    fn null_and_the_right_shapes_fit() {
        for spec in [
            "hostNetwork: yes\nhostPID:\nvolumes: null\ncontainers: []",
            "securityContext: {runAsUser: 0, sysctls: [{name: a}], supplementalGroups: [1], seccompProfile: {type: Unconfined}}",
            "containers:\n- image: registry.example/web:1\n  ports: [{containerPort: 80, name: http}]\n  env: [{name: A, value: b}]\n  livenessProbe: {httpGet: {port: 80}}",
            "volumes:\n- name: a\n  hostPath: {path: /etc}\n- name: b\n  emptyDir: {}",
        ] {
            assert_eq!(misfit(spec), None, "{spec}");
        }
    }
}
