//! What could not be carried over.

use std::collections::BTreeMap;
use std::fmt;

/// Something that was left out or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// JSON pointer, `line 12`, or the reference of the component; empty for the whole document.
    pub at: String,
    /// Completes "in this document, …".
    pub message: String,
    /// How many times the same happened; `at` is the first.
    pub count: u64,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.message)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        Ok(())
    }
}

/// Collects warnings; equal messages are counted, so that a million components with one flaw are one line.
#[derive(Debug)]
pub(crate) struct Warnings {
    list: Vec<Warning>,
    seen: BTreeMap<String, usize>,
    most: usize,
    beyond: u64,
}

impl Warnings {
    pub(crate) fn new(most: usize) -> Self {
        Self { list: Vec::new(), seen: BTreeMap::new(), most, beyond: 0 }
    }

    pub(crate) fn push(&mut self, at: &str, message: impl Into<String>) {
        let message = message.into();
        if let Some(known) = self.seen.get(&message).and_then(|index| self.list.get_mut(*index)) {
            known.count += 1;
        } else if self.list.len() < self.most {
            self.seen.insert(message.clone(), self.list.len());
            self.list.push(Warning { at: crate::text::clip(at, 300).into_owned(), message, count: 1 });
        } else {
            self.beyond += 1;
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Warning> {
        if self.beyond > 0 {
            self.list.push(Warning { at: String::new(), message: "further warnings were left out".to_owned(), count: self.beyond });
        }
        self.list
    }
}
