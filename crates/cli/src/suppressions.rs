//! Reads ignore files and VEX documents that the user names, and the ignore files of the current folder.

use anyhow::{Context, Result, bail};
use probity_engine::Suppressions;
use std::path::{Path, PathBuf};

/// Read when they are there and no other is named.
const DEFAULTS: [&str; 3] = [".trivyignore", ".trivyignore.yaml", ".probityignore.yaml"];
const MAX_BYTES: u64 = 64 << 20;

pub(crate) fn read(named: Option<&Path>, vex: &[String]) -> Result<Suppressions> {
    let mut suppressions = Suppressions::default();
    let paths: Vec<PathBuf> = match named {
        Some(path) => vec![path.to_owned()],
        None => DEFAULTS.iter().map(PathBuf::from).filter(|path| path.is_file()).collect(),
    };
    for path in paths {
        let text = crate::files::read_text(&path, MAX_BYTES)?;
        let name = path.display().to_string();
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml")) {
            suppressions.add_yaml(&text, &name)?;
        } else {
            suppressions.add_list(&text, &name)?;
        }
    }
    for source in vex {
        if matches!(source.as_str(), "repo" | "oci" | "sbom-ref") {
            bail!("`--vex {source}` is not supported: name the files of VEX documents");
        }
        let text = crate::files::read_text(Path::new(source), MAX_BYTES)?;
        suppressions.add_vex(&text, source).with_context(|| format!("`--vex {source}`"))?;
    }
    Ok(suppressions)
}
