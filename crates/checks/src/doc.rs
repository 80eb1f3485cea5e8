//! `check.md`: front matter between `---` lines, prose, and fenced examples.
//!
//! Front matter is `key: value` on one line each: `id`, `aliases` (comma-separated), `slug`, `title`, `severity`, `input`, `needs`, `kinds`,
//! `remediation`, `references` (comma-separated), `tags`. `needs` is for checks of images: the capabilities (comma-separated) whose facts the
//! check reads; where one of them has a gap, the check's silence is not a pass. The first paragraph of prose is the description. Examples are fenced blocks whose info string is
//! `<language> fails at=LINE[,LINE…]` (first lines of the expected violations, in order), `<language> passes` or `<language> skips`
//! (not applicable) or `<language> unassessed`. `trusted=REGISTRY[,REGISTRY…]` and `kubernetes=1.33` after it set what the example is judged
//! with. A title before the fence may name the file: `<!-- file: docker-compose.yml -->`.

use probity_model::{Capability, InputKind, RuleId, RuleMeta, Severity};

/// A fenced example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example<'a> {
    /// `yaml`, `json`, `dockerfile`, `compose`, `image`.
    pub language: &'a str,
    pub text: &'a str,
    pub expect: Expectation,
    /// The line of the fence in `check.md`.
    pub line: usize,
    /// Trusted registries that the example is judged with.
    pub trusted: Vec<&'a str>,
    /// The Kubernetes version that it is judged with, when not the default.
    pub kubernetes: Option<(u32, u32)>,
}

/// What must come of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// First lines of the violations in order; empty when the example only says that it fails.
    Fails(Vec<u32>),
    Passes,
    Skips,
    /// Not assessed.
    Unassessed,
}

/// The examples of a `check.md`, in order.
pub fn examples(doc: &str) -> Vec<Example<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(Example<'_>, usize)> = None;
    let mut offset = 0;
    for (number, line) in doc.split_inclusive('\n').enumerate() {
        let start = offset;
        offset += line.len();
        let Some(info) = line.trim_end().strip_prefix("```") else { continue };
        if let Some((example, from)) = open.take() {
            found.push(Example { text: doc.get(from..start).unwrap_or_default(), ..example });
            continue;
        }
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default();
        let word = words.next();
        let list = |key: &'static str| words.clone().filter_map(move |word| word.strip_prefix(key)).flat_map(|list| list.split(','));
        let expect = match word {
            Some("fails") => Expectation::Fails(list("at=").filter_map(|n| n.parse().ok()).collect()),
            Some("passes") => Expectation::Passes,
            Some("skips") => Expectation::Skips,
            Some("unassessed") => Expectation::Unassessed,
            _ => continue,
        };
        let kubernetes = list("kubernetes=").find_map(|version| {
            let (major, minor) = version.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        open = Some((Example { language, text: "", expect, line: number + 1, trusted: list("trusted=").collect(), kubernetes }, offset));
    }
    found
}

/// Reads the front matter. Missing keys become empty text; a test over the registry sees to it that none is missing.
pub(crate) fn front_matter(doc: &str) -> RuleMeta {
    let body = doc.strip_prefix("---\n").unwrap_or(doc);
    let (front, prose) = body.split_once("\n---\n").unwrap_or((body, ""));
    let value =
        |key: &str| front.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim).unwrap_or_default().to_owned();
    let list =
        |key: &str| -> Vec<String> { value(key).split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect() };
    let slug = value("slug");
    let mut aliases = list("aliases");
    if !slug.is_empty() && !aliases.contains(&slug) {
        aliases.push(slug.clone());
    }
    let description: Vec<&str> =
        prose.trim_start().lines().take_while(|line| !line.is_empty() && !line.starts_with("```") && !line.starts_with('#')).collect();
    RuleMeta {
        id: RuleId::new(&value("id")),
        aliases,
        slug,
        title: value("title"),
        severity: value("severity").parse().unwrap_or(Severity::Unknown),
        input: InputKind::parse(&value("input")).unwrap_or(InputKind::Repo),
        // A word that is no capability counts as everything: a gap anywhere is then a gap here. A test lets none through.
        needs: list("needs").iter().map(|word| Capability::parse(word).unwrap_or(Capability::Everything)).collect(),
        kinds: list("kinds"),
        description: description.join(" "),
        remediation: value("remediation"),
        references: list("references"),
        tags: list("tags"),
    }
}

/// Whether a fence line (starting with three backticks) contains `word`. Usable in constants.
pub(crate) const fn has_line_with(doc: &str, word: &str) -> bool {
    let (doc, word) = (doc.as_bytes(), word.as_bytes());
    let mut at = 0;
    let mut fence = false;
    let mut column = 0;
    while at < doc.len() {
        if byte(doc, at) == b'\n' {
            fence = false;
            column = 0;
            at += 1;
            continue;
        }
        if column == 2 {
            fence = byte(doc, at) == b'`' && byte(doc, at - 1) == b'`' && byte(doc, at - 2) == b'`';
        }
        if fence && starts_at(doc, at, word) {
            return true;
        }
        column += 1;
        at += 1;
    }
    false
}

const fn starts_at(text: &[u8], at: usize, word: &[u8]) -> bool {
    let mut i = 0;
    while i < word.len() {
        if at + i >= text.len() || byte(text, at + i) != byte(word, i) {
            return false;
        }
        i += 1;
    }
    true
}

#[expect(clippy::indexing_slicing, reason = "constant evaluation has no `get`; callers stay in bounds, and a mistake stops the build")]
const fn byte(text: &[u8], at: usize) -> u8 {
    text[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = "---\nid: X-1\naliases: A, B\nslug: no-x\ntitle: T\nseverity: HIGH\ninput: dockerfile\n---\nFirst line\nsecond line.\n\nMore.\n\n```yaml fails at=2,4\na\n```\n\n```yaml passes\nb\n```\n";

    #[test]
    fn front_matter_and_examples_are_read() {
        let meta = front_matter(DOC);
        assert_eq!((meta.id.as_str(), meta.severity, meta.input), ("X-1", Severity::High, InputKind::Dockerfile));
        assert_eq!(meta.aliases, ["A", "B", "no-x"]);
        assert_eq!(meta.description, "First line second line.");
        let found = examples(DOC);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].text, &found[0].expect), ("a\n", &Expectation::Fails(vec![2, 4])));
        assert_eq!((found[1].text, &found[1].expect), ("b\n", &Expectation::Passes));
    }

    #[test]
    fn examples_say_what_they_are_judged_with() {
        let found = examples("```yaml unassessed kubernetes=1.33 trusted=a.example,b.example/c\na\n```\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expect, Expectation::Unassessed);
        assert_eq!((found[0].kubernetes, found[0].trusted.as_slice()), (Some((1, 33)), &["a.example", "b.example/c"][..]));
    }

    #[test]
    fn fences_are_found_in_constants() {
        assert!(has_line_with(DOC, " fails") && has_line_with(DOC, " passes"));
        assert!(!has_line_with("text fails\n```yaml\n", " fails"));
    }
}
