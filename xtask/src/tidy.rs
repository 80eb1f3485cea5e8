//! House rules that neither the compiler nor clippy knows.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Layers from bottom to top. A crate may depend on lower layers only; `testkit` is for tests.
const LAYERS: &[&[&str]] = &[
    &["probity-vfs", "probity-oci", "probity-versions", "probity-sbom"],
    &["probity-model"],
    &[
        "probity-analyzers",
        "probity-configs",
        "probity-targets",
        "probity-checks",
        "probity-compliance",
        "probity-advisories",
        "probity-report",
    ],
    &["probity-engine"],
    &["probity"],
];
/// Crates beside the layers: nothing of the product may depend on them.
const BESIDE: &[&str] = &["probity-testkit", "xtask"];
/// Crates that may open sockets, by the library that does it.
const NETWORK: (&str, &[&str]) = ("ureq", &["probity-oci"]);
/// External crates in the whole tree.
const MAX_CRATES: usize = 300;

pub(crate) fn run() -> Result<()> {
    let mut problems = Vec::new();
    let metadata = metadata()?;
    layers(&metadata, &mut problems);
    let external = metadata
        .get("packages")
        .and_then(Value::as_array)
        .map_or(0, |list| list.iter().filter(|package| package.get("source").is_some_and(|source| !source.is_null())).count());
    if external > MAX_CRATES {
        problems.push(format!("{external} external crates: more than {MAX_CRATES}"));
    }
    let root = crate::root();
    module_docs(&root, &mut problems)?;
    records(&root.join("docs/adr"), &mut problems)?;
    frameworks(&root, &mut problems)?;
    code_map(&root, &mut problems)?;
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    if !problems.is_empty() {
        bail!("{} problems", problems.len());
    }
    println!("tidy: layers, module docs, decision records, frameworks and the code map are in order ({external} external crates)");
    Ok(())
}

fn metadata() -> Result<Value> {
    let output = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).current_dir(crate::root()).output()?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata did not print JSON")
}

fn layers(metadata: &Value, problems: &mut Vec<String>) {
    let level: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(level, names)| names.iter().map(move |name| (*name, level))).collect();
    let mut seen = BTreeSet::new();
    for package in metadata.get("packages").and_then(Value::as_array).into_iter().flatten() {
        if package.get("source").is_some_and(|source| !source.is_null()) {
            continue;
        }
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        seen.insert(name);
        let beside = BESIDE.contains(&name);
        if !beside && !level.contains_key(name) {
            problems.push(format!("crate `{name}` is in no layer: add it to LAYERS in xtask/src/tidy.rs and to ARCHITECTURE.md"));
            continue;
        }
        for dependency in package.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
            let other = dependency.get("name").and_then(Value::as_str).unwrap_or_default();
            let for_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            if for_tests || beside {
                continue;
            }
            if other == NETWORK.0 && !NETWORK.1.contains(&name) {
                problems.push(format!("`{name}` depends on `{other}`: only {} open sockets", NETWORK.1.join(", ")));
            }
            if BESIDE.contains(&other) {
                problems.push(format!("`{name}` depends on `{other}`, which is for tests"));
            }
            if let (Some(own), Some(its)) = (level.get(name), level.get(other))
                && its >= own
            {
                problems.push(format!("`{name}` (layer {own}) depends on `{other}` (layer {its}): only lower layers"));
            }
        }
    }
    for name in level.keys().filter(|name| !seen.contains(*name)) {
        problems.push(format!("LAYERS names `{name}`, which is no crate"));
    }
}

/// Every file opens with what it is.
fn module_docs(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    for folder in ["crates", "xtask"] {
        for path in files(&root.join(folder), "rs")? {
            let text = fs::read_to_string(&path)?;
            let shown = path.strip_prefix(root).unwrap_or(&path).display();
            if !text.trim_start().starts_with("//!") {
                problems.push(format!("`{shown}` does not open with `//!`"));
            }
            for word in ["TO\u{44}O", "FIX\u{4d}E", "XX\u{58}"] {
                if text.contains(word) {
                    problems.push(format!("`{shown}` contains `{word}`: do it, or write it in SHORTCOMINGS.md"));
                }
            }
        }
    }
    Ok(())
}

/// Decision records are numbered without gaps and have their sections.
fn records(folder: &Path, problems: &mut Vec<String>) -> Result<()> {
    let mut paths = files(folder, "md")?;
    paths.sort();
    for (number, path) in (1..).zip(&paths) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(&format!("{number:04}-")) {
            problems.push(format!("docs/adr/{name}: expected number {number:04}"));
        }
        let text = fs::read_to_string(path)?;
        for section in ["## Context", "## Decision", "## Consequences", "## What would change our mind"] {
            if !text.contains(section) {
                problems.push(format!("docs/adr/{name} has no section `{section}`"));
            }
        }
    }
    Ok(())
}

/// Every framework is credited.
fn frameworks(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let notice = fs::read_to_string(root.join("NOTICE-frameworks.md")).context("NOTICE-frameworks.md")?;
    for entry in fs::read_dir(root.join("crates/compliance/frameworks"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let id = name.rsplit_once('-').filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.'));
        let id = id.map_or(name.as_str(), |(id, _)| id);
        if !notice.contains(id) {
            problems.push(format!("NOTICE-frameworks.md does not mention `{id}`"));
        }
    }
    Ok(())
}

/// ARCHITECTURE.md names every crate.
fn code_map(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    for entry in fs::read_dir(root.join("crates"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !text.contains(&format!("`{name}`")) {
            problems.push(format!("ARCHITECTURE.md does not mention the crate `{name}`"));
        }
    }
    Ok(())
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
