//! `Package.resolved`, versions 1 to 3, of packages and of projects of Xcode.
//!
//! <https://github.com/swiftlang/swift-package-manager/blob/main/Documentation/Usage.md#resolving-versions-packageresolved-file>
//!
//! A list of pins: where a repository is and which state of it is used. A package is named by its repository without scheme and `.git`, as advisories
//! do: `github.com/apple/swift-log`, whatever way it was cloned. Packages of a registry and on the machine have their identity as name. A pin on a branch
//! has the branch as version, one on a commit the commit. Nothing tells what the project names itself.

use super::SWIFT;
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Value},
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const RESOLVED: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/swift",
        version: 1,
        claims: &[Pattern::Name("Package.resolved")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(resolved),
};

fn resolved(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    if let Some(version) = root.word_of("version").filter(|version| !matches!(*version, "1" | "2" | "3")) {
        errors.add(1, || format!("unknown version {version} of the format: this build knows 1 to 3"));
    }
    let pins = root.get("pins").or_else(|| root.at(&["object", "pins"]));
    if pins.is_none() {
        errors.add(root.lines.start, || "no `pins`".to_owned());
    }
    let mut listing = Listing::default();
    for pin in pins.map_or(&[][..], Value::items) {
        let location = pin.text_of("location").or_else(|| pin.text_of("repositoryURL"));
        let identity = pin.text_of("identity").or_else(|| pin.text_of("package"));
        let state = pin.get("state");
        let version = ["version", "branch", "revision"].iter().find_map(|key| state.and_then(|state| state.text_of(key)));
        let name = location.and_then(repository).or_else(|| identity.map(str::to_owned));
        let (Some(name), Some(version)) = (name, version) else {
            errors.add(pin.lines.start, || "a pin without name or version".to_owned());
            continue;
        };
        listing.put(Package { name, version: version.to_owned(), at: Place::file(file.path), ..Package::of(&SWIFT) }.on(pin.lines));
    }
    listing.finish(out);
    errors.into_result()
}

/// `https://github.com/apple/swift-log.git` and `git@github.com:apple/swift-log` are `github.com/apple/swift-log`; `None` for a folder.
fn repository(location: &str) -> Option<String> {
    let location = location.trim().trim_end_matches('/');
    let location = location.strip_suffix(".git").unwrap_or(location);
    if location.starts_with(['/', '.', '~']) || location.starts_with("file:") {
        return None;
    }
    let (rest, is_url) = match location.split_once("://") {
        Some((_, rest)) => (rest, true),
        None => (location, false),
    };
    // A user may stand before the host, and a port after it.
    let (host, path) = match rest.find(['/', ':']) {
        Some(end) => (rest.get(..end)?, rest.get(end..)?),
        None => (rest, ""),
    };
    let user_ends = rest.split('/').next().and_then(|authority| authority.rfind('@'));
    let (host, path) = match user_ends {
        Some(at) if at >= host.len() => {
            // `user:password@host/path`
            let rest = rest.get(at + 1..)?;
            rest.find(['/', ':']).map_or((rest, ""), |end| rest.split_at_checked(end).unwrap_or((rest, "")))
        }
        Some(at) => (host.get(at + 1..)?, path),
        None => (host, path),
    };
    let path = match path.strip_prefix(':') {
        Some(after) if is_url => after.split_once('/').map_or("", |(_, path)| path),
        Some(after) => after,
        None => path,
    };
    let path = path.trim_start_matches('/');
    (!host.is_empty()).then(|| if path.is_empty() { host.to_owned() } else { format!("{host}/{path}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const OLD: &str = r#"{
  "object": {
    "pins": [
      {
        "package": "Log",
        "repositoryURL": "https://github.com/apple/swift-log.git",
        "state": { "branch": null, "revision": "abc", "version": "1.4.0" }
      },
      {
        "package": "Branchy",
        "repositoryURL": "git@github.com:acme/branchy.git",
        "state": {"branch": "main", "revision": "def", "version": null}
      }
    ]
  },
  "version": 1
}"#;

    const NEW: &str = r#"{
  "pins" : [
    {
      "identity" : "mona.linkedlist",
      "kind" : "registry",
      "location" : "",
      "state" : { "version" : "1.1.0" }
    },
    {
      "identity" : "local",
      "kind" : "localSourceControl",
      "location" : "/home/x/local",
      "state" : { "revision" : "abc" }
    },
    { "identity" : "none", "location" : "https://git.example/none" }
  ],
  "version" : 3
}"#;

    #[test]
    fn all_versions() {
        check(
            &RESOLVED,
            "Package.resolved",
            OLD.as_bytes(),
            "swift github.com/apple/swift-log 1.4.0 - @4
             swift github.com/acme/branchy main - @9",
        );
        check(
            &RESOLVED,
            "App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved",
            NEW.as_bytes(),
            "swift mona.linkedlist 1.1.0 - @3
             swift local abc - @9
             error line 15: a pin without name or version",
        );
        check(
            &RESOLVED,
            "Package.resolved",
            br#"{"pins": [], "version": 4}"#,
            "error line 1: unknown version 4 of the format: this build knows 1 to 3",
        );
        check(&RESOLVED, "Package.resolved", b"{}", "error line 1: no `pins`");
    }

    #[test]
    fn repositories_are_named_alike() {
        for (location, expected) in [
            ("https://github.com/a/b.git/", Some("github.com/a/b")),
            ("ssh://git@github.com:22/a/b", Some("github.com/a/b")),
            ("https://user:pass@git.example/a/b.git", Some("git.example/a/b")),
            ("https://git.example:8443/a/b@c", Some("git.example/a/b@c")),
            ("git@github.com:a/b.git", Some("github.com/a/b")),
            ("github.com/a/b", Some("github.com/a/b")),
            ("../b", None),
            ("file:///x", None),
            ("", None),
        ] {
            assert_eq!(repository(location).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&RESOLVED, "Package.resolved", OLD.as_bytes());
        robust(&RESOLVED, "Package.resolved", NEW.as_bytes());
    }
}
