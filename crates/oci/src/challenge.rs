//! `WWW-Authenticate`: which credentials a registry wants.
//!
//! RFC 9110 section 11.6.1. Several challenges may stand in one header, parameters may be quoted, and a comma separates both.

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
    Basic,
}

/// The first challenge that can be answered. A `Bearer` without a realm cannot.
pub(crate) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut basic = None;
    for header in headers {
        for (scheme, params) in challenges(header) {
            let param = |name: &str| params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
            if scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = param("realm").filter(|realm| !realm.is_empty())
            {
                return Some(Challenge::Bearer { realm, service: param("service"), scope: param("scope") });
            }
            if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Challenge::Basic);
            }
        }
    }
    basic
}

type Params = Vec<(String, String)>;

/// Splits a header into schemes with their parameters.
fn challenges(header: &str) -> Vec<(String, Params)> {
    let mut found: Vec<(String, Params)> = Vec::new();
    let mut rest = header.trim_start();
    while !rest.is_empty() {
        let word_end = rest.find(|c: char| !is_token(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        if word.is_empty() {
            // Not a token: skip one character, so that nonsense ends.
            let mut chars = rest.chars();
            chars.next();
            rest = chars.as_str().trim_start();
            continue;
        }
        let after = after.trim_start();
        if let Some(value) = after.strip_prefix('=') {
            let (value, after) = take_value(value.trim_start());
            if let Some((_, params)) = found.last_mut() {
                params.push((word.to_owned(), value));
            }
            rest = after.trim_start().trim_start_matches(',').trim_start();
        } else {
            found.push((word.to_owned(), Vec::new()));
            rest = after.trim_start_matches(',').trim_start();
        }
    }
    found
}

fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    (value, chars.as_str())
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_understood() {
        let bearer = |realm: &str, service: Option<&str>, scope: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.into(), service: service.map(Into::into), scope: scope.map(Into::into) })
        };
        for (header, expected) in [
            (
                r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#,
                bearer("https://auth.example/token", Some("registry.example"), Some("repository:a/b:pull,push")),
            ),
            ("bearer REALM=https://auth.example/t , service=x", bearer("https://auth.example/t", Some("x"), None)),
            (r#"Basic realm="Registry""#, Some(Challenge::Basic)),
            (r#"Basic realm="x", Bearer realm="https://a/t""#, bearer("https://a/t", None, None)),
            (r#"Negotiate, Basic realm="x""#, Some(Challenge::Basic)),
            (r#"Bearer service="registry""#, None),
            (r#"Bearer realm="unclosed"#, bearer("unclosed", None, None)),
            (r#"Bearer realm="a\"b""#, bearer("a\"b", None, None)),
            ("", None),
            (",,,===\u{1}\"", None),
        ] {
            assert_eq!(parse(std::iter::once(header)), expected, "{header}");
        }
    }
}
