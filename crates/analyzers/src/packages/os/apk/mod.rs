//! apk: `lib/apk/db/installed`, since Alpine 3.23 and in Wolfi also `usr/lib/apk/db/installed`.
//!
//! <https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2>
//!
//! One-letter fields, a blank line after each package. `o` is the source package, whose version is that of the package. `F` opens a folder,
//! `R` names a file in it; `M`, `a` and `Z` (modes and digests) are not kept, modes are taken from the files themselves.

use crate::{
    packages::os::APK,
    text::lines,
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const INSTALLED: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/apk",
        version: 1,
        claims: &[Pattern::Path("lib/apk/db/installed"), Pattern::Path("usr/lib/apk/db/installed")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(installed),
};

#[derive(Default)]
struct Stanza {
    start: Option<u32>,
    name: String,
    version: String,
    arch: Option<String>,
    license: Option<String>,
    origin: Option<String>,
    maintainer: Option<String>,
    folder: Option<String>,
}

fn installed(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut stanza = Stanza::default();
    let mut last = 0;
    for (number, line) in lines(file.bytes) {
        last = number;
        if line.is_empty() {
            std::mem::take(&mut stanza).finish(file.path, number, out, &mut errors);
            continue;
        }
        stanza.start.get_or_insert(number);
        let Some((field, value)) = line.split_once(':').filter(|(field, _)| field.chars().count() == 1) else {
            errors.add(number, || "not a field".to_owned());
            continue;
        };
        let some = || Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match field {
            "P" => value.trim().clone_into(&mut stanza.name),
            "V" => value.trim().clone_into(&mut stanza.version),
            "A" => stanza.arch = some(),
            "L" => stanza.license = some(),
            "o" => stanza.origin = some(),
            "m" => stanza.maintainer = some(),
            "F" => stanza.folder = Some(value.trim_matches('/').to_owned()),
            "R" => match stanza.folder.as_deref() {
                Some("") => out.owned_files.push(value.into()),
                Some(folder) => out.owned_files.push(format!("{folder}/{value}").into()),
                None => errors.add(number, || "a file outside a folder".to_owned()),
            },
            _ => {}
        }
    }
    stanza.finish(file.path, last, out, &mut errors);
    errors.into_result()
}

impl Stanza {
    fn finish(self, path: &str, end: u32, out: &mut Facts, errors: &mut FirstError) {
        let Some(start) = self.start else { return };
        if self.name.is_empty() || self.version.is_empty() {
            let missing = if self.name.is_empty() { "P" } else { "V" };
            errors.add(start, || format!("a package without `{missing}`"));
            return;
        }
        out.packages.push(Package {
            source_version: self.origin.is_some().then(|| self.version.clone()),
            name: self.name,
            version: self.version,
            arch: self.arch,
            source_name: self.origin,
            licenses: self.license.into_iter().collect(),
            maintainer: self.maintainer,
            at: Place { lines: Some(Lines::new(start, end)), ..Place::file(path) },
            ..Package::of(&APK)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "C:Q1abc=
P:libcrypto3
V:3.1.4-r1
A:x86_64
L:Apache-2.0
o:openssl
F:lib
M:0:0:755
R:libcrypto.so.3
a:0:0:555
Z:Q1x=
F:
R:root-file

P:musl
V:1.2.4-r2
F:etc

";

    #[test]
    fn packages_and_their_files() {
        check(
            &INSTALLED,
            "lib/apk/db/installed",
            SAMPLE.as_bytes(),
            "apk libcrypto3 3.1.4-r1 x86_64 from openssl@3.1.4-r1 [Apache-2.0] @1
             apk musl 1.2.4-r2 - @15
             owns lib/libcrypto.so.3
             owns root-file",
        );
        check(&INSTALLED, "usr/lib/apk/db/installed", b"", "");
    }

    #[test]
    fn errors_keep_the_rest() {
        check(
            &INSTALLED,
            "lib/apk/db/installed",
            b"P:a\nV:1\n\ngarbage\n\nP:b\nV:2\n",
            "apk a 1 - @1\napk b 2 - @6\nerror line 4: not a field (and 1 more)",
        );
    }

    #[test]
    fn never_panics() {
        robust(&INSTALLED, "lib/apk/db/installed", SAMPLE.as_bytes());
    }
}
