//! The grammar that `go.mod` and `go.work` share.
//!
//! <https://go.dev/ref/mod#go-mod-file-lexical>: directives on a line or in a block in parentheses, `//` comments, strings in double quotes or backquotes.

use crate::text::lines;
use std::borrow::Cow;

/// A directive with its words; in a block each line is one.
#[derive(Debug, PartialEq)]
pub(super) struct Directive {
    pub(super) verb: String,
    pub(super) words: Vec<String>,
    /// The text of the comment on its line, trimmed.
    pub(super) comment: String,
    pub(super) line: u32,
}

/// What the file says, and what is wrong in it with its line.
pub(super) fn read(bytes: &[u8]) -> (Vec<Directive>, Vec<(u32, String)>) {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let mut block: Option<(String, u32)> = None;
    let mut last = 1;
    for (line, text) in lines(bytes) {
        last = line;
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| text.starts_with(marker)) {
            errors.push((line, "a merge conflict is not resolved".to_owned()));
            continue;
        }
        let (mut words, comment) = match split(&text) {
            Ok(parts) => parts,
            Err(message) => {
                errors.push((line, message.to_owned()));
                continue;
            }
        };
        match (&block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [close]) if close == ")" => block = None,
            (Some((verb, _)), _) => {
                let verb = verb.clone();
                out.push(Directive { verb, words, comment: comment.into_owned(), line });
            }
            (None, [verb, open]) if open == "(" => block = Some((verb.clone(), line)),
            (None, [verb, open, close]) if open == "(" && close == ")" => {
                let _ = verb;
            }
            (None, [_, ..]) => {
                let verb = words.remove(0);
                out.push(Directive { verb, words, comment: comment.into_owned(), line });
            }
        }
    }
    if let Some((verb, line)) = block {
        errors.push((line, format!("the block of `{verb}` does not end before line {last} does")));
    }
    (out, errors)
}

/// Words and the comment of a line.
fn split(text: &str) -> Result<(Vec<String>, Cow<'_, str>), &'static str> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, Cow::Borrowed(comment.trim())));
        }
        match first {
            '"' => {
                let (word, after) = quoted(rest).ok_or("a string does not end on its line")?;
                words.push(word);
                rest = after;
            }
            '`' => {
                let (word, after) = rest.get(1..).and_then(|rest| rest.split_once('`')).ok_or("a string does not end on its line")?;
                words.push(word.to_owned());
                rest = after;
            }
            '(' | ')' | '[' | ']' | ',' => {
                words.push(first.to_string());
                rest = rest.get(1..).unwrap_or_default();
            }
            _ => {
                let stop = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',' | '"' | '`');
                let end = rest.find(stop).unwrap_or(rest.len());
                // A comment needs no space before it.
                let end = rest.find("//").map_or(end, |comment| comment.min(end));
                let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                words.push(word.to_owned());
                rest = after;
            }
        }
        rest = rest.trim_start();
    }
    Ok((words, Cow::Borrowed("")))
}

/// An interpreted string at the beginning of `text`, and what follows it. Paths have no escapes but these two.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' => out.push(chars.next()?.1),
            _ => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_strings_and_comments() {
        let text = b"module \"a/b\" // c\n\nrequire (\n\tx v1 // indirect\n\t`y` v2//z\n)\nreplace x=>y v1\nretract [v1, v2]\nexclude ()\n";
        let (directives, errors) = read(text);
        let shown: Vec<_> = directives.iter().map(|d| format!("{} {} {} #{}", d.line, d.verb, d.words.join("|"), d.comment)).collect();
        assert_eq!(
            shown,
            ["1 module a/b #c", "4 require x|v1 #indirect", "5 require y|v2 #z", "7 replace x=>y|v1 #", "8 retract [|v1|,|v2|] #"]
        );
        assert!(errors.is_empty());
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        let (directives, errors) = read(b"module \"a\n<<<<<<< x\nrequire (\n b v1\n");
        assert_eq!(directives.len(), 1);
        let lines: Vec<_> = errors.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
