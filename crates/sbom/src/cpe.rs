//! CPE names as the schemas spell them: 2.3 formatted strings and 2.2 URIs (NISTIR 7695).

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cpe {
    V22,
    V23,
}

/// `None` when it is neither.
pub(crate) fn parse(text: &str) -> Option<Cpe> {
    if let Some(rest) = text.strip_prefix("cpe:2.3:") {
        return is_v23(rest).then_some(Cpe::V23);
    }
    let rest = text.strip_prefix("cpe:/").or_else(|| text.strip_prefix("CPE:/"))?;
    let mut parts = rest.split(':');
    let part = parts.next()?;
    let part_valid = part.is_empty() || matches!(part.to_ascii_lowercase().as_str(), "a" | "h" | "o");
    let mut count = 0;
    let rest_valid = parts.all(|part| {
        count += 1;
        count <= 6 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~' | b'%'))
    });
    (part_valid && rest_valid).then_some(Cpe::V22)
}

fn is_v23(text: &str) -> bool {
    let parts = split(text);
    let [part, vendor, product, version, update, edition, language, software, target, hardware, other] = parts.as_slice() else {
        return false;
    };
    matches!(*part, "a" | "h" | "o" | "*" | "-")
        && [vendor, product, version, update, edition, software, target, hardware, other].into_iter().all(|it| is_component(it))
        && is_language(language)
}

/// At colons that are not escaped.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::with_capacity(11);
    let mut start = 0;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b':' if parts.len() <= 11 => {
                parts.push(text.get(start..index).unwrap_or_default());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn is_language(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let (language, region) = text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    let letters = |text: &str| (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters(language)
        && region.is_none_or(|region| {
            letters(region) && region.len() == 2 || region.len() == 3 && region.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// `*`, `-`, or text whose special characters are escaped, with wildcards at its ends.
fn is_component(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let inner = text.trim_start_matches('?');
    let inner = if inner.len() == text.len() { inner.strip_prefix('*').unwrap_or(inner) } else { inner };
    let mut bytes = inner.bytes().peekable();
    let mut any = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                let valid = bytes.next().is_some_and(|next| b"\\*?!\"#$%&'()+,/:;<=>@[]^`{|}~".contains(&next));
                if !valid {
                    return false;
                }
                any = true;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => any = true,
            b'?' => return any && bytes.all(|next| next == b'?'),
            b'*' => return any && bytes.next().is_none(),
            _ => return false,
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        for (text, expected) in [
            ("cpe:2.3:a:gnu:bash:5.0:*:*:*:*:*:*:*", Some(Cpe::V23)),
            (r"cpe:2.3:a:acme:x\:y:1\+2:*:*:*:*:node.js:*:*", Some(Cpe::V23)),
            ("cpe:2.3:a:gnu:bash:5.0:*:*:*:*:*:*", None),
            ("cpe:2.3:a:gnu:bash:1:5.0:*:*:*:*:*:*:*", None),
            ("cpe:2.3:a:gnu:ba sh:5.0:*:*:*:*:*:*:*", None),
            ("cpe:2.3:x:gnu:bash:5.0:*:*:*:*:*:*:*", None),
            ("cpe:/a:gnu:bash:5.0", Some(Cpe::V22)),
            ("cpe:/o:centos:centos:7:ga:server", Some(Cpe::V22)),
            ("cpe:/a:x:y z", None),
            ("bash", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
