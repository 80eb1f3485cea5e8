//! sbt: lockfiles of `sbt-dependency-lock`, `build.sbt.lock` and those of other projects.
//!
//! <https://stringbean.github.io/sbt-dependency-lock/file-formats/version-1.html>
//!
//! Odd: a dependency says in which configurations it is needed; what is in neither `compile` nor `runtime` is for development.

use super::SBT;
use crate::{
    packages::{json, tree},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const LOCKFILE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/sbt-lock",
        version: 1,
        claims: &[Pattern::Suffix(".sbt.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lockfile),
};

fn lockfile(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    let text = tree::decode(file.bytes);
    let root = json::read(&text).or_note(&mut errors);
    for entry in root.items_of("dependencies") {
        let (Some(group), Some(artifact), Some(version)) = (entry.text_of("org"), entry.text_of("name"), entry.text_of("version")) else {
            errors.add(entry.lines.start, || "a dependency without org, name or version".to_owned());
            continue;
        };
        let shipped = entry.items_of("configurations").iter().any(|item| matches!(item.text(), Some("compile" | "runtime")));
        // An archive with sources or documentation may stand beside it.
        let main = format!("{artifact}.jar");
        let digest = entry.items_of("artifacts").iter().find(|it| it.text_of("name") == Some(&main)).and_then(|it| it.text_of("hash"));
        let package = Package {
            name: format!("{group}:{artifact}"),
            version: version.to_owned(),
            dev: !shipped,
            digest: digest.filter(|digest| digest.starts_with("sha1:")).map(str::to_ascii_lowercase),
            at: Place::file(file.path),
            ..Package::of(&SBT)
        };
        out.packages.push(package.on(entry.lines));
    }
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const LOCK: &[u8] = br#"{
  "lockVersion" : 1,
  "dependencies" : [
    {
      "org" : "org.acme",
      "name" : "lib_2.13",
      "version" : "1.0",
      "artifacts" : [{ "name" : "lib_2.13.jar", "hash" : "sha1:ABCD" }],
      "configurations" : ["compile", "test"]
    },
    { "org" : "org.acme", "name" : "tests", "version" : "2.0", "configurations" : ["test"] },
    { "org" : "org.acme" }
  ]
}"#;

    #[test]
    fn dependencies_of_all_configurations() {
        check(
            &LOCKFILE,
            "project/tools.sbt.lock",
            LOCK,
            "maven org.acme:lib_2.13 1.0 - @4 (sha1:abcd)
             maven org.acme:tests 2.0 - @11 dev
             error line 12: a dependency without org, name or version",
        );
        robust(&LOCKFILE, "build.sbt.lock", LOCK);
    }
}
