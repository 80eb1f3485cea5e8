//! The user's own rules for secrets, and which of ours are switched off or not meant for certain places.
//!
//! The file is the one that users of today's scanners have (`trivy-secret.yaml`): `rules`, `allow-rules`, `enable-builtin-rules`, `disable-rules`,
//! `disable-allow-rules`, `exclude-block`. Expressions are searched in linear time, so a hostile text cannot make one slow.

use super::{assign::Strictness, engine::search, mask::Masker, skip::to_utf8};
use crate::text::{LineCounter, sha256};
use probity_model::{Diagnostic, Facts, Lines, Place, Reason, Severity, facts::Secret};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::{collections::BTreeSet, ops::Range};

/// Matches of one custom rule in one file that are listed.
const MAX_PER_RULE: usize = 50;
/// Compiled size of one expression.
const MAX_REGEX: usize = 4 << 20;

/// What the user's file says.
#[derive(Debug, Default)]
pub struct SecretConfig {
    /// Empty: all.
    enabled: BTreeSet<String>,
    disabled: BTreeSet<String>,
    rules: Vec<CustomRule>,
    allow: Vec<Allow>,
    exclude: Vec<Regex>,
    /// The file itself holds what its rules look for.
    text: String,
}

#[derive(Debug)]
struct CustomRule {
    id: String,
    category: String,
    title: String,
    severity: Severity,
    regex: Regex,
    group: Option<String>,
    /// Lower case; any of them must stand in the text.
    keywords: Vec<String>,
    path: Option<Regex>,
    allow: Vec<Allow>,
    exclude: Vec<Regex>,
}

#[derive(Debug)]
struct Allow {
    regex: Option<Regex>,
    path: Option<Regex>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SecretConfigError(String);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    enable_builtin_rules: Vec<String>,
    disable_rules: Vec<String>,
    /// Ours have no allow rules that could be switched off.
    disable_allow_rules: Vec<String>,
    rules: Vec<RuleText>,
    allow_rules: Vec<AllowText>,
    exclude_block: Block,
    #[serde(alias = "skip-dirs")]
    skip_paths: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct RuleText {
    id: String,
    category: String,
    title: String,
    severity: String,
    regex: String,
    keywords: Vec<String>,
    path: Option<String>,
    secret_group_name: Option<String>,
    allow_rules: Vec<AllowText>,
    exclude_block: Block,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct AllowText {
    id: String,
    description: String,
    regex: Option<String>,
    path: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Block {
    description: String,
    regexes: Vec<String>,
}

impl SecretConfig {
    /// Reads the YAML file.
    pub fn parse(text: &str) -> Result<Self, SecretConfigError> {
        if text.lines().all(|line| line.split('#').next().unwrap_or_default().trim().is_empty()) {
            return Ok(Self::default());
        }
        let file: File = serde_saphyr::from_str(text).map_err(|err| SecretConfigError(err.to_string()))?;
        if let Some(path) = file.skip_paths.first() {
            return Err(SecretConfigError(format!("`skip-paths` ({path}) is not supported: use `--skip-dirs` or `--skip-files`")));
        }
        let mut rules = Vec::new();
        for rule in file.rules {
            if rule.id.is_empty() {
                return Err(SecretConfigError("a rule without `id`".to_owned()));
            }
            let of = format!("rule `{}`", rule.id);
            let compiled = regex(&rule.regex, &of)?;
            if let Some(group) = &rule.secret_group_name
                && !compiled.capture_names().flatten().any(|name| name == group)
            {
                return Err(SecretConfigError(format!("{of}: the expression has no group `{group}`")));
            }
            rules.push(CustomRule {
                category: if rule.category.is_empty() { "custom".to_owned() } else { rule.category },
                title: if rule.title.is_empty() { rule.id.clone() } else { rule.title },
                severity: if rule.severity.is_empty() {
                    Severity::Unknown
                } else {
                    rule.severity.parse().map_err(|err| SecretConfigError(format!("{of}: {err}")))?
                },
                regex: compiled,
                group: rule.secret_group_name,
                keywords: rule.keywords.iter().map(|word| word.to_lowercase()).collect(),
                path: rule.path.as_deref().map(|path| regex(path, &of)).transpose()?,
                allow: rule.allow_rules.iter().map(allow).collect::<Result<_, _>>()?,
                exclude: rule.exclude_block.regexes.iter().map(|text| regex(text, &of)).collect::<Result<_, _>>()?,
                id: rule.id,
            });
        }
        Ok(Self {
            enabled: file.enable_builtin_rules.into_iter().collect(),
            disabled: file.disable_rules.into_iter().collect(),
            rules,
            allow: file.allow_rules.iter().map(allow).collect::<Result<_, _>>()?,
            exclude: file.exclude_block.regexes.iter().map(|text| regex(text, "exclude-block")).collect::<Result<_, _>>()?,
            text: text.to_owned(),
        })
    }

    /// The file as it was read: what it makes of a text depends on nothing else.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// Applies the file to what was found in one text: `out.secrets` from `before` on are of it.
    pub fn apply(&self, path: &str, bytes: &[u8], out: &mut Facts, before: usize) {
        let text = to_utf8(bytes);
        if bytes == self.text.as_bytes() {
            out.secrets.truncate(before);
            return;
        }
        let mut rest = out.secrets.split_off(before.min(out.secrets.len()));
        let lines: Vec<&[u8]> = if rest.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').collect() };
        rest.retain(|secret| {
            let line = secret.at.lines.and_then(|at| lines.get((at.start as usize).checked_sub(1)?)).copied().unwrap_or_default();
            self.keeps(&secret.rule) && !self.allow.iter().any(|allow| allow.covers(path, line))
        });
        out.secrets.append(&mut rest);
        let mut found: Vec<(&CustomRule, Range<usize>)> = Vec::new();
        let mut lower = None;
        let excluded: Vec<Range<usize>> = ranges(&self.exclude, &text);
        for rule in &self.rules {
            if !self.keeps_custom(&rule.id) || rule.path.as_ref().is_some_and(|wanted| !wanted.is_match(path.as_bytes())) {
                continue;
            }
            if !rule.keywords.is_empty() {
                let lower = lower.get_or_insert_with(|| text.to_ascii_lowercase());
                if !rule.keywords.iter().any(|word| memchr::memmem::find(lower, word.as_bytes()).is_some()) {
                    continue;
                }
            }
            let own: Vec<Range<usize>> = ranges(&rule.exclude, &text);
            let mut count = 0_usize;
            for captures in rule.regex.captures_iter(&text) {
                let group = rule.group.as_deref().and_then(|group| captures.name(group));
                let Some(hit) = group.or_else(|| captures.get(0)).filter(|hit| !hit.is_empty()) else { continue };
                let inside = |range: &Range<usize>| range.start <= hit.start() && hit.end() <= range.end;
                let content = hit.as_bytes();
                let allowed = self.allow.iter().chain(&rule.allow).any(|allow| allow.covers(path, content));
                if allowed || excluded.iter().chain(&own).any(inside) {
                    continue;
                }
                count += 1;
                if count <= MAX_PER_RULE {
                    found.push((rule, hit.range()));
                }
            }
            if count > MAX_PER_RULE {
                let message = format!("`{}` matches {count} times; the first {MAX_PER_RULE} are listed", rule.id);
                out.diagnostics.push(Diagnostic::note(Reason::SubjectTruncated, message).at(path));
            }
        }
        if found.is_empty() {
            return;
        }
        // A sample must not show what our own rules recognise beside it.
        let mut ours = Vec::new();
        search(&text, Strictness::of(path), path, &mut ours);
        let all = ours.into_iter().map(|found| found.range).chain(found.iter().map(|(_, range)| range.clone()));
        let masker = Masker::new(&text, text.len(), all);
        found.sort_by_key(|(_, range)| range.start);
        let mut counter = LineCounter::new(&text);
        for (rule, range) in found {
            let start = counter.line(range.start);
            let secret = text.get(range.clone()).unwrap_or_default();
            let more = u32::try_from(memchr::memchr_iter(b'\n', secret).count()).unwrap_or(u32::MAX);
            out.secrets.push(Secret {
                rule: rule.id.clone().into(),
                category: rule.category.clone().into(),
                title: rule.title.clone().into(),
                severity: rule.severity,
                masked: masker.sample(&range, None),
                fingerprint: sha256(secret),
                disposition: None,
                at: Place { lines: Some(Lines::new(start, start.saturating_add(more))), ..Place::file(path) },
            });
        }
    }

    /// Whether one of our rules is on.
    fn keeps(&self, id: &str) -> bool {
        (self.enabled.is_empty() || self.enabled.contains(id)) && !self.disabled.contains(id)
    }

    fn keeps_custom(&self, id: &str) -> bool {
        !self.disabled.contains(id)
    }
}

impl Allow {
    fn covers(&self, path: &str, content: &[u8]) -> bool {
        match (&self.regex, &self.path) {
            (None, None) => false,
            (regex, place) => {
                regex.as_ref().is_none_or(|regex| regex.is_match(content))
                    && place.as_ref().is_none_or(|place| place.is_match(path.as_bytes()))
            }
        }
    }
}

fn allow(text: &AllowText) -> Result<Allow, SecretConfigError> {
    let of = format!("allow rule `{}`", text.id);
    Ok(Allow {
        regex: text.regex.as_deref().map(|text| regex(text, &of)).transpose()?,
        path: text.path.as_deref().map(|text| regex(text, &of)).transpose()?,
    })
}

fn regex(text: &str, of: &str) -> Result<Regex, SecretConfigError> {
    if text.is_empty() {
        return Err(SecretConfigError(format!("{of}: `regex` is missing")));
    }
    RegexBuilder::new(text).size_limit(MAX_REGEX).build().map_err(|err| SecretConfigError(format!("{of}: {err}")))
}

fn ranges(regexes: &[Regex], text: &[u8]) -> Vec<Range<usize>> {
    regexes.iter().flat_map(|regex| regex.find_iter(text).map(|found| found.range())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::SECRETS;
    use probity_model::analyzer::{Analyzer, File, FileMeta};

    /// Rule and line of what is left of `text` in a file `path`.
    fn found(config: &str, path: &str, text: &str) -> Vec<String> {
        let config = SecretConfig::parse(config).unwrap();
        let mut facts = Facts::default();
        SECRETS.analyze(&File { path, meta: FileMeta::default(), bytes: text.as_bytes() }, &mut facts).unwrap();
        config.apply(path, text.as_bytes(), &mut facts, 0);
        facts.secrets.iter().map(|secret| format!("{}@{} {}", secret.rule, secret.at.lines.unwrap().start, secret.masked)).collect()
    }

    #[test]
    fn own_rules_find_and_ours_can_be_switched_off() {
        let token = format!("gh{}{}", "p_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let text = format!("a\nexport T={token}\necho corp-12345\n");
        let rule = "rules:\n- id: corp\n  category: Corp\n  title: Corp key\n  severity: HIGH\n  regex: 'corp-(?P<key>[0-9]+)'\n  secret-group-name: key\n  keywords: [CORP]\n";
        assert_eq!(found(rule, "x.sh", &text).len(), 2);
        assert_eq!(found(&format!("{rule}disable-rules: [github-pat]\n"), "x.sh", &text), ["corp@3 echo corp-********"]);
        assert_eq!(found(&format!("{rule}enable-builtin-rules: [gitlab-pat]\n"), "x.sh", &text), ["corp@3 echo corp-********"]);
        assert_eq!(found(&format!("{rule}disable-rules: [github-pat, corp]\n"), "x.sh", &text), [""; 0]);
        assert_eq!(found(&rule.replace("CORP", "elsewhere"), "x.sh", "corp-1"), [""; 0], "no keyword");
        assert_eq!(found(&rule.replace("  keywords", "  path: '\\.py$'\n  keywords"), "x.sh", "corp-1"), [""; 0], "another file");
        let allowed = format!("{rule}  allow-rules:\n  - id: x\n    regex: '^12'\n");
        assert_eq!(found(&format!("{allowed}disable-rules: [github-pat]\n"), "x.sh", &text), [""; 0]);
        assert_eq!(found("allow-rules:\n- id: tests\n  path: '^test/'\n", "test/x.sh", &text), [""; 0]);
        assert_eq!(found("exclude-block:\n  regexes: ['echo .*']\n".to_owned().as_str(), "x.sh", &text).len(), 1);
        assert_eq!(found(&format!("{rule}exclude-block:\n  regexes: ['echo .*']\ndisable-rules: [github-pat]\n"), "x.sh", &text), [""; 0]);
    }

    #[test]
    fn a_sample_masks_its_neighbours() {
        let token = format!("gh{}{}", "p_", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let rule = "rules:\n- id: corp\n  regex: 'corp-[0-9]+'\ndisable-rules: [github-pat]\n";
        assert_eq!(found(rule, "x.sh", &format!("{token} corp-1\n")), ["corp@1 ******** ********"]);
    }

    #[test]
    fn files_that_are_wrong_are_refused() {
        for (text, part) in [
            ("rule: []", "rule"),
            ("rules: [{id: a}]", "`regex` is missing"),
            ("rules: [{regex: a}]", "without `id`"),
            ("rules: [{id: a, regex: '('}]", "rule `a`"),
            ("rules: [{id: a, regex: a, severity: bad}]", "bad"),
            ("rules: [{id: a, regex: a, secret-group-name: s}]", "no group `s`"),
        ] {
            let err = SecretConfig::parse(text).unwrap_err().to_string();
            assert!(err.contains(part), "{text}: {err}");
        }
        assert!(SecretConfig::parse("# nothing\n").unwrap().rules.is_empty());
    }
}
