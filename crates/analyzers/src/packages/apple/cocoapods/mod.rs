//! `Podfile.lock`.
//!
//! <https://guides.cocoapods.org/using/the-podfile.html>
//!
//! YAML. `PODS` lists `Name (version)`, those with dependencies as a map with one key. A part of a pod, `Name/Part`, is a package of its own. Names are
//! needed without a version, and only one version of a pod can be installed.
//!
//! `DEPENDENCIES`, what the project itself names, is not looked at: consumers of reports know these packages without a relationship.

use super::COCOAPODS;
use crate::{
    packages::{
        listing::Listing,
        tree::{self, Value},
        yaml,
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use std::collections::HashMap;

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/cocoapods",
        version: 1,
        claims: &[Pattern::Name("Podfile.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    let root = documents.first();
    let pods = root.and_then(|root| root.get("PODS"));
    if pods.is_none() {
        errors.add(1, || "no `PODS`".to_owned());
    }
    let mut listing = Listing::default();
    let mut ids: HashMap<String, String> = HashMap::new();
    let mut needs: Vec<(usize, &[Value<'_>])> = Vec::new();
    for pod in pods.map_or(&[][..], Value::items) {
        let (entry, wanted) = match pod.fields() {
            [field, ..] => (Some(&*field.key), field.value.items()),
            [] => (pod.text(), &[][..]),
        };
        let Some((name, version)) = entry.and_then(name_and_version) else {
            errors.add(pod.lines.start, || "a pod without version".to_owned());
            continue;
        };
        // Where it stands is known, but not part of what consumers of reports compare.
        let at = Place { lines: Some(Lines::one(pod.lines.start)), ..Place::file(file.path) };
        let package = Package { name: name.to_owned(), version: version.to_owned(), at, ..Package::of(&COCOAPODS) };
        ids.insert(name.to_owned(), package.key());
        needs.push((listing.put(package), wanted));
    }
    for (at, wanted) in needs {
        if let Some(package) = listing.get_mut(at) {
            let names = wanted.iter().filter_map(|need| need.text()?.split(" (").next());
            package.depends_on.extend(names.filter_map(|name| ids.get(name).cloned()));
        }
    }
    listing.finish(out);
    errors.into_result()
}

/// `AppCenter/Core (4.2.0)`. A pod that is not released has more words in its brackets: `(from `…`)`.
fn name_and_version(entry: &str) -> Option<(&str, &str)> {
    let (name, rest) = entry.split_once(" (")?;
    let version = rest.strip_suffix(')')?.trim();
    Some((name.trim(), version)).filter(|(name, version)| !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "PODS:
  - AppCenter (4.2.0):
    - AppCenter/Analytics (= 4.2.0)
    - Missing
  - AppCenter/Analytics (4.2.0):
    - \"Quoted+Name\"
  - \"Quoted+Name (1.0.0-beta.1)\"
  - Broken

DEPENDENCIES:
  - AppCenter
COCOAPODS: 1.11.2
";

    #[test]
    fn parts_are_packages() {
        check(
            &LOCK,
            "ios/Podfile.lock",
            SAMPLE.as_bytes(),
            "cocoapods AppCenter 4.2.0 - @2 -> AppCenter/Analytics@4.2.0
             cocoapods AppCenter/Analytics 4.2.0 - @5 -> Quoted+Name@1.0.0-beta.1
             cocoapods Quoted+Name 1.0.0-beta.1 - @7
             error line 8: a pod without version",
        );
        check(&LOCK, "Podfile.lock", b"", "error line 1: no `PODS`");
        check(&LOCK, "Podfile.lock", b"PODFILE CHECKSUM: 0\nPODS: []\n", "");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&LOCK, "Podfile.lock", SAMPLE.as_bytes());
    }
}
