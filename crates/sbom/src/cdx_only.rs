//! What only CycloneDX says of a component or document, as pairs that SPDX carries in annotations and reading puts back.

use crate::{Bom, Component, ComponentKind, Party, Scope};

pub(crate) const PREFIX: &str = "cyclonedx:";

/// `with_kind`: the format has no word for the component's kind.
pub(crate) fn of_component(component: &Component, with_kind: bool) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    if with_kind && component.kind != ComponentKind::Unknown {
        out.push(("cyclonedx:type", component.kind.as_str().to_owned()));
    }
    let texts = [
        ("cyclonedx:group", component.group.as_deref()),
        ("cyclonedx:publisher", component.publisher.as_deref()),
        ("cyclonedx:mime-type", component.mime_type.as_deref()),
        ("cyclonedx:scope", component.scope.map(Scope::as_str)),
    ];
    out.extend(texts.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))));
    out.extend(component.authors.iter().map(|author| ("cyclonedx:author", person(author))));
    out.extend(component.occurrences.iter().map(|place| ("cyclonedx:occurrence", place.clone())));
    out
}

/// True when the pair was one of these and is now in the component.
pub(crate) fn to_component(component: &mut Component, name: &str, value: &str) -> bool {
    let text = || Some(value.to_owned());
    match name {
        "cyclonedx:type" => {
            if let Some(kind) = ComponentKind::parse(value) {
                component.kind = kind;
            }
        }
        "cyclonedx:group" => {
            // Without the group in the name the two have been changed apart; taking it would double it on the next trip.
            let rest = component.name.strip_prefix(value).and_then(|rest| rest.strip_prefix(['/', ':'])).map(str::to_owned);
            if let Some(rest) = rest {
                component.name = rest;
                component.group = text();
            }
        }
        "cyclonedx:publisher" => component.publisher = text(),
        "cyclonedx:mime-type" => component.mime_type = text(),
        "cyclonedx:scope" => component.scope = Scope::parse(value),
        "cyclonedx:author" => component.authors.push(parse_person(value)),
        "cyclonedx:occurrence" => component.occurrences.push(value.to_owned()),
        _ => return false,
    }
    true
}

pub(crate) fn of_document(bom: &Bom) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    out.extend(bom.serial.clone().map(|serial| ("cyclonedx:serialNumber", serial)));
    out.extend(bom.version.map(|version| ("cyclonedx:version", version.to_string())));
    out.extend(bom.lifecycles.iter().map(|phase| ("cyclonedx:lifecycle", phase.clone())));
    out.extend(bom.supplier.iter().map(|supplier| ("cyclonedx:supplier", person(supplier))));
    out
}

pub(crate) fn to_document(bom: &mut Bom, name: &str, value: &str) -> bool {
    match name {
        "cyclonedx:serialNumber" => bom.serial = Some(value.to_owned()),
        "cyclonedx:version" => bom.version = value.parse().ok(),
        "cyclonedx:lifecycle" => bom.lifecycles.push(value.to_owned()),
        "cyclonedx:supplier" => bom.supplier = Some(Party { kind: crate::PartyKind::Organization, ..parse_person(value) }),
        _ => return false,
    }
    true
}

/// The name a component has where there are no groups.
pub(crate) fn full_name(component: &Component) -> String {
    match component.group.as_deref() {
        Some(group) if !group.is_empty() => {
            let maven = component.purl.as_deref().is_some_and(|purl| purl.starts_with("pkg:maven/"));
            format!("{group}{}{}", if maven { ':' } else { '/' }, component.name)
        }
        _ => component.name.clone(),
    }
}

fn person(party: &Party) -> String {
    match &party.email {
        Some(email) => format!("{} ({email})", party.name),
        None => party.name.clone(),
    }
}

/// `name (mail@example.com)`; parentheses around anything else belong to the name.
pub(crate) fn parse_person(text: &str) -> Party {
    let text = text.trim();
    let split = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).filter(|(_, email)| email.contains('@') || email.is_empty());
    match split {
        Some((name, email)) => {
            Party { email: Some(email.trim().to_owned()).filter(|email| !email.is_empty()), ..Party::person(name.trim()) }
        }
        None => Party::person(text),
    }
}
