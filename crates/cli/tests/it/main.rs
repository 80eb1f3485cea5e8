//! The real program: arguments in, standard output, standard error and exit code out.
//!
//! Every run has a folder of its own as current folder and home, and no environment but what the test gives.

#![expect(clippy::disallowed_methods, reason = "tests start the program and read what it wrote")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod answers;
mod artifact;
mod cache;
mod determinism;
mod diagnostics;
mod exit_codes;
mod images;
mod lab;
mod listings;
mod output;
mod settings;
