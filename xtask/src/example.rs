//! The example service: builds its image from `examples/shop/image` and judges image and manifests, as a user would.

use anyhow::{Context, Result, bail};
use probity_testkit::image::{ImageBuilder, Layer, docker_save};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// `image.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    reference: String,
    /// Fields of the image configuration: `Env`, `Cmd` …
    config: serde_json::Map<String, serde_json::Value>,
    layers: Vec<Step>,
}

/// One instruction; one without files makes no layer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    created_by: String,
    folder: Option<String>,
    /// Octal, by path.
    #[serde(default)]
    modes: BTreeMap<String, String>,
    #[serde(default)]
    symlinks: BTreeMap<String, String>,
    /// Programs: the header of an ELF file stands for each.
    #[serde(default)]
    elf: Vec<String>,
    #[serde(default)]
    whiteouts: Vec<String>,
}

/// Builds `target/shop.tar`.
pub(crate) fn build() -> Result<PathBuf> {
    let root = crate::root();
    let source = root.join("examples/shop/image");
    let text = fs::read_to_string(source.join("image.json")).context("examples/shop/image/image.json")?;
    let description: Description = serde_json::from_str(&text).context("examples/shop/image/image.json")?;
    let mut image = ImageBuilder::new().tag(&description.reference);
    for (field, value) in description.config {
        image = image.config(&field, value);
    }
    for step in &description.layers {
        image = match layer(step, &source.join("layers"))? {
            Some(layer) => image.layer(&step.created_by, layer),
            None => image.instruction(&step.created_by),
        };
    }
    let target = root.join("target");
    fs::create_dir_all(&target)?;
    let path = target.join("shop.tar");
    fs::write(&path, docker_save(&[image]).tar()).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(path)
}

fn layer(step: &Step, folders: &Path) -> Result<Option<Layer>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    if let Some(folder) = &step.folder {
        let folder = folders.join(folder);
        collect(&folder, &folder, &mut files)?;
    }
    for path in &step.elf {
        files.insert(path.clone(), elf_header());
    }
    if files.is_empty() && step.whiteouts.is_empty() && step.symlinks.is_empty() {
        return Ok(None);
    }
    let mut layer = Layer::new();
    for (path, content) in files {
        let mode = match step.modes.get(&path) {
            Some(octal) => u32::from_str_radix(octal, 8).with_context(|| format!("mode `{octal}` of `{path}`"))?,
            None if step.elf.contains(&path) => 0o755,
            None => 0o644,
        };
        layer = layer.file(&path, content).mode(mode);
    }
    for (path, target) in &step.symlinks {
        layer = layer.symlink(path, target);
    }
    for path in &step.whiteouts {
        layer = layer.whiteout(path);
    }
    Ok(Some(layer))
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_str().context("a file name is not text")?.replace('\\', "/");
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

/// The header of a 64-bit x86 executable without sections or segments.
fn elf_header() -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend_from_slice(&[2, 0, 0x3e, 0, 1, 0, 0, 0]);
    header.resize(64, 0);
    header
}

/// Builds the image and runs the program on it.
pub(crate) fn run() -> Result<()> {
    let image = build()?;
    let root = crate::root();
    let image = image.strip_prefix(&root).unwrap_or(&image).to_path_buf();
    let arguments = [
        "compliance",
        "--framework",
        "cis-docker,pci-dss,pss-restricted",
        "--output",
        "compliance.json",
        image.to_str().context("the path is text")?,
        "examples/shop/Dockerfile",
        "examples/shop/docker-compose.yml",
        "examples/shop/deploy",
        "--exit-code",
        "0",
    ];
    println!("$ probity {}\n", arguments.join(" "));
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--package", "probity", "--"])
        .args(arguments)
        .current_dir(&root)
        .status()?;
    if !status.success() {
        bail!("probity ended with {status}");
    }
    println!("\nThe whole report is in compliance.json.");
    Ok(())
}
