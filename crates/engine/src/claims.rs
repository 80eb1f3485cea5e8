//! One index over all analyzers' claims, so that each path is asked once.

use probity_model::analyzer::{Analyzer, Pattern};
use std::collections::HashMap;

/// Index into the analyzer list.
pub(crate) type AnalyzerIx = u16;

/// Names, suffixes, paths and folders that analyzers claim.
pub(crate) struct Claims {
    analyzers: Vec<&'static dyn Analyzer>,
    names: HashMap<&'static str, Vec<AnalyzerIx>>,
    paths: HashMap<&'static str, Vec<AnalyzerIx>>,
    /// By the text after the last dot of the pattern.
    suffixes: HashMap<&'static str, Vec<(&'static str, AnalyzerIx)>>,
    /// Suffixes without a dot.
    tails: Vec<(&'static str, AnalyzerIx)>,
    below: Vec<(&'static str, &'static str, AnalyzerIx)>,
    /// Beginning and end of a name.
    like: Vec<(&'static str, &'static str, AnalyzerIx)>,
    /// Name of the folder that a file is in, and end of its own.
    inside: Vec<(&'static str, &'static str, AnalyzerIx)>,
    text: Vec<AnalyzerIx>,
    programs: Vec<AnalyzerIx>,
}

impl Claims {
    pub(crate) fn new(analyzers: impl IntoIterator<Item = &'static dyn Analyzer>) -> Self {
        let analyzers: Vec<_> = analyzers.into_iter().collect();
        let mut claims = Self {
            analyzers: analyzers.clone(),
            names: HashMap::new(),
            paths: HashMap::new(),
            suffixes: HashMap::new(),
            tails: Vec::new(),
            below: Vec::new(),
            like: Vec::new(),
            inside: Vec::new(),
            text: Vec::new(),
            programs: Vec::new(),
        };
        for (ix, analyzer) in (0..).zip(analyzers) {
            for pattern in analyzer.meta().claims {
                match *pattern {
                    Pattern::Name(name) => claims.names.entry(name).or_default().push(ix),
                    Pattern::Path(path) => claims.paths.entry(path).or_default().push(ix),
                    Pattern::Suffix(suffix) => match suffix.rsplit_once('.') {
                        Some((_, extension)) => claims.suffixes.entry(extension).or_default().push((suffix, ix)),
                        None => claims.tails.push((suffix, ix)),
                    },
                    Pattern::Below(folder, suffix) => claims.below.push((folder, suffix, ix)),
                    Pattern::Like(start, end) => claims.like.push((start, end, ix)),
                    Pattern::In(folder, suffix) => claims.inside.push((folder, suffix, ix)),
                    Pattern::Text => claims.text.push(ix),
                    Pattern::Program => claims.programs.push(ix),
                }
            }
        }
        claims
    }

    pub(crate) fn analyzer(&self, ix: AnalyzerIx) -> Option<&'static dyn Analyzer> {
        self.analyzers.get(usize::from(ix)).copied()
    }

    /// The analyzers that search any text.
    pub(crate) fn text(&self) -> &[AnalyzerIx] {
        &self.text
    }

    /// The analyzers that look into programs.
    pub(crate) fn programs(&self) -> &[AnalyzerIx] {
        &self.programs
    }

    /// The paths that are claimed whole, in no order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.paths.keys().copied()
    }

    /// Collects the analyzers that claim `path` by its name, in registry order.
    pub(crate) fn of(&self, path: &str, found: &mut Vec<AnalyzerIx>) {
        found.clear();
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if let Some(list) = self.names.get(name) {
            found.extend(list);
        }
        if let Some(list) = self.paths.get(path) {
            found.extend(list);
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        if let Some(extension) = extension {
            let lower;
            let key = if extension.bytes().any(|byte| byte.is_ascii_uppercase()) {
                lower = extension.to_ascii_lowercase();
                lower.as_str()
            } else {
                extension
            };
            if let Some(list) = self.suffixes.get(key) {
                found.extend(list.iter().filter(|(suffix, _)| ends_with_ignoring_case(name, suffix)).map(|(_, ix)| *ix));
            }
        }
        found.extend(self.tails.iter().filter(|(tail, _)| ends_with_ignoring_case(name, tail)).map(|(_, ix)| *ix));
        found.extend(self.below.iter().filter(|(folder, suffix, _)| is_below(path, folder) && path.ends_with(suffix)).map(|(.., ix)| *ix));
        let like = |start: &str, end: &str| name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end);
        found.extend(self.like.iter().filter(|(start, end, _)| like(start, end)).map(|(.., ix)| *ix));
        if let Some((folders, _)) = path.rsplit_once('/') {
            let parent = folders.rsplit_once('/').map_or(folders, |(_, name)| name);
            found.extend(self.inside.iter().filter(|(folder, suffix, _)| parent == *folder && name.ends_with(suffix)).map(|(.., ix)| *ix));
        }
        if found.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
    }
}

/// Whether `path` is inside `folder`, at any depth.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn ends_with_ignoring_case(name: &str, suffix: &str) -> bool {
    name.len().checked_sub(suffix.len()).and_then(|at| name.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}
