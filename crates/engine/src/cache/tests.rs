//! What is kept is what was seen, and nothing that was damaged, made up or seen under other circumstances is taken for it.

use super::*;
use probity_model::{
    Facts, Package, Place,
    ecosystem::Ecosystem,
    facts::{FileFact, FileKind, Secret, User},
    target::WholeLayer,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Records in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Cache for Memory {
    fn get(&self, name: &str, max: usize) -> Option<Vec<u8>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).filter(|bytes| bytes.len() <= max).cloned()
    }
    fn put(&self, name: &str, record: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), record.to_vec());
    }
    fn problem(&self) -> Option<&str> {
        None
    }
}

fn npm() -> &'static Ecosystem {
    probity_analyzers::ecosystems().find(|ecosystem| ecosystem.id == "npm").unwrap()
}

fn record() -> LayerRecord {
    let package = Package {
        name: "left".into(),
        version: "1.0".into(),
        depends_on: vec!["right@2".into()],
        at: Place::line("app/package-lock.json", 3),
        ..Package::of(npm())
    };
    let facts = Facts {
        packages: vec![package],
        users: vec![User { name: "app".into(), uid: 7, gid: 8, home: "/".into(), shell: String::new(), at: Place::file("etc/passwd") }],
        files: vec![FileFact {
            path: "bin/x".into(),
            mode: 0o4755,
            uid: 0,
            gid: 0,
            size: u64::MAX,
            kind: FileKind::Elf,
            capabilities: Some("cap_net_raw=ep".into()),
            at: Place::file("bin/x"),
        }],
        secrets: vec![Secret {
            rule: "github-pat".into(),
            category: "github".into(),
            title: "GitHub token".into(),
            severity: probity_model::Severity::Critical,
            masked: "x=****".into(),
            fingerprint: "ab".into(),
            disposition: None,
            at: Place::file("srv/ä.env"),
        }],
        secret_files: 3,
        ..Facts::default()
    };
    LayerRecord {
        facts,
        paths: vec!["bin/x".into(), "etc/passwd".into(), "srv/ä.env".into()],
        folders: vec!["bin".into()],
        symlinks: vec![("lib".into(), "usr/lib".into())],
        whiteouts: vec!["old".into()],
        opaque: vec!["srv".into()],
        ..LayerRecord::default()
    }
}

fn whole() -> WholeLayer {
    WholeLayer { stored: vec!["sha256:aa".into()], stored_bytes: 10, content: vec!["sha256:bb".into()], content_bytes: 100, entries: 4 }
}

fn layers(memory: &Arc<Memory>, circumstances: &str) -> Layers {
    Layers { cache: Arc::clone(memory) as Arc<dyn Cache>, circumstances: circumstances.to_owned() }
}

#[test]
fn a_layer_comes_back_as_it_was_seen() {
    let memory = Arc::new(Memory::default());
    let kept = layers(&memory, "x");
    kept.store(whole(), &record());
    for (stored, content) in [(Some("sha256:aa"), Some("sha256:bb")), (Some("sha256:aa"), None), (None, Some("sha256:bb"))] {
        let (layer, again) = kept.load(stored, content).unwrap();
        assert_eq!(format!("{again:?}"), format!("{:?}", record()));
        assert_eq!((layer.content_bytes, layer.entries), (100, 4));
    }
    assert!(kept.load(Some("sha256:aa"), Some("sha256:cc")).is_none(), "the blob has another content");
    assert!(kept.load(Some("sha256:cc"), Some("sha256:bb")).is_none(), "another blob");
    assert!(layers(&memory, "y").load(Some("sha256:aa"), Some("sha256:bb")).is_none(), "other circumstances");
}

#[test]
fn no_changed_byte_is_taken() {
    let memory = Arc::new(Memory::default());
    let kept = layers(&memory, "x");
    kept.store(whole(), &record());
    let sound = memory.0.lock().unwrap().clone();
    for (name, bytes) in &sound {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            memory.0.lock().unwrap().insert(name.clone(), changed);
            assert!(kept.load(Some("sha256:aa"), Some("sha256:bb")).is_none(), "byte {at}");
        }
        for end in [0, 1, 63, 64, bytes.len() - 1] {
            memory.0.lock().unwrap().insert(name.clone(), bytes[..end].to_vec());
            assert!(kept.load(Some("sha256:aa"), Some("sha256:bb")).is_none(), "cut at {end}");
        }
        memory.0.lock().unwrap().insert(name.clone(), bytes.clone());
    }
    // Under another's name.
    let mut names = sound.keys();
    let (first, second) = (names.next().unwrap(), names.next().unwrap());
    memory.0.lock().unwrap().insert(first.clone(), sound[second].clone());
    assert!(kept.load(Some("sha256:aa"), Some("sha256:bb")).is_none());
}

#[test]
fn made_up_records_with_a_right_checksum_end_in_a_miss_or_a_value() {
    let memory = Arc::new(Memory::default());
    let kept = layers(&memory, "x");
    kept.store(whole(), &record());
    let sound = memory.0.lock().unwrap().clone();
    for (name, bytes) in &sound {
        let body = &bytes[CHECK_BYTES..];
        for at in 0..body.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut changed = body.to_vec();
                changed[at] = value;
                let mut record = checksum(name, &changed).into_bytes();
                record.extend_from_slice(&changed);
                memory.0.lock().unwrap().insert(name.clone(), record);
                // Only that it returns matters here.
                let _ = kept.load(Some("sha256:aa"), Some("sha256:bb"));
            }
        }
        memory.0.lock().unwrap().insert(name.clone(), bytes.clone());
    }
}
