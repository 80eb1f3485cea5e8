//! Bottlerocket's list of what an image was built from: `usr/share/bottlerocket/application-inventory.json`.
//!
//! <https://bottlerocket.dev/en/os/latest/concepts/components/>
//!
//! There is no rpm database on a node. The list has a name, version, release, epoch and architecture for each package.

use crate::{
    packages::os::BOTTLEROCKET,
    unit::{LARGE, Run, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use serde_json::Value;

pub(crate) const INVENTORY: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/bottlerocket",
        version: 1,
        claims: &[Pattern::Name("application-inventory.json")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(inventory),
};

fn inventory(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let own = file.path.contains("bottlerocket");
    let list: Value = match serde_json::from_slice(file.bytes) {
        Ok(list) => list,
        Err(error) if own => {
            return Err(AnalyzeError { message: format!("is no JSON: {error}"), line: u32::try_from(error.line()).ok() });
        }
        // Some other program's file.
        Err(_) => return Ok(()),
    };
    let Some(content) = list.get("Content").and_then(Value::as_array) else {
        return if own { Err(AnalyzeError::new("has no list `Content`")) } else { Ok(()) };
    };
    let mut nameless = 0_usize;
    for entry in content {
        let text = |key: &str| {
            let value = entry.get(key)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string())).filter(|text| !text.is_empty())
        };
        let (Some(name), Some(version)) = (text("Name"), text("Version")) else {
            nameless += 1;
            continue;
        };
        let epoch = text("Epoch").filter(|epoch| epoch != "0").map_or_else(String::new, |epoch| format!("{epoch}:"));
        let release = text("Release").map_or_else(String::new, |release| format!("-{release}"));
        out.packages.push(Package {
            name,
            version: format!("{epoch}{version}{release}"),
            arch: text("Architecture"),
            maintainer: text("Publisher"),
            at: Place::file(file.path),
            ..Package::of(&BOTTLEROCKET)
        });
    }
    if nameless > 0 && own {
        return Err(AnalyzeError::new(format!("{nameless} entries have no name or no version")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const PATH: &str = "x86_64-bottlerocket-linux-gnu/sys-root/usr/share/bottlerocket/application-inventory.json";
    const SAMPLE: &[u8] = br#"{"Content":[
        {"Name":"glibc","Publisher":"Bottlerocket","Version":"2.38","Release":"1.abc.br1","Epoch":"1","Architecture":"x86_64"},
        {"Name":"plain","Version":"1","Epoch":0},
        {"Name":"broken"}]}"#;

    #[test]
    fn what_an_image_was_built_from() {
        check(
            &INVENTORY,
            PATH,
            SAMPLE,
            "bottlerocket glibc 1:2.38-1.abc.br1 x86_64
             bottlerocket plain 1 -
             error: 1 entries have no name or no version",
        );
        check(&INVENTORY, PATH, b"{}", "error: has no list `Content`");
        check(&INVENTORY, "srv/application-inventory.json", b"{}", "");
        check(&INVENTORY, "srv/application-inventory.json", b"{", "");
    }

    #[test]
    fn never_panics() {
        robust(&INVENTORY, PATH, SAMPLE);
    }
}
