//! An analyzer as a value: its metadata and one function.

use probity_model::{
    Facts,
    analyzer::{AnalyzeError, Analyzer, AnalyzerMeta, File},
};

/// Most configuration and database files are far smaller; a larger one is a diagnostic.
pub(crate) const SMALL: u64 = 4 << 20;

/// Searched text and package databases.
pub(crate) const LARGE: u64 = 64 << 20;

/// An analyzer that is a function.
pub(crate) struct Unit {
    pub(crate) meta: &'static AnalyzerMeta,
    pub(crate) run: Run,
}

/// How an analyzer treats what it does not understand.
pub(crate) enum Run {
    /// Reports it: the file is all there is, and a part that is lost matters.
    Strict(fn(&File<'_>, &mut Facts) -> Result<(), AnalyzeError>),
    /// Passes over it: it looks for certain lines among others.
    Lenient(fn(&File<'_>, &mut Facts)),
}

impl Analyzer for Unit {
    fn meta(&self) -> &'static AnalyzerMeta {
        self.meta
    }

    fn analyze(&self, file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
        match self.run {
            Run::Strict(run) => run(file, out),
            Run::Lenient(run) => {
                run(file, out);
                Ok(())
            }
        }
    }
}

/// Remembers the first thing that was wrong, so that parsing goes on and nothing that could be read is lost.
#[derive(Default)]
pub(crate) struct FirstError {
    first: Option<AnalyzeError>,
    more: usize,
}

impl FirstError {
    pub(crate) fn add(&mut self, line: u32, message: impl FnOnce() -> String) {
        if self.first.is_some() {
            self.more += 1;
        } else {
            self.first = Some(AnalyzeError { message: message(), line: Some(line) });
        }
    }

    pub(crate) fn into_result(self) -> Result<(), AnalyzeError> {
        match self.first {
            None => Ok(()),
            Some(error) if self.more == 0 => Err(error),
            Some(error) => Err(AnalyzeError { message: format!("{} (and {} more)", error.message, self.more), line: error.line }),
        }
    }
}
