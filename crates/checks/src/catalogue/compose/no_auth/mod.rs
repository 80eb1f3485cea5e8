//! `PB-CMP-0030`: service accepts everybody or a password that everybody knows.

use super::service::{is_open, violation};
use crate::{
    catalogue::{
        no_auth::{self, Says},
        tally::Tally,
    },
    native::check,
};
use probity_model::{
    check::{CheckSettings, Verdict},
    compose::{Project, Service},
    diagnostic::Reason,
    node::Node,
    place::Lines,
};

check!(Compose, run);

fn run(service: &Service, _: &Project, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let environment = service.node.get("environment");
    for entry in environment.map(Node::entries).unwrap_or_default() {
        variable(service, &entry.key, entry.value.text(), entry.lines(), &mut tally);
    }
    for item in environment.map(Node::items).unwrap_or_default() {
        let text = item.text().unwrap_or_default();
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        variable(service, name, value, item.lines, &mut tally);
    }
    for key in ["command", "entrypoint"] {
        let Some(entry) = service.node.entry(key) else { continue };
        if let Some(option) = no_auth::option(&entry.value) {
            let message = format!("service `{}` is started with `{option}`", service.name);
            tally.fail(violation(message, service, key, entry.lines()));
        }
    }
    if let Some(file) = service.env_files.first() {
        tally.unknown_because(Reason::TargetKindMissing, || {
            format!("service `{}` has variables from `{file}`, which is not read", service.name)
        });
    }
    tally.verdict()
}

fn variable(service: &Service, name: &str, value: Option<&str>, lines: Lines, tally: &mut Tally) {
    let field = || format!("environment.{name}");
    if !no_auth::matters(name) {
        return tally.saw();
    }
    let Some(value) = value.map(str::trim) else {
        return tally.unknown(|| format!("`{name}` of service `{}` comes from outside of the file", service.name));
    };
    if is_open(value) {
        return tally.unknown(|| format!("`{name}` of service `{}` is `{value}`", service.name));
    }
    match no_auth::says(name, value) {
        Says::Open => {
            let value = value.trim_matches(['"', '\'']);
            tally.fail(violation(format!("service `{}` asks for no password (`{name}={value}`)", service.name), service, &field(), lines));
        }
        Says::Known => {
            let message = format!("service `{}` has a password that everybody knows in `{name}`", service.name);
            tally.fail(violation(message, service, &field(), lines));
        }
        Says::Nothing => tally.saw(),
    }
}
