//! Homebrew: `Cellar/NAME/VERSION/INSTALL_RECEIPT.json`, on Linux and macOS.
//!
//! <https://docs.brew.sh/Formula-Cookbook>, <https://github.com/Homebrew/brew/blob/master/Library/Homebrew/tab.rb>
//!
//! The name and the version are those of the folders (`3.2.1_1`: the formula's first revision); the receipt has what the program needs at run time, with
//! versions that may have been replaced since, so names are resolved among what is installed.
//!
//! Missing: casks, files, licences, which the receipt does not have.

use crate::{
    packages::os::{HOMEBREW, joined},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use serde_json::Value;

pub(crate) const RECEIPT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/homebrew",
        version: 1,
        claims: &[Pattern::Name("INSTALL_RECEIPT.json")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(receipt),
};

fn receipt(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut folders = file.path.rsplit('/').skip(1);
    let (Some(version), Some(name), Some("Cellar")) = (folders.next(), folders.next(), folders.next()) else { return Ok(()) };
    let mut package = Package { name: name.to_owned(), version: version.to_owned(), at: Place::file(file.path), ..Package::of(&HOMEBREW) };
    let read: Result<Value, _> = serde_json::from_slice(file.bytes);
    if let Ok(receipt) = &read {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        package.arch = text(receipt, "arch");
        package.source_name = receipt.get("source").and_then(|source| text(source, "tap")).map(|tap| format!("{tap}/{name}"));
        let wanted = receipt.get("runtime_dependencies").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names = wanted.iter().filter_map(|wanted| text(wanted, "full_name"));
        package.depends_on = names.map(|name| name.rsplit('/').next().unwrap_or(&name).to_owned()).collect();
    }
    out.packages.push(package);
    read.map(drop).map_err(|error| AnalyzeError { message: format!("is no JSON: {error}"), line: u32::try_from(error.line()).ok() })
}

pub(crate) fn assemble(facts: &mut Facts) {
    let cut = joined::resolve(&mut facts.packages, &HOMEBREW, &[]);
    facts.diagnostics.extend(cut);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, check_together, robust};

    const CURL: &[u8] = br#"{"arch":"x86_64","source":{"tap":"homebrew/core"},"runtime_dependencies":[{"full_name":"openssl@3","version":"3.1"},{"full_name":"gone"}]}"#;

    #[test]
    fn folders_name_what_is_installed() {
        check_together(
            &[
                ("home/linuxbrew/.linuxbrew/Cellar/curl/8.5.0_1/INSTALL_RECEIPT.json", CURL),
                ("home/linuxbrew/.linuxbrew/Cellar/openssl@3/3.2.0/INSTALL_RECEIPT.json", b"{}"),
            ],
            "generic curl 8.5.0_1 x86_64 from homebrew/core/curl@- -> openssl@3@3.2.0
             generic openssl@3 3.2.0 -",
        );
        check(
            &RECEIPT,
            "Cellar/a/1/INSTALL_RECEIPT.json",
            b"{",
            "generic a 1 -\nerror line 1: is no JSON: EOF while parsing an object at line 1 column 1",
        );
        check(&RECEIPT, "srv/a/1/INSTALL_RECEIPT.json", b"{", "");
    }

    #[test]
    fn never_panics() {
        robust(&RECEIPT, "Cellar/a/1/INSTALL_RECEIPT.json", CURL);
    }
}
