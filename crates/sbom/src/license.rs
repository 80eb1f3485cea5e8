//! Licence texts as people write them, sorted into SPDX identifiers, SPDX expressions and everything else.
//!
//! The list is that of the `spdx` crate (<https://spdx.org/licenses/>). Identifiers match without regard to case, as annex D of SPDX 2.3
//! says, and are written in the list's case; operators are upper case. Deprecated identifiers (`GPL-2.0`) stay as they are: replacing them
//! would state something the source did not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use spdx::{Expression, ParseMode};

use crate::{Bom, ExtractedLicense, LicenseValue};

/// Longer texts are never expressions; it bounds the work on hostile ones.
const LONGEST: usize = 16 * 1024;

/// Identifiers that this build's list has and the one CycloneDX's schema refers to does not, so there they are names. A test compares the
/// two.
const NOT_IN_CYCLONEDX: &[&str] = &[
    "atc-game",
    "Brian-Gladman-3-Clause-no-conversion",
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-ask-to-endorse",
    "BSD-Source-alt-GPL",
    "BSD-Source-Code-no-disclaimer",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
];

type Names = BTreeMap<String, &'static str>;

static LICENSES: LazyLock<Names> = LazyLock::new(|| lower_case(spdx::identifiers::LICENSES.iter().map(|license| license.name)));
static EXCEPTIONS: LazyLock<Names> = LazyLock::new(|| lower_case(spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name)));

fn lower_case(names: impl Iterator<Item = &'static str>) -> Names {
    names.filter(|name| !matches!(*name, "NOASSERTION" | "NONE")).map(|name| (name.to_ascii_lowercase(), name)).collect()
}

/// An expression that parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) text: String,
    /// The `LicenseRef-…` in it, without those of other documents.
    pub(crate) references: Vec<String>,
    /// It names licences of other documents (`DocumentRef-…`).
    pub(crate) foreign: bool,
    /// It has operators.
    pub(crate) compound: bool,
}

pub(crate) fn classify(text: &str) -> LicenseValue {
    let text = text.trim();
    if text == "NONE" {
        return LicenseValue::None;
    }
    if let Some(id) = identifier(text) {
        return LicenseValue::Id(id.to_owned());
    }
    match parse(text) {
        Some(parsed) => LicenseValue::Expression(parsed.text),
        None => LicenseValue::Name(text.to_owned()),
    }
}

/// The identifier in the list's spelling. Exceptions are no licences.
pub(crate) fn identifier(text: &str) -> Option<&'static str> {
    if text.len() > 100 {
        return None;
    }
    LICENSES.get(&text.to_ascii_lowercase()).copied()
}

pub(crate) fn in_cyclonedx_list(id: &str) -> bool {
    !NOT_IN_CYCLONEDX.contains(&id)
}

/// Parses and normalises an expression; `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Parsed> {
    if text.len() > LONGEST {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut references = Vec::new();
    let mut foreign = false;
    let mut compound = false;
    for token in Tokens(text) {
        match token {
            "(" => {
                space(&mut out);
                out.push('(');
            }
            ")" => out.push(')'),
            word => {
                space(&mut out);
                match word.to_ascii_uppercase().as_str() {
                    operator @ ("AND" | "OR" | "WITH") => {
                        compound = true;
                        out.push_str(operator);
                    }
                    _ if word.starts_with("DocumentRef-") => {
                        foreign = true;
                        out.push_str(word);
                    }
                    _ if word.starts_with("LicenseRef-") => {
                        references.push(word.to_owned());
                        out.push_str(word);
                    }
                    _ => push_identifier(&mut out, word)?,
                }
            }
        }
    }
    let mode = ParseMode { allow_postfix_plus_on_gpl: true, allow_deprecated: true, ..ParseMode::STRICT };
    Expression::parse_mode(&out, mode).ok()?;
    Some(Parsed { text: out, references, foreign, compound })
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with('(') {
        out.push(' ');
    }
}

fn push_identifier(out: &mut String, word: &str) -> Option<()> {
    let lower = word.to_ascii_lowercase();
    if let Some(name) = LICENSES.get(&lower).or_else(|| EXCEPTIONS.get(&lower)) {
        out.push_str(name);
        return Some(());
    }
    let name = LICENSES.get(lower.strip_suffix('+')?)?;
    out.push_str(name);
    out.push('+');
    Some(())
}

/// Words and parentheses.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let length = if matches!(first, '(' | ')') {
            1
        } else {
            text.find(|char: char| char.is_whitespace() || matches!(char, '(' | ')')).unwrap_or(text.len())
        };
        let (token, rest) = text.split_at_checked(length)?;
        self.0 = rest;
        Some(token)
    }
}

/// Joins several licences that all apply.
pub(crate) fn and(parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        many => {
            let wrapped = many.iter().map(|part| {
                let needs = parse(part).is_some_and(|parsed| parsed.compound && parsed.text.contains(" OR "));
                if needs { format!("({part})") } else { part.clone() }
            });
            wrapped.collect::<Vec<_>>().join(" AND ")
        }
    }
}

/// A `LicenseRef-…` for a name: readable, and different for different names.
pub(crate) fn reference_for(name: &str) -> String {
    let clean: String = name.chars().map(|char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' }).collect();
    let clean = crate::text::clip_plain(clean.trim_matches('-'), 64);
    if clean == name && !clean.is_empty() {
        format!("LicenseRef-{clean}")
    } else {
        format!("LicenseRef-{clean}-{}", crate::refs::short_hash(name))
    }
}

/// Definitions that this crate made from names, and that became names again, are no longer needed.
pub(crate) fn forget_own_definitions(bom: &mut Bom) {
    let licenses = bom.components.iter().flat_map(|component| &component.licenses);
    let expressions = licenses.filter_map(|license| match &license.value {
        LicenseValue::Expression(text) => parse(text),
        _ => None,
    });
    let used: BTreeSet<String> = expressions.flat_map(|parsed| parsed.references).collect();
    let own = |license: &ExtractedLicense| license.name.as_deref().is_some_and(|name| reference_for(name) == license.id);
    bom.extracted_licenses.retain(|license| !own(license) || used.contains(&license.id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted() {
        let id = |text: &str| LicenseValue::Id(text.to_owned());
        let expression = |text: &str| LicenseValue::Expression(text.to_owned());
        let name = |text: &str| LicenseValue::Name(text.to_owned());
        for (text, expected) in [
            ("MIT", id("MIT")),
            (" apache-2.0 ", id("Apache-2.0")),
            ("GPL-2.0+", id("GPL-2.0+")),
            ("GPL-2.0", id("GPL-2.0")),
            ("NONE", LicenseValue::None),
            ("NOASSERTION", name("NOASSERTION")),
            ("BSD-3-clause-Sun", id("BSD-3-Clause-Sun")),
            ("Classpath-exception-2.0", name("Classpath-exception-2.0")),
            ("GPLv3+", name("GPLv3+")),
            ("Apache-2.0+", expression("Apache-2.0+")),
            ("mit or apache-2.0", expression("MIT OR Apache-2.0")),
            ("(MIT AND  (BSD-3-Clause or ISC))", expression("(MIT AND (BSD-3-Clause OR ISC))")),
            ("GPL-2.0-only with classpath-exception-2.0", expression("GPL-2.0-only WITH Classpath-exception-2.0")),
            ("LicenseRef-Acme", expression("LicenseRef-Acme")),
            ("MIT AND", name("MIT AND")),
            ("MIT/Apache-2.0", name("MIT/Apache-2.0")),
            ("((MIT)", name("((MIT)")),
            ("", name("")),
        ] {
            assert_eq!(classify(text), expected, "{text}");
        }
    }

    #[test]
    fn the_difference_to_the_list_of_the_schema_is_known() {
        let schema: serde_json::Value = serde_json::from_str(include_str!("../testdata/schemas/spdx.SNAPSHOT.schema.json")).unwrap();
        let listed: Vec<&str> = schema["enum"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let missing: Vec<&str> = LICENSES.values().copied().filter(|name| !listed.contains(name)).collect();
        assert_eq!(missing, NOT_IN_CYCLONEDX);
    }

    #[test]
    fn names_become_distinct_references() {
        assert_eq!(reference_for("Acme"), "LicenseRef-Acme");
        assert_ne!(reference_for("Acme 1"), reference_for("Acme-1"));
        assert!(reference_for("許可").starts_with("LicenseRef-"));
        assert!(parse(&reference_for(&"x y".repeat(1000))).is_some());
    }

    #[test]
    fn deep_and_long_expressions_are_bounded() {
        assert!(parse(&"(".repeat(100_000)).is_none());
        let nested = format!("{}MIT{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(parse(&nested).is_some());
    }
}
