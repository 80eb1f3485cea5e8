//! `package.conf.d/*.conf`: the databases of packages that GHC, Cabal and Stack keep for a compiler.
//!
//! <https://downloads.haskell.org/ghc/latest/docs/users_guide/packages.html#installedpackageinfo-a-package-specification>
//!
//! Fields of a name, a colon and a value, continued on indented lines. An inner library (`lib-name`) is a file of its own with the name of its package.
//! `depends` names units of other files and is not looked at.

use super::GHC_PACKAGE;
use crate::{
    text::lines,
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const CONF: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/ghc-package",
        version: 1,
        claims: &[Pattern::In("package.conf.d", ".conf"), Pattern::In("package.db", ".conf")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(conf),
};

fn conf(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut package = Package { at: Place::file(file.path), ..Package::of(&GHC_PACKAGE) };
    // In whose value indented lines are read.
    let mut field = String::new();
    let mut inner = false;
    for (_, line) in lines(file.bytes) {
        let value = if line.starts_with([' ', '\t']) {
            line.trim()
        } else {
            let Some((key, value)) = line.split_once(':') else { continue };
            field = key.trim().to_ascii_lowercase();
            value.trim()
        };
        if value.is_empty() {
            continue;
        }
        match field.as_str() {
            "name" if package.name.is_empty() => value.clone_into(&mut package.name),
            // The readable name of an inner library: `package-name` is that of its package.
            "package-name" => value.clone_into(&mut package.name),
            "version" if package.version.is_empty() => value.clone_into(&mut package.version),
            "license" if package.licenses.is_empty() && value != "NONE" => package.licenses.push(value.to_owned()),
            "lib-name" => inner = true,
            _ => {}
        }
    }
    if package.name.is_empty() || package.version.is_empty() {
        return Err(AnalyzeError::new("no `name` or `version`"));
    }
    if !inner {
        out.packages.push(package);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "name:            text
version:
    2.0.2
visibility: public
id: text-2.0.2
license: BSD-2-Clause
depends:
    base-4.17.0.0 bytestring-0.11.3.1
";

    #[test]
    fn installed_packages() {
        let path = "usr/lib/ghc/package.conf.d/text-2.0.2.conf";
        check(&CONF, path, SAMPLE.as_bytes(), "hackage text 2.0.2 - [BSD-2-Clause]");
        check(&CONF, path, b"name: z-x-z-y\nversion: 1\npackage-name: x\nlib-name: y\n", "");
        check(&CONF, path, b"version: 1\n", "error: no `name` or `version`");
        robust(&CONF, path, SAMPLE.as_bytes());
    }
}
