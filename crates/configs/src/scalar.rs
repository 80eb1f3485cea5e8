//! What a plain scalar means.
//!
//! The documents we judge are decoded by Go programs, so numbers follow Go's YAML libraries where they differ from the core schema of
//! YAML 1.2 (<https://yaml.org/spec/1.2.2/#103-core-schema>): `0644` and `0o644` are both 420, `0b101` is a number, `_` may group digits.
//! Kubernetes' decoder also knows the booleans of YAML 1.1 (`yes`, `on`, `y` …), everything else does not ([`Dialect`]).
//! Dates stay strings. An integer that does not fit 64 bits is a float.

use probity_model::node::ScalarKind;
use std::borrow::Cow;

/// Which words are booleans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `true` and `false`.
    Core,
    /// Also `yes`, `no`, `on`, `off`, `y`, `n`.
    Kubernetes,
}

/// The kind of an unquoted scalar without a tag.
pub(crate) fn resolve(text: &str, dialect: Dialect) -> ScalarKind {
    let Some(first) = text.as_bytes().first() else { return ScalarKind::Null };
    match first {
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O' => word(text, dialect),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text).unwrap_or(ScalarKind::Str),
        _ => ScalarKind::Str,
    }
}

fn word(text: &str, dialect: Dialect) -> ScalarKind {
    match text {
        "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" => ScalarKind::Bool(true),
        "false" | "False" | "FALSE" => ScalarKind::Bool(false),
        _ if dialect == Dialect::Core => ScalarKind::Str,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => ScalarKind::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => ScalarKind::Bool(false),
        _ => ScalarKind::Str,
    }
}

/// An integer or a float.
pub(crate) fn number(text: &str) -> Option<ScalarKind> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(ScalarKind::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(ScalarKind::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Some(ScalarKind::Float(f64::NAN)),
        _ => {}
    }
    let text = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, &*text),
    };
    integer(negative, digits).map(ScalarKind::Int).or_else(|| float(&text, digits).map(ScalarKind::Float))
}

fn integer(negative: bool, digits: &str) -> Option<i64> {
    let prefixed = |radix| digits.get(2..).map(|rest| (radix, rest));
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => prefixed(16)?,
        [b'0', b'o' | b'O', ..] => prefixed(8)?,
        [b'0', b'b' | b'B', ..] => prefixed(2)?,
        [b'0', _, ..] => (8, digits),
        _ => (10, digits),
    };
    // `from_str_radix` would take a second sign.
    if !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(body, radix).ok()?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn float(text: &str, unsigned: &str) -> Option<f64> {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_is_good = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && all_digits(e)
    });
    if !has_digits || !all_digits(whole) || !all_digits(fraction) || !exponent_is_good {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, core: ScalarKind, kubernetes: ScalarKind) {
        assert_eq!(format!("{:?}", resolve(text, Dialect::Core)), format!("{core:?}"), "{text} as core");
        assert_eq!(format!("{:?}", resolve(text, Dialect::Kubernetes)), format!("{kubernetes:?}"), "{text} as kubernetes");
    }

    #[test]
    fn booleans() {
        for text in ["yes", "Yes", "YES", "on", "On", "y", "Y"] {
            check(text, ScalarKind::Str, ScalarKind::Bool(true));
        }
        for text in ["no", "off", "OFF", "n", "N"] {
            check(text, ScalarKind::Str, ScalarKind::Bool(false));
        }
        check("true", ScalarKind::Bool(true), ScalarKind::Bool(true));
        check("False", ScalarKind::Bool(false), ScalarKind::Bool(false));
        check("yEs", ScalarKind::Str, ScalarKind::Str);
    }

    #[test]
    fn numbers() {
        use ScalarKind::{Float, Int, Null, Str};
        for (text, kind) in [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("0", Int(0)),
            ("-0", Int(0)),
            ("+12", Int(12)),
            ("0644", Int(420)),
            ("0o644", Int(420)),
            ("-0644", Int(-420)),
            ("0x1F", Int(31)),
            ("0b101", Int(5)),
            ("1_000", Int(1000)),
            ("0899", Float(899.0)),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("9223372036854775808", Float(9_223_372_036_854_775_808.0)),
            ("99999999999999999999999", Float(1e23)),
            ("1.5", Float(1.5)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("1e3", Float(1000.0)),
            ("-1.5E-3", Float(-0.0015)),
            ("-.inf", Float(f64::NEG_INFINITY)),
            (".nan", Float(f64::NAN)),
            (".", Str),
            ("-", Str),
            ("+", Str),
            ("--1", Str),
            ("0x", Str),
            ("0x-1", Str),
            ("1.2.3", Str),
            ("1e", Str),
            ("1e+", Str),
            ("100m", Str),
            ("1Gi", Str),
            ("2020-01-01", Str),
            ("12:30", Str),
            ("inf", Str),
            ("nan", Str),
            ("é", Str),
        ] {
            check(text, kind, kind);
        }
    }
}
