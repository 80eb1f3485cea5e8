//! Text that fits a terminal: display width, wrapping, colours, and no control characters from artifacts.

use owo_colors::{OwoColorize, Style};
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Colours when asked for.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, text: &str, style: Style) -> String {
        if self.0 { text.style(style).to_string() } else { text.to_owned() }
    }
    pub(super) fn bold(self, text: &str) -> String {
        self.with(text, Style::new().bold())
    }
    pub(super) fn dim(self, text: &str) -> String {
        self.with(text, Style::new().dimmed())
    }
    pub(super) fn red(self, text: &str) -> String {
        self.with(text, Style::new().red())
    }
    pub(super) fn green(self, text: &str) -> String {
        self.with(text, Style::new().green())
    }
    pub(super) fn yellow(self, text: &str) -> String {
        self.with(text, Style::new().yellow())
    }
}

/// Replaces control characters and the marks that reorder or hide text.
pub(super) fn clean(text: &str) -> String {
    let risky =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if !text.contains(risky) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => out.push(' '),
            c if risky(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Columns that text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}

/// Cuts text to `width` columns, with an ellipsis when something was cut.
pub(super) fn fit(text: &str, width: usize) -> String {
    if width == usize::MAX || text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Breaks text at spaces into lines of at most `width` columns; longer words are cut in pieces.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(20);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0_usize;
    for word in text.split_whitespace() {
        let mut word = Cow::Borrowed(word);
        if used > 0 && used.saturating_add(1).saturating_add(word.width()) > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while word.width() > width {
            let cut: String = word
                .chars()
                .scan(0, |sum, c| {
                    *sum += c.width().unwrap_or(0);
                    (*sum <= width).then_some(c)
                })
                .collect();
            let rest = word.get(cut.len()..).unwrap_or_default().to_owned();
            lines.push(cut);
            word = Cow::Owned(rest);
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += word.width();
        line.push_str(&word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// `1 file`, `2 files`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(clean("evil\u{202e}gnp.exe"), "evil\\u{202e}gnp.exe");
        assert_eq!(clean("two\nlines"), "two lines");
        assert_eq!(clean("größe 漢字"), "größe 漢字");
    }

    #[test]
    fn text_fits_its_columns() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("abc", 3), "abc");
        assert!(wrap("one two three four five six seven", 20).iter().all(|line| width_of(line) <= 20));
        assert_eq!(wrap(&"x".repeat(45), 20).len(), 3);
        assert_eq!(wrap("", 20), [""]);
    }
}
