//! Writes the JSON Schema of the report; a test compares the file with the types.

use anyhow::{Context, Result};

pub(crate) fn run() -> Result<()> {
    let path = crate::root().join("docs/schema/report-v1.json");
    let mut text = serde_json::to_string_pretty(&probity_report::json_schema())?;
    text.push('\n');
    std::fs::create_dir_all(path.parent().context("the path has a parent")?)?;
    std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
