//! PHP: Composer's lockfiles, the list of what Composer installed, and WordPress.
//!
//! Names are compared in lower case, as Packagist does. Versions stay as they are written, with the `v` of their tag.

mod composer;
mod composer_vendor;
mod wordpress;

use super::{
    Group,
    tree::{Data, Value},
};
use probity_model::{Ecosystem, ecosystem::Evidence, ecosystem::lower_case};
use probity_versions::Scheme;

const PACKAGIST: Ecosystem =
    Ecosystem { purl_type: "composer", versions: Scheme::Composer, advisories: "composer", normalize: lower_case, ..Ecosystem::LANGUAGE };

pub(crate) static COMPOSER: Ecosystem = Ecosystem { id: "composer", assemble: Some(composer::assemble), ..PACKAGIST };
pub(crate) static COMPOSER_VENDOR: Ecosystem = Ecosystem { id: "composer-vendor", evidence: Evidence::Installed, ..PACKAGIST };

/// Advisories about WordPress itself are not published for a package.
pub(crate) static WORDPRESS: Ecosystem = Ecosystem { id: "wordpress", evidence: Evidence::Installed, ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&COMPOSER, &COMPOSER_VENDOR, &WORDPRESS],
    analyzers: &[&composer::LOCK, &composer::COMPOSER_JSON, &composer_vendor::INSTALLED, &wordpress::VERSION],
};

/// The licences of a package: a list of alternatives, or an expression with the operators in lower case.
fn licenses(package: &Value<'_>) -> Vec<String> {
    let Some(value) = package.get("license") else { return Vec::new() };
    let values = match &value.data {
        Data::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let texts = values.iter().filter_map(Value::text).map(str::trim).filter(|text| !text.is_empty());
    texts.flat_map(expression).take(32).collect()
}

/// `(MIT or GPL-2.0+)` is two licences to choose from; anything that is more complicated stays an expression.
fn expression(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let words: Vec<&str> = inner.split_whitespace().collect();
    let alternatives = words.iter().skip(1).step_by(2).all(|word| word.eq_ignore_ascii_case("or")) && words.len() % 2 == 1;
    if alternatives && words.iter().step_by(2).all(|word| !word.contains(['(', ')'])) {
        words.iter().step_by(2).map(|word| (*word).to_owned()).collect()
    } else {
        vec![text.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn alternatives_are_several_licences() {
        assert_eq!(expression("MIT"), ["MIT"]);
        assert_eq!(expression("(LGPL-2.1-only or GPL-3.0-or-later)"), ["LGPL-2.1-only", "GPL-3.0-or-later"]);
        assert_eq!(expression("(MIT and (A or B))"), ["(MIT and (A or B))"]);
        assert_eq!(expression("GNU Public License"), ["GNU Public License"]);
        assert_eq!(expression("()"), ["()"]);
    }
}
