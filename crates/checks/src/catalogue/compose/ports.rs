//! Published ports.
//!
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports>

use super::service::is_open;
use probity_model::{compose::Service, node::Node, place::Lines};

/// One item of `ports`.
pub(super) struct Published {
    pub(super) text: String,
    pub(super) address: Address,
    /// First and last port of the host; `None` when the engine picks one.
    pub(super) host: Result<Option<(u32, u32)>, Open>,
    pub(super) lines: Lines,
    pub(super) index: usize,
}

/// A variable that nothing sets.
#[derive(Clone, Copy)]
pub(super) struct Open;

/// Where the host listens.
pub(super) enum Address {
    /// All interfaces.
    All,
    One,
    Open,
}

/// What a service publishes. Host networking ignores the list, and so does this.
pub(super) fn published(service: &Service) -> impl Iterator<Item = Published> {
    service.node.items_of("ports").iter().enumerate().filter_map(|(index, item)| {
        let (text, address, host) = if item.is_map() { long(item)? } else { short(item.text()?) };
        Some(Published { text, address, host, lines: item.lines, index })
    })
}

type Parts = (String, Address, Result<Option<(u32, u32)>, Open>);

fn long(item: &Node) -> Option<Parts> {
    let target = item.text_of("target")?;
    let published = item.text_of("published").unwrap_or_default();
    let address = match item.text_of("host_ip") {
        Some(ip) => address(ip),
        None => Address::All,
    };
    let shown = if published.is_empty() { target.to_owned() } else { format!("{published}:{target}") };
    Some((shown, address, range(published)))
}

/// `[[ip:]host:]container[/protocol]`.
fn short(text: &str) -> Parts {
    let shown = text.to_owned();
    let (ports, _) = text.rsplit_once('/').unwrap_or((text, ""));
    let Some((rest, _container)) = split_last(ports) else {
        // A lone variable may hold a whole mapping.
        return (shown, if is_open(ports) { Address::Open } else { Address::All }, if is_open(ports) { Err(Open) } else { Ok(None) });
    };
    match split_last(rest) {
        Some((ip, host)) => (shown, address(ip), range(host)),
        None if is_open(rest) => (shown, Address::Open, Err(Open)),
        // `ip::container` leaves the port to the engine.
        None if rest.starts_with('[') || rest.contains('.') => (shown, address(rest), Ok(None)),
        None => (shown, Address::All, range(rest)),
    }
}

/// Splits at the last colon that is part of no variable and no bracketed address.
fn split_last(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut found = None;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => found = Some(at),
            _ => {}
        }
    }
    let at = found?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn address(ip: &str) -> Address {
    match ip.trim_start_matches('[').trim_end_matches(']') {
        "" | "0.0.0.0" | "::" | "*" | "0:0:0:0:0:0:0:0" => Address::All,
        ip if is_open(ip) => Address::Open,
        _ => Address::One,
    }
}

fn range(text: &str) -> Result<Option<(u32, u32)>, Open> {
    if is_open(text) {
        return Err(Open);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok(first.trim().parse().ok().zip(last.trim().parse().ok()).filter(|(first, _)| *first != 0))
}
