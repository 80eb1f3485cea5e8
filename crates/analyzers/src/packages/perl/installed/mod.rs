//! `.meta/<distribution>/MYMETA.json`: what cpanm and Carton leave beside the modules they install.
//!
//! <https://metacpan.org/pod/CPAN::Meta::Spec>
//!
//! Other installers leave lists of files only (`.packlist`), without a version: what they installed is not known.

use super::CPAN_DIST;
use crate::{
    packages::{
        json,
        tree::{self, Value},
    },
    text::has_folder,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const MYMETA: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cpan-mymeta",
        version: 1,
        claims: &[Pattern::Name("MYMETA.json")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(mymeta),
};

fn mymeta(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if !has_folder(file.path, ".meta") {
        // Left in a folder where something is built.
        return Ok(());
    }
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    if let (Some(name), Some(version)) = (root.text_of("name"), root.word_of("version")) {
        let licenses = root.items_of("license").iter().filter_map(Value::text).filter(|word| *word != "unknown").map(spdx).collect();
        // Some write the name of the main module.
        let name = name.replace("::", "-");
        out.packages.push(Package { name, version: version.to_owned(), licenses, at: Place::file(file.path), ..Package::of(&CPAN_DIST) });
    } else {
        errors.add(1, || "no name or version".to_owned());
    }
    errors.into_result()
}

/// The words of the specification.
fn spdx(word: &str) -> String {
    let id = match word {
        "perl_5" => "Artistic-1.0-Perl OR GPL-1.0-or-later",
        "apache_2_0" => "Apache-2.0",
        "artistic_1" => "Artistic-1.0",
        "artistic_2" => "Artistic-2.0",
        "bsd" => "BSD-3-Clause",
        "freebsd" => "BSD-2-Clause",
        "gpl_1" => "GPL-1.0-only",
        "gpl_2" => "GPL-2.0-only",
        "gpl_3" => "GPL-3.0-only",
        "agpl_3" => "AGPL-3.0-only",
        "lgpl_2_1" => "LGPL-2.1-only",
        "lgpl_3_0" => "LGPL-3.0-only",
        "mit" => "MIT",
        "mozilla_1_1" => "MPL-1.1",
        "openssl" => "OpenSSL",
        "zlib" => "Zlib",
        other => other,
    };
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = br#"{"name": "HTTP-Tiny", "version": "0.082", "license": ["perl_5", "unknown"]}"#;

    #[test]
    fn what_is_installed() {
        let path = "local/lib/perl5/x86_64-linux/.meta/HTTP-Tiny-0.082/MYMETA.json";
        check(&MYMETA, path, SAMPLE, "cpan HTTP-Tiny 0.082 - [Artistic-1.0-Perl OR GPL-1.0-or-later]");
        check(&MYMETA, "build/HTTP-Tiny/MYMETA.json", SAMPLE, "");
        check(&MYMETA, ".meta/x/MYMETA.json", b"{}", "error line 1: no name or version");
        robust(&MYMETA, path, SAMPLE);
    }
}
