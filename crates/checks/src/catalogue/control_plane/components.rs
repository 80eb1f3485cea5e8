//! Where the manifests run a component of the control plane, and the arguments that they give it.
//!
//! <https://kubernetes.io/docs/reference/command-line-tools-reference/>, <https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/>,
//! <https://etcd.io/docs/latest/op-guide/configuration/>
//!
//! Read are containers, whose `command` and `args` may hide the program behind a shell or a wrapper, and the extra arguments of kubeadm as
//! map (`v1beta3`) and as list (`v1beta4`). The components take `_` for `-` in names, and a boolean flag takes no value but after `=`. A
//! flag that stands twice counts with its last value; lists add up. etcd takes every flag from its environment too (`ETCD_CERT_FILE`). What
//! is missing: shell variables and scripts that put a command line together, and the arguments of k3s, which are another program's.

use probity_model::{
    check::ManifestSet,
    kubernetes::{Container, Resource},
    node::{Entry, Node},
    place::Lines,
};

/// A program of the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Component {
    ApiServer,
    ControllerManager,
    Scheduler,
    Etcd,
    Kubelet,
    Proxy,
}

impl Component {
    /// The name of the program.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
        }
    }

    /// The field of kubeadm's `ClusterConfiguration` below which its `extraArgs` stand.
    const fn section(self) -> Option<&'static str> {
        match self {
            Self::ApiServer => Some("apiServer"),
            Self::ControllerManager => Some("controllerManager"),
            Self::Scheduler => Some("scheduler"),
            Self::Etcd => Some("etcd"),
            Self::Kubelet | Self::Proxy => None,
        }
    }

    /// What kubeadm gives the component when `extraArgs` do not say otherwise. Paths stand for being set.
    fn kubeadm(self, flag: &str) -> Option<&'static str> {
        const PKI: &str = "/etc/kubernetes/pki/";
        Some(match (self, flag) {
            (Self::ApiServer, "authorization-mode") => "Node,RBAC",
            (Self::ApiServer, "enable-admission-plugins") => "NodeRestriction",
            (Self::ApiServer, "secure-port") => "6443",
            (
                Self::ApiServer,
                "client-ca-file"
                | "etcd-cafile"
                | "etcd-certfile"
                | "etcd-keyfile"
                | "kubelet-client-certificate"
                | "kubelet-client-key"
                | "service-account-key-file"
                | "tls-cert-file"
                | "tls-private-key-file",
            )
            | (Self::ControllerManager, "root-ca-file" | "service-account-private-key-file" | "client-ca-file")
            | (Self::Etcd, "cert-file" | "key-file" | "peer-cert-file" | "peer-key-file" | "trusted-ca-file" | "peer-trusted-ca-file") => {
                PKI
            }
            (Self::ControllerManager, "use-service-account-credentials") | (Self::Etcd, "client-cert-auth" | "peer-client-cert-auth") => {
                "true"
            }
            (Self::ControllerManager | Self::Scheduler, "bind-address") => "127.0.0.1",
            _ => return None,
        })
    }
}

/// One argument.
#[derive(Clone, Copy)]
pub(super) struct Arg<'a> {
    name: &'a str,
    value: &'a str,
    /// Whether the value stands behind `=`, as a boolean needs it.
    attached: bool,
    pub(super) lines: Lines,
    /// The list and the position in it, or the field of kubeadm.
    place: (&'static str, usize),
}

impl<'a> Arg<'a> {
    /// The value as it works: a boolean flag without `=` is set.
    pub(super) fn value(&self, boolean: bool) -> &'a str {
        if boolean && !self.attached { "true" } else { self.value }
    }
}

/// One component in one object.
pub(super) struct Unit<'a> {
    pub(super) index: usize,
    pub(super) object: &'a Resource,
    component: Component,
    args: Vec<Arg<'a>>,
    /// Where to point for an argument that is missing.
    pub(super) lines: Lines,
    /// `spec.containers[0]`, `apiServer.extraArgs`.
    path: String,
    is_kubeadm: bool,
}

impl<'a> Unit<'a> {
    /// The last occurrence of a flag.
    pub(super) fn get(&self, flag: &str) -> Option<&Arg<'a>> {
        self.all(flag).last()
    }

    /// All occurrences of a flag.
    pub(super) fn all(&self, flag: &str) -> impl Iterator<Item = &Arg<'a>> {
        self.args.iter().filter(move |arg| same(arg.name, flag))
    }

    /// What the installer gives the component where the object is silent.
    pub(super) fn implied(&self, flag: &str) -> Option<&'static str> {
        if self.is_kubeadm { self.component.kubeadm(flag) } else { None }
    }

    /// Whether the component reads a configuration file though no flag says so: kubeadm passes one to every kubelet.
    pub(super) fn always_reads_file(&self) -> bool {
        self.is_kubeadm && self.component == Component::Kubelet
    }

    /// `spec.containers[0].command[3]`.
    pub(super) fn locator(&self, arg: Option<&Arg<'_>>) -> String {
        match arg {
            Some(Arg { place: ("", index), .. }) => format!("{}[{index}]", self.path),
            Some(Arg { place: (list, index), .. }) => format!("{}.{list}[{index}]", self.path),
            None => self.path.clone(),
        }
    }

    /// "`kube-apiserver` of Pod `kube-apiserver`".
    pub(super) fn describe(&self) -> String {
        if self.is_kubeadm {
            format!("`{}` as {} sets it up", self.component.program(), self.object.kind)
        } else {
            format!("`{}` of {} `{}`", self.component.program(), self.object.kind, self.object.name)
        }
    }
}

/// The objects of a set that run or configure a part of the control plane, with their index.
pub(super) fn objects<'s, 'a>(set: &'s ManifestSet<'a>) -> impl Iterator<Item = (usize, &'a Resource)> + use<'s, 'a> {
    set.control_plane(is_control_plane)
}

fn is_control_plane(object: &Resource) -> bool {
    const KINDS: [&str; 10] = [
        "ClusterConfiguration",
        "InitConfiguration",
        "JoinConfiguration",
        "KubeletConfiguration",
        "KubeProxyConfiguration",
        "KubeSchedulerConfiguration",
        "AuthenticationConfiguration",
        "AuthorizationConfiguration",
        "EncryptionConfiguration",
        "NodeInfo",
    ];
    // Every program's name has one of these in it.
    let mentions = |text: &str| ["kube", "etcd"].iter().any(|part| memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some());
    match object.pod() {
        None => KINDS.iter().any(|kind| object.kind.eq_ignore_ascii_case(kind)),
        Some(pod) => pod.containers().any(|container| {
            let words = [container.node.items_of("command"), container.node.items_of("args")];
            container.image().is_some_and(mentions) || words.into_iter().flatten().filter_map(Node::text).any(mentions)
        }),
    }
}

/// Runs `visit` over every place where the set runs a component.
pub(super) fn each<'a>(set: &ManifestSet<'a>, component: Component, mut visit: impl FnMut(&Unit<'a>)) {
    for (index, object) in objects(set) {
        if let Some(pod) = object.pod() {
            for container in pod.containers() {
                if let Some(unit) = of_container(index, object, container, component) {
                    visit(&unit);
                }
            }
        } else if object.group() == "kubeadm.k8s.io"
            && let Some(unit) = of_kubeadm(index, object, component)
        {
            visit(&unit);
        }
    }
}

fn of_kubeadm(index: usize, object: &Resource, component: Component) -> Option<Unit<'_>> {
    let (owner, path, extra) = match (component, object.kind.as_str()) {
        (Component::Kubelet, "InitConfiguration" | "JoinConfiguration") => {
            let registration = object.root.entry("nodeRegistration");
            (registration, "nodeRegistration.kubeletExtraArgs", registration.and_then(|entry| entry.value.entry("kubeletExtraArgs")))
        }
        (Component::Etcd, "ClusterConfiguration") => {
            let etcd = object.root.entry("etcd");
            if etcd.is_some_and(|entry| entry.value.get("external").is_some()) {
                return None;
            }
            let local = etcd.and_then(|entry| entry.value.entry("local"));
            (local.or(etcd), "etcd.local.extraArgs", local.and_then(|entry| entry.value.entry("extraArgs")))
        }
        (_, "ClusterConfiguration") => {
            let section = object.root.entry(component.section()?);
            let path = match component {
                Component::ApiServer => "apiServer.extraArgs",
                Component::ControllerManager => "controllerManager.extraArgs",
                _ => "scheduler.extraArgs",
            };
            (section, path, section.and_then(|entry| entry.value.entry("extraArgs")))
        }
        _ => return None,
    };
    let mut args = Vec::new();
    if let Some(extra) = extra {
        for (place, entry) in extra.value.entries().iter().enumerate() {
            let value = entry.value.text().unwrap_or_default();
            args.push(Arg { name: &entry.key, value, attached: true, lines: entry.lines(), place: ("", place) });
        }
        for (place, item) in extra.value.items().iter().enumerate() {
            let (name, value) = (item.text_of("name").unwrap_or_default(), item.text_of("value").unwrap_or_default());
            args.push(Arg { name, value, attached: true, lines: item.lines, place: ("", place) });
        }
    }
    let missing = extra.or(owner).map_or_else(|| kind_lines(object), |entry| Lines::one(entry.line));
    Some(Unit { index, object, component, args, lines: missing, path: path.to_owned(), is_kubeadm: true })
}

fn of_container<'a>(index: usize, object: &'a Resource, container: Container<'a>, component: Component) -> Option<Unit<'a>> {
    let program = component.program();
    let lists = [("command", container.node.items_of("command")), ("args", container.node.items_of("args"))];
    let image = image_name(container.image().unwrap_or_default());
    // Most containers have nothing to do with the control plane; this is all that they cost.
    let mentions = |text: &str| memchr::memmem::find(text.as_bytes(), program.as_bytes()).is_some();
    if !mentions(image) && !lists.iter().flat_map(|(_, items)| *items).filter_map(Node::text).any(mentions) {
        return None;
    }
    // Anything but lists is refused by the server.
    if ["command", "args"].iter().any(|key| container.node.get(key).is_some_and(|value| !value.is_seq() && !value.is_null())) {
        return None;
    }
    let tokens = tokens(&lists);
    let start = match tokens.iter().position(|token| token.list == "command") {
        None if is_program(image, program) => usize::from(tokens.first().is_some_and(|token| is_program(base(token.text), program))),
        _ => program_at(&tokens, program)?.saturating_add(1),
    };
    // The last one counts, so flags come after the environment.
    let mut args = if component == Component::Etcd { environment(container) } else { Vec::new() };
    args.extend(arguments(tokens.get(start..).unwrap_or_default(), component));
    let entry = container.node.entry("command").or_else(|| container.node.entry("args"));
    let lines = entry.map_or_else(|| Lines::one(container.node.lines.start), |entry| Lines::one(entry.line));
    Some(Unit { index, object, component, args, lines, path: container.path(), is_kubeadm: false })
}

/// A word of a command line.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    lines: Lines,
    list: &'static str,
    index: usize,
    /// From the text of a shell.
    shell: bool,
}

const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "busybox", "zsh"];
/// Programs that start another one.
const WRAPPERS: [&str; 12] = [
    "env",
    "exec",
    "nice",
    "ionice",
    "tini",
    "dumb-init",
    "flock",
    "go-runner",
    "kube-log-runner",
    "hyperkube",
    "timeout",
    "watch-termination",
];

/// The words of `command` and `args`; texts for a shell are taken apart.
fn tokens<'a>(lists: &[(&'static str, &'a [Node])]) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut in_shell = false;
    for (list, items) in lists.iter().copied() {
        for (index, item) in items.iter().enumerate() {
            let Some(text) = item.text() else { continue };
            if in_shell && text.contains(char::is_whitespace) {
                // A literal block has a line of its own for each line of the text.
                let Lines { start, end } = item.lines;
                let literal = u32::try_from(text.lines().count()).is_ok_and(|count| end.saturating_sub(start).saturating_add(1) == count);
                words(text, |text, line| {
                    let lines = if literal { Lines::one(start.saturating_add(line)) } else { item.lines };
                    tokens.push(Token { text, lines, list, index, shell: true });
                });
            } else {
                in_shell |= SHELLS.contains(&base(text));
                tokens.push(Token { text, lines: item.lines, list, index, shell: false });
            }
        }
    }
    tokens
}

/// Splits a shell's text at blanks outside of quotes, and counts lines from 0. The end of a command, a line's end included, becomes the word
/// `;`.
fn words<'a>(text: &'a str, mut visit: impl FnMut(&'a str, u32)) {
    let mut start = None;
    let mut line = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if quote == Some(c) {
            quote = None;
        } else if quote.is_some() {
        } else if c.is_whitespace() || c == ';' {
            // A backslash before the end of a line continues it.
            if let Some(word) = start.take().and_then(|start| text.get(start..at)).filter(|word| *word != "\\") {
                visit(word, line);
            }
            if c == ';' || (c == '\n' && !escaped) {
                visit(";", line);
            }
        } else {
            if matches!(c, '"' | '\'') {
                quote = Some(c);
            }
            start.get_or_insert(at);
        }
        escaped = c == '\\';
        line += u32::from(c == '\n');
    }
    if let Some(word) = start.and_then(|start| text.get(start..)) {
        visit(word, line);
    }
}

/// The position of the program on a command line.
fn program_at(tokens: &[Token<'_>], program: &str) -> Option<usize> {
    for (at, token) in tokens.iter().enumerate() {
        let name = base(token.text);
        // `--service=kube-system/kubelet` ends like a path to the program.
        if is_program(name, program) && !token.text.starts_with('-') && !token.text.contains('=') {
            let next = tokens.get(at.saturating_add(1));
            if !token.shell || next.is_none_or(|next| next.text.starts_with('-') || next.text == ";" || !next.shell) {
                return Some(at);
            }
        }
        let passes = token.shell
            || SHELLS.contains(&name)
            || WRAPPERS.contains(&name)
            || token.text.starts_with('-')
            || token.text.contains('=')
            || token.text.bytes().all(|byte| byte.is_ascii_digit());
        if !passes {
            return None;
        }
    }
    None
}

fn arguments<'a>(tokens: &[Token<'a>], component: Component) -> Vec<Arg<'a>> {
    let mut args = Vec::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        if token.shell && matches!(token.text, ";" | "&&" | "||" | "|" | "&" | ">" | ">>") {
            break;
        }
        // Only etcd is content with one dash.
        let single = if component == Component::Etcd { token.text.strip_prefix('-') } else { None };
        let Some(flag) = token.text.strip_prefix("--").or(single) else { continue };
        let (name, value, attached) = match flag.split_once('=') {
            Some((name, value)) => (name, unquoted(value), true),
            None => (flag, rest.peek().map(|next| next.text).filter(|next| !next.starts_with('-')).unwrap_or_default(), false),
        };
        args.push(Arg { name, value: unquoted(value), attached, lines: token.lines, place: (token.list, token.index) });
    }
    args
}

/// What etcd takes from its environment.
fn environment(container: Container<'_>) -> Vec<Arg<'_>> {
    let variables = container.node.items_of("env").iter().enumerate();
    variables
        .filter_map(|(index, item)| {
            let name = item.text_of("name")?.strip_prefix("ETCD_")?;
            let value = item.text_of("value").unwrap_or_default();
            Some(Arg { name, value, attached: true, lines: item.lines, place: ("env", index) })
        })
        .collect()
}

/// Whether two names of flags are the same: case and the sort of dash do not matter.
fn same(own: &str, flag: &str) -> bool {
    let dash = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    own.len() == flag.len() && own.bytes().zip(flag.bytes()).all(|(a, b)| dash(a) == dash(b))
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `kube-apiserver` of `registry.k8s.io/kube-apiserver:v1.35.0@sha256:…`.
fn image_name(image: &str) -> &str {
    let name = base(image.split('@').next().unwrap_or(image));
    name.split(':').next().unwrap_or(name)
}

/// `kube-apiserver`, and `kube-apiserver-amd64` of old.
fn is_program(name: &str, program: &str) -> bool {
    name.strip_prefix(program).is_some_and(|rest| matches!(rest, "" | "-amd64" | "-arm64" | "-arm" | "-ppc64le" | "-s390x"))
}

/// The line of an object's `kind`: where to point for something that is missing altogether.
pub(super) fn kind_lines(object: &Resource) -> Lines {
    object.root.entry("kind").map_or(object.lines, Entry::lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_configs::{Limits, parse};
    use probity_model::document::Document;

    /// The values of a flag in every unit that the fields of one container make, last one last; `None` when no component was found.
    fn flags(component: Component, flag: &str, fields: &str) -> Option<String> {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    {}\n",
            fields.replace('\n', "\n    ")
        );
        let parsed = parse("pod.yaml", text.as_bytes(), &Limits::default());
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let file = parsed.file.unwrap();
        let objects = file.documents.iter().filter_map(|document| match document {
            Document::Kubernetes(object) => Some(object),
            _ => None,
        });
        let mut set = ManifestSet::default();
        set.objects.extend(objects);
        let mut found = None;
        each(&set, component, |unit| {
            found = Some(unit.all(flag).map(|arg| arg.value(false)).collect::<Vec<_>>().join("|"));
        });
        found
    }

    #[test]
    fn programs_are_found_behind_shells_and_wrappers() {
        for (fields, expected) in [
            ("command: [kube-apiserver, --x=1]", Some("1")),
            ("command: [/usr/local/bin/kube-apiserver, --x, '1', --x=2]", Some("1|2")),
            ("command: [kube-apiserver]\nargs: ['--x=a=b']", Some("a=b")),
            ("image: registry.k8s.io/kube-apiserver:v1.35.0@sha256:00\nargs: [--x=1]", Some("1")),
            ("image: registry.k8s.io/kube-apiserver-amd64:v1.12.0\nargs: [kube-apiserver, --x=1]", Some("1")),
            ("command: [/hyperkube, kube-apiserver, --x=1]", Some("1")),
            ("command: [/go-runner, --log-file=/a.log, /usr/bin/kube-apiserver, --x=1]", Some("1")),
            ("command: [sh, -c, 'ulimit -n 9; exec kube-apiserver --x=\"1\" --y=\"a b\" > /log --x=3']", Some("1")),
            ("command: [/bin/bash, -ec]\nargs:\n- |\n  set -x\n  kube-apiserver \\\n    --y=2 \\\n    --x=1\n  echo --x=5", Some("1")),
            ("command: [nice, -n, '10', kube-apiserver, --x=1]", Some("1")),
            ("command: [kube-apiserver, --under_score=1, --x]", Some("")),
            // These only mention it.
            ("command: [kubectl, get, pods, -l, component=kube-apiserver, --x=1]", None),
            ("command: [sh, -c, 'pgrep kube-apiserver && echo --x=1']", None),
            ("command: [/run.sh, kube-apiserver, --x=1]", None),
            ("args: [--service=kube-system/kube-apiserver, --x=1]", None),
            ("image: registry.example/kube-apiserver-exporter:1\nargs: [--x=1]", None),
            ("image: registry.k8s.io/kube-apiserver:v1\ncommand: [/debug]", None),
            ("command: kube-apiserver --x=1", None),
        ] {
            assert_eq!(flags(Component::ApiServer, "x", fields).as_deref(), expected, "{fields}");
        }
        assert_eq!(flags(Component::ApiServer, "under-score", "command: [kube-apiserver, --under_score=1]").as_deref(), Some("1"));
    }

    #[test]
    fn etcd_takes_one_dash_and_its_environment() {
        let env = "command: [etcd, -name=a]\nenv: [{name: ETCD_CERT_FILE, value: /c}, {name: ETCD_NAME, value: b}]";
        assert_eq!(flags(Component::Etcd, "cert-file", env).as_deref(), Some("/c"));
        assert_eq!(flags(Component::Etcd, "name", env).as_deref(), Some("b|a"));
        assert_eq!(flags(Component::Etcd, "name", "command: [etcdctl, snapshot, save]\nimage: registry.k8s.io/etcd:3"), None);
        assert_eq!(flags(Component::ApiServer, "etcd-servers", "command: [kube-apiserver, -etcd-servers=a]").as_deref(), Some(""));
    }
}
