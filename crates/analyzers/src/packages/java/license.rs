//! Licences of Java packages, which are names or addresses.

use crate::packages::xml::Element;

/// An SPDX id that is written as one, in any case.
pub(super) fn of_name(text: &str) -> Option<&'static str> {
    // The whole list is walked: ids are few and manifests with one are fewer.
    spdx::identifiers::LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(text)).map(|license| license.name)
}

/// The licence at one of the addresses that publishers use.
pub(super) fn of_url(url: &str) -> Option<&'static str> {
    let url = url.trim().to_ascii_lowercase();
    let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let url = url.strip_prefix("www.").unwrap_or(url).trim_end_matches('/');
    let url = [".txt", ".html", ".php", ".htm"].iter().find_map(|end| url.strip_suffix(end)).unwrap_or(url);
    if let Some(id) = url.strip_prefix("spdx.org/licenses/") {
        return of_name(id);
    }
    let known = ADDRESSES.iter().find(|(address, _)| *address == url).map(|(_, id)| *id);
    known.or_else(|| of_name(url.strip_prefix("opensource.org/licenses/").or_else(|| url.strip_prefix("opensource.org/license/"))?))
}

const ADDRESSES: &[(&str, &str)] = &[
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("apache.org/licenses/license-1.1", "Apache-1.1"),
    ("apache.org/licenses", "Apache-2.0"),
    ("opensource.org/licenses/apache2.0", "Apache-2.0"),
    ("opensource.org/licenses/mit-license", "MIT"),
    ("opensource.org/licenses/bsd-license", "BSD-2-Clause"),
    ("opensource.org/licenses/lgpl-2.1", "LGPL-2.1-only"),
    ("opensource.org/licenses/gpl-2.0", "GPL-2.0-only"),
    ("opensource.org/licenses/gpl-3.0", "GPL-3.0-only"),
    ("eclipse.org/legal/epl-v10", "EPL-1.0"),
    ("eclipse.org/legal/epl-v20", "EPL-2.0"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
    ("eclipse.org/org/documents/epl-v10", "EPL-1.0"),
    ("eclipse.org/org/documents/epl-2.0/epl-2.0", "EPL-2.0"),
    ("eclipse.org/org/documents/edl-v10", "BSD-3-Clause"),
    ("gnu.org/licenses/gpl-2.0", "GPL-2.0-only"),
    ("gnu.org/licenses/old-licenses/gpl-2.0", "GPL-2.0-only"),
    ("gnu.org/licenses/gpl-3.0", "GPL-3.0-only"),
    ("gnu.org/licenses/lgpl-2.1", "LGPL-2.1-only"),
    ("gnu.org/licenses/old-licenses/lgpl-2.1", "LGPL-2.1-only"),
    ("gnu.org/licenses/lgpl-3.0", "LGPL-3.0-only"),
    ("gnu.org/software/classpath/license", "GPL-2.0-with-classpath-exception"),
    ("mozilla.org/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/en-us/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/mpl/mpl-1.1", "MPL-1.1"),
    ("glassfish.java.net/public/cddl+gpl_1_1", "CDDL-1.1"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
    ("unlicense.org", "Unlicense"),
    ("bouncycastle.org/licence", "MIT"),
    ("json.org/license", "JSON"),
];

/// The licences of a `pom.xml`: their names, else what their addresses mean.
pub(super) fn of_pom(project: &Element) -> Vec<String> {
    let mut out: Vec<String> = project
        .below("licenses", "license")
        .filter_map(|license| license.text_of("name").or_else(|| license.text_of("url").and_then(of_url)))
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_licences() {
        for (url, id) in [
            ("https://www.apache.org/licenses/LICENSE-2.0.txt", Some("Apache-2.0")),
            ("http://opensource.org/licenses/BSD-3-Clause", Some("BSD-3-Clause")),
            ("https://opensource.org/license/mit/", Some("MIT")),
            ("https://spdx.org/licenses/MIT-0.html", Some("MIT-0")),
            ("http://www.eclipse.org/legal/epl-v10.html", Some("EPL-1.0")),
            ("https://acme.example/licence", None),
            ("MIT", None),
        ] {
            assert_eq!(of_url(url), id, "{url}");
        }
    }
}
