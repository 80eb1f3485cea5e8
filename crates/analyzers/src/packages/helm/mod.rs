//! Charts that a chart of Helm depends on: `Chart.lock`, and `requirements.lock` of Helm 2.
//!
//! <https://helm.sh/docs/topics/charts/#chart-dependencies>

use super::Group;
use crate::{
    packages::{listing::Listing, tree, yaml},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Package, Place, Purl,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};

/// Nobody publishes advisories about charts.
pub(crate) static HELM: Ecosystem = Ecosystem { id: "helm", purl_type: "helm", ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&HELM], analyzers: &[&LOCK] };

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/helm",
        version: 1,
        claims: &[Pattern::Name("Chart.lock"), Pattern::Name("requirements.lock")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let read = yaml::read(&text);
    let is_ours = read.root.first().is_some_and(|root| root.get("dependencies").is_some());
    if !is_ours && crate::text::file_name(file.path) == "requirements.lock" {
        // Python's tools write files of this name, too.
        return Ok(());
    }
    let documents = read.or_note(&mut errors);
    let mut listing = Listing::default();
    for entry in documents.first().map_or(&[][..], |root| root.items_of("dependencies")) {
        let (Some(name), Some(version)) = (entry.text_of("name"), entry.word_of("version")) else {
            errors.add(entry.lines.start, || "a chart without name or version".to_owned());
            continue;
        };
        let repository = entry.text_of("repository").filter(|repository| repository.contains("://") && !repository.starts_with("file:"));
        let purl = Purl {
            kind: HELM.purl_type.to_owned(),
            name: name.to_owned(),
            version: Some(version.to_owned()),
            qualifiers: repository.map(|repository| ("repository_url".to_owned(), repository.to_owned())).into_iter().collect(),
            ..Purl::default()
        };
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            relationship: Relationship::Direct,
            purl: purl.to_string(),
            at: Place::file(file.path),
            ..Package::of(&HELM)
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

    const SAMPLE: &str = "dependencies:
- name: redis
  repository: https://charts.example
  version: 17.0.1
- name: common
  repository: file://../common
  version: 1.10
- name: none
digest: sha256:00
generated: \"2023-01-01T00:00:00Z\"
";

    #[test]
    fn charts() {
        check(
            &LOCK,
            "chart/Chart.lock",
            SAMPLE.as_bytes(),
            "helm redis 17.0.1 - @2 direct
             helm common 1.10 - @5 direct
             error line 8: a chart without name or version",
        );
        check(&LOCK, "requirements.lock", b"flask==1.0\n", "");
        robust(&LOCK, "Chart.lock", SAMPLE.as_bytes());
    }
}
