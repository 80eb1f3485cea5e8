//! `DESCRIPTION` of installed R packages.
//!
//! <https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file>
//!
//! Fields as Debian has them, continued on indented lines. `Built` is added by the installation: a description without it belongs to sources. The packages
//! that come with R itself have its version.

use super::{R_PACKAGE, licenses, of_bioconductor};
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::HashMap;

pub(crate) const DESCRIPTION: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/r-description",
        version: 1,
        claims: &[Pattern::Name("DESCRIPTION")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(description),
};

fn description(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut last = String::new();
    for (_, line) in lines(file.bytes) {
        if line.starts_with([' ', '\t']) {
            if let Some(value) = fields.get_mut(&last) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            key.clone_into(&mut last);
            fields.entry(last.clone()).or_insert_with(|| value.trim().to_owned());
        }
    }
    let field = |key: &str| fields.get(key).filter(|value| !value.is_empty());
    if field("Built").is_none() {
        return Ok(());
    }
    let (Some(name), Some(version)) = (field("Package"), field("Version")) else {
        return Err(AnalyzeError::new("an installed package without `Package` or `Version`"));
    };
    let mut package = Package {
        name: name.clone(),
        version: version.clone(),
        licenses: field("License").map(|field| licenses(field)).unwrap_or_default(),
        at: Place::file(file.path),
        ..Package::of(&R_PACKAGE)
    };
    if field("biocViews").is_some() {
        of_bioconductor(&mut package);
    }
    out.packages.push(package);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "Package: jsonlite\r
Title: A Simple and Robust
    JSON Parser
Version: 1.8.7
License: MIT + file
    LICENSE
Built: R 4.3.1; x86_64-pc-linux-gnu; 2023-07-01 00:00:00 UTC; unix
";

    #[test]
    fn installed_and_not() {
        check(&DESCRIPTION, "usr/lib/R/library/jsonlite/DESCRIPTION", SAMPLE.as_bytes(), "cran jsonlite 1.8.7 - [MIT]");
        check(&DESCRIPTION, "src/pkg/DESCRIPTION", b"Package: x\nVersion: 1\n", "");
        check(&DESCRIPTION, "x/DESCRIPTION", b"Built: R 4\nPackage: x\n", "error: an installed package without `Package` or `Version`");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&DESCRIPTION, "x/DESCRIPTION", SAMPLE.as_bytes());
    }
}
