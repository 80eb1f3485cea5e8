//! What a flag or a field of a configuration object has to be.
//!
//! <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>, <https://www.cisecurity.org/benchmark/kubernetes>
//!
//! A [`Setting`] is judged wherever the manifests show it: at the arguments of the component, in the configuration object that takes their
//! place (`KubeletConfiguration` …), and in what the node collector of other tools recorded (`NodeInfo`). Defaults are those of the
//! component, and a flag and its field may differ: the kubelet's `--read-only-port` is 10255 without a configuration file and 0 with one. When a
//! component reads a file that is not among the manifests, what its flags leave open is not assessed. What nobody showed is not assessed
//! either: an application's manifests say nothing about the API server that they will meet.

use super::components::{self, Component, Unit, kind_lines};
use probity_model::{
    Reason,
    check::{ManifestSet, Verdict},
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
    place::Lines,
};
use std::net::IpAddr;

/// What a value has to be.
#[derive(Clone, Copy)]
pub(super) enum Want {
    True,
    False,
    /// Anything but `false`.
    NotFalse,
    /// Any value.
    Set,
    /// No value.
    Unset,
    AtLeast(i64),
    /// A number or a duration other than zero.
    NotZero,
    Zero,
    /// A list with the item.
    Has(&'static str),
    /// A list with one of the items.
    HasAny(&'static [&'static str]),
    /// A list without the item.
    HasNot(&'static str),
    /// A list with nothing but these.
    Only(&'static [&'static str]),
    /// An address of the machine itself, with or without port.
    Loopback,
    /// Feature gates that do not switch this one off.
    Gate(&'static str),
}

/// A setting of a component.
pub(super) struct Setting {
    pub(super) component: Component,
    pub(super) flag: &'static str,
    pub(super) want: Want,
    /// What the component takes when the flag is missing; `None` for nothing.
    pub(super) default: Option<&'static str>,
    pub(super) config: Option<Config>,
    /// The key under which the node collector records it.
    pub(super) fact: Option<&'static str>,
    /// Other settings that make this one needless: flag, field, value.
    pub(super) unless: &'static [(&'static str, &'static str, &'static str)],
}

/// The configuration object in which a setting may stand instead.
pub(super) struct Config {
    pub(super) kind: &'static str,
    /// The flag that names the file.
    pub(super) flag: &'static str,
    /// `*` goes through a list.
    pub(super) path: &'static [&'static str],
    /// What a missing field means.
    pub(super) default: Default,
    /// Objects that are fine for another reason.
    pub(super) accepts: Option<fn(&Node) -> bool>,
}

/// What a field that is missing in a configuration object means.
#[derive(Clone, Copy)]
pub(super) enum Default {
    Value(&'static str),
    Nothing,
    /// The flag decides.
    Flag,
}

impl Setting {
    /// A setting with a flag and nothing else.
    pub(super) const fn flag(component: Component, flag: &'static str, want: Want, default: Option<&'static str>) -> Self {
        Self { component, flag, want, default, config: None, fact: None, unless: &[] }
    }

    /// A setting of the kubelet: flag, field and recorded fact.
    pub(super) const fn kubelet(
        flag: (&'static str, Option<&'static str>),
        path: &'static [&'static str],
        default: Default,
        fact: Option<&'static str>,
        want: Want,
    ) -> Self {
        let config = Config { kind: "KubeletConfiguration", flag: "config", path, default, accepts: None };
        Self { component: Component::Kubelet, flag: flag.0, want, default: flag.1, config: Some(config), fact, unless: &[] }
    }
}

/// What came of it so far.
#[derive(Default)]
struct Sum {
    violations: Vec<Violation>,
    unknown: Option<(Reason, String)>,
    examined: u32,
}

impl Sum {
    fn unknown(&mut self, reason: Reason, why: impl FnOnce() -> String) {
        self.unknown.get_or_insert_with(|| (reason, why()));
    }
}

/// Judges settings of one component.
pub(super) fn judge(set: &ManifestSet<'_>, settings: &[Setting]) -> Verdict {
    let Some(first) = settings.first() else { return Verdict::NotApplicable { why: "there is nothing to judge" } };
    let mut sum = Sum::default();
    for setting in settings {
        components::each(set, first.component, |unit| of_unit(set, unit, setting, &mut sum));
        for (index, object) in components::objects(set) {
            if let Some(config) = setting.config.as_ref().filter(|config| object.kind == config.kind) {
                of_config(set, index, object, config, setting, &mut sum);
            } else if let Some(fact) = setting.fact
                && is_node_info(object)
            {
                of_node(index, object, fact, setting, &mut sum);
            }
        }
    }
    sum.violations.sort_by_key(|violation| violation.object);
    settle(sum, || missing(first))
}

fn settle(sum: Sum, missing: impl FnOnce() -> String) -> Verdict {
    if !sum.violations.is_empty() {
        return Verdict::Fail(sum.violations);
    }
    if let Some((reason, why)) = sum.unknown {
        return Verdict::NotAssessed { reason, why };
    }
    if sum.examined == 0 {
        return Verdict::NotAssessed { reason: Reason::TargetKindMissing, why: missing() };
    }
    Verdict::Pass { examined: sum.examined }
}

fn missing(setting: &Setting) -> String {
    let program = setting.component.program();
    match (&setting.config, setting.component) {
        (Some(config), Component::Kubelet) => format!("no {} is among the manifests, and no pod that runs `{program}`", config.kind),
        (_, Component::Proxy) => format!("no KubeProxyConfiguration is among the manifests, and no pod that runs `{program}`"),
        _ => format!("no pod that runs `{program}` is among the manifests, and no ClusterConfiguration of kubeadm"),
    }
}

fn of_unit(set: &ManifestSet<'_>, unit: &Unit<'_>, setting: &Setting, sum: &mut Sum) {
    let boolean = matches!(setting.want, Want::True | Want::False | Want::NotFalse);
    let list = matches!(setting.want, Want::Has(_) | Want::HasAny(_) | Want::HasNot(_) | Want::Only(_) | Want::Gate(_));
    let other = |flag: &str, value: &str| unit.get(flag).is_some_and(|arg| arg.value(true) == value || arg.value(false) == value);
    if setting.unless.iter().any(|(flag, _, value)| other(flag, value)) {
        sum.examined += 1;
        return;
    }
    let config = setting.config.as_ref().filter(|config| unit.get(config.flag).is_some() || unit.always_reads_file());
    let given = unit.get(setting.flag);
    // The scheduler ignores the flags that its file has fields for.
    let given = given.filter(|_| config.is_none() || setting.component != Component::Scheduler);
    if given.is_none()
        && let Some(config) = config
    {
        let mut files = components::objects(set).filter(|(_, object)| object.kind == config.kind).peekable();
        if files.peek().is_none() {
            let why = || format!("{} reads a {} that is not among the manifests", unit.describe(), config.kind);
            return sum.unknown(Reason::TargetKindMissing, why);
        }
        let decides = !matches!(config.default, Default::Flag) || files.any(|(_, object)| first_at(&object.root, config.path).is_some());
        if decides {
            return;
        }
    }
    if given.is_none() && unit.get("config-file").is_some() {
        let why = || format!("{} reads a file that is not among the manifests", unit.describe());
        return sum.unknown(Reason::TargetKindMissing, why);
    }
    sum.examined += 1;
    let texts: Vec<&str> = match given {
        Some(_) if list => unit.all(setting.flag).map(|arg| arg.value(false)).collect(),
        Some(arg) => vec![arg.value(boolean)],
        None => unit.implied(setting.flag).or(setting.default).into_iter().collect(),
    };
    match setting.want.holds(&texts) {
        Some(true) => {}
        Some(false) => {
            let flag = setting.flag;
            let found = match given {
                Some(_) if list => format!("sets `--{flag}` to `{}`", texts.join(",")),
                Some(_) => format!("sets `--{flag}` to `{}`", texts.concat()),
                None => match unit.implied(flag).or(setting.default) {
                    Some(default) => format!("does not set `--{flag}`, whose default is `{default}`"),
                    None => format!("does not set `--{flag}`"),
                },
            };
            let mut violation = Violation::new(
                format!("{} {found}; it should be {}", unit.describe(), setting.want.words()),
                unit.locator(given),
                given.map_or(unit.lines, |arg| arg.lines),
            );
            violation.object = Some(unit.index);
            sum.violations.push(violation);
        }
        None => {
            sum.examined -= 1;
            sum.unknown(Reason::AnalyzerFailed, || {
                format!("{} sets `--{}` to `{}`, which cannot be read", unit.describe(), setting.flag, texts.join(","))
            });
        }
    }
}

fn of_config(set: &ManifestSet<'_>, index: usize, object: &Resource, config: &Config, setting: &Setting, sum: &mut Sum) {
    if setting.unless.iter().any(|(_, field, value)| object.root.text_of(field) == Some(*value)) {
        sum.examined += 1;
        return;
    }
    let mut nodes = Vec::new();
    collect(&object.root, config.path, &mut nodes);
    nodes.retain(|node| !node.is_null());
    let mut texts: Vec<&str> = nodes.iter().flat_map(|node| std::iter::once(*node).chain(node.items())).filter_map(Node::text).collect();
    if nodes.is_empty() {
        match config.default {
            Default::Value(value) => texts.push(value),
            // kubeadm fills in the cluster's authority where it writes the file.
            Default::Nothing
                if config.path.last() == Some(&"clientCAFile") && components::objects(set).any(|(_, object)| is_kubeadm(object)) =>
            {
                texts.push("/etc/kubernetes/pki/ca.crt");
            }
            Default::Nothing => {}
            Default::Flag => return,
        }
    }
    sum.examined += 1;
    if config.accepts.is_some_and(|accepts| accepts(&object.root)) {
        return;
    }
    let path = config.path.join(".").replace(".*.", "[*].");
    match setting.want.holds(&texts) {
        Some(true) => {}
        Some(false) => {
            let found = if nodes.is_empty() {
                texts.first().map_or_else(
                    || format!("does not set `{path}`"),
                    |default| format!("does not set `{path}`, whose default is `{default}`"),
                )
            } else {
                format!("sets `{path}` to `{}`", texts.join(","))
            };
            let mut violation = Violation::new(
                format!("{} {found}; it should be {}", object.kind, setting.want.words()),
                path,
                lines_of(&object.root, config.path).unwrap_or_else(|| kind_lines(object)),
            );
            violation.object = Some(index);
            sum.violations.push(violation);
        }
        None => {
            sum.examined -= 1;
            sum.unknown(Reason::AnalyzerFailed, || format!("`{path}` of {} is `{}`, which cannot be read", object.kind, texts.join(",")));
        }
    }
}

fn of_node(index: usize, object: &Resource, fact: &str, setting: &Setting, sum: &mut Sum) {
    let Some((entry, values)) = recorded(object, fact) else {
        return sum.unknown(Reason::AnalyzerFailed, || format!("NodeInfo has no `{fact}`: the collector did not look for it"));
    };
    let texts: Vec<&str> = values.iter().filter_map(Node::text).filter(|text| !text.is_empty()).collect();
    // A flag that has no field is known to be absent; for others the collector may have missed the file.
    if texts.is_empty() && !matches!(setting.want, Want::Unset) {
        return sum.unknown(Reason::AnalyzerFailed, || format!("NodeInfo records no value of `{fact}`"));
    }
    sum.examined += 1;
    match setting.want.holds(&texts) {
        Some(true) => {}
        Some(false) => {
            let message = format!(
                "the kubelet of the node runs with `--{}` as `{}`; it should be {}",
                setting.flag,
                texts.join(","),
                setting.want.words()
            );
            let mut violation = Violation::new(message, format!("info.{}", entry.key), entry.lines());
            violation.object = Some(index);
            sum.violations.push(violation);
        }
        None => {
            sum.examined -= 1;
            sum.unknown(Reason::AnalyzerFailed, || format!("NodeInfo has `{fact}` as `{}`, which cannot be read", texts.join(",")));
        }
    }
}

fn is_kubeadm(object: &Resource) -> bool {
    object.group() == "kubeadm.k8s.io"
}

/// Whether an object is what the node collector writes.
pub(super) fn is_node_info(object: &Resource) -> bool {
    object.kind.eq_ignore_ascii_case("NodeInfo") && object.root.get("info").is_some()
}

/// A fact that the collector recorded: `info.<key>.values`, in old versions `info.<Key>` itself.
pub(super) fn recorded<'a>(object: &'a Resource, fact: &str) -> Option<(&'a Entry, &'a [Node])> {
    let entry = object.root.get("info")?.entries().iter().find(|entry| entry.key.eq_ignore_ascii_case(fact))?;
    let values = entry.value.get("values").unwrap_or(&entry.value);
    Some((entry, values.items()))
}

/// Follows a path through mappings, and through lists at `*`.
fn collect<'a>(node: &'a Node, path: &[&str], out: &mut Vec<&'a Node>) {
    match path {
        [] => out.push(node),
        ["*", rest @ ..] => node.items().iter().for_each(|item| collect(item, rest, out)),
        [key, rest @ ..] => {
            if let Some(value) = node.get(key) {
                collect(value, rest, out);
            }
        }
    }
}

fn first_at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    let mut nodes = Vec::new();
    collect(node, path, &mut nodes);
    nodes.first().copied()
}

/// The lines of the deepest part of a path that is there.
fn lines_of(root: &Node, path: &[&str]) -> Option<Lines> {
    let mut node = root;
    let mut lines = None;
    for key in path {
        let Some(entry) = node.entry(key) else { break };
        lines = Some(entry.lines());
        node = &entry.value;
    }
    lines
}

impl Want {
    /// Whether the values are as wanted; `None` when that cannot be told. No values: the setting has none.
    fn holds(self, values: &[&str]) -> Option<bool> {
        let items = || values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty());
        match self {
            Self::Set => return Some(values.iter().any(|value| !value.is_empty())),
            Self::Unset => return Some(values.iter().all(|value| value.is_empty())),
            _ => {}
        }
        if values.iter().any(|value| ["$(", "${", "{{"].iter().any(|sign| value.contains(sign)) || value.starts_with('$')) {
            return None;
        }
        let one = values.last().map(|value| value.trim());
        let holds = match self {
            Self::True => boolean(one?)?,
            Self::False => !boolean(one?)?,
            Self::NotFalse => one.is_none_or(|value| boolean(value) != Some(false)),
            Self::AtLeast(least) => match one {
                Some(value) => value.parse::<i64>().ok()? >= least,
                None => false,
            },
            Self::Zero => one.is_some_and(is_zero),
            Self::NotZero => !one.is_some_and(is_zero),
            Self::Has(item) => items().any(|own| own == item),
            Self::HasAny(any) => items().any(|own| any.contains(&own)),
            Self::HasNot(item) => !items().any(|own| own == item),
            Self::Only(all) => items().next().is_some() && items().all(|own| all.contains(&own)),
            Self::Loopback => one.is_some_and(is_loopback),
            Self::Gate(gate) => !items()
                .any(|own| own == "false" || own.split_once('=').is_some_and(|(name, on)| name == gate && boolean(on) == Some(false))),
            Self::Set | Self::Unset => false,
        };
        Some(holds)
    }

    /// Completes "it should be".
    fn words(self) -> String {
        match self {
            Self::True | Self::NotFalse => "`true`".to_owned(),
            Self::False => "`false`".to_owned(),
            Self::Set => "set".to_owned(),
            Self::Unset => "left out".to_owned(),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::NotZero => "other than zero".to_owned(),
            Self::Zero => "`0`".to_owned(),
            Self::Has(item) => format!("a list with `{item}`"),
            Self::HasAny(any) => format!("a list with `{}`", any.join("` or `")),
            Self::HasNot(item) => format!("without `{item}`"),
            Self::Only(_) => "a list of strong cipher suites only".to_owned(),
            Self::Loopback => "an address of the machine itself, such as `127.0.0.1`".to_owned(),
            Self::Gate(gate) => format!("without `{gate}=false`"),
        }
    }
}

/// The spellings that Go accepts.
fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `0`, `0s`, `0h0m`.
fn is_zero(value: &str) -> bool {
    let mut digits = value.bytes().filter(u8::is_ascii_digit).peekable();
    digits.peek().is_some() && digits.all(|digit| digit == b'0')
}

fn is_loopback(value: &str) -> bool {
    let host = value.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(value, |(host, _)| host);
    let host = if host.parse::<IpAddr>().is_ok() { host } else { host.rsplit_once(':').map_or(host, |(host, _)| host) };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_components_read_them() {
        for (want, values, expected) in [
            (Want::True, &["T"][..], Some(true)),
            (Want::True, &["yes"], None),
            (Want::False, &["$(ANONYMOUS)"], None),
            (Want::NotFalse, &[], Some(true)),
            (Want::AtLeast(30), &["030"], Some(true)),
            (Want::AtLeast(30), &[], Some(false)),
            (Want::AtLeast(30), &["many"], None),
            (Want::NotZero, &["0h0m0s"], Some(false)),
            (Want::NotZero, &["4h0m0s"], Some(true)),
            (Want::Zero, &["10255"], Some(false)),
            (Want::Has("RBAC"), &["Node, RBAC", "Webhook"], Some(true)),
            (Want::Has("RBAC"), &["RBACX"], Some(false)),
            (Want::HasNot("AlwaysAllow"), &[], Some(true)),
            (Want::Only(&["A"]), &[], Some(false)),
            (Want::Only(&["A"]), &["A,B"], Some(false)),
            (Want::Set, &["${CA}"], Some(true)),
            (Want::Set, &[""], Some(false)),
            (Want::Unset, &["node-1"], Some(false)),
            (Want::Gate("X"), &["A=true,X=false"], Some(false)),
            (Want::Gate("X"), &["A=false"], Some(true)),
        ] {
            assert_eq!(want.holds(values), expected, "{} {values:?}", want.words());
        }
    }

    #[test]
    fn addresses_of_the_machine_itself() {
        for address in ["127.0.0.1", "127.0.0.1:10249", "::1", "[::1]:10249", "localhost:1"] {
            assert!(is_loopback(address), "{address}");
        }
        for address in ["0.0.0.0", "", ":10249", "::", "10.0.0.1:1", "localhost.example"] {
            assert!(!is_loopback(address), "{address}");
        }
    }
}
