//! apk: `lib/apk/db/installed`, since Alpine 3.23 and in Wolfi also `usr/lib/apk/db/installed`.
//!
//! <https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2>
//!
//! One-letter fields, a blank line after each package. `o` is the source package, whose version is that of the package. `F` opens a folder,
//! `R` names a file in it, `Z` has its digest: `Q1` and base64 of a SHA-1, `Q2` of a SHA-256. `C` is the digest of the package itself. `D` wants names,
//! shared objects (`so:…`), commands (`cmd:…`) and paths, which `p` provides; a name with `!` must not be there.
//!
//! Missing: modes (`M`, `a`), which are taken from the files themselves, and the conditions of versions in `D`.

use crate::{
    packages::os::{APK, joined, joined::Names, licenses},
    text::{hex, lines},
    unit::{FirstError, LARGE, Run, Unit},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use probity_model::{
    Capability, Diagnostic, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::InstalledFile,
};

pub(crate) const INSTALLED: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/apk",
        version: 2,
        claims: &[Pattern::Path("lib/apk/db/installed"), Pattern::Path("usr/lib/apk/db/installed")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(installed),
};

pub(crate) fn assemble(facts: &mut Facts) {
    joined::own(facts, &APK);
}

#[derive(Default)]
struct Stanza {
    start: Option<u32>,
    name: String,
    version: String,
    arch: Option<String>,
    license: Option<String>,
    origin: Option<String>,
    maintainer: Option<String>,
    digest: Option<String>,
    depends: String,
    provides: String,
    folder: Option<String>,
    files: Vec<InstalledFile>,
}

/// What a package wants and provides, as written.
struct Wants {
    depends: String,
    provides: String,
}

fn installed(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let mut stanza = Stanza::default();
    let (mut packages, mut wants) = (Vec::new(), Vec::new());
    let mut last = 0;
    for (number, line) in lines(file.bytes) {
        last = number;
        if line.is_empty() {
            std::mem::take(&mut stanza).finish(file.path, number, &mut packages, &mut wants, &mut errors);
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
            "C" => stanza.digest = digest(value),
            "D" => value.clone_into(&mut stanza.depends),
            "p" => value.clone_into(&mut stanza.provides),
            "F" => stanza.folder = Some(value.trim_matches('/').to_owned()),
            "R" => match stanza.folder.as_deref() {
                Some("") => stanza.files.push(InstalledFile { path: value.into(), digest: None }),
                Some(folder) => stanza.files.push(InstalledFile { path: format!("{folder}/{value}").into(), digest: None }),
                None => errors.add(number, || "a file outside a folder".to_owned()),
            },
            "Z" => match stanza.files.last_mut() {
                Some(file) => file.digest = digest(value).map(Into::into),
                None => errors.add(number, || "a digest of no file".to_owned()),
            },
            _ => {}
        }
    }
    stanza.finish(file.path, last, &mut packages, &mut wants, &mut errors);
    out.diagnostics.extend(resolve(&mut packages, &wants));
    out.packages.append(&mut packages);
    errors.into_result()
}

/// `Q1` and base64 of a SHA-1, `Q2` and base64 of a SHA-256; other databases wrote hexadecimal.
fn digest(value: &str) -> Option<String> {
    let value = value.trim();
    let decode = |text: &str, length: usize| STANDARD.decode(text).ok().filter(|bytes| bytes.len() == length).map(|bytes| hex(&bytes));
    if let Some(text) = value.strip_prefix("Q1") {
        decode(text, 20).map(|digest| format!("sha1:{digest}"))
    } else if let Some(text) = value.strip_prefix("Q2") {
        decode(text, 32).map(|digest| format!("sha256:{digest}"))
    } else {
        (value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("md5:{}", value.to_ascii_lowercase()))
    }
}

/// The name of a dependency or a provided thing, without its condition.
fn name(word: &str) -> &str {
    word.split(['<', '>', '=', '~', '@']).next().unwrap_or(word)
}

fn resolve(packages: &mut [Package], wants: &[Wants]) -> Option<Diagnostic> {
    let mut names = Names::new();
    let own: Vec<String> = packages.iter().map(|package| package.name.clone()).collect();
    for (at, (own, wants)) in own.iter().zip(wants).enumerate() {
        names.package(own, at);
        for word in wants.provides.split_whitespace() {
            names.provides(name(word), at);
        }
    }
    let ids: Vec<String> = packages.iter().map(Package::key).collect();
    for (at, (package, wants)) in packages.iter_mut().zip(wants).enumerate() {
        let wanted = wants.depends.split_whitespace().filter(|word| !word.starts_with('!')).map(name);
        let found = names.resolve(at, wanted, |_| true);
        package.depends_on = found.into_iter().filter_map(|at| ids.get(at).cloned()).collect();
        package.depends_on.sort_unstable();
        package.depends_on.dedup();
    }
    names.cut()
}

impl Stanza {
    fn finish(self, path: &str, end: u32, packages: &mut Vec<Package>, wants: &mut Vec<Wants>, errors: &mut FirstError) {
        let Some(start) = self.start else { return };
        if self.name.is_empty() || self.version.is_empty() {
            let missing = if self.name.is_empty() { "P" } else { "V" };
            errors.add(start, || format!("a package without `{missing}`"));
            return;
        }
        packages.push(Package {
            source_version: self.origin.is_some().then(|| self.version.clone()),
            name: self.name,
            version: self.version,
            arch: self.arch,
            source_name: self.origin,
            licenses: self.license.as_deref().map(licenses::of_field).unwrap_or_default(),
            maintainer: self.maintainer,
            digest: self.digest,
            files: self.files,
            at: Place { lines: Some(Lines::new(start, end)), ..Place::file(path) },
            ..Package::of(&APK)
        });
        wants.push(Wants { depends: self.depends, provides: self.provides });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const SAMPLE: &str = "C:Q1hU54xV8ZXKyXNfy4RqXhxo3MkYs=
P:libcrypto3
V:3.1.4-r1
A:x86_64
L:Apache-2.0
o:openssl
D:so:libc.musl-x86_64.so.1 !old-lib /bin/sh virt~2 nothing libcrypto3
p:so:libcrypto.so.3=3
F:lib
M:0:0:755
R:libcrypto.so.3
a:0:0:555
Z:Q1hU54xV8ZXKyXNfy4RqXhxo3MkYs=
F:
R:root-file

P:musl
V:1.2.4-r2
L:MIT BSD GPL2+
p:so:libc.musl-x86_64.so.1=1 virt=2.1
F:etc

P:busybox
V:1.36-r1
p:/bin/sh
";

    #[test]
    fn packages_and_their_files() {
        check_together(
            &[("lib/apk/db/installed", SAMPLE.as_bytes())],
            "apk busybox 1.36-r1 - @23
             apk libcrypto3 3.1.4-r1 x86_64 from openssl@3.1.4-r1 [Apache-2.0] @1 -> busybox@1.36-r1, musl@1.2.4-r2 (sha1:854e78c55f195cac9735fcb846a5e1c68dcc918b)
             apk musl 1.2.4-r2 - [MIT, BSD, GPL-2.0-or-later] @17
             owns lib/libcrypto.so.3
             owns root-file",
        );
        check(&INSTALLED, "usr/lib/apk/db/installed", b"", "");
    }

    #[test]
    fn digests_of_files() {
        let mut facts = Facts::default();
        let file = File { path: "lib/apk/db/installed", meta: probity_model::analyzer::FileMeta::default(), bytes: SAMPLE.as_bytes() };
        installed(&file, &mut facts).unwrap();
        let digests: Vec<_> = facts.packages[0].files.iter().map(|file| file.digest.as_deref()).collect();
        assert_eq!(digests, [Some("sha1:854e78c55f195cac9735fcb846a5e1c68dcc918b"), None]);
        assert_eq!(digest("Q2"), None);
        assert_eq!(digest(&format!("Q2{}", STANDARD.encode([1; 32]))).unwrap().len(), 71);
    }

    #[test]
    fn a_database_in_both_places_is_one() {
        let text = b"P:a\nV:1\nF:bin\nR:x\n";
        check_together(&[("lib/apk/db/installed", text), ("usr/lib/apk/db/installed", text)], "apk a 1 - @1\nowns bin/x");
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
