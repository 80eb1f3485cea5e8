//! A database of real feeds, when they are there: `PROBITY_FEEDS` names a folder of archives or folders of feeds.
//!
//! Prints the report. Everything must build within a minute, twice to the same bytes, and open as a store.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_advisories::{
    build::{BuildOptions, BuildReport, FeedInput, build},
    store::{AdvisoryStore, Bucket, Store},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

fn feeds() -> Option<Vec<FeedInput>> {
    let Some(folder) = std::env::var_os("PROBITY_FEEDS").map(PathBuf::from) else {
        // Not `eprintln`, which the test harness would swallow.
        let _ = std::io::stderr().write_all(b"SKIPPED: PROBITY_FEEDS names no folder of feeds\n");
        return None;
    };
    let mut inputs: Vec<FeedInput> = std::fs::read_dir(folder).unwrap().map(|entry| FeedInput::new(entry.unwrap().path())).collect();
    inputs.retain(|input| input.path.extension().is_none_or(|extension| extension != "md"));
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    Some(inputs)
}

fn run(inputs: &[FeedInput], out: &Path) -> BuildReport {
    build(inputs, out, &BuildOptions { as_of: Some("2026-08-22".into()), ..BuildOptions::default() }, &|_| {}).unwrap()
}

#[test]
fn real_feeds_build_twice_to_the_same_database() {
    let Some(inputs) = feeds() else { return };
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let report = run(&inputs, &folder.path().join("db"));
    let took = started.elapsed();
    let mut text = format!("{report}\nbuilt in {took:?}\n\n");
    for source in &report.sources {
        for example in &source.examples {
            text.push_str(&format!("{} {}: {} {} {}\n", source.input, source.format, example.why, example.id, example.text));
        }
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
    assert!(took < Duration::from_mins(1) || cfg!(debug_assertions), "{took:?}");
    let again = run(&inputs, &folder.path().join("again"));
    assert_eq!(report.digest, again.digest);
    let store = Store::open(folder.path()).unwrap();
    let found = store.advisories(Bucket::Ecosystem("pip"), "django").unwrap();
    assert!(found.unreadable.is_empty() && found.advisories.len() > 50, "{} advisories of Django", found.advisories.len());
}
