//! Names of TLS versions, as many programs as there are spellings.

use probity_model::facts::TlsVersion;

pub(crate) const ALL: [TlsVersion; 6] =
    [TlsVersion::Ssl2, TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13];

/// `TLSv1.2`, `tlsv12`, `TLS1_2`, `TLS1.2`, `TLSv1`, `SSLv3` …
pub(crate) fn version(word: &str) -> Option<TlsVersion> {
    let flat: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match flat.strip_prefix('d').unwrap_or(&flat) {
        "sslv2" | "ssl2" => TlsVersion::Ssl2,
        "sslv3" | "ssl3" | "ssl30" | "sslv30" => TlsVersion::Ssl3,
        "tlsv1" | "tls1" | "tlsv10" | "tls10" => TlsVersion::Tls10,
        "tlsv11" | "tls11" => TlsVersion::Tls11,
        "tlsv12" | "tls12" => TlsVersion::Tls12,
        "tlsv13" | "tls13" => TlsVersion::Tls13,
        _ => return None,
    })
}

/// The lowest of the versions that a list names.
pub(crate) fn lowest<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<TlsVersion> {
    words.into_iter().filter_map(|word| version(word.trim_matches(['"', '\'', '[', ']', ' ']))).min()
}

/// Words of a list, whatever separates them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', ':', ';', '\t']).filter(|word| !word.is_empty())
}

/// A list with signs, read from left to right: `all -SSLv3 +TLSv1.2`, where the first plain word starts over.
pub(crate) fn signed(text: &str) -> Option<TlsVersion> {
    let mut on = [false; ALL.len()];
    let mut known = false;
    for word in words(text) {
        let (sign, name) = match word.split_at_checked(1) {
            Some((sign @ ("+" | "-"), name)) => (sign, name),
            _ => ("", word),
        };
        let everything = name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("any");
        let version = version(name);
        if !everything && version.is_none() {
            continue;
        }
        known = true;
        if sign.is_empty() && version.is_some() && !on.iter().any(|set| *set) {
            on = [false; ALL.len()];
        }
        for (set, candidate) in on.iter_mut().zip(ALL) {
            // No program that is built today has SSL 2 in "all".
            if version == Some(candidate) || (everything && candidate != TlsVersion::Ssl2) {
                *set = sign != "-";
            }
        }
    }
    known.then(|| ALL.into_iter().zip(on).find(|(_, set)| *set).map(|(version, _)| version)).flatten()
}

/// The lowest version that is not in a list of those switched off, from TLS 1.0 up unless the list speaks of SSL 3.
pub(crate) fn lowest_without(disabled: &[TlsVersion]) -> Option<TlsVersion> {
    ALL.into_iter().skip(1).find(|version| !disabled.contains(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for word in ["TLSv1.2", "tlsv12", "TLS1_2", "TLSv1_2", "tls1.2", "TLS 1.2"] {
            assert_eq!(version(word), Some(TlsVersion::Tls12), "{word}");
        }
        assert_eq!(version("TLSv1"), Some(TlsVersion::Tls10));
        assert_eq!(version("none"), None);
    }

    #[test]
    fn lists_with_signs() {
        assert_eq!(signed("all -SSLv3"), Some(TlsVersion::Tls10));
        assert_eq!(signed("all -SSLv3 -TLSv1 -TLSv1.1"), Some(TlsVersion::Tls12));
        assert_eq!(signed("-all +TLSv1.2 +TLSv1.3"), Some(TlsVersion::Tls12));
        assert_eq!(signed("TLSv1.2"), Some(TlsVersion::Tls12));
        assert_eq!(signed("+TLSv1.1,+TLSv1.2"), Some(TlsVersion::Tls11));
        assert_eq!(signed("all"), Some(TlsVersion::Ssl3));
        assert_eq!(signed("garbage"), None);
    }
}
