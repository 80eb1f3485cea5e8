//! URLs that validate: CycloneDX wants an IRI reference (RFC 3987) in every `url`.

use std::fmt::Write as _;

/// `text` with everything percent-encoded that an IRI reference cannot have; unchanged when it is one.
pub(crate) fn reference(text: &str) -> String {
    let text = text.trim();
    let mut out = String::with_capacity(text.len());
    let scheme = scheme_length(text);
    let mut fragment = false;
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        let escape = match char {
            '%' => {
                let mut next = rest.clone();
                !(next.next().is_some_and(|it| it.is_ascii_hexdigit()) && next.next().is_some_and(|it| it.is_ascii_hexdigit()))
            }
            '#' => std::mem::replace(&mut fragment, true),
            '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`' | '[' | ']' => true,
            it => it.is_whitespace() || it.is_control() || is_outside_iri(it),
        };
        if escape {
            let mut buffer = [0; 4];
            for byte in char.encode_utf8(&mut buffer).bytes() {
                let _infallible = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(char);
        }
    }
    let out = literal_address(&out).unwrap_or(out);
    // "foo bar:baz" has a colon in its first segment and no scheme before it, which only an absolute reference may have.
    let first_segment = out.split(['/', '?', '#']).next().unwrap_or_default();
    let out = if first_segment.contains(':') && scheme.is_none() { format!("./{out}") } else { out };
    bad_authority(&out)
}

/// `http://[::1]/` keeps its brackets.
fn literal_address(out: &str) -> Option<String> {
    let (scheme, rest) = out.split_once("://%5B")?;
    let (address, rest) = rest.split_once("%5D")?;
    address.parse::<std::net::Ipv6Addr>().ok()?;
    Some(format!("{scheme}://[{address}]{rest}"))
}

/// A port that is no number makes an authority invalid (`git://host:org/repo`); its colon is encoded.
fn bad_authority(out: &str) -> String {
    let Some((scheme, rest)) = out.split_once("//").filter(|(scheme, _)| scheme.is_empty() || scheme.ends_with(':')) else {
        return out.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some((authority, tail)) = rest.split_at_checked(end) else { return out.to_owned() };
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if host.starts_with('[') {
        return out.to_owned();
    }
    let host = match host.split_once(':') {
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.to_owned(),
        Some(_) => host.replace(':', "%3A"),
        None => host.to_owned(),
    };
    let user = user.map(|user| format!("{}@", user.replace('@', "%40"))).unwrap_or_default();
    format!("{scheme}//{user}{host}{tail}")
}

fn scheme_length(text: &str) -> Option<usize> {
    let end = text.find([':', '/', '?', '#'])?;
    let scheme = text.get(..end)?;
    let valid = text.get(end..)?.starts_with(':')
        && scheme.starts_with(|it: char| it.is_ascii_alphabetic())
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'));
    valid.then_some(end)
}

/// Private use and non-characters, which `ucschar` of RFC 3987 leaves out.
fn is_outside_iri(char: char) -> bool {
    let code = u32::from(char);
    code >= 0x80
        && !matches!(code, 0xA0..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFEF)
        && !((0x10000..=0xEFFFD).contains(&code) && code & 0xFFFF <= 0xFFFD && !(0xE0000..=0xE0FFF).contains(&code))
}

/// An absolute URI in plain ASCII, which SPDX 3 wants; `None` when it has no scheme.
pub(crate) fn absolute(text: &str) -> Option<String> {
    let out = reference(text);
    scheme_length(&out)?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_characters_are_encoded() {
        for (text, expected) in [
            ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
            ("https://example.com/a b", "https://example.com/a%20b"),
            ("https://example.com/100%", "https://example.com/100%25"),
            ("https://example.com/%20", "https://example.com/%20"),
            ("a#b#c", "a#b%23c"),
            ("git@example.com:org/repo.git", "./git@example.com:org/repo.git"),
            ("git://example.com:org/repo", "git://example.com%3Aorg/repo"),
            ("http://[::1]:80/x[0]", "http://[::1]:80/x%5B0%5D"),
            ("<none>", "%3Cnone%3E"),
            ("", ""),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
    }
}
