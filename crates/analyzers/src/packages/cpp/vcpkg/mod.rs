//! vcpkg: the manifest `vcpkg.json`, and what is installed.
//!
//! <https://learn.microsoft.com/vcpkg/reference/vcpkg-json>, <https://learn.microsoft.com/vcpkg/reference/installation-tree-layout>
//!
//! A manifest names ports; versions come from a baseline, a commit of the registry, that only the registry can translate. So a wanted port has a version
//! only where `overrides` fixes one. `host` dependencies are tools of the build.
//!
//! An installation has `vcpkg/info/<port>_<version>_<triplet>.list` for each port: its name says what is installed. `vcpkg/status` says more (revisions
//! of ports, features) but is behind by what lies in `vcpkg/updates`, which is everything after a first installation; it is not read.

use super::{VCPKG, VCPKG_INSTALLED};
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Data},
    },
    text::{file_name, has_folder},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::HashMap;

pub(crate) const MANIFEST: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/vcpkg",
        version: 1,
        claims: &[Pattern::Name("vcpkg.json")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(manifest),
};

pub(crate) const INFO: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/vcpkg-installed",
        version: 1,
        claims: &[Pattern::In("info", ".list")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(info),
};

fn manifest(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let overrides: HashMap<&str, &str> = root
        .items_of("overrides")
        .iter()
        .filter_map(|item| {
            let keys = ["version", "version-string", "version-semver", "version-date"];
            Some((item.text_of("name")?, keys.iter().find_map(|key| item.text_of(key))?))
        })
        .collect();
    let features: Vec<&tree::Value<'_>> = match root.get("features").map(|features| &features.data) {
        Some(Data::Map(fields)) => fields.iter().map(|field| &field.value).collect(),
        Some(Data::List(items)) => items.iter().collect(),
        _ => Vec::new(),
    };
    let mut listing = Listing::default();
    for list in [&root].into_iter().chain(features) {
        for item in list.items_of("dependencies") {
            let Some(name) = item.text().or_else(|| item.text_of("name")).filter(|name| !name.is_empty()) else {
                errors.add(item.lines.start, || "a dependency without name".to_owned());
                continue;
            };
            let package = Package {
                name: name.to_owned(),
                // `1.3.1#2` is the second revision of the port of 1.3.1.
                version: overrides.get(name).and_then(|version| version.split('#').next()).unwrap_or_default().to_owned(),
                relationship: Relationship::Direct,
                dev: item.is("host"),
                at: Place::file(file.path),
                ..Package::of(&VCPKG)
            };
            listing.put(package.on(item.lines));
        }
    }
    listing.finish(out);
    errors.into_result()
}

fn info(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if !has_folder(file.path, "vcpkg/info") {
        return Ok(());
    }
    let stem = file_name(file.path).strip_suffix(".list").unwrap_or_default();
    let parts = stem.split_once('_').and_then(|(name, rest)| rest.rsplit_once('_').map(|(version, triplet)| (name, version, triplet)));
    let Some((name, version, triplet)) = parts.filter(|(name, version, _)| !name.is_empty() && !version.is_empty()) else {
        return Err(AnalyzeError::new("the name is not that of a port, its version and its triplet"));
    };
    out.packages.push(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        arch: Some(triplet.to_owned()).filter(|triplet| !triplet.is_empty()),
        at: Place::file(file.path),
        ..Package::of(&VCPKG_INSTALLED)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"{
  "name": "app",
  "dependencies": [
    "zlib",
    {"name": "protobuf", "host": true},
    {"name": "fmt", "version>=": "10.1.0#1"},
    {}
  ],
  "features": {"tests": {"dependencies": ["gtest", "zlib"]}},
  "overrides": [{"name": "zlib", "version": "1.3.1#2"}]
}"#;

    #[test]
    fn only_overrides_are_versions() {
        check(
            &MANIFEST,
            "vcpkg.json",
            SAMPLE.as_bytes(),
            "vcpkg zlib 1.3.1 - @4 direct @9
             vcpkg protobuf  - @5 direct dev id protobuf
             vcpkg fmt  - @6 direct id fmt
             vcpkg gtest  - @9 direct id gtest
             error line 7: a dependency without name",
        );
    }

    #[test]
    fn installed_ports() {
        check(&INFO, "app/vcpkg_installed/vcpkg/info/zlib_1.3.1_x64-linux.list", b"x64-linux/\n", "vcpkg zlib 1.3.1 x64-linux");
        check(&INFO, "var/lib/dpkg/info/zlib1g.list", b"", "");
        check(&INFO, "vcpkg/info/zlib.list", b"", "error: the name is not that of a port, its version and its triplet");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&MANIFEST, "vcpkg.json", SAMPLE.as_bytes());
    }
}
