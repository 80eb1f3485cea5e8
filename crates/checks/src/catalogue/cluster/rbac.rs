//! What a rule of a `Role` or `ClusterRole` grants, and who a binding binds.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>
//!
//! Matching follows the authorizer: `*` among the resources covers every resource and subresource, `*/log` one subresource of all of them,
//! and `pods` covers no subresource. `resourceNames` narrows a rule to objects by name; it cannot narrow `create`, which then grants
//! nothing. A rule narrowed by name is not counted as access to all objects of a kind. What is missing: the rules that an aggregated
//! `ClusterRole` collects from others are judged at those others, so two grants that are dangerous only together are found when they stand
//! in one object.

use super::shape::{self, Shape, settle};
use probity_model::{
    Severity,
    check::Verdict,
    finding::Violation,
    kubernetes::Resource,
    node::{Entry, Node},
    place::Lines,
};

/// The group of roles and bindings.
pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
/// Verbs that change objects.
pub(super) const WRITE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
/// Both kinds of roles.
pub(super) const ROLES: &[&str] = &["Role", "ClusterRole"];
/// Both kinds of bindings.
pub(super) const BINDINGS: &[&str] = &["RoleBinding", "ClusterRoleBinding"];

/// What a role should not grant: any of `verbs` on any of `resources`.
pub(super) struct Grant {
    pub(super) kinds: &'static [&'static str],
    /// API group and resource, a subresource after a slash.
    pub(super) resources: &'static [(&'static str, &'static str)],
    pub(super) verbs: &'static [&'static str],
    /// Completes "… lets its subjects".
    pub(super) what: &'static str,
}

/// One rule of a role.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    object: &'a Resource,
    index: usize,
    node: &'a Node,
}

impl<'a> Rule<'a> {
    /// Whether the rule names the verb, or `*`.
    pub(super) fn verb(self, verb: &str) -> bool {
        self.texts("verbs").any(|own| own == verb || own == "*")
    }

    /// Whether every verb is granted.
    pub(super) fn every_verb(self) -> bool {
        self.texts("verbs").any(|own| own == "*")
    }

    /// Whether every resource of the rule's API groups is granted.
    pub(super) fn every_resource(self) -> bool {
        self.texts("resources").any(|own| own == "*")
    }

    /// Whether every URL of the API server is granted: discovery, metrics, logs, debugging.
    pub(super) fn every_url(self) -> bool {
        self.texts("nonResourceURLs").any(|own| own == "*" || own == "/*")
    }

    /// Whether the rule is about URLs alone.
    pub(super) fn is_about_urls(self) -> bool {
        self.texts("nonResourceURLs").next().is_some() && self.texts("resources").next().is_none()
    }

    /// Completes "every resource": which ones the rule's API groups leave.
    pub(super) fn of_groups(self, everywhere: &str) -> String {
        let groups: Vec<&str> = self.texts("apiGroups").collect();
        if groups.is_empty() || groups.contains(&"*") { everywhere.to_owned() } else { group_words(&groups) }
    }

    /// `MEDIUM` for a wildcard that reaches only groups that somebody installed: what it opens is theirs, not the cluster's credentials. Groups of
    /// Kubernetes itself have no dot or end in `.k8s.io`.
    pub(super) fn severity(self) -> Option<Severity> {
        let mut groups = self.texts("apiGroups").peekable();
        let custom = |group: &str| group.contains('.') && !group.ends_with(".k8s.io");
        (groups.peek().is_some() && groups.all(custom)).then_some(Severity::Medium)
    }

    /// Whether the rule covers a resource, `subresource` after a slash.
    pub(super) fn covers(self, group: &str, resource: &str) -> bool {
        // A rule without API groups is refused by the server; what it was meant for decides here.
        let groups = self.node.items_of("apiGroups");
        let in_group = groups.is_empty() || groups.iter().filter_map(scalar).any(|own| own == group || own == "*");
        in_group
            && self.texts("resources").any(|own| {
                own == "*"
                    || own == resource
                    || own.strip_prefix("*/").zip(resource.split_once('/')).is_some_and(|(own, (_, subresource))| own == subresource)
            })
    }

    /// Whether the rule covers any of the resources with any of the verbs.
    pub(super) fn grants(self, verbs: &[&str], resources: &[(&str, &str)]) -> bool {
        resources.iter().any(|(group, resource)| self.covers(group, resource)) && verbs.iter().any(|verb| self.verb(verb))
    }

    /// The objects that the rule is narrowed to; empty for no such limit.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.texts("resourceNames")
    }

    /// Whether the rule is narrowed to named objects.
    pub(super) fn is_narrowed(self) -> bool {
        self.names().next().is_some()
    }

    /// A violation at this rule: "Role `x` lets its subjects read secrets: verbs `get` on `secrets`".
    pub(super) fn violation(self, what: &str) -> Violation {
        let list = |key| self.texts(key).map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ");
        let mut on = Vec::new();
        if self.texts("resources").next().is_some() {
            let groups: Vec<&str> = self.texts("apiGroups").collect();
            // The core group and all groups need no words: the resource says it.
            let of =
                if groups.iter().all(|group| matches!(*group, "" | "*")) { String::new() } else { format!(" {}", group_words(&groups)) };
            on.push(format!("{}{of}", list("resources")));
        }
        if self.texts("nonResourceURLs").next().is_some() {
            on.push(format!("the URLs {}", list("nonResourceURLs")));
        }
        Violation::new(
            format!("{} lets its subjects {what}: verbs {} on {}", named(self.object), list("verbs"), on.join(" and ")),
            format!("rules[{}]", self.index),
            self.node.lines,
        )
    }

    fn texts(self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.node.items_of(key).iter().filter_map(scalar)
    }
}

/// Judges every rule of a role by one grant.
pub(super) fn judge(object: &Resource, grant: &Grant) -> Verdict {
    each_rule(object, grant.kinds, |rule, violations| {
        if !rule.is_narrowed() && rule.grants(grant.verbs, grant.resources) {
            violations.push(rule.violation(grant.what));
        }
    })
}

/// Judges whether a role may bind roles of a kind to whom it likes: it has `bind` on them, not narrowed to harmless ones, and creates `bindings`.
pub(super) fn judge_bind(object: &Resource, bindings: &[(&str, &str)], role: &str, what: &str) -> Verdict {
    /// Roles that give away a namespace or the cluster.
    const PRIVILEGED: &[&str] = &["cluster-admin", "admin", "edit", "*"];
    let all = match rules(object, ROLES) {
        Ok(rules) => rules,
        Err(verdict) => return verdict,
    };
    let makes_bindings = all.clone().any(|rule| rule.grants(&["create", "update", "patch"], bindings));
    each_rule(object, ROLES, |rule, violations| {
        let harmless = rule.is_narrowed() && !rule.names().any(|name| PRIVILEGED.contains(&name));
        if makes_bindings && rule.grants(&["bind"], &[(RBAC, role)]) && !harmless {
            violations.push(rule.violation(what));
        }
    })
}

/// Runs `visit` over the rules of a role of one of `kinds`.
pub(super) fn each_rule<'a>(object: &'a Resource, kinds: &[&str], mut visit: impl FnMut(Rule<'a>, &mut Vec<Violation>)) -> Verdict {
    let rules = match rules(object, kinds) {
        Ok(rules) => rules,
        Err(verdict) => return verdict,
    };
    let mut violations = Vec::new();
    let mut examined = 0;
    for rule in rules {
        examined += 1;
        visit(rule, &mut violations);
    }
    let list = shape::misfit(&object.root, &[("rules", Shape::Maps)]);
    let misfit = list.or_else(|| object.root.items_of("rules").iter().find_map(|rule| shape::misfit(rule, RULE)));
    settle(violations, examined, misfit)
}

const RULE: &[(&str, Shape)] = &[
    ("apiGroups", Shape::Texts),
    ("resources", Shape::Texts),
    ("verbs", Shape::Texts),
    ("resourceNames", Shape::Texts),
    ("nonResourceURLs", Shape::Texts),
];

/// The rules of a role of one of `kinds`, or the verdict on an object that is none.
pub(super) fn rules<'a>(object: &'a Resource, kinds: &[&str]) -> Result<impl Iterator<Item = Rule<'a>> + Clone + use<'a>, Verdict> {
    if object.group() != RBAC || !kinds.contains(&object.kind.as_str()) {
        return Err(Verdict::NotApplicable { why: "the object is no role of the kind that this rule is about" });
    }
    if is_builtin(object) {
        return Err(Verdict::NotApplicable { why: "Kubernetes itself ships and restores this role" });
    }
    let rules = object.root.items_of("rules");
    if rules.is_empty() && object.root.get("aggregationRule").is_some() {
        return Err(Verdict::NotApplicable {
            why: "the rules of an aggregated role are those of the roles that it selects, which are judged themselves",
        });
    }
    Ok(rules.iter().enumerate().map(move |(index, node)| Rule { object, index, node }))
}

/// The roles and bindings that every cluster has from the start. The reserved prefix alone is not enough: anybody can write it into a manifest.
fn is_builtin(object: &Resource) -> bool {
    (object.name.starts_with("system:") || matches!(object.name.as_str(), "cluster-admin" | "admin" | "edit" | "view"))
        && object.label("kubernetes.io/bootstrapping") == Some("rbac-defaults")
}

/// The role that a binding hands out: its kind, its name and where that is written.
pub(super) struct Binding<'a> {
    pub(super) object: &'a Resource,
    pub(super) role: &'a str,
    pub(super) role_lines: Lines,
}

/// One subject of a binding.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) index: usize,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) node: &'a Node,
}

impl<'a> Binding<'a> {
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject<'a>> + use<'a> {
        self.object.root.items_of("subjects").iter().enumerate().map(|(index, node)| Subject {
            index,
            kind: node.text_of("kind").unwrap_or_default(),
            name: node.text_of("name").unwrap_or_default(),
            node,
        })
    }

    /// A violation at a subject.
    pub(super) fn violation(&self, subject: Subject<'_>, what: &str) -> Violation {
        Violation::new(
            format!("{} gives role `{}` to {} `{}`: {what}", named(self.object), self.role, words(subject.kind), subject.name),
            format!("subjects[{}]", subject.index),
            subject.node.lines,
        )
    }
}

/// Runs `visit` over a binding.
pub(super) fn each_binding<'a>(object: &'a Resource, visit: impl FnOnce(&Binding<'a>, &mut Vec<Violation>)) -> Verdict {
    if object.group() != RBAC || !BINDINGS.contains(&object.kind.as_str()) {
        return Verdict::NotApplicable { why: "the object binds no role" };
    }
    if is_builtin(object) {
        return Verdict::NotApplicable { why: "Kubernetes itself ships and restores this binding" };
    }
    let entry = object.root.entry("roleRef");
    let binding = Binding {
        object,
        role: entry.and_then(|entry| entry.value.text_of("name")).unwrap_or_default(),
        role_lines: entry.map_or(object.lines, Entry::lines),
    };
    let mut violations = Vec::new();
    visit(&binding, &mut violations);
    let examined = u32::try_from(binding.subjects().count()).unwrap_or(u32::MAX);
    settle(violations, examined, shape::misfit(&object.root, &[("roleRef", Shape::Map), ("subjects", Shape::Maps)]))
}

/// The bindings through which everybody, even without a name, may see the API's versions and their own rights. Each binds the role of its own
/// name.
pub(super) fn is_discovery(binding: &Binding<'_>) -> bool {
    matches!(binding.role, "system:discovery" | "system:basic-user" | "system:public-info-viewer")
}

/// ClusterRole `reader`.
pub(super) fn named(object: &Resource) -> String {
    format!("{} `{}`", object.kind, object.name)
}

/// "of API group `apps`".
fn group_words(groups: &[&str]) -> String {
    let names: Vec<String> =
        groups.iter().map(|group| if group.is_empty() { "the core one".to_owned() } else { format!("`{group}`") }).collect();
    match groups {
        [""] => "of the core API group".to_owned(),
        [_] => format!("of API group {}", names.join(", ")),
        _ => format!("of API groups {}", names.join(", ")),
    }
}

fn words(kind: &str) -> &str {
    match kind {
        "Group" => "group",
        "User" => "user",
        "ServiceAccount" => "service account",
        other => other,
    }
}

fn scalar(node: &Node) -> Option<&str> {
    node.text()
}
