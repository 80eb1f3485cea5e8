//! Kubernetes objects, and typed views of the pods in them.

use crate::{
    node::{Entry, Node},
    place::Lines,
};

/// One object of a manifest. Items of a `List` are objects of their own.
#[derive(Debug, Clone)]
pub struct Resource {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    /// `None` when the manifest does not say; the API server then uses the context's namespace.
    pub namespace: Option<String>,
    pub lines: Lines,
    pub root: Node,
}

/// Pod-level settings and where they live in the object.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// The `PodSpec`.
    pub spec: &'a Node,
    /// Metadata of the pod template (of the object itself for a bare `Pod`).
    pub metadata: Option<&'a Node>,
    /// Path of the `PodSpec`, such as `spec.template.spec`.
    pub path: &'static str,
    /// The API version and kind are not the core ones: a CRD that embeds a pod template.
    pub embedded: bool,
}

/// Which list of a `PodSpec` a container is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerKind {
    Container,
    Init,
    Ephemeral,
}

impl ContainerKind {
    /// The field of the `PodSpec`.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Container => "containers",
            Self::Init => "initContainers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// One container of a pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    pub kind: ContainerKind,
    pub index: usize,
    pub name: &'a str,
    pub node: &'a Node,
    pub pod: Pod<'a>,
}

impl Resource {
    /// `apps` of `apps/v1`, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// `Deployment/web`, with the namespace in front when the manifest names one: `shop/Deployment/web`.
    pub fn display_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}/{}", self.kind, self.name),
            None => format!("{}/{}", self.kind, self.name),
        }
    }

    pub fn metadata(&self) -> Option<&Node> {
        self.root.get("metadata")
    }

    pub fn label(&self, name: &str) -> Option<&str> {
        self.root.at(&["metadata", "labels", name])?.text()
    }

    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.root.at(&["metadata", "annotations", name])?.text()
    }

    /// The pod that this object is or creates: every workload kind, and custom resources with a `spec.template.spec.containers`
    /// (Argo Rollouts, Knative services …).
    pub fn pod(&self) -> Option<Pod<'_>> {
        let (template, path): (&Node, &'static str) = match self.kind.as_str() {
            "Pod" => return Some(Pod { spec: self.root.get("spec")?, metadata: self.metadata(), path: "spec", embedded: false }),
            "PodTemplate" => (self.root.get("template")?, "template.spec"),
            "CronJob" => (self.root.at(&["spec", "jobTemplate", "spec", "template"])?, "spec.jobTemplate.spec.template.spec"),
            _ => (self.root.at(&["spec", "template"])?, "spec.template.spec"),
        };
        let spec = template.get("spec")?;
        let known = matches!(
            self.kind.as_str(),
            "Deployment"
                | "StatefulSet"
                | "DaemonSet"
                | "ReplicaSet"
                | "ReplicationController"
                | "Job"
                | "CronJob"
                | "DeploymentConfig"
                | "PodTemplate"
        );
        if !known && !spec.get("containers").is_some_and(Node::is_seq) {
            return None;
        }
        Some(Pod { spec, metadata: template.get("metadata"), path, embedded: !known })
    }
}

impl<'a> Pod<'a> {
    /// All containers: `initContainers`, `containers`, `ephemeralContainers`, each in order.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> {
        [ContainerKind::Init, ContainerKind::Container, ContainerKind::Ephemeral].into_iter().flat_map(move |kind| {
            self.spec.items_of(kind.field()).iter().enumerate().map(move |(index, node)| Container {
                kind,
                index,
                name: node.text_of("name").unwrap_or_default(),
                node,
                pod: self,
            })
        })
    }

    pub fn security_context(self) -> Option<&'a Node> {
        self.spec.get("securityContext")
    }

    /// Whether the pod declares that it runs on Windows, where the Linux-only restrictions do not apply.
    pub fn is_windows(self) -> bool {
        self.spec.at(&["os", "name"]).and_then(Node::text) == Some("windows")
    }

    /// The path of a field of the pod: `spec.template.spec.hostNetwork`.
    pub fn field_path(self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }
}

impl<'a> Container<'a> {
    pub fn security_context(self) -> Option<&'a Node> {
        self.node.get("securityContext")
    }

    /// A `securityContext` field that containers inherit from the pod (`runAsUser`, `runAsNonRoot`, `runAsGroup`, `seccompProfile`,
    /// `seLinuxOptions`, `appArmorProfile`, `windowsOptions`): the container's own, else the pod's.
    pub fn inherited(self, field: &str) -> Option<&'a Entry> {
        let own = self.security_context().and_then(|context| context.entry(field));
        own.or_else(|| self.pod.security_context().and_then(|context| context.entry(field)))
    }

    pub fn image(self) -> Option<&'a str> {
        self.node.text_of("image")
    }

    /// `spec.template.spec.containers[1]`.
    pub fn path(self) -> String {
        format!("{}.{}[{}]", self.pod.path, self.kind.field(), self.index)
    }

    /// `spec.template.spec.containers[1].securityContext.privileged`.
    pub fn field_path(self, field: &str) -> String {
        format!("{}.{field}", self.path())
    }

    /// The lines to show for a field, or the container's own when it is absent.
    pub fn lines_of(self, keys: &[&str]) -> Lines {
        let mut node = self.node;
        let mut lines = self.node.lines;
        for key in keys {
            let Some(entry) = node.entry(key) else { break };
            lines = entry.lines();
            node = &entry.value;
        }
        lines
    }
}
