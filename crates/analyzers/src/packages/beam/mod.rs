//! Erlang and Elixir: packages of hex.pm in the lockfiles of Mix and Rebar.

mod mix;
mod rebar;
mod term;

use super::Group;
use probity_model::Ecosystem;
use probity_versions::Scheme;

const HEX_PM: Ecosystem = Ecosystem { purl_type: "hex", versions: Scheme::Hex, advisories: "erlang", ..Ecosystem::LANGUAGE };

pub(crate) static HEX: Ecosystem = Ecosystem { id: "hex", ..HEX_PM };
pub(crate) static REBAR: Ecosystem = Ecosystem { id: "rebar", ..HEX_PM };

pub(crate) static GROUP: Group = Group { ecosystems: &[&HEX, &REBAR], analyzers: &[&mix::LOCK, &rebar::LOCK] };

/// The digest of an archive, where a lockfile has one.
fn digest(sum: Option<&str>) -> Option<String> {
    let sum = sum.filter(|sum| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some(format!("sha256:{}", sum.to_ascii_lowercase()))
}
