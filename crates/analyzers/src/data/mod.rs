//! Card data: account numbers, magnetic tracks, verification codes, PIN blocks.
//!
//! ISO/IEC 7812 for numbers and their check digit (Luhn), ISO/IEC 7813 for tracks, ISO 9564 for PIN blocks.
//!
//! Searched are files that hold data, configuration or logs, by their ending, and files without one. Not searched: programs, style sheets,
//! pictures as text, documentation, translations: there, random runs of digits are far more common than cards. A number counts when it has an
//! issuer's prefix and length and a right check digit and is not part of something longer (another number, a UUID, a path, a fraction). Lengths other than 15 and
//! 16 must have separators or the word for a card on their line: 13 and 14 digits are also product numbers and times, 19 are identifiers.
//! Numbers that payment services publish for tests are marked, not dropped.

use crate::{
    text::{LineCounter, extension, file_name},
    unit::{LARGE, Run, Unit},
};
use memchr::memmem;
use probity_model::{
    Capability, Diagnostic, Facts, Place, Reason,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::DataMatch,
};
use regex::bytes::Regex;
use std::sync::LazyLock;

pub(crate) const CARDS: Unit = Unit {
    meta: &AnalyzerMeta { id: "data/cards", version: 1, claims: &[Pattern::Text], provides: &[Capability::Data], max_bytes: LARGE },
    run: Run::Lenient(analyze),
};

/// Matches of one file that are listed.
const MAX_MATCHES: usize = 100;

const EXTENSIONS: &[&str] = &[
    "csv",
    "tsv",
    "psv",
    "sql",
    "json",
    "jsonl",
    "ndjson",
    "json5",
    "xml",
    "yaml",
    "yml",
    "log",
    "txt",
    "env",
    "ini",
    "conf",
    "cnf",
    "cfg",
    "config",
    "properties",
    "toml",
    "bak",
    "old",
    "orig",
    "dump",
    "out",
    "data",
    "ldif",
    "eml",
    "mbox",
    "edi",
    "dsv",
    "tab",
    "avsc",
    "plist",
    "",
];

fn is_data_file(path: &str) -> bool {
    let name = file_name(path);
    // Numbered logs: `app.log.1`.
    let numbered = name.contains(".log.");
    // Public tables of the operating system and of language runtimes: services, protocols, character sets, test vectors.
    let shipped = ["usr/share/", "usr/lib/", "usr/include/", "etc/ssl/", "usr/libexec/"].iter().any(|folder| path.starts_with(folder))
        || ["node_modules/", "site-packages/", "dist-packages/"].iter().any(|folder| path.contains(folder));
    let makefile = matches!(name, "Makefile" | "Dockerfile" | "LICENSE" | "README" | "CHANGELOG" | "ChangeLog" | "NEWS" | "package.json");
    (numbered || EXTENSIONS.contains(&extension(path).as_str())) && !shipped && !makefile
}

fn analyze(file: &File<'_>, out: &mut Facts) {
    if !is_data_file(file.path) || file.bytes.starts_with(b"#!") {
        return;
    }
    let text = crate::secrets::skip::to_utf8(file.bytes);
    let mut found = Found { lines: LineCounter::new(&text), path: file.path, out, matches: 0 };
    numbers(&text, &mut found);
    for (pattern, regex) in [("track1", &*TRACK1), ("track2", &*TRACK2), ("cvv", &*CVV), ("pin-block", &*PIN_BLOCK)] {
        for captures in regex.captures_iter(&text).take(MAX_MATCHES + 1) {
            if let Some(value) = captures.get(1) {
                let masked = match pattern {
                    "track1" | "track2" => mask_number(value.as_bytes()),
                    _ => "*".repeat(value.len()),
                };
                let published = pattern.starts_with("track") && is_test_number(value.as_bytes());
                found.add(pattern, masked, published, value.start());
            }
        }
    }
    columns(&text, &mut found);
    if found.matches > MAX_MATCHES {
        let message = format!("{} matches of card data; the first {MAX_MATCHES} are listed", found.matches);
        out.diagnostics.push(Diagnostic::note(Reason::SubjectTruncated, message).at(file.path));
    }
}

struct Found<'a> {
    lines: LineCounter<'a>,
    path: &'a str,
    out: &'a mut Facts,
    matches: usize,
}

impl Found<'_> {
    fn add(&mut self, pattern: &'static str, masked: String, test: bool, offset: usize) {
        self.matches += 1;
        if self.matches <= MAX_MATCHES {
            let line = self.lines.line(offset);
            self.out.data.push(DataMatch { pattern, masked, test, at: Place::line(self.path, line) });
        }
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests run")
}

static TRACK1: LazyLock<Regex> = LazyLock::new(|| regex(r"%B([0-9]{12,19})\^[^\^\r\n]{2,26}\^[0-9]{7}[^?\r\n]{0,60}\?"));
static TRACK2: LazyLock<Regex> = LazyLock::new(|| regex(r";([0-9]{12,19})=[0-9]{7,24}\?"));
static CVV: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i-u)\b(?:cvv2?|cvc2?|card_?security_?code|card_?verification_?(?:code|value))["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([0-9]{3,4})\b"#,
    )
});
static PIN_BLOCK: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i-u)\bpin_?block["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([0-9a-f]{16})\b"#));

/// Digits of the longest number.
const MAX_DIGITS: usize = 19;

/// Account numbers: 13 to 19 digits in one run, or groups of them that begin with four digits, with one blank or dash between.
fn numbers(text: &[u8], found: &mut Found<'_>) {
    let mut at = 0;
    // Every number has four digits in a row, so one byte in four is looked at until one is a digit.
    while let Some(byte) = text.get(at + 3) {
        if !byte.is_ascii_digit() {
            at += 4;
            continue;
        }
        let lead = text.get(at..at + 3).unwrap_or_default().iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let start = at + 3 - lead;
        let run = 1 + lead + text.get(at + 4..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = start + run;
        at = end;
        if run == 4
            && let Some(separator @ (b' ' | b'-')) = text.get(end)
        {
            at = grouped(text, start, *separator, found).unwrap_or(end);
        } else if (13..=MAX_DIGITS).contains(&run)
            && let Some(digits) = text.get(start..end)
            && is_account_number(digits)
            && stands_alone(text, start, end)
            && (matches!(run, 15 | 16) || speaks_of_cards(text, start))
        {
            found.add("pan", mask_number(digits), is_test_number(digits), start);
        }
    }
}

/// A number in groups; returns where it ends.
fn grouped(text: &[u8], start: usize, separator: u8, found: &mut Found<'_>) -> Option<usize> {
    let mut digits = Vec::with_capacity(MAX_DIGITS);
    let mut lengths = Vec::with_capacity(5);
    let mut at = start;
    loop {
        let group = text.get(at..)?.iter().take(7).take_while(|byte| byte.is_ascii_digit()).count();
        digits.extend_from_slice(text.get(at..at + group)?);
        lengths.push(group);
        at += group;
        let more = text.get(at) == Some(&separator) && text.get(at + 1).is_some_and(u8::is_ascii_digit);
        if !more || lengths.len() == 5 {
            break;
        }
        at += 1;
    }
    let usual = matches!(lengths.as_slice(), [4, 6, 4 | 5] | [4, 4, 4, 4] | [4, 4, 4, 4, 3]);
    if usual && is_account_number(&digits) && stands_alone(text, start, at) {
        found.add("pan", mask_number(&digits), is_test_number(&digits), start);
        return Some(at);
    }
    None
}

fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at)).copied();
    let after = text.get(end).copied();
    let joins =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'\\' | b'%' | b'&' | b'@' | b'+') || byte >= 0x80;
    // `\n4111…` inside a JSON string.
    let escape = matches!(before, Some(b'n' | b't' | b'r')) && start.checked_sub(2).and_then(|at| text.get(at)) == Some(&b'\\');
    if before.is_some_and(|byte| (joins(byte) || byte == b'.') && !escape) {
        return false;
    }
    match after {
        Some(b'.') => !text.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(byte) => byte == b'\\' || !joins(byte),
        None => true,
    }
}

fn speaks_of_cards(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(120);
    let head = text.get(from..at).unwrap_or_default();
    let head = head.get(memchr::memrchr(b'\n', head).map_or(0, |newline| newline + 1)..).unwrap_or_default().to_ascii_lowercase();
    [&b"card"[..], b"pan\"", b"pan:", b"pan=", b"credit", b"ccnum", b"cc_num", b"account_number"]
        .iter()
        .any(|word| memmem::find(&head, word).is_some())
}

/// Issuer prefix, length and check digit.
fn is_account_number(digits: &[u8]) -> bool {
    let prefix = |n: usize| digits.iter().take(n).fold(0u32, |value, digit| value * 10 + u32::from(digit - b'0'));
    let len = digits.len();
    let issuer = match prefix(4) {
        4000..=4999 => matches!(len, 13 | 16 | 19),
        5100..=5599 | 2221..=2720 | 2200..=2204 => len == 16,
        3400..=3499 | 3700..=3799 => len == 15,
        3528..=3589 | 6011 | 6200..=6299 | 6440..=6599 => (16..=19).contains(&len),
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&len),
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => (13..=19).contains(&len),
        _ => false,
    };
    // `4000000000000000` and the like are round numbers.
    let distinct = (b'0'..=b'9').filter(|digit| digits.contains(digit)).count();
    issuer && distinct > 1 && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0');
            if index % 2 == 0 {
                value
            } else if value > 4 {
                value * 2 - 9
            } else {
                value * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// First six and last four digits.
fn mask_number(digits: &[u8]) -> String {
    let len = digits.len();
    digits.iter().enumerate().map(|(index, digit)| if index < 6 || index + 4 >= len { char::from(*digit) } else { '*' }).collect()
}

/// Numbers that payment services publish for tests.
const TEST_NUMBERS: &[&str] = &[
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "4242424242424242",
    "4444333322221111",
    "4917610000000000",
    "4917300800000000",
    "4005519200000004",
    "4009348888881881",
    "4012000033330026",
    "4012000077777777",
    "4217651111111119",
    "4500600000000061",
    "4484070000000000",
    "4035501000000008",
    "4360000001000005",
    "4571000000000001",
    "5555555555554444",
    "5105105105105100",
    "5454545454545454",
    "5200828282828210",
    "5431111111111111",
    "5500000000000004",
    "5425233430109903",
    "2223003122003222",
    "2222405343248877",
    "2222990905257051",
    "2223007648726984",
    "2223577120017656",
    "2222420000001113",
    "378282246310005",
    "371449635398431",
    "378734493671000",
    "370000000000002",
    "341111111111111",
    "343434343434343",
    "6011111111111117",
    "6011000990139424",
    "6011981111111113",
    "6011000000000004",
    "6011000400000000",
    "6011601160116611",
    "30569309025904",
    "3056930009020004",
    "38520000023237",
    "36006666333344",
    "30000000000004",
    "36227206271667",
    "3566002020360505",
    "3530111333300000",
    "3566111111111113",
    "3569990010095841",
    "6200000000000005",
    "6200000000000047",
    "6205500000000000004",
    "6250941006528599",
    "6759649826438453",
    "6304000000000000",
    "6771798021000008",
    "5019717010103742",
    "6331101999990016",
    "5610591081018250",
    "5038000000000000",
];

fn is_test_number(digits: &[u8]) -> bool {
    // 400000 is the prefix of a whole family of numbers for tests, one for each country and way to fail.
    TEST_NUMBERS.iter().any(|test| test.as_bytes() == digits) || digits.starts_with(b"400000")
}

/// Columns of tables that are called `cvv` or `cvc`.
fn columns(text: &[u8], found: &mut Found<'_>) {
    let delimiter = match extension(found.path).as_str() {
        "csv" => b',',
        "tsv" | "tab" => b'\t',
        "psv" => b'|',
        _ => return,
    };
    let first_end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let Some(header) = text.get(..first_end.min(8192)) else { return };
    let delimiter = if delimiter == b',' && !header.contains(&b',') { b';' } else { delimiter };
    let is_cvv = |name: &[u8]| {
        let name = String::from_utf8_lossy(name).trim().trim_matches('"').to_ascii_lowercase();
        matches!(name.as_str(), "cvv" | "cvv2" | "cvc" | "cvc2" | "card_cvv" | "card_cvc" | "security_code" | "cvv_code")
    };
    let Some(column) = header.split(|byte| *byte == delimiter).position(is_cvv) else { return };
    let mut offset = first_end + 1;
    while let Some(rest) = text.get(offset..).filter(|rest| !rest.is_empty()) {
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..len).unwrap_or_default();
        if let Some(cell) = line.split(|byte| *byte == delimiter).nth(column) {
            let value = cell.trim_ascii();
            let value = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value);
            if matches!(value.len(), 3 | 4) && value.iter().all(u8::is_ascii_digit) {
                found.add("cvv", "*".repeat(value.len()), false, offset);
            }
        }
        offset += len + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[track_caller]
    fn data(path: &str, text: &str, expected: &str) {
        check(&CARDS, path, text.as_bytes(), expected);
    }

    /// A number with a right check digit that no issuer has published.
    fn card(prefix: &str) -> String {
        (0..10).map(|last| format!("{prefix}{last}")).find(|number| luhn(number.as_bytes())).unwrap()
    }

    #[test]
    fn account_numbers() {
        let visa = card("453201511283036");
        let amex = card("37144963539999");
        data("srv/orders.csv", &format!("id,card\n1,{visa}\n"), &format!("data pan 453201******{} @2", &visa[12..]));
        data("a.json", &format!("{{\"card\": \"{amex}\"}}"), &format!("data pan 371449*****{} @1", &amex[11..]));
        let grouped = format!("{} {} {} {}", &visa[..4], &visa[4..8], &visa[8..12], &visa[12..]);
        data("a.log", &grouped, &format!("data pan 453201******{} @1", &visa[12..]));
        data("a.log", "4111-1111-1111-1111", "data pan 411111******1111 test @1");
        data("a.sql", "VALUES ('4242424242424242','x')", "data pan 424242******4242 test @1");
    }

    #[test]
    fn what_is_no_account_number() {
        let visa = card("453201511283036");
        for text in [
            format!("{visa}1"),
            format!("1{visa}"),
            format!("x{visa}"),
            format!("0.{visa}"),
            format!("{visa}.5"),
            format!("a-{visa}"),
            format!("/{visa}/"),
            format!("{visa}_x"),
            format!("{}1", &visa[..15]),
            "4111 1111-1111 1111".to_owned(),
            "0000000000000000".to_owned(),
            "4000000000000000".to_owned(),
            "20240131123456".to_owned(),
        ] {
            data("a.log", &text, "");
        }
        data("a.js", &visa, "");
        data("usr/share/x.txt", &visa, "");
        data("a.json", &format!("{{\"id\": {}}}", card("422222222220")), "");
        let short = card("422222222220");
        data("a.json", &format!("{{\"card\": {short}}}"), &format!("data pan 422222***{} @1", &short[9..]));
    }

    #[test]
    fn tracks_codes_and_blocks() {
        data(
            "dump.txt",
            "%B4111111111111111^DOE/JANE^2512101?",
            "data pan 411111******1111 test @1\ndata track1 411111******1111 test @1"
                .replace("data pan 411111******1111 test @1\n", "")
                .as_str(),
        );
        data("dump.txt", ";4111111111111111=25121010000?", "data pan 411111******1111 test @1\ndata track2 411111******1111 test @1");
        data("dump.json", "{\"cvv\": \"123\", \"cvc2\":1234, \"cvv\": 12}", "data cvv *** @1\ndata cvv **** @1");
        data("dump.json", "{\"pin_block\": \"0123456789ABCDEF\"}", "data pin-block **************** @1");
        data("cards.csv", "name,cvv\nA,123\nB,x\n", "data cvv *** @2");
    }

    #[test]
    fn never_panics_and_is_bounded() {
        robust(&CARDS, "a.csv", b"cvv,card\n123,4111 1111 1111 1111\n%B4111111111111111^DOE/JANE^2512101?\n");
        let mut facts = Facts::default();
        let text = "4111111111111111\n".repeat(500);
        let file = File { path: "a.log", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
        analyze(&file, &mut facts);
        assert_eq!(facts.data.len(), MAX_MATCHES);
        assert_eq!(facts.diagnostics.len(), 1);
    }
}
