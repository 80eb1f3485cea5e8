//! Words of Dockerfile instructions: splitting, quotes, escapes, variables.
//!
//! <https://docs.docker.com/reference/dockerfile/#environment-replacement>
//!
//! A variable whose value the file does not give stays as it is written: a base image or `--build-arg` may set it. `${name/pattern/word}`
//! stays as well.

use std::collections::HashMap;

/// Words of a line, quotes and escapes left in.
pub(super) fn split(line: &str, escape: char) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = rest.split_at_checked(first_end(rest, escape)).unwrap_or((rest, ""));
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// Where the first word of a line ends.
pub(super) fn first_end(line: &str, escape: char) -> usize {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if c == escape && quote != Some('\'') {
            escaped = true;
        } else if let Some(open) = quote {
            if c == open {
                quote = None;
            }
        } else if matches!(c, '"' | '\'') {
            quote = Some(c);
        } else if c.is_whitespace() {
            return at;
        }
    }
    line.len()
}

/// What is known of variables.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    /// `ENV`.
    pub(super) environment: HashMap<String, String>,
    /// `ARG` with a default.
    pub(super) arguments: HashMap<String, String>,
}

impl Variables {
    /// `ENV` wins over `ARG`.
    fn get(&self, name: &str) -> Option<&str> {
        self.environment.get(name).or_else(|| self.arguments.get(name)).map(String::as_str)
    }
}

/// How many bytes expansion may still produce: values that double on every line must not fill the memory.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) total: usize,
    pub(super) word: usize,
    /// Some word was left as it is written.
    pub(super) exceeded: bool,
}

/// Expands variables and removes quotes.
pub(super) fn expand(word: &str, escape: char, variables: &Variables, budget: &mut Budget) -> String {
    let limit = budget.word.min(budget.total);
    let mut expander = Expander { rest: word, escape, variables, room: limit, depth: 0 };
    let Some(value) = expander.run(None) else {
        budget.exceeded = true;
        return word.to_owned();
    };
    budget.total = budget.total.saturating_sub(value.len().saturating_sub(word.len()));
    value
}

/// Nesting of `${A:-${B:-…}}`.
const MAX_DEPTH: usize = 16;

/// Work of matching a pattern, in pattern characters times value characters.
const MAX_MATCHING: usize = 1 << 20;

struct Expander<'t> {
    rest: &'t str,
    escape: char,
    variables: &'t Variables,
    room: usize,
    depth: usize,
}

impl<'t> Expander<'t> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn push(&mut self, out: &mut String, text: &str) -> Option<()> {
        self.room = self.room.checked_sub(text.len())?;
        out.push_str(text);
        Some(())
    }

    fn push_char(&mut self, out: &mut String, c: char) -> Option<()> {
        self.room = self.room.checked_sub(c.len_utf8())?;
        out.push(c);
        Some(())
    }

    /// Up to `stop` or the end; `None` when there is no room for the result.
    fn run(&mut self, stop: Option<char>) -> Option<String> {
        let mut out = String::new();
        let mut quoted = false;
        while let Some(c) = self.rest.chars().next() {
            if Some(c) == stop && !quoted {
                break;
            }
            if c == '$' {
                self.dollar(&mut out)?;
                continue;
            }
            self.next();
            match c {
                '\'' if !quoted => {
                    let (inner, after) = self.rest.split_once('\'').unwrap_or((self.rest, ""));
                    self.rest = after;
                    self.push(&mut out, inner)?;
                }
                '"' => quoted = !quoted,
                _ if c == self.escape => match self.next() {
                    // Inside quotes only some characters lose their escape.
                    Some(next) if quoted && !matches!(next, '"' | '$') && next != self.escape => {
                        self.push_char(&mut out, c)?;
                        self.push_char(&mut out, next)?;
                    }
                    Some(next) => self.push_char(&mut out, next)?,
                    None => {}
                },
                _ => self.push_char(&mut out, c)?,
            }
        }
        Some(out)
    }

    /// A variable; `rest` is at `$`.
    fn dollar(&mut self, out: &mut String) -> Option<()> {
        let start = self.rest;
        self.next();
        if self.rest.starts_with('{') {
            self.next();
            let value = self.braces(start)?;
            return self.push(out, &value);
        }
        let name = self.name();
        if name.is_empty() {
            return self.push(out, "$");
        }
        match self.variables.get(name) {
            Some(value) => self.push(out, value),
            None => self.push(out, written(start, self.rest)),
        }
    }

    fn name(&mut self) -> &'t str {
        let starts_name = self.rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let length = if starts_name { self.rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count() } else { 0 };
        let (name, rest) = self.rest.split_at_checked(length).unwrap_or(("", self.rest));
        self.rest = rest;
        name
    }

    /// `${…}`; `start` is at `$`, `rest` behind the brace.
    fn braces(&mut self, start: &'t str) -> Option<String> {
        let name = self.name();
        let value = self.variables.get(name);
        let operators = [":-", ":+", ":?", "-", "+", "?", "##", "#", "%%", "%"];
        let operator = operators.into_iter().find(|operator| self.rest.starts_with(operator)).unwrap_or("");
        if name.is_empty() || self.depth >= MAX_DEPTH || (operator.is_empty() && !self.rest.starts_with('}')) {
            // No form that we know: it stays, up to its brace.
            self.rest = self.rest.split_once('}').map_or("", |(_, after)| after);
            return Some(written(start, self.rest).to_owned());
        }
        self.rest = self.rest.get(operator.len()..).unwrap_or_default();
        self.depth += 1;
        let word = self.run(Some('}'))?;
        self.depth -= 1;
        if self.next().is_none() {
            return Some(start.to_owned());
        }
        // What is in the word is thrown away or counted again when it is pushed.
        self.room = self.room.saturating_add(word.len());
        let as_written = || written(start, self.rest).to_owned();
        let filled = value.filter(|value| !value.is_empty());
        Some(match operator {
            ":-" => filled.map_or(word, str::to_owned),
            "-" => value.map_or(word, str::to_owned),
            ":+" => filled.map_or_else(as_written, |_| word),
            "+" => value.map_or_else(as_written, |_| word),
            ":?" => filled.map_or_else(as_written, str::to_owned),
            "#" | "##" | "%" | "%%" => value.and_then(|value| strip(value, &word, operator)).unwrap_or_else(as_written),
            _ => value.map_or_else(as_written, str::to_owned),
        })
    }
}

/// The text between two positions of one string.
fn written<'t>(start: &'t str, rest: &'t str) -> &'t str {
    start.get(..start.len() - rest.len()).unwrap_or(start)
}

/// `${name#pattern}` and its kin; `None` when matching would be too much work.
fn strip(value: &str, pattern: &str, operator: &str) -> Option<String> {
    let suffix = operator.starts_with('%');
    let ordered = |text: &str| -> Vec<char> { if suffix { text.chars().rev().collect() } else { text.chars().collect() } };
    let (value_chars, pattern) = (ordered(value), ordered(pattern));
    if value_chars.len().saturating_mul(pattern.len() + 1) > MAX_MATCHING {
        return None;
    }
    let longest = operator.len() == 2;
    let matched = prefix_match(&value_chars, &pattern, longest).unwrap_or(0);
    let kept = value_chars.into_iter().skip(matched);
    Some(if suffix { kept.collect::<Vec<_>>().into_iter().rev().collect() } else { kept.collect() })
}

/// The length of the shortest or longest prefix that a pattern of `*`, `?` and plain characters matches.
fn prefix_match(value: &[char], pattern: &[char], longest: bool) -> Option<usize> {
    // `reached[i]`: the first `i` characters of the pattern match what was read so far.
    let mut reached = vec![false; pattern.len() + 1];
    let close = |reached: &mut Vec<bool>| {
        let mut before = false;
        for (index, state) in reached.iter_mut().enumerate() {
            let star = index.checked_sub(1).and_then(|previous| pattern.get(previous)) == Some(&'*');
            *state |= before && star;
            before = *state;
        }
    };
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    close(&mut reached);
    let mut found = None;
    for length in 0..=value.len() {
        if reached.last() == Some(&true) {
            found = Some(length);
            if !longest {
                break;
            }
        }
        let Some(c) = value.get(length) else { break };
        let mut next = vec![false; pattern.len() + 1];
        for (index, step) in pattern.iter().enumerate() {
            let here = reached.get(index) == Some(&true);
            match step {
                '*' => {
                    if let Some(state) = next.get_mut(index) {
                        *state |= here;
                    }
                    // Once behind the star, the star may go on.
                    let behind = reached.get(index + 1) == Some(&true);
                    if let Some(state) = next.get_mut(index + 1) {
                        *state |= behind || here;
                    }
                }
                _ if here && (*step == '?' || step == c) => {
                    if let Some(state) = next.get_mut(index + 1) {
                        *state = true;
                    }
                }
                _ => {}
            }
        }
        close(&mut next);
        reached = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &str) {
        let pairs = [("A", "alpha"), ("EMPTY", ""), ("TAG", "1.2-alpine"), ("PATHS", "/usr/local/bin")];
        let environment = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let variables = Variables { environment, arguments: HashMap::new() };
        let mut budget = Budget { total: 10_000, word: 1_000, exceeded: false };
        assert_eq!(expand(word, '\\', &variables, &mut budget), expected, "{word}");
        assert!(!budget.exceeded);
    }

    #[test]
    fn variables() {
        check("plain", "plain");
        check("$A-$A.x", "alpha-alpha.x");
        check("${A}b", "alphab");
        check("$UNKNOWN/x", "$UNKNOWN/x");
        check("${UNKNOWN}x", "${UNKNOWN}x");
        check("${UNKNOWN:-d}", "d");
        check("${EMPTY:-d}${EMPTY-d}", "d");
        check("${UNKNOWN:-${A}x}", "alphax");
        check("${A:+set}", "set");
        check("${UNKNOWN:+set}", "${UNKNOWN:+set}");
        check("${A:?message}", "alpha");
        check("${UNKNOWN:?message}", "${UNKNOWN:?message}");
        check("${A/a/b}", "${A/a/b}");
        check("${A", "${A");
        check("${A:-x", "${A:-x");
        check("$", "$");
        check("$1", "$1");
        check("${}", "${}");
    }

    #[test]
    fn patterns() {
        check("${TAG%-alpine}", "1.2");
        check("${TAG%-*}", "1.2");
        check("${TAG#*.}", "2-alpine");
        check("${PATHS##*/}", "bin");
        check("${PATHS#*/}", "usr/local/bin");
        check("${PATHS%%/*}", "");
        check("${PATHS%/*}", "/usr/local");
        check("${A#?}", "lpha");
        check("${A#x}", "alpha");
        check("${A##*}", "");
        check("${UNKNOWN#x}", "${UNKNOWN#x}");
    }

    #[test]
    fn quotes() {
        check("\"a $A\"", "a alpha");
        check("'a $A'", "a $A");
        check("\\$A", "$A");
        check("\"\\$A \\\" \\n\"", "$A \" \\n");
        check("a\\ b", "a b");
        check("trailing\\", "trailing");
        check("'open", "open");
    }

    #[test]
    fn expansion_is_bounded() {
        let mut variables = Variables::default();
        let mut budget = Budget { total: 100_000, word: 1_000, exceeded: false };
        variables.environment.insert("A".into(), "x".repeat(400));
        assert_eq!(expand("$A$A", '\\', &variables, &mut budget).len(), 800);
        assert_eq!(expand("$A$A$A", '\\', &variables, &mut budget), "$A$A$A");
        assert!(budget.exceeded);
        let nested = "${X:-".repeat(5_000);
        assert_eq!(expand(&nested, '\\', &variables, &mut Budget { total: 100_000, word: 60_000, exceeded: false }), nested);
    }

    #[test]
    fn splitting() {
        assert_eq!(split("a  \"b c\"=d\\ e 'f \"g' ", '\\'), ["a", "\"b c\"=d\\ e", "'f \"g'"]);
        assert_eq!(split("  ", '\\'), [""; 0]);
        assert_eq!(split("\"open a", '\\'), ["\"open a"]);
    }
}
