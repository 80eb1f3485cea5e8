//! What Red Hat's build system leaves in an image: the repositories (content sets) that its packages came from, and the name of the build.
//!
//! <https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/building_running_and_managing_containers/>; the files are
//! `root/buildinfo/content_manifests/NAME.json`, `root/buildinfo/Dockerfile-NAME-VERSION-RELEASE`, and since 2024 `content-sets.json` and `labels.json`
//! in `root/buildinfo` and `usr/share/buildinfo`.
//!
//! Advisories of Red Hat are about repositories, and one layer's packages may come from others than the next layer's: so the place, with its layer, is
//! kept. A build is named `component-version-release`; the version and the release stand in the Dockerfile's name, and in its labels.
//!
//! Missing: labels whose values are computed by other means than `ENV` and `ARG`.

use crate::{
    text::{file_name, lines},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::BuildInfo,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) const CONTENT_SETS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/content-sets",
        version: 1,
        claims: &[
            Pattern::Below("root/buildinfo/content_manifests", ".json"),
            Pattern::Path("root/buildinfo/content-sets.json"),
            Pattern::Path("usr/share/buildinfo/content-sets.json"),
        ],
        provides: &[Capability::Vulnerabilities],
        max_bytes: SMALL,
    },
    run: Run::Strict(content_sets),
};

pub(crate) const LABELS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/build-labels",
        version: 1,
        claims: &[Pattern::Below("root/buildinfo", ""), Pattern::Path("usr/share/buildinfo/labels.json")],
        provides: &[Capability::Vulnerabilities],
        max_bytes: SMALL,
    },
    run: Run::Strict(labels),
};

fn json(bytes: &[u8]) -> Result<Value, AnalyzeError> {
    serde_json::from_slice(bytes)
        .map_err(|error| AnalyzeError { message: format!("is no JSON: {error}"), line: u32::try_from(error.line()).ok() })
}

fn content_sets(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let manifest = json(file.bytes)?;
    let sets = manifest.get("content_sets").and_then(Value::as_array).ok_or_else(|| AnalyzeError::new("has no list `content_sets`"))?;
    let content_sets: Vec<String> = sets.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    // A manifest of an image built without any repository says nothing.
    if !content_sets.is_empty() {
        out.build_infos.push(BuildInfo { content_sets, at: Place::file(file.path), ..BuildInfo::default() });
    }
    Ok(())
}

fn labels(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let name = file_name(file.path);
    let (labels, from_name) = if name == "labels.json" {
        let labels = json(file.bytes)?;
        let labels = labels.as_object().ok_or_else(|| AnalyzeError::new("is no object"))?;
        (labels.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(), None)
    } else if let Some(build) = name.strip_prefix("Dockerfile-") {
        // `ubi8-8.3-227`: the version and the release are the last two.
        let mut parts = build.rsplitn(3, '-');
        let parts = (parts.next(), parts.next(), parts.next());
        let version = match parts {
            (Some(release), Some(version), Some(_)) => Some(format!("{version}-{release}")),
            _ => None,
        };
        (dockerfile_labels(file.bytes), version)
    } else {
        return Ok(());
    };
    let label = |key: &str| labels.get(key).filter(|value| !value.is_empty()).cloned();
    let from_labels = label("version").zip(label("release")).map(|(version, release)| format!("{version}-{release}"));
    let component = label("com.redhat.component").or_else(|| label("BZComponent"));
    let nvr = component.zip(from_name.or(from_labels)).map(|(component, version)| format!("{component}-{version}"));
    let arch = label("architecture");
    if nvr.is_some() || arch.is_some() {
        out.build_infos.push(BuildInfo { nvr, arch, at: Place::file(file.path), ..BuildInfo::default() });
    }
    Ok(())
}

/// The labels of a Dockerfile, with variables of `ARG` and `ENV` put in.
fn dockerfile_labels(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut logical = String::new();
    for (_, line) in lines(bytes) {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some(start) = line.strip_suffix('\\') {
            logical.push_str(start);
            logical.push(' ');
            continue;
        }
        logical.push_str(line);
        let whole = std::mem::take(&mut logical);
        let Some((instruction, rest)) = whole.trim().split_once([' ', '\t']) else { continue };
        let pairs = pairs(rest, &variables);
        match instruction.to_ascii_uppercase().as_str() {
            "LABEL" => labels.extend(pairs),
            "ENV" | "ARG" => variables.extend(pairs),
            _ => {}
        }
    }
    labels
}

/// Values longer than this are no names of builds, and variables that repeat variables may not grow without end.
const MAX_VALUE: usize = 4096;

/// `a=b "c d"="e f"`, or the old form `a b`.
fn pairs(text: &str, variables: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let words = words(text, variables);
    match words.as_slice() {
        [key, rest @ ..] if !key.contains('=') && !rest.is_empty() => vec![(key.clone(), rest.join(" "))],
        words => words.iter().filter_map(|word| word.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
    }
}

/// Words without their quotes, variables put in except within single quotes.
fn words(text: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.extend(chars.next()),
            ('$', None | Some('"')) => {
                let braces = chars.next_if_eq(&'{').is_some();
                let mut name = String::new();
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if braces {
                    for c in chars.by_ref() {
                        if c == '}' {
                            break;
                        }
                    }
                }
                if let Some(value) = variables.get(&name)
                    && word.len() + value.len() <= MAX_VALUE
                {
                    word.push_str(value);
                }
            }
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{claims, robust};
    use probity_model::analyzer::{Analyzer as _, FileMeta};

    #[track_caller]
    fn says(path: &str, content: &str, expected: &str) {
        let mut facts = Facts::default();
        let file = File { path, meta: FileMeta::default(), bytes: content.as_bytes() };
        let mut text = String::new();
        for unit in [&CONTENT_SETS, &LABELS].into_iter().filter(|unit| claims(*unit, path)) {
            if let Err(error) = unit.analyze(&file, &mut facts) {
                text = format!("error: {error}");
            }
        }
        for info in &facts.build_infos {
            text = format!(
                "{} nvr {} arch {}",
                info.content_sets.join(","),
                info.nvr.as_deref().unwrap_or("-"),
                info.arch.as_deref().unwrap_or("-")
            );
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn repositories() {
        let sets = r#"{"metadata":{},"content_sets":["rhel-8-for-x86_64-baseos-rpms","rhel-8-for-x86_64-appstream-rpms"]}"#;
        let expected = "rhel-8-for-x86_64-baseos-rpms,rhel-8-for-x86_64-appstream-rpms nvr - arch -";
        says("root/buildinfo/content_manifests/x-container-8-1.json", sets, expected);
        says("usr/share/buildinfo/content-sets.json", sets, expected);
        says("root/buildinfo/content-sets.json", r#"{"content_sets":[]}"#, "");
        says("root/buildinfo/content-sets.json", "{}", "error: has no list `content_sets`");
    }

    #[test]
    fn names_of_builds() {
        says(
            "root/buildinfo/Dockerfile-ubi8-8.3-227",
            "FROM x\nENV NAME=ubi8 \\\n  # no\n ARCH='x86_64'\nLABEL com.redhat.component=\"${NAME}-container\" \\\n  version=\"8.3\"\nLABEL \"architecture\"=\"$ARCH\"\n",
            " nvr ubi8-container-8.3-227 arch x86_64",
        );
        says(
            "root/buildinfo/Dockerfile-x",
            "LABEL com.redhat.component x-container\nLABEL version=1 release=2\n",
            " nvr x-container-1-2 arch -",
        );
        says(
            "usr/share/buildinfo/labels.json",
            r#"{"com.redhat.component":"ubi9-container","version":"9.6","release":"1","architecture":"aarch64"}"#,
            " nvr ubi9-container-9.6-1 arch aarch64",
        );
        says("root/buildinfo/other.txt", "LABEL architecture=x", "");
    }

    #[test]
    fn never_panics() {
        robust(&LABELS, "root/buildinfo/Dockerfile-a-1-2", b"ENV A=\"b c\"\nLABEL a='$A' ${A:-x}\\\n");
        robust(&CONTENT_SETS, "root/buildinfo/content-sets.json", br#"{"content_sets":["a"]}"#);
    }
}
