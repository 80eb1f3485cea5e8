//! `wp-includes/version.php`: the version of an installed WordPress.
//!
//! <https://developer.wordpress.org/reference/functions/get_bloginfo/>
//!
//! A PHP file of assignments; `$wp_version` is what WordPress itself and its plugins go by. Plugins and themes are not looked at.

use super::WORDPRESS;
use crate::{
    text::{lines, unquote},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const VERSION: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/wordpress",
        version: 1,
        claims: &[Pattern::In("wp-includes", "version.php")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(version),
};

fn version(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if crate::text::file_name(file.path) != "version.php" {
        return Ok(());
    }
    for (number, line) in lines(file.bytes) {
        let value = line.trim().strip_prefix("$wp_version").and_then(|rest| rest.trim_start().strip_prefix('='));
        let Some(value) = value.and_then(|value| value.split(';').next()).map(unquote) else { continue };
        if value.starts_with(|c: char| c.is_ascii_digit()) {
            let package =
                Package { name: "wordpress".to_owned(), version: value.to_owned(), at: Place::file(file.path), ..Package::of(&WORDPRESS) };
            out.packages.push(package.on(Lines::one(number)));
            return Ok(());
        }
    }
    Err(AnalyzeError::new("no `$wp_version`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn the_version_is_assigned() {
        let path = "var/www/html/wp-includes/version.php";
        let sample = b"<?php\n/** @global string $wp_version */\n$wp_version = '6.4.2';\n$wp_db_version = 1;\n";
        check(&VERSION, path, sample, "generic wordpress 6.4.2 - @3");
        check(&VERSION, path, b"<?php\n$wp_version = VERSION;", "error: no `$wp_version`");
        robust(&VERSION, path, sample);
    }
}
