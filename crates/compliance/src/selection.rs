//! What the specification's types can do: which selector a rule has, which controls a selection takes.

use crate::{
    ids::any_glob,
    spec::{Assess, Control, ControlSelector, Profile, Rule, Selection},
};

macro_rules! selector_names {
    ($rule:expr, $($field:ident),*) => {{
        let mut names: Vec<&'static str> = Vec::new();
        $(if $rule.$field.is_some() { names.push(stringify!($field)); })*
        names
    }};
}

macro_rules! selector_text {
    ($rule:expr, $($field:ident),*) => {{
        let mut text = String::new();
        $(if let Some(selector) = &$rule.$field {
            text.push_str(stringify!($field));
            text.push_str(&serde_json::to_string(selector).unwrap_or_default());
        })*
        text
    }};
}

impl Rule {
    /// The selector in one canonical text: equal texts match the same facts.
    pub(crate) fn selector_text(&self) -> String {
        selector_text!(
            self,
            check,
            vuln,
            secret,
            license,
            package,
            os,
            image,
            cert,
            crypto,
            key,
            data,
            user,
            file,
            setting,
            credential,
            trace,
            resource,
            scan,
            control,
            attestation
        )
    }

    /// The selectors that are given.
    pub(crate) fn selector_names(&self) -> Vec<&'static str> {
        selector_names!(
            self,
            check,
            vuln,
            secret,
            license,
            package,
            os,
            image,
            cert,
            crypto,
            key,
            data,
            user,
            file,
            setting,
            credential,
            trace,
            resource,
            scan,
            control,
            attestation
        )
    }

    /// Every text that must be a severity.
    pub(crate) fn severities(&self) -> impl Iterator<Item = &str> {
        [
            self.check.as_ref().and_then(|s| s.min_severity.as_deref()),
            self.vuln.as_ref().and_then(|s| s.min_severity.as_deref()),
            self.vuln.as_ref().and_then(|s| s.severity.as_deref()),
            self.secret.as_ref().and_then(|s| s.min_severity.as_deref()),
            self.secret.as_ref().and_then(|s| s.severity.as_deref()),
            self.control.as_ref().and_then(|s| s.no_fail_min_severity.as_deref()),
        ]
        .into_iter()
        .flatten()
    }

    /// The selector alone: what decides which facts match.
    pub(crate) fn bare(&self) -> Self {
        Self {
            id: None,
            expect: None,
            when: None,
            optional: false,
            assurance: None,
            remediation: None,
            description: None,
            all: Vec::new(),
            any: Vec::new(),
            not: None,
            ..self.clone()
        }
    }

    /// The rule itself and all rules inside it, `when` included.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for inner in self.all.iter().chain(&self.any).chain(self.not.as_deref()).chain(self.when.as_deref()) {
            inner.walk(visit);
        }
    }
}

impl Assess {
    /// The rules of the first level.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter().chain(&self.any).chain(self.not.as_deref())
    }
}

impl Control {
    /// All rules of `assess`, nested ones included.
    pub(crate) fn walk_rules<'a>(&'a self, visit: &mut dyn FnMut(&'a Rule)) {
        if let Some(assess) = &self.assess {
            for rule in assess.rules() {
                rule.walk(visit);
            }
        }
    }

    /// `UNKNOWN` for a word that is no severity.
    pub(crate) fn severity(&self) -> probity_model::Severity {
        self.severity.parse().unwrap_or_default()
    }
}

impl Selection {
    /// Whether a control matches every key that is given.
    pub(crate) fn takes(&self, control: &Control) -> bool {
        (self.ids.is_empty() || any_glob(&self.ids, &control.id))
            && (self.applies_to.is_empty() || self.applies_to.iter().any(|input| control.applies_to.contains(input)))
            && (self.groups.is_empty() || control.group.as_ref().is_some_and(|group| self.groups.contains(group)))
            && (self.tags.is_empty()
                || control.tags.iter().any(|tag| self.tags.contains(tag))
                || (control.tags.is_empty() && self.tags.iter().any(|tag| tag == "all")))
    }
}

impl Profile {
    pub(crate) fn takes(&self, control: &Control) -> bool {
        self.include.takes(control) && !self.exclude.as_ref().is_some_and(|exclude| exclude.takes(control))
    }
}

impl ControlSelector {
    /// Whether a control of the framework is among those that are meant; `profile` is the one that the selector names.
    pub(crate) fn takes(&self, control: &Control, profile: Option<&Profile>) -> bool {
        (self.ids.is_empty() || any_glob(&self.ids, &control.id)) && profile.is_none_or(|profile| profile.takes(control))
    }
}
