//! `stack.yaml.lock`.
//!
//! <https://docs.haskellstack.org/en/stable/topics/lock_files/>
//!
//! Only the packages beside the snapshot are written: `completed` is `hackage: name-version@sha256:…`, or a repository or archive with `name` and
//! `version`. What comes from the snapshot (`lts-20.26`, some thousand packages of which a project uses a few) is not in any file of the project.

use super::{STACK, name_and_version};
use crate::{
    packages::{listing::Listing, tree, yaml},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/stack-lock",
        version: 1,
        claims: &[Pattern::Name("stack.yaml.lock")],
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
    if root.and_then(|root| root.get("packages")).is_none() {
        errors.add(1, || "no `packages`".to_owned());
    }
    let mut listing = Listing::default();
    for entry in root.map_or(&[][..], |root| root.items_of("packages")) {
        let found = entry.get("completed").and_then(|completed| match completed.text_of("hackage") {
            Some(text) => name_and_version(text.split('@').next().unwrap_or(text)),
            None => Some((completed.text_of("name")?, completed.word_of("version")?)),
        });
        let Some((name, version)) = found else {
            errors.add(entry.lines.start, || "a package without name or version".to_owned());
            continue;
        };
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship: Relationship::Direct,
            at: Place::file(file.path),
            ..Package::of(&STACK)
        };
        listing.put(package.on(entry.lines));
    }
    listing.finish(out);
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "packages:
- completed:
    hackage: acme-missiles-0.3@sha256:2ba66a092a32593880a87fb00f3213762d7bca65a687d45965778deb8694c5d1,613
    pantry-tree: {sha256: aa, size: 226}
  original:
    hackage: acme-missiles-0.3
- completed:
    commit: 0123
    git: https://git.example/x.git
    name: from-git
    version: 1.10
- original: {}
snapshots:
- completed: {size: 1, url: https://x.example/lts/20/26.yaml}
  original: lts-20.26
";

    #[test]
    fn packages_beside_the_snapshot() {
        check(
            &LOCK,
            "stack.yaml.lock",
            SAMPLE.as_bytes(),
            "hackage acme-missiles 0.3 - @2 direct
             hackage from-git 1.10 - @7 direct
             error line 12: a package without name or version",
        );
        check(&LOCK, "stack.yaml.lock", b"packages: []\nsnapshots: []\n", "");
        robust(&LOCK, "stack.yaml.lock", SAMPLE.as_bytes());
    }
}
