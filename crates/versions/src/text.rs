//! Small readers over borrowed text, shared by the schemes.

use std::cmp::Ordering;

/// Compares two runs of decimal digits by value, whatever their length. An empty run is zero.
pub(crate) fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|byte| byte == b'0')
}

/// Takes the longest start of `text` whose characters all satisfy `keep`.
pub(crate) fn take<'a>(text: &mut &'a str, keep: impl Fn(char) -> bool) -> &'a str {
    let end = text.find(|character| !keep(character)).unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

pub(crate) fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    take(text, |character| character.is_ascii_digit())
}

/// Takes `word` in any case, if `text` starts with it.
pub(crate) fn take_word(text: &mut &str, word: &str) -> bool {
    match text.split_at_checked(word.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(word) => {
            *text = rest;
            true
        }
        _ => false,
    }
}

pub(crate) fn take_char(text: &mut &str, wanted: char) -> bool {
    match text.strip_prefix(wanted) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

/// Orders by bytes, ASCII letters as if they were small.
pub(crate) fn ignoring_case(a: &str, b: &str) -> Ordering {
    let small = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(small).cmp(b.bytes().map(small))
}

/// Compares dotted digits part by part; a missing part counts as zero.
pub(crate) fn dotted(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => match by_value(a.unwrap_or(""), b.unwrap_or("")) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}

/// The number after `digits`, in decimal.
pub(crate) fn successor(digits: &str) -> String {
    let mut bytes = digits.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        if *byte == b'9' {
            *byte = b'0';
        } else {
            *byte += 1;
            return bytes.into_iter().map(char::from).collect();
        }
    }
    std::iter::once('1').chain(bytes.into_iter().map(char::from)).collect()
}
