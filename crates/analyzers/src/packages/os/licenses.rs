//! Words for licences, as distributions write them, in SPDX's spelling where that is certain.
//!
//! <https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-specification>, <https://spdx.org/licenses/>
//!
//! Debian and older Alpine packages write `GPL-2+` where SPDX writes `GPL-2.0-or-later`, and `Expat` for `MIT`. A word that names no single licence
//! (`GPL`, `BSD`, `public-domain`) stays as it is.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// SPDX's ids by their lower-cased spelling.
static IDS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let ids = spdx::identifiers::LICENSES.iter().map(|license| license.name);
    ids.map(|id| (id.to_ascii_lowercase(), id)).collect()
});

/// What is no id and means one.
const SYNONYMS: &[(&str, &str)] = &[
    ("apache-2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("artistic", "Artistic-1.0"),
    ("artistic-2", "Artistic-2.0"),
    ("bsd-4", "BSD-4-Clause"),
    ("boost", "BSL-1.0"),
    ("boost-1.0", "BSL-1.0"),
    ("bsd-2", "BSD-2-Clause"),
    ("bsd-3", "BSD-3-Clause"),
    ("cc0", "CC0-1.0"),
    ("expat", "MIT"),
    ("mit/x11", "MIT"),
    ("mpl-1", "MPL-1.0"),
    ("mpl-2", "MPL-2.0"),
    ("mpl2.0", "MPL-2.0"),
    ("perl", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("same-as-perl5", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
    ("psf", "PSF-2.0"),
    ("psf-2", "PSF-2.0"),
    ("sil-1.1", "OFL-1.1"),
];

/// A word in SPDX's spelling, if there is one.
pub(super) fn spdx(word: &str) -> Cow<'_, str> {
    let lower = word.to_ascii_lowercase();
    if let Some((_, id)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower) {
        return Cow::Borrowed(id);
    }
    if let Some(id) = gnu(&lower) {
        return Cow::Owned(id);
    }
    IDS.get(&lower).map_or(Cow::Borrowed(word), |id| Cow::Borrowed(*id))
}

/// `gpl-2`, `lgpl2.1+`, `gplv3`, `gpl-2.0+`: a licence of GNU with its version.
fn gnu(lower: &str) -> Option<String> {
    let (family, rest) = [("agpl", "AGPL"), ("lgpl", "LGPL"), ("gpl", "GPL"), ("gfdl", "GFDL")]
        .into_iter()
        .find_map(|(word, family)| Some((family, lower.strip_prefix(word)?)))?;
    let rest = rest.trim_start_matches(['-', 'v', ' ']);
    let (number, later) = match rest.strip_suffix('+').or_else(|| rest.strip_suffix("-or-later")) {
        Some(number) => (number, "or-later"),
        None => (rest.strip_suffix("-only").unwrap_or(rest), "only"),
    };
    let number = match number {
        "1" => "1.0",
        "2" => "2.0",
        "3" => "3.0",
        number => number,
    };
    let id = format!("{family}-{number}-{later}");
    IDS.get(&id.to_ascii_lowercase()).map(|id| (*id).to_owned())
}

/// The licences that a field names: one expression where it is valid, else its words.
pub(super) fn of_field(field: &str) -> Vec<String> {
    let field = field.trim();
    if field.is_empty() {
        return Vec::new();
    }
    let whole = spdx(field);
    if whole != field {
        return vec![whole.into_owned()];
    }
    if spdx::Expression::parse(field).is_ok() {
        return vec![field.to_owned()];
    }
    let mut words: Vec<String> = Vec::new();
    for word in field.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])) {
        match word {
            "" | "AND" | "OR" | "and" | "or" => {}
            // `MPL 2.0`: a number belongs to the word before it.
            "1.0" | "1.1" | "2.0" | "2.1" | "3.0" if !words.is_empty() => {
                if let Some(last) = words.last_mut() {
                    *last = spdx(&format!("{last}-{word}")).into_owned();
                }
            }
            word => words.push(spdx(word).into_owned()),
        }
    }
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (word, expected) in [
            ("GPL-2+", "GPL-2.0-or-later"),
            ("GPL-2", "GPL-2.0-only"),
            ("GPL2+", "GPL-2.0-or-later"),
            ("GPLv3", "GPL-3.0-only"),
            ("LGPL-2.1", "LGPL-2.1-only"),
            ("GPL-2.0-or-later", "GPL-2.0-or-later"),
            ("GFDL-1.3+", "GFDL-1.3-or-later"),
            ("GPL", "GPL"),
            ("GPL-9", "GPL-9"),
            ("GPL-2+ with OpenSSL exception", "GPL-2+ with OpenSSL exception"),
            ("Expat", "MIT"),
            ("BSD-3-clause", "BSD-3-Clause"),
            ("zlib", "Zlib"),
            ("public-domain", "public-domain"),
            ("BSD-3-clause-Sun", "BSD-3-Clause-Sun"),
        ] {
            assert_eq!(spdx(word), expected);
        }
    }

    #[test]
    fn fields() {
        for (field, expected) in [
            ("MIT", &["MIT"][..]),
            ("Apache-2.0 AND (MIT OR GPL-2.0-or-later)", &["Apache-2.0 AND (MIT OR GPL-2.0-or-later)"]),
            ("MIT BSD GPL2+ MPL 2.0 custom", &["MIT", "BSD", "GPL-2.0-or-later", "MPL-2.0", "custom"]),
            ("GPL-2+", &["GPL-2.0-or-later"]),
            (" ", &[]),
        ] {
            assert_eq!(of_field(field), expected, "{field}");
        }
    }
}
