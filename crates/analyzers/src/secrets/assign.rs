//! Values that are given to a name such as `DB_PASSWORD`, `clientSecret` or `api-key`.
//!
//! Covered: `NAME=value` of shells, `.env`, ini, properties; `name: value` of YAML, JSON, Python and JavaScript; `name => value` of PHP and Ruby;
//! `:=` of Go; `<name>value</name>` and `name="value"` of XML; `define('NAME', 'value')` of PHP.
//!
//! Most values with such names are no secrets: references (`${DB_PASSWORD}`), placeholders, names of things, code. What is rejected depends on
//! where it stands ([`Strictness`]): the environment of an image holds literal values, so almost nothing is; source code is full of words, so only
//! quoted values that look random are taken. Commented-out lines are passed over, except in the first.

use super::{
    engine::{Found, Window},
    rules::{self, Rule},
    tokens,
};
use crate::text::{extension, file_name};
use std::ops::Range;

/// How much doubt a value meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Variables of images, manifests and `.env` files: what stands there is used.
    Literal,
    Config,
    /// A program that is configuration (`settings.py`, `wp-config.php`): quoted values only.
    CodeConfig,
    Source,
}

const SOURCE: &[&str] = &[
    "adoc",
    "asm",
    "c",
    "cc",
    "clj",
    "cljs",
    "coffee",
    "cpp",
    "cs",
    "css",
    "cxx",
    "d",
    "dart",
    "el",
    "erl",
    "ex",
    "exs",
    "f90",
    "fs",
    "go",
    "gradle",
    "groovy",
    "h",
    "hpp",
    "hs",
    "htm",
    "html",
    "java",
    "jl",
    "js",
    "jsx",
    "kt",
    "kts",
    "less",
    "lua",
    "m",
    "map",
    "markdown",
    "md",
    "mjs",
    "cjs",
    "ml",
    "mm",
    "nim",
    "patch",
    "php",
    "pl",
    "pm",
    "pod",
    "ps1",
    "py",
    "pyi",
    "pyx",
    "r",
    "rb",
    "rs",
    "rst",
    "sass",
    "scala",
    "scss",
    "svelte",
    "swift",
    "t",
    "tcl",
    "tmpl",
    "ts",
    "tsx",
    "txt",
    "vb",
    "vim",
    "vue",
    "xs",
    "zig",
    "log",
    "diff",
    "graphql",
    "proto",
    "snap",
    "ipynb",
    "erb",
    "haml",
    "cmake",
    "xsd",
    "dtd",
    "rng",
    "bash-completion",
    "fish",
];

impl Strictness {
    pub(crate) fn of(path: &str) -> Self {
        let name = file_name(path).to_ascii_lowercase();
        if name == ".env" || name.starts_with(".env.") || extension(&name) == "env" || name == ".envrc" {
            // Shipped as documentation of what to set.
            return if ["example", "sample", "template", "dist"].iter().any(|word| name.contains(word)) {
                Self::Config
            } else {
                Self::Literal
            };
        }
        if SOURCE.contains(&extension(path).as_str()) {
            let config = ["config", "settings", "credential", "secret", "database", "local_env"].iter().any(|word| name.contains(word));
            let library = ["node_modules/", "site-packages/", "dist-packages/", "/vendor/", "usr/lib/", "/gems/"]
                .iter()
                .any(|folder| path.contains(folder));
            return if config && !library { Self::CodeConfig } else { Self::Source };
        }
        Self::Config
    }
}

/// Parts of names. The search compares the first four bytes of each everywhere, so these are chosen to be rare: `ss_key` stands for
/// `access_key`, whose beginning is in `success` too.
pub(super) const KEYWORDS: &[&str] = &[
    "assw",
    "ASSW",
    "ssphrase",
    "SSPHRASE",
    "_pass",
    "_PASS",
    "Pass=",
    "Pass\"",
    "Pass'",
    "Pass:",
    "Pass ",
    "pass=",
    "pass:",
    "pass\"",
    "pass'",
    "pwd=",
    "pwd:",
    "pwd\"",
    "pwd'",
    "_pwd",
    "_PWD",
    "Pwd=",
    "Pwd\"",
    "ecret",
    "ECRET",
    "oken",
    "OKEN",
    "pi_key",
    "pikey",
    "piKey",
    "PI_KEY",
    "PIKEY",
    "pi-key",
    "ss_key",
    "ssKey",
    "SS_KEY",
    "ss-key",
    "te_key",
    "teKey",
    "TE_KEY",
    "on_key",
    "onKey",
    "ON_KEY",
    "uth_key",
    "uthKey",
    "UTH_KEY",
    "uth\"",
    "_auth=",
    "ng_key",
    "NG_KEY",
    "PP_KEY",
    "er_key",
    "ER_KEY",
    "nt_key",
    "NT_KEY",
    "ntKey",
    "redential",
    "REDENTIAL",
];

const MAX_NAME: usize = 80;
const MAX_VALUE: usize = 512;

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Looks at the name around a keyword and at what follows it.
pub(super) fn assignment(window: &Window<'_>, hit: Range<usize>) -> Option<Found> {
    let text = window.text;
    // The cheap question first: most hits are words of prose or code. `pass=` holds its separator.
    let end = hit.start + text.get(hit.start..)?.iter().take(40).take_while(|byte| is_name(**byte)).count();
    let separator = separator(text, end)?;
    let head = text.get(hit.start.saturating_sub(MAX_NAME)..hit.start)?;
    let start = hit.start - head.iter().rev().take_while(|byte| is_name(**byte)).count();
    let name = std::str::from_utf8(text.get(start..end)?).ok()?.trim_start_matches(['-', '.', '_']);
    let kind = NameKind::of(name)?;
    if separator.xml && text.get(..start)?.last() != Some(&b'<') {
        return None;
    }
    // `arn:aws:secretsmanager:…:secret:name`, `AWS::ApiGateway::ApiKey`.
    if separator.colon && start.checked_sub(1).and_then(|before| text.get(before)) == Some(&b':') {
        return None;
    }
    if separator.comma && !is_define(text, start) {
        return None;
    }
    // In `.npmrc` a line begins with the registry, `//registry.example/:_authToken=`.
    if window.strictness != Strictness::Literal && !window.path.ends_with("npmrc") && is_commented(text, start) {
        return None;
    }
    let value = value(text, &separator)?;
    if matches!(window.strictness, Strictness::Source | Strictness::CodeConfig) && !value.quoted {
        return None;
    }
    let bytes = text.get(value.range.clone())?;
    let literal = std::str::from_utf8(bytes).ok()?;
    let rule = judge(window, name, kind, literal, &value, &separator)?;
    Some(Found::new(rule, value.range))
}

struct Separator {
    /// Where the value, or the blanks before it, begins.
    end: usize,
    /// `=` with nothing around it.
    tight: bool,
    colon: bool,
    xml: bool,
    comma: bool,
}

fn separator(text: &[u8], mut at: usize) -> Option<Separator> {
    let get = |at: usize| text.get(at).copied();
    let mut closed = false;
    // `\"` of JSON inside a string.
    if get(at) == Some(b'\\') {
        at += 1;
    }
    if matches!(get(at), Some(b'"' | b'\'' | b'`' | b']')) {
        closed = true;
        at += 1;
        if get(at) == Some(b']') {
            at += 1;
        }
    }
    let before_blanks = at;
    while matches!(get(at), Some(b' ' | b'\t')) && at - before_blanks < 40 {
        at += 1;
    }
    let tight = at == before_blanks;
    let (len, colon, xml, comma) = match (get(at)?, get(at + 1), get(at + 2)) {
        (b'=', Some(b'>'), _) | (b':', Some(b'='), _) => (2, false, false, false),
        // Comparisons are no assignments.
        (b'=', Some(b'=' | b'~'), _) | (b':', Some(b':'), _) => return None,
        (b'=', ..) => (1, false, false, false),
        (b':', ..) => (1, true, false, false),
        (b'>', ..) if !closed && tight => (1, false, true, false),
        (b',', ..) if closed => (1, false, false, true),
        _ => return None,
    };
    let tight = tight && !matches!(get(at + len), Some(b' ' | b'\t'));
    Some(Separator { end: at + len, tight, colon, xml, comma })
}

struct Value {
    range: Range<usize>,
    quoted: bool,
    /// More words follow on the line: prose, unless the value is tight.
    followed: bool,
}

fn value(text: &[u8], separator: &Separator) -> Option<Value> {
    let rest = text.get(separator.end..)?;
    let blanks = rest.iter().take(40).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = separator.end + blanks;
    let get = |at: usize| text.get(at).copied();
    let mut escaped = false;
    if get(at) == Some(b'\\') && matches!(get(at + 1), Some(b'"' | b'\'')) {
        escaped = true;
        at += 1;
    }
    // String prefixes of Python and others; an `f` string is an expression.
    if matches!(get(at), Some(b'b' | b'r' | b'u' | b'@')) && matches!(get(at + 1), Some(b'"' | b'\'')) {
        at += 1;
    }
    if let Some(quote @ (b'"' | b'\'' | b'`')) = get(at) {
        let body = text.get(at + 1..)?;
        let body = body.get(..MAX_VALUE + 1).unwrap_or(body);
        let mut len = 0;
        let mut bytes = body.iter();
        loop {
            match bytes.next() {
                None | Some(b'\n') => return None,
                Some(b'\\') if escaped && bytes.clone().next() == Some(&quote) => break,
                Some(b'\\') => {
                    bytes.next();
                    len += 2;
                }
                Some(byte) if *byte == quote => break,
                Some(_) => len += 1,
            }
        }
        return Some(Value { range: at + 1..at + 1 + len, quoted: true, followed: false });
    }
    let body = text.get(at..)?;
    let body = body.get(..MAX_VALUE + 1).unwrap_or(body);
    let ends = |byte: &u8| -> bool {
        if separator.xml {
            matches!(byte, b'<' | b'\n' | b'\r')
        } else {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'&' | b'|' | b')' | b'}' | b']' | b'\\')
        }
    };
    let len = body.iter().position(ends).or_else(|| (body.len() <= MAX_VALUE).then_some(body.len()))?;
    let tail = body.get(len..)?;
    let next = tail.iter().take(40).find(|byte| !matches!(byte, b' ' | b'\t'));
    let spaced = matches!(tail.first(), Some(b' ' | b'\t'));
    let followed = spaced && next.is_some_and(|byte| !matches!(byte, b'\n' | b'\r' | b'#' | b'/' | b';' | b'&' | b'|' | b'\\'));
    // An identifier that is called or indexed is code.
    let is_code = matches!(tail.first(), Some(b')' | b'\'' | b'"' | b'`')) && !separator.tight;
    (!is_code).then_some(Value { range: at..at + len, quoted: false, followed })
}

/// `define('DB_PASSWORD', '…')`.
fn is_define(text: &[u8], start: usize) -> bool {
    let head = text.get(start.saturating_sub(16)..start).unwrap_or_default();
    memchr::memmem::find(&head.to_ascii_lowercase(), b"define").is_some()
}

/// Whether the line begins as a comment; looks back a bounded way.
fn is_commented(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(400);
    let head = text.get(from..at).unwrap_or_default();
    let line = match memchr::memrchr(b'\n', head) {
        Some(newline) => head.get(newline + 1..).unwrap_or_default(),
        None if from == 0 => head,
        None => return false,
    }
    .trim_ascii_start();
    [&b"#"[..], b"//", b";", b"*", b"/*", b"<!--", b"--", b"%", b"\""].iter().any(|mark| line.starts_with(mark))
        && !is_quoted_key(line, text, at)
}

/// A line of JSON begins with a quote, `--password` of a command with dashes; neither is a comment.
fn is_quoted_key(line: &[u8], text: &[u8], at: usize) -> bool {
    (line.starts_with(b"\"") && text.get(at.wrapping_sub(1)) != Some(&b' '))
        || (line.starts_with(b"--") && line.get(2).is_some_and(u8::is_ascii_alphabetic))
        || line == b"--"
}

/// Parts of names that promise something else than a secret.
const NOT: &[&str] = &[
    "public",
    "csrf",
    "xsrf",
    "nexttoken",
    "pagetoken",
    "continuationtoken",
    "maxtoken",
    "mintoken",
    "numtoken",
    "padtoken",
    "eostoken",
    "bostoken",
    "unktoken",
    "stoptoken",
    "starttoken",
    "endtoken",
    "masktoken",
    "septoken",
    "clstoken",
    "canceltoken",
    "cancellationtoken",
    "synctoken",
    "imagepullsecret",
    // Of requests that may be repeated, and of locks: unique, not secret.
    "clienttoken",
    "requesttoken",
    "changetoken",
    "idempotency",
    "locktoken",
    "purchasetoken",
    "actiontoken",
    "placeholder",
    "forgot",
    "reset",
    "show",
    "hide",
    "invalid",
    "wrong",
    "missing",
    "require",
    "tokentype",
    "oldpwd",
];

/// Ends of names that promise a password.
const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd"];

/// Ends of names that promise another secret.
const SECRETS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "encryptionkey",
    "authkey",
    "authtoken",
    "signingkey",
    "credential",
    "credentials",
    "secretaccesskey",
    "secretkeybase",
    "appkey",
    "masterkey",
    "accountkey",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    Password,
    /// `secret`, `token`, `key`.
    Secret,
    /// `auth` of a registry configuration: base64 of `user:password`.
    Auth,
}

impl NameKind {
    /// What a name promises, by its end: `DB_PASSWORD_FILE` promises a path.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let last = name.rsplit('.').next().unwrap_or(name).trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['_', '-']);
        let flat: String = last.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
        if NOT.iter().any(|word| flat.contains(word)) {
            return None;
        }
        if flat == "auth" {
            return Some(Self::Auth);
        }
        // `PWD` is the working directory.
        if PASSWORDS.iter().any(|end| flat.ends_with(end)) && last != "PWD" {
            return Some(Self::Password);
        }
        let pass =
            flat == "pass" || last.ends_with("_pass") || last.ends_with("_PASS") || last.ends_with("-pass") || last.ends_with("Pass");
        if pass {
            return Some(Self::Password);
        }
        SECRETS.iter().any(|end| flat.ends_with(end)).then_some(Self::Secret)
    }
}

fn judge(window: &Window<'_>, name: &str, kind: NameKind, literal: &str, value: &Value, separator: &Separator) -> Option<&'static Rule> {
    if kind == NameKind::Auth {
        return super::shapes::registry_auth(literal.as_bytes());
    }
    // Formats that are known by the name stand on their own: entropy says nothing against them.
    if !tokens::looks_like_a_template(literal.as_bytes())
        && let Some(rule) = vendor(name, literal)
    {
        return Some(rule);
    }
    let file = file_name(window.path);
    let maven = kind == NameKind::Password && separator.xml && (file == "settings.xml" || file == "settings-security.xml");
    // Words after the value: `password: The password to use`.
    if value.followed && !separator.tight && window.strictness != Strictness::Literal {
        return None;
    }
    if is_sealed(literal) || is_reference(literal, value.quoted) || !is_plausible(window.strictness, name, kind, literal, value, separator)
    {
        return None;
    }
    Some(match kind {
        _ if maven => &rules::MAVEN_PASSWORD,
        NameKind::Password => &rules::PASSWORD,
        NameKind::Secret | NameKind::Auth => &rules::SECRET,
    })
}

/// A literal value of a variable: what [`assignment`] says in an environment.
pub(crate) fn judge_literal(name: &str, literal: &str) -> Option<&'static Rule> {
    let kind = NameKind::of(name)?;
    let window = Window { text: &[], strictness: Strictness::Literal, path: "" };
    let value = Value { range: 0..literal.len(), quoted: true, followed: false };
    judge(&window, name, kind, literal, &value, &Separator { end: 0, tight: true, colon: false, xml: false, comma: false })
}

/// `encryptedData` of a `SealedSecret`: a session key that is encrypted with RSA, whose length of 256 or 512 comes first, and the ciphertext.
fn is_sealed(value: &str) -> bool {
    let length = matches!(value.as_bytes(), [b'A', b'g' | b'Q', b'A'..=b'D', ..]);
    length && value.len() >= 340 && value.bytes().all(tokens::base64)
}

/// Something that stands for a value: a variable, a template, a path, an address, an entry of a vault.
fn is_reference(value: &str, quoted: bool) -> bool {
    const STARTS: &[&str] = &[
        "$",
        "{",
        "<",
        "(",
        "[",
        "#{",
        "%(",
        "%{",
        "%s",
        "%d",
        "@@",
        "ENC(",
        "ENC[",
        "vault:",
        "ref+",
        "op://",
        "arn:",
        "env:",
        "env.",
        "file:",
        "./",
        "../",
        "~/",
        "sha256:",
        "sha512-",
        "sha256-",
        "sha1-",
        "os.environ",
        "os.getenv",
        "process.env",
        "getenv",
        "__",
        "secretref",
        "secretsmanager",
        "ssm:",
        "projects/",
        "data:",
        "urn:",
        "!",
    ];
    const PARTS: &[&str] = &["${", "{{", "}}", "$(", "<%", "%>", "://", "{%", "\\u", "\\x", "#{"];
    let starts = STARTS.iter().any(|start| value.starts_with(start)) && !(value.starts_with('!') && quoted);
    let windows = value.len() > 2 && value.starts_with('%') && value.ends_with('%') || value.get(1..3) == Some(":\\");
    let at = value.len() > 2 && value.starts_with('@') && value.ends_with('@');
    // A password hash is not the password.
    let hash =
        ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$argon2", "{SSHA}", "pbkdf2"].iter().any(|start| value.starts_with(start));
    let path = value.starts_with('/') && (value.get(1..).unwrap_or_default().contains('/') || !value.ends_with('=') && value.len() < 24);
    starts || windows || at || hash || path || PARTS.iter().any(|part| value.contains(part))
}

/// Words that mean "there is no value", in any case.
const WORDS: &[&str] = &[
    "",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "none",
    "nil",
    "undefined",
    "unset",
    "empty",
    "required",
    "optional",
    "default",
    "unknown",
    "string",
    "str",
    "text",
    "bool",
    "boolean",
    "int",
    "integer",
    "number",
    "object",
    "any",
    "bytes",
    "hidden",
    "masked",
    "enabled",
    "disabled",
    "prompt",
    "ask",
    "inherit",
    "auto",
    "self",
    "this",
    "void",
    "never",
    "always",
    "n/a",
    "na",
    "tbd",
    "-",
    "--",
    "...",
    "…",
    "*",
    "basic",
    "bearer",
];

/// Words that a default configuration says instead of a password.
const PLACEHOLDERS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "pass",
    "pwd",
    "changeme",
    "changeit",
    "change_me",
    "change-me",
    "apikey",
    "api_key",
    "test",
    "testing",
    "user",
    "username",
    "admin",
    "root",
    "key",
    "value",
    "foo",
    "bar",
    "baz",
    "foobar",
    "abc",
    "abc123",
    "12345",
    "123456",
    "1234",
    "xxx",
    "hello",
    "letmein",
    "mypassword",
    "mypass",
    "mysecret",
    "mytoken",
    "my-secret",
    "my_secret",
    "my-token",
    "my_token",
    "yourpassword",
    "your-password",
    "your_password",
    "somepassword",
    "some-password",
    "secretpassword",
];

const PLACEHOLDER_PARTS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "changethis",
    "redacted",
    "your_",
    "your-",
    "yourpass",
    "yoursecret",
    "yourtoken",
    "replace",
    "xxxx",
    "****",
    "....",
    "dummy",
    "insert",
    "todo",
    "fixme",
    "sample",
    "put_",
    "enter_",
    "<",
    ">",
    "not-a-real",
    "notreal",
    "fake",
];

fn is_plausible(strictness: Strictness, name: &str, kind: NameKind, value: &str, at: &Value, separator: &Separator) -> bool {
    let lower = value.to_ascii_lowercase();
    if WORDS.contains(&lower.as_str()) || value.bytes().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-' | b'_' | b'?')) {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if strictness == Strictness::Literal {
        // A number of seconds is called `TOKEN_TTL`, not `TOKEN`; a short number is no token all the same.
        return kind == NameKind::Password || digits < value.len() || value.len() >= 8;
    }
    let config = matches!(strictness, Strictness::Config | Strictness::CodeConfig);
    if PLACEHOLDERS.contains(&lower.as_str()) || PLACEHOLDER_PARTS.iter().any(|part| lower.contains(part)) {
        return false;
    }
    // `token: access_token`, `Password = "Password:"`.
    let flat = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
    let (flat_name, flat_value) = (flat(name), flat(value));
    if flat_value.is_empty()
        || flat_name.contains(&flat_value)
        || flat_value.ends_with("password")
        || flat_value.ends_with("token")
        || flat_value.ends_with("secret")
    {
        return false;
    }
    if value.contains(char::is_whitespace) || !value.is_ascii() || value.contains(['(', ')', '[', ']', '{', '}', '|', '\\']) {
        return false;
    }
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let symbols = value.len() - digits - letters;
    if !at.quoted && is_code_path(value) {
        return false;
    }
    let entropy = entropy(value.as_bytes());
    match (kind, config) {
        (NameKind::Password, true) => {
            if value.len() < 6 {
                return false;
            }
            let plain_word = digits == 0 && symbols == 0;
            if plain_word {
                // A word is a password where the syntax says that it is a value and nothing else.
                let title =
                    value.starts_with(|c: char| c.is_ascii_uppercase()) && value.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
                let upper = value.bytes().all(|byte| byte.is_ascii_uppercase());
                let settled = (at.quoted || !separator.colon || name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
                    && strictness == Strictness::Config;
                return settled && !title && !upper && !is_camel(value) && entropy > 2.0;
            }
            // `my-app-password-policy`.
            !(is_slug(value) && value.contains(['-', '_', '.'])) && entropy > 2.0 && digits < value.len()
        }
        (NameKind::Password, false) => {
            value.len() >= 8 && digits > 0 && letters > 0 && entropy >= 2.75 && !is_slug(value) && !is_camel(value)
        }
        (_, true) => value.len() >= 12 && digits > 0 && letters > 0 && entropy >= 3.0 && !is_slug(value) && !is_version(value),
        (_, false) => {
            value.len() >= 16 && digits > 1 && letters > 1 && entropy >= 3.3 && !is_slug(value) && !is_version(value) && !is_sequence(value)
        }
    }
}

/// `self.config.password`: a path through code.
fn is_code_path(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
        && value.bytes().filter(u8::is_ascii_digit).count() <= 2
}

/// `web-tls-2`, `http_basic_auth`, `TOKEN_NAME`: words of one case with separators, each with at most two digits at its end. One word with
/// three digits at the end is one too.
fn is_slug(value: &str) -> bool {
    let mut words = 0;
    for part in value.split(['-', '_', '.', '/', ':']) {
        words += 1;
        let stem = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let lower = stem.bytes().all(|byte| byte.is_ascii_lowercase());
        let upper = stem.bytes().all(|byte| byte.is_ascii_uppercase());
        let title = stem.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
        if part.len() - stem.len() > 3 || !(lower || upper || title) || stem.len() > 16 {
            return false;
        }
    }
    words > 0
}

/// `userPasswordField`: letters only, with a change of case inside and no runs that words do not have.
fn is_camel(value: &str) -> bool {
    let inner =
        value.as_bytes().windows(2).filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())).count();
    value.bytes().filter(|byte| !byte.is_ascii_alphabetic()).count() <= 1 && inner > 0 && value.len() / (inner + 1) >= 4
}

/// `3.1.4-r1`, `v1.2.3`, `2024-01-31T00:00:00Z`.
fn is_version(value: &str) -> bool {
    let rest = value.strip_prefix('v').unwrap_or(value);
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    number > 0
        && number <= 4
        && matches!(rest.as_bytes().get(number), Some(b'.' | b'-'))
        && rest.len() < 32
        && rest.bytes().filter(|byte| matches!(byte, b'.' | b'-' | b':')).count() >= 2
}

/// `abcdefghijklmnop0123`, an alphabet.
fn is_sequence(value: &str) -> bool {
    let steps = value.as_bytes().windows(2).filter(|pair| matches!(pair, [a, b] if b.wrapping_sub(*a) == 1)).count();
    steps * 3 >= value.len() * 2
}

/// Shannon entropy in bits a byte.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let len = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / len).map(|p| -p * p.log2()).sum()
}

/// Services whose keys have no prefix: known by the name of the variable and the form of the value.
fn vendor(name: &str, value: &str) -> Option<&'static Rule> {
    struct Form {
        word: &'static str,
        rule: &'static Rule,
        set: tokens::Set,
        lengths: (usize, usize),
    }
    const fn form(word: &'static str, rule: &'static Rule, set: tokens::Set, min: usize, max: usize) -> Form {
        Form { word, rule, set, lengths: (min, max) }
    }
    static FORMS: &[Form] = &[
        form("adobe", &rules::ADOBE, tokens::hex, 32, 32),
        form("alibaba", &rules::ALIBABA_SECRET, tokens::alnum, 30, 30),
        form("aliyun", &rules::ALIBABA_SECRET, tokens::alnum, 30, 30),
        form("asana", &rules::ASANA, tokens::alnum, 32, 32),
        form("bitbucket", &rules::BITBUCKET, tokens::word, 32, 64),
        form("contentful", &rules::CONTENTFUL, tokens::word, 43, 43),
        form("discord", &rules::DISCORD_SECRET, tokens::word, 32, 32),
        form("facebook", &rules::FACEBOOK, tokens::hex, 32, 32),
        form("fastly", &rules::FASTLY, tokens::word, 32, 32),
        form("heroku", &rules::HEROKU, |b| tokens::hex(b) || b == b'-', 36, 36),
        form("hubspot", &rules::HUBSPOT, |b| tokens::hex(b) || b == b'-', 36, 36),
        form("intercom", &rules::INTERCOM, |b| tokens::alnum(b) || matches!(b, b'-' | b'=' | b'_'), 36, 60),
        form("linkedin", &rules::LINKEDIN, tokens::alnum, 16, 16),
        form("mailchimp", &rules::MAILCHIMP, |b| tokens::alnum(b) || b == b'-', 36, 37),
        form("messagebird", &rules::MESSAGEBIRD, tokens::alnum, 25, 25),
        form("twilio", &rules::TWILIO, tokens::hex, 32, 34),
        form("twitch", &rules::TWITCH, tokens::alnum, 30, 30),
        form("twitter", &rules::TWITTER, tokens::alnum, 35, 50),
        form("typeform", &rules::TYPEFORM, tokens::word, 43, 63),
    ];
    let flat: String = name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).map(|c| c.to_ascii_lowercase()).collect();
    if value == "ThisTokenIsNotSoSecretChangeIt" {
        return Some(&rules::SYMFONY);
    }
    let aws = flat.ends_with("secretaccesskey") || flat.contains("awssecret") || (flat.contains("aws") && flat.ends_with("secretkey"));
    if aws && value.len() == 40 && value.bytes().all(tokens::base64) && !value.ends_with("EXAMPLEKEY") && entropy(value.as_bytes()) > 3.5 {
        return Some(&rules::AWS_SECRET_ACCESS_KEY);
    }
    FORMS
        .iter()
        .find(|form| {
            flat.contains(form.word)
                && (form.lengths.0..=form.lengths.1).contains(&value.len())
                && value.bytes().all(form.set)
                && value.bytes().any(|byte| byte.is_ascii_digit())
        })
        .map(|form| form.rule)
}
