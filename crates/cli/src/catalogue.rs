//! `check list|show`.

use crate::{Exit, Terminal, nearest::nearest, print};
use anyhow::{Result, bail};
use probity_checks::all;
use probity_model::check::Check;

pub(crate) fn list(_: Terminal) -> Result<Exit> {
    let mut rows: Vec<_> = all().map(Check::meta).collect();
    rows.sort_by(|a, b| a.input.cmp(&b.input).then_with(|| a.id.cmp(&b.id)));
    let mut text = String::new();
    for meta in rows {
        text.push_str(&format!("{:12}  {:8}  {:12}  {}\n", meta.id.as_str(), meta.severity.as_str(), meta.input.as_str(), meta.title));
    }
    print(&text)
}

pub(crate) fn show(id: &str) -> Result<Exit> {
    let Some(check) = all().find(|check| check.meta().answers_to(id)) else {
        let known =
            all().flat_map(|check| std::iter::once(check.meta().id.as_str()).chain(check.meta().aliases.iter().map(String::as_str)));
        let hint = nearest(id, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        bail!("there is no check `{id}`{hint}");
    };
    let meta = check.meta();
    let mut text = format!("{}  {}  {}\n{}\n\n", meta.id, meta.severity, meta.input, meta.title);
    text.push_str(&format!("also known as: {}\n", meta.aliases.join(", ")));
    text.push_str(&format!("what to change: {}\n", meta.remediation));
    for reference in &meta.references {
        text.push_str(&format!("see: {reference}\n"));
    }
    let prose = check.doc().splitn(3, "---\n").nth(2).unwrap_or_default();
    text.push('\n');
    text.push_str(prose.trim_start());
    print(&text)
}
