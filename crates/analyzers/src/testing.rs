//! What the tests of this crate share: one rendering of facts, one way to check an analyzer.

use probity_model::{
    Facts,
    analyzer::{Analyzer, File, FileMeta, Pattern},
    package::Relationship,
};
use proptest::prelude::*;
use std::fmt::Write as _;

/// Runs an analyzer on one file and compares what it says, a line a fact.
#[track_caller]
pub(crate) fn check(analyzer: &dyn Analyzer, path: &str, content: &[u8], expected: &str) {
    assert!(claims(analyzer, path), "`{}` does not claim `{path}`", analyzer.meta().id);
    let mut facts = Facts::default();
    let file = File { path, meta: FileMeta { size: content.len() as u64, ..FileMeta::default() }, bytes: content };
    let result = analyzer.analyze(&file, &mut facts);
    let mut text = render(&facts);
    if let Err(error) = result {
        let line = error.line.map_or_else(String::new, |line| format!(" line {line}"));
        let _ = writeln!(text, "error{line}: {error}");
    }
    let tidy = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(tidy(&text), tidy(expected));
}

/// Whether the engine would hand `path` to the analyzer.
pub(crate) fn claims(analyzer: &dyn Analyzer, path: &str) -> bool {
    let name = crate::text::file_name(path);
    analyzer.meta().claims.iter().any(|claim| match claim {
        Pattern::Name(wanted) => name == *wanted,
        Pattern::Suffix(suffix) => name.to_ascii_lowercase().ends_with(suffix),
        Pattern::Path(wanted) => path == *wanted,
        Pattern::Below(folder, suffix) => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) && path.ends_with(suffix),
        Pattern::Like(start, end) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        Pattern::In(folder, suffix) => {
            name.ends_with(suffix) && path.strip_suffix(name).is_some_and(|parent| format!("/{parent}").ends_with(&format!("/{folder}/")))
        }
        Pattern::Program => true,
        Pattern::Text => crate::is_secret_candidate(path, 100),
    })
}

/// Truncated at each byte, with each byte changed, and random bytes: it must return, not panic.
pub(crate) fn robust(analyzer: &dyn Analyzer, path: &str, sample: &[u8]) {
    let run = |bytes: &[u8]| {
        let mut facts = Facts::default();
        let file = File { path, meta: FileMeta { size: bytes.len() as u64, ..FileMeta::default() }, bytes };
        // Only that it returns matters here.
        let _ = analyzer.analyze(&file, &mut facts);
    };
    let step = (sample.len() / 600).max(1);
    for end in (0..=sample.len()).step_by(step) {
        run(&sample[..end]);
    }
    let mut changed = sample.to_vec();
    for at in (0..sample.len()).step_by(step) {
        for byte in [0, b'\n', 0xff] {
            let old = std::mem::replace(&mut changed[at], byte);
            run(&changed);
            changed[at] = old;
        }
    }
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&(proptest::collection::vec(any::<u8>(), 0..300), 0..=sample.len()), |(bytes, at)| {
            run(&bytes);
            run(&[&sample[..at], &bytes].concat());
            Ok(())
        })
        .unwrap();
}

/// What languages know about a package besides name and version: `direct dev -> a@1, b@2 (sha1:…)`.
fn more(package: &probity_model::Package) -> String {
    let mut out = String::new();
    if package.relationship != Relationship::Unknown {
        let _ = write!(out, " {}", package.relationship.as_str());
    }
    if package.dev {
        out.push_str(" dev");
    }
    if !package.id.is_empty() {
        let _ = write!(out, " id {}", package.id);
    }
    if !package.depends_on.is_empty() {
        let _ = write!(out, " -> {}", package.depends_on.join(", "));
    }
    if let Some(digest) = &package.digest {
        let _ = write!(out, " ({digest})");
    }
    for lines in package.lines.iter().skip(1) {
        let _ = write!(out, " @{}", lines.start);
    }
    out
}

/// Runs every analyzer that claims one of the files, joins what they say as the engine does, and compares.
#[track_caller]
pub(crate) fn check_together(files: &[(&str, &[u8])], expected: &str) {
    let mut facts = Facts::default();
    for (path, content) in files {
        let file = File { path, meta: FileMeta { size: content.len() as u64, ..FileMeta::default() }, bytes: content };
        for analyzer in crate::packages::GROUPS.iter().flat_map(|group| group.analyzers) {
            let programs_only = analyzer.meta().claims.iter().all(|claim| matches!(claim, Pattern::Program));
            if !claims(*analyzer, path) || programs_only && !crate::is_program(content) {
                continue;
            }
            if let Err(error) = analyzer.analyze(&file, &mut facts) {
                facts
                    .diagnostics
                    .push(probity_model::Diagnostic::warning(probity_model::Reason::AnalyzerFailed, error.to_string()).at(path));
            }
        }
    }
    crate::settle(&mut facts);
    facts.sort();
    let mut text = render(&facts);
    for diagnostic in &facts.diagnostics {
        let _ = writeln!(text, "error {}: {}", diagnostic.path.as_deref().unwrap_or("-"), diagnostic.message);
    }
    let tidy = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(tidy(&text), tidy(expected));
}

/// One line a fact, in the order of the vectors.
pub(crate) fn render(facts: &Facts) -> String {
    let mut out = String::new();
    let line = |at: &probity_model::Place| at.lines.map_or_else(String::new, |lines| format!(" @{}", lines.start));
    macro_rules! put { ($($arg:tt)*) => {{ let _ = writeln!(out, $($arg)*); }}; }
    for os in &facts.os {
        let version = if os.version.is_empty() { "-" } else { &os.version };
        let pretty = os.pretty_name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
        put!("os {} {version} rank {}{pretty}", os.family, os.rank);
    }
    for package in &facts.packages {
        let source = match (&package.source_name, &package.source_version) {
            (None, None) => String::new(),
            (name, version) => format!(" from {}@{}", name.as_deref().unwrap_or("-"), version.as_deref().unwrap_or("-")),
        };
        let licenses = if package.licenses.is_empty() { String::new() } else { format!(" [{}]", package.licenses.join(", ")) };
        put!(
            "{} {} {} {}{source}{licenses}{}{more}",
            package.kind(),
            package.name,
            package.version,
            package.arch.as_deref().unwrap_or("-"),
            line(&package.at),
            more = more(package)
        );
    }
    for manifest in &facts.manifests {
        let licenses = if manifest.licenses.is_empty() { String::new() } else { format!(" [{}]", manifest.licenses.join(", ")) };
        let (name, version) = (manifest.name.as_deref().unwrap_or("-"), manifest.version.as_deref().unwrap_or("-"));
        put!("manifest {} {name} {version}{licenses}", manifest.kind);
        for wanted in &manifest.requirements {
            put!("wants {} {} {:?}", wanted.name, wanted.range, wanted.scope);
        }
    }
    for path in &facts.owned_files {
        put!("owns {path}");
    }
    for user in &facts.users {
        put!("user {} {}:{} {} {}{}", user.name, user.uid, user.gid, user.home, user.shell, line(&user.at));
    }
    for group in &facts.groups {
        put!("group {} {} [{}]{}", group.name, group.gid, group.members.join(" "), line(&group.at));
    }
    for password in &facts.passwords {
        put!("password {} {:?}{}", password.user, password.state, line(&password.at));
    }
    for cert in &facts.certificates {
        let flags = [(cert.self_signed, " self-signed"), (cert.is_ca, " ca"), (cert.trust_store, " trust-store")];
        let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
        let bits = cert.key_bits.map_or_else(String::new, |bits| format!("-{bits}"));
        put!(
            "certificate `{}` by `{}` #{} {}..{} {}{bits} {}{flags}{}",
            cert.subject,
            cert.issuer,
            cert.serial,
            cert.not_before,
            cert.not_after,
            cert.key_algorithm,
            cert.signature_algorithm,
            line(&cert.at)
        );
    }
    for key in &facts.keys {
        let bits = key.bits.map_or_else(String::new, |bits| format!("-{bits}"));
        put!("key {:?} {}{bits}{}{}", key.kind, key.algorithm, if key.encrypted { " encrypted" } else { "" }, line(&key.at));
    }
    for secret in &facts.secrets {
        put!("secret {} {:?} `{}`{}", secret.rule, secret.severity, secret.masked, line(&secret.at));
    }
    for setting in &facts.settings {
        let tls = setting.tls_min.map_or_else(String::new, |tls| format!(" from {tls:?}"));
        put!("{} {:?} `{}`{tls}{}", setting.server, setting.kind, setting.text, line(&setting.at));
    }
    for credential in &facts.credentials {
        put!("credential {} {:?} `{}`{}", credential.service, credential.kind, credential.what, line(&credential.at));
    }
    for data in &facts.data {
        put!("data {} {}{}{}", data.pattern, data.masked, if data.test { " test" } else { "" }, line(&data.at));
    }
    for trace in &facts.traces {
        put!("trace {:?} `{}`{}", trace.kind, trace.what, line(&trace.at));
    }
    for diagnostic in &facts.diagnostics {
        put!("diagnostic {:?} {}", diagnostic.level, diagnostic.message);
    }
    out
}
