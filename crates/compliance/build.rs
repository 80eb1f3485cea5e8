//! Turns `frameworks/*/framework.yaml` into canonical JSON for embedding, with the same types that read it at run time.
//!
//! YAML is what people write and review; reading the largest framework takes 10 ms as YAML and 0.4 ms as JSON, and the program
//! should answer about a small file in 20. The digest of a framework is that of the JSON, so it is not computed from a structure
//! at run time either.

#[path = "src/canonical.rs"]
mod canonical;
#[path = "src/spec/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate uses more of it than the build script")]
mod spec;

use std::{env, error::Error, fs, path::Path};

#[expect(clippy::disallowed_methods, reason = "a build script reads the sources of its own crate")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=frameworks");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/spec");
    println!("cargo::rerun-if-changed=src/canonical.rs");
    let out = env::var("OUT_DIR")?;
    for entry in fs::read_dir("frameworks")? {
        let folder = entry?.path();
        let source = folder.join("framework.yaml");
        let Some(name) = folder.file_name().and_then(|name| name.to_str()).filter(|_| source.is_file()) else { continue };
        let text = fs::read_to_string(&source)?;
        let file: spec::FrameworkFile = serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", source.display()))?;
        let mut json = String::new();
        canonical::write_canonical(&serde_json::to_value(&file)?, &mut json);
        fs::write(Path::new(&out).join(format!("{name}.json")), json)?;
    }
    Ok(())
}
