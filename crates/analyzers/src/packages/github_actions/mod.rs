//! Actions and reusable workflows that workflows of GitHub (Gitea, Forgejo) use, and composite actions.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>,
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>
//!
//! `uses: owner/repository/folder@reference`, in a job or in a step. The package is the repository, because advisories are about repositories; its version
//! is the reference: a tag, a branch or a commit. A commit says nothing about a version; where a comment behind it does (`# v4.1.1`, what the usual
//! tools write and keep up to date), that is the version. `./folder` is part of the project and `docker://` an image: neither is a package.
//!
//! A tag `v4` moves, a branch too: which version runs is known on the day of the run only.

use super::Group;
use crate::{
    packages::{
        listing::Listing,
        tree::{self, Value},
        yaml,
    },
    text::has_folder,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    ecosystem::{Evidence, lower_case},
    package::Relationship,
};

pub(crate) static GITHUB_ACTIONS: Ecosystem = Ecosystem {
    id: "github-actions",
    purl_type: "githubactions",
    advisories: "actions",
    normalize: lower_case,
    evidence: Evidence::Manifest,
    ..Ecosystem::LANGUAGE
};

pub(crate) static GROUP: Group = Group { ecosystems: &[&GITHUB_ACTIONS], analyzers: &[&WORKFLOW] };

pub(crate) const WORKFLOW: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/github-actions",
        version: 1,
        claims: &[
            Pattern::In("workflows", ".yml"),
            Pattern::In("workflows", ".yaml"),
            Pattern::Name("action.yml"),
            Pattern::Name("action.yaml"),
        ],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(workflow),
};

fn workflow(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let is_workflow = [".github/workflows", ".gitea/workflows", ".forgejo/workflows"].iter().any(|folder| has_folder(file.path, folder));
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    let Some(root) = documents.first() else { return if is_workflow { errors.into_result() } else { Ok(()) } };
    let is_action = crate::text::file_name(file.path).starts_with("action.") && root.get("runs").is_some_and(Value::is_map);
    if !is_workflow && !is_action {
        // A file of another program.
        return Ok(());
    }
    let jobs = root.fields_of("jobs").iter().map(|field| &field.value);
    let steps = jobs.clone().chain(root.get("runs")).flat_map(|job| job.items_of("steps"));
    let mut found: Vec<(&str, u32)> = jobs.chain(steps).filter_map(used).collect();
    found.sort_by_key(|(_, line)| *line);
    let mut listing = Listing::default();
    let mut lines = (1..).zip(text.lines());
    for (uses, line) in found {
        if uses.starts_with(['.', '/']) || uses.starts_with("docker://") || uses.contains("${{") {
            continue;
        }
        let Some((name, reference)) = repository(uses) else {
            errors.add(line, || format!("not a reference to an action: `{}`", crate::text::snippet(uses, 80)));
            continue;
        };
        // Lines are walked once: what is used stands in their order.
        let source = lines.by_ref().find(|(number, _)| *number >= line).map_or("", |(_, text)| text);
        let version = if is_commit(reference) { commented(source).unwrap_or(reference) } else { reference };
        let package = Package {
            name,
            version: version.to_owned(),
            relationship: Relationship::Direct,
            at: Place::file(file.path),
            ..Package::of(&GITHUB_ACTIONS)
        };
        listing.put(package.on(probity_model::Lines::one(line)));
    }
    listing.finish(out);
    errors.into_result()
}

/// The value of `uses` of a job or a step, and its line.
fn used<'v>(value: &'v Value<'_>) -> Option<(&'v str, u32)> {
    let field = value.fields().iter().find(|field| field.key == "uses")?;
    Some((field.value.text()?.trim(), field.line))
}

/// `owner/repository` and the reference.
fn repository(uses: &str) -> Option<(String, &str)> {
    let (path, reference) = uses.split_once('@')?;
    // Gitea allows a whole address.
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let mut parts = path.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    (!owner.is_empty() && !name.is_empty() && !reference.is_empty()).then(|| (format!("{owner}/{name}"), reference))
}

fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The version in a comment: `# v4.1.1`, `# tag=v4.1.1`, `# ratchet:owner/name@v4`, `# pin@v4`.
fn commented(line: &str) -> Option<&str> {
    let word = line.split_once(" #")?.1.split_whitespace().next()?;
    let version = word.rsplit(['=', '@', ':']).next()?;
    version.strip_prefix('v').unwrap_or(version).starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "on: push
jobs:
  shared:
    uses: acme/flows/.github/workflows/build.yml@main
  test:
    steps:
      - uses: actions/checkout@v4
      - name: again
        uses: actions/checkout@v4 # same
      - uses: actions/cache@0123456789abcdef0123456789abcdef01234567 # v4.0.2
      - uses: actions/setup-go@0123456789abcdef0123456789abcdef01234567
      - uses: 'Acme/Thing/sub/dir@release/1.0'
      - uses: ./local
      - uses: docker://alpine:3
      - run: 'uses: no/no@v1'
      - uses: broken
";

    #[test]
    fn workflows() {
        check(
            &WORKFLOW,
            ".github/workflows/ci.yml",
            SAMPLE.as_bytes(),
            "githubactions acme/flows main - @4 direct
             githubactions actions/checkout v4 - @7 direct @9
             githubactions actions/cache v4.0.2 - @10 direct
             githubactions actions/setup-go 0123456789abcdef0123456789abcdef01234567 - @11 direct
             githubactions Acme/Thing release/1.0 - @12 direct
             error line 16: not a reference to an action: `broken`",
        );
    }

    #[test]
    fn composite_actions_and_files_of_others() {
        check(
            &WORKFLOW,
            "sub/action.yml",
            b"runs:\n  using: composite\n  steps:\n    - uses: https://gitea.example/acme/x@v1\n",
            "githubactions acme/x v1 - @4 direct",
        );
        check(&WORKFLOW, "sub/action.yml", b"runs: often\n", "");
        check(&WORKFLOW, "argo/workflows/a.yml", SAMPLE.as_bytes(), "");
    }

    #[test]
    fn comments_name_versions() {
        for (line, expected) in [
            ("uses: a/b@c # v1.2.3", Some("v1.2.3")),
            ("uses: a/b@c # tag=v1", Some("v1")),
            ("uses: a/b@c #1.2 (pinned)", Some("1.2")),
            ("uses: a/b@c # ratchet:a/b@v4", Some("v4")),
            ("uses: a/b@c # later", None),
            ("uses: a/b@c", None),
        ] {
            assert_eq!(commented(line), expected, "{line}");
        }
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&WORKFLOW, ".github/workflows/x.yml", SAMPLE.as_bytes());
    }
}
