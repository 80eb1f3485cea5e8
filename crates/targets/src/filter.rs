//! Paths that the user asked to leave out: `--skip-files` and `--skip-dirs`.
//!
//! Patterns are globs over the whole path relative to the root, `*` stopping at `/` and `**` not. A pattern for folders leaves out everything
//! below. What was left out is counted and said, and takes the passes with it that it could have spoken against: nobody looked.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use probity_model::{Capability, Diagnostic, InputKind, Reason, target::TargetError};

/// Compiled patterns.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    files: Patterns,
    folders: Patterns,
}

#[derive(Debug, Clone)]
struct Patterns {
    set: GlobSet,
    words: Vec<String>,
}

/// How often each pattern of a [`Filter`] matched, files first, and whether what it left out may have been a document.
#[derive(Debug, Default)]
pub(crate) struct Skipped(Vec<(u64, bool)>);

/// What any file may say something about.
const OF_FILES: [Capability; 9] = [
    Capability::Os,
    Capability::Packages,
    Capability::Users,
    Capability::Secrets,
    Capability::FileModes,
    Capability::Crypto,
    Capability::ServerConfig,
    Capability::Data,
    Capability::Licenses,
];
const OF_DOCUMENTS: [InputKind; 3] = [InputKind::Dockerfile, InputKind::Compose, InputKind::KubernetesManifest];

impl Filter {
    pub(crate) fn new(files: &[String], folders: &[String]) -> Result<Self, TargetError> {
        Ok(Self { files: Patterns::new("--skip-files", files)?, folders: Patterns::new("--skip-dirs", folders)? })
    }

    /// Whether a file, link or special file is left out, for itself or with a folder above.
    pub(crate) fn skips_file(&self, path: &str, skipped: &mut Skipped) -> bool {
        if let Some(at) = self.files.find(path) {
            self.count(at, skipped, may_be_document(path));
            return true;
        }
        path.rfind('/').is_some_and(|end| self.skips_folder(path.get(..end).unwrap_or_default(), skipped))
    }

    /// Whether a folder is left out, for itself or with a folder above.
    pub(crate) fn skips_folder(&self, path: &str, skipped: &mut Skipped) -> bool {
        if self.folders.words.is_empty() {
            return false;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            if let Some(at) = self.folders.find(path.get(..end).unwrap_or_default()) {
                self.count(self.files.words.len() + at, skipped, true);
                return true;
            }
        }
        false
    }

    fn count(&self, at: usize, skipped: &mut Skipped, document: bool) {
        skipped.0.resize(self.files.words.len() + self.folders.words.len(), (0, false));
        if let Some((count, documents)) = skipped.0.get_mut(at) {
            *count += 1;
            *documents |= document;
        }
    }

    /// One warning for each pattern that matched.
    pub(crate) fn notes<'a>(&'a self, skipped: &'a Skipped) -> impl Iterator<Item = Diagnostic> + 'a {
        let flags = self.files.words.iter().map(|w| ("--skip-files", w)).chain(self.folders.words.iter().map(|w| ("--skip-dirs", w)));
        flags.zip(&skipped.0).filter(|(_, (count, _))| *count > 0).map(|((flag, word), (count, documents))| {
            let entries = if *count == 1 { "entry was" } else { "entries were" };
            let lost = OF_DOCUMENTS.into_iter().filter(|_| *documents).map(Capability::Documents);
            Diagnostic::warning(Reason::AnalyzerDisabled, format!("{count} {entries} left out by `{flag} {word}`"))
                .affecting(OF_FILES.into_iter().chain(lost))
        })
    }
}

/// Whether a file of this name may be read as a document.
fn may_be_document(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    [".yaml", ".yml", ".json", ".dockerfile"].iter().any(|end| name.ends_with(end))
        || ["dockerfile", "containerfile"].iter().any(|start| name.starts_with(start))
}

impl Patterns {
    fn new(flag: &str, words: &[String]) -> Result<Self, TargetError> {
        let invalid = |word: &str, error: globset::Error| TargetError {
            target: format!("{flag} {word}"),
            message: format!("the pattern is invalid: {}", error.kind()),
            hint: Some("write a glob such as `**/testdata/*.yaml`".to_owned()),
        };
        let mut set = GlobSetBuilder::new();
        for word in words {
            let pattern = word.trim_start_matches("./").trim_matches('/');
            let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|e| invalid(word, e))?;
            set.add(glob);
        }
        let set = set.build().map_err(|e| invalid(&words.join(","), e))?;
        Ok(Self { set, words: words.to_vec() })
    }

    fn find(&self, path: &str) -> Option<usize> {
        if self.words.is_empty() { None } else { self.set.matches(path).first().copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_relative_to_the_root_and_counted() {
        let filter = Filter::new(&["./a.txt".into(), "**/*.log".into()], &["/var/cache/".into(), "**/node_modules".into()]).unwrap();
        let mut skipped = Skipped::default();
        for (path, expected) in [
            ("a.txt", true),
            ("b/a.txt", false),
            ("b/c/d.log", true),
            ("var/cache/x/y", true),
            ("var/cachet/x", false),
            ("web/node_modules/m/index.js", true),
        ] {
            assert_eq!(filter.skips_file(path, &mut skipped), expected, "{path}");
        }
        assert!(filter.skips_folder("var/cache", &mut skipped));
        let notes: Vec<_> = filter.notes(&skipped).map(|d| d.message).collect();
        let expected = [
            "1 entry was left out by `--skip-files ./a.txt`",
            "1 entry was left out by `--skip-files **/*.log`",
            "2 entries were left out by `--skip-dirs /var/cache/`",
            "1 entry was left out by `--skip-dirs **/node_modules`",
        ];
        assert_eq!(notes, expected);
        assert!(Filter::new(&["a[".into()], &[]).unwrap_err().to_string().contains("--skip-files a["));
    }
}
