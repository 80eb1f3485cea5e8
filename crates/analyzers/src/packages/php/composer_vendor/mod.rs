//! `vendor/composer/installed.json`: what Composer installed.
//!
//! <https://getcomposer.org/doc/07-runtime.md>
//!
//! Composer 1 writes a list, Composer 2 an object with `packages`. `dev-package-names` are the packages that only development needs. They are listed
//! like the others: they were not only wanted, they are there.
//!
//! Other tools write files of the same name: what has no package in it is passed over unless it lies in a folder `composer`.

use super::{COMPOSER_VENDOR, composer::packages};
use crate::{
    packages::{
        json,
        tree::{self, Data},
    },
    text::has_folder,
    unit::{FirstError, Run, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const INSTALLED: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/composer-vendor",
        version: 1,
        claims: &[Pattern::Name("installed.json")],
        provides: &[Capability::Packages],
        max_bytes: 16 << 20,
    },
    run: Run::Strict(installed),
};

fn installed(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let entries = match &root.data {
        Data::List(items) => items.as_slice(),
        _ => root.items_of("packages"),
    };
    let is_ours = has_folder(file.path, "composer");
    if !is_ours && !entries.iter().any(|entry| entry.text_of("name").is_some_and(|name| name.contains('/'))) {
        return Ok(());
    }
    if !matches!(root.data, Data::List(_)) && root.get("packages").is_none() {
        errors.add(root.lines.start, || "no `packages`".to_owned());
    }
    packages(entries.iter().map(|entry| (entry, false)), file.path, &COMPOSER_VENDOR, &mut errors).finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"{
  "packages": [
    {
      "name": "acme/alpha",
      "version": "v1.2.3",
      "require": {"acme/dev": "*"},
      "license": ["MIT"]
    },
    {"name": "acme/dev", "version": "2.0"}
  ],
  "dev": true,
  "dev-package-names": ["acme/dev"]
}"#;

    #[test]
    fn both_forms() {
        check(
            &INSTALLED,
            "app/vendor/composer/installed.json",
            SAMPLE.as_bytes(),
            "composer acme/alpha v1.2.3 - [MIT] @3 -> acme/dev@2.0
             composer acme/dev 2.0 - @9",
        );
        check(&INSTALLED, "vendor/composer/installed.json", br#"[{"name": "a/b", "version": "1.0"}]"#, "composer a/b 1.0 - @1");
    }

    #[test]
    fn files_of_others_are_passed_over() {
        check(&INSTALLED, "etc/installed.json", br#"{"packages": ["x"]}"#, "");
        check(&INSTALLED, "vendor/composer/installed.json", b"{}", "error line 1: no `packages`");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&INSTALLED, "vendor/composer/installed.json", SAMPLE.as_bytes());
    }
}
