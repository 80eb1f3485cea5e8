//! What services say, in the spellings that Compose takes.
//!
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>
//!
//! A variable that the file gives no value stays as `${NAME}`, and what hangs on it is unknown.

use crate::catalogue::tally::Tally;
use probity_model::{
    check::Verdict,
    compose::{Project, Service},
    finding::Violation,
    node::{Entry, Node},
    place::Lines,
};

/// Whether a variable is left that the file does not determine.
pub(super) fn is_open(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic()))
}

pub(super) fn violation(message: impl Into<String>, service: &Service, field: &str, lines: Lines) -> Violation {
    Violation::new(message, format!("services.{}.{field}", service.name), lines)
}

/// A violation about a field that is not there: it is shown at the first line of the service.
pub(super) fn missing(message: impl Into<String>, service: &Service, field: &str) -> Violation {
    violation(message, service, field, Lines::one(service.lines.start))
}

/// A field whose value must not be one of some words: `pid: host`.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) bad: &'a [&'a str],
}

impl Field<'_> {
    /// Fails when the service, or the one whose namespace it joins (`service:NAME`), has a bad value.
    pub(super) fn judge(&self, service: &Service, project: &Project, tally: &mut Tally) {
        let Some(entry) = service.node.entry(self.name) else { return tally.saw() };
        let (joined, owner) = namespace(service, project, self.name);
        match joined {
            Some(value) if self.bad.contains(&value) => {
                let message = if owner.name == service.name {
                    format!("`{}: {value}` in service `{}`", self.name, service.name)
                } else {
                    format!("service `{}` joins service `{}`, which has `{}: {value}`", service.name, owner.name, self.name)
                };
                tally.fail(violation(message, service, self.name, entry.lines()));
            }
            Some(value) if is_open(value) => tally.unknown(|| format!("`{}` of service `{}` is `{value}`", self.name, service.name)),
            _ => tally.saw(),
        }
    }
}

/// The value of a namespace field after `service:NAME` is followed, and the service that has it.
pub(super) fn namespace<'a>(service: &'a Service, project: &'a Project, field: &str) -> (Option<&'a str>, &'a Service) {
    let mut at = service;
    // Services that join each other in a circle do not start; the walk ends all the same.
    for _ in 0..16 {
        let value = at.node.text_of(field);
        match value.and_then(|value| value.strip_prefix("service:")).and_then(|name| project.services.iter().find(|s| s.name == name)) {
            Some(next) => at = next,
            None => return (value, at),
        }
    }
    (None, at)
}

/// `security_opt` items as key and value: `apparmor:unconfined`, `label=disable`, `no-new-privileges`.
pub(super) fn security_options(service: &Service) -> impl Iterator<Item = (&str, &str, &Node)> {
    service.node.items_of("security_opt").iter().filter_map(|item| {
        let text = item.text()?;
        let (key, value) = text.split_once(['=', ':']).unwrap_or((text, ""));
        Some((key.trim(), value.trim(), item))
    })
}

/// The entry of `privileged: true`: Docker then switches AppArmor, SELinux and seccomp off.
pub(super) fn is_privileged(service: &Service) -> Option<&Entry> {
    service.node.entry("privileged").filter(|entry| entry.value.as_bool() == Some(true))
}

/// A limit that may be set in several fields.
pub(super) enum Limit {
    Set,
    /// Zero or negative: none.
    Unlimited(Lines),
    Open(String),
    Missing,
}

/// Whether one of the fields, each given by its keys, sets a limit.
pub(super) fn positive(service: &Service, fields: &[&[&str]]) -> Limit {
    let mut found = Limit::Missing;
    for keys in fields {
        let Some(node) = service.node.at(keys) else { continue };
        let Some(text) = node.text() else { continue };
        if is_open(text) {
            if !matches!(found, Limit::Unlimited(_)) {
                found = Limit::Open(format!("`{}` of service `{}` is `{text}`", keys.join("."), service.name));
            }
            continue;
        }
        let number = text.trim_start_matches(['-', '+']).trim_start_matches(['0', '.']);
        let is_zero = !number.starts_with(|c: char| c.is_ascii_digit());
        if text.starts_with('-') || is_zero {
            found = Limit::Unlimited(node.lines);
        } else {
            return Limit::Set;
        }
    }
    found
}

impl Limit {
    pub(super) fn judge(self, service: &Service, what: &str, field: &str, tally: &mut Tally) {
        match self {
            Self::Set => tally.saw(),
            Self::Unlimited(lines) => {
                tally.fail(violation(format!("service `{}` lifts the limit on {what}", service.name), service, field, lines));
            }
            Self::Open(why) => tally.unknown(|| why),
            Self::Missing => tally.fail(missing(format!("service `{}` has no limit on {what}", service.name), service, field)),
        }
    }
}

/// Lines of the item of `networks` that is the engine's own network of this name.
pub(super) fn external(service: &Service, project: &Project, name: &str) -> Option<Lines> {
    let networks = service.node.get("networks")?;
    let listed = networks.items().iter().filter_map(|item| Some((item.text()?, item.lines)));
    let mapped = networks.entries().iter().map(|entry| (&*entry.key, entry.lines()));
    listed.chain(mapped).find_map(|(key, lines)| {
        let network = project.root.get("networks")?.get(key)?;
        let outer = network.get("external")?;
        let named = network.text_of("name").or_else(|| outer.text_of("name")).unwrap_or(key);
        (named == name && (outer.is_map() || outer.as_bool() == Some(true))).then_some(lines)
    })
}

/// A separation that Docker gives every container unless `security_opt` or `privileged` takes it away.
pub(super) struct Separation {
    /// The key of `security_opt`.
    pub(super) option: &'static str,
    /// The value that takes it away.
    pub(super) off: &'static str,
    /// Completes "service … switches".
    pub(super) what: &'static str,
}

impl Separation {
    pub(super) fn judge(&self, service: &Service) -> Verdict {
        let mut tally = Tally::default();
        let mut named = false;
        for (key, value, item) in security_options(service).filter(|(key, ..)| *key == self.option) {
            named = true;
            if value == self.off {
                let message = format!("service `{}` switches {} off with `{key}:{value}`", service.name, self.what);
                tally.fail(violation(message, service, "security_opt", item.lines));
            } else if is_open(value) {
                tally.unknown(|| format!("`{key}` of service `{}` is `{value}`", service.name));
            } else {
                tally.saw();
            }
        }
        if !named && let Some(entry) = is_privileged(service) {
            let message = format!("service `{}` is privileged, so Docker switches {} off", service.name, self.what);
            tally.fail(violation(message, service, "privileged", entry.lines()));
        }
        tally.verdict()
    }
}
