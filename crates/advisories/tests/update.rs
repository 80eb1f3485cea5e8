//! Updates against registries that misbehave, on the loopback interface.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_advisories::{
    build::{BuildOptions, FeedInput, build},
    store::{AdvisoryStore, Bucket, Store},
    update::{Artifact, Change, Update, UpdateError, UpdateOptions, diff, export, import, update},
};
use probity_oci::{Client, ClientOptions, Keychain};
use probity_testkit::{
    image::digest,
    registry::{Request, Server, answer, claiming},
};
use std::{fs, path::Path};

const NOW: &str = "2024-02-01T12:00:00Z";

/// A database of one vulnerability as an artifact: its layer, its manifest.
struct Published {
    layer: Vec<u8>,
    manifest: Vec<u8>,
}

fn published(fixed: &str) -> Published {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("a.json");
    let text = format!(
        r#"{{"id":"GHSA-1","modified":"2024-02-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"npm","name":"shop"}},"ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    );
    fs::write(&feed, text).unwrap();
    build(&[FeedInput::new(feed)], &folder.path().join("db"), &BuildOptions::default(), &|_| {}).unwrap();
    let path = folder.path().join("db.tar.gz");
    export(folder.path(), Artifact::Advisories, &path).unwrap();
    let layer = probity_vfs::read_file(&path, 1 << 30).unwrap();
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"x","digest":"{0}","size":2}},"layers":[{{"mediaType":"{1}","digest":"{2}","size":{3}}}]}}"#,
        digest(b"{}"),
        Artifact::Advisories.media_type(),
        digest(&layer),
        layer.len()
    );
    Published { layer, manifest: manifest.into_bytes() }
}

impl Published {
    fn answer(&self, request: &Request) -> Vec<u8> {
        if request.path.contains("/manifests/") {
            return answer("200 OK", &[("Content-Type", "application/vnd.oci.image.manifest.v1+json")], &self.manifest);
        }
        if !request.path.contains("/blobs/") {
            return answer("200 OK", &[], b"");
        }
        let from = request.range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
        match from.and_then(|from| self.layer.get(from..)) {
            Some(rest) => answer("206 Partial Content", &[], rest),
            None => answer("200 OK", &[], &self.layer),
        }
    }
}

fn repository(host: &str) -> String {
    format!("{host}/aquasecurity/trivy-db:2")
}

fn run(repositories: &[String], cache: &Path, config: &str, change: impl Fn(&mut UpdateOptions)) -> Result<Update, UpdateError> {
    let mut options = UpdateOptions { artifact: Artifact::Advisories, offline: false, force: false, now: NOW.parse().unwrap() };
    change(&mut options);
    let client = || Client::with_keychain(ClientOptions { insecure: true, ..ClientOptions::default() }, Keychain::parse(config).unwrap());
    update(repositories, cache, options, &client)
}

fn fixed(cache: &Path) -> String {
    Store::open(cache).unwrap().advisories(Bucket::Ecosystem("npm"), "shop").unwrap().advisories.first().unwrap().patched_versions.join(",")
}

#[test]
fn a_database_is_downloaded_once_and_stays_fresh() {
    let published = published("1.2.3");
    let server = Server::start(move |request, _| published.answer(request));
    let cache = tempfile::tempdir().unwrap();
    let Update::Downloaded(download) = run(&[repository(&server.host)], cache.path(), "", |_| {}).unwrap() else {
        panic!("nothing was downloaded")
    };
    assert_eq!((download.signature.as_str(), download.metadata.downloaded_at.as_deref()), ("unsigned", Some(NOW)));
    assert_eq!(fixed(cache.path()), "1.2.3");
    let asked = server.seen().len();
    assert!(matches!(run(&[repository(&server.host)], cache.path(), "", |_| {}), Ok(Update::Fresh(_))));
    // Offline it is used, old or not, and nobody is asked.
    let late = |options: &mut UpdateOptions| (options.offline, options.now) = (true, "2030-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(run(&[repository(&server.host)], cache.path(), "", late), Ok(Update::Offline { stale: true, .. })));
    assert_eq!(server.seen().len(), asked);
    let old = |options: &mut UpdateOptions| options.now = "2030-01-01T00:00:00Z".parse().unwrap();
    assert!(matches!(run(&[repository(&server.host)], cache.path(), "", old), Ok(Update::Downloaded(_))));
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "no temporary folders");
}

#[test]
fn offline_without_a_database_is_an_error() {
    let cache = tempfile::tempdir().unwrap();
    let error = run(&["127.0.0.1:9/x:2".to_owned()], cache.path(), "", |options| options.offline = true).unwrap_err();
    assert!(matches!(error, UpdateError::Offline { .. }), "{error}");
}

#[test]
fn busy_registries_and_broken_downloads_are_asked_again() {
    let published = published("1.2.3");
    let server = Server::start(move |request, number| match number {
        0 | 2 => answer("429 Too Many Requests", &[("Retry-After", "0")], b""),
        3 => claiming("200 OK", &[], &published.layer[..published.layer.len() / 2], published.layer.len() as u64),
        _ => published.answer(request),
    });
    let cache = tempfile::tempdir().unwrap();
    let result = run(&[repository(&server.host)], cache.path(), "", |_| {});
    assert!(matches!(result, Ok(Update::Downloaded(_))), "{result:?}");
    assert!(
        server.seen().iter().any(|request| request.range.as_deref().is_some_and(|range| range != "bytes=0-")),
        "it goes on where it broke off"
    );
}

#[test]
fn whatever_is_wrong_with_one_repository_the_next_is_asked() {
    let good = published("2.0.0");
    let (digest_of_good, bad) = (digest(&good.layer), published("1.0.0"));
    let good = Server::start(move |request, _| good.answer(request));
    // The right manifest, and a layer of the same length with other bytes.
    let other = published("2.0.0");
    let wrong = Server::start(move |request, _| {
        if request.path.contains("/blobs/") {
            let mut bytes = other.layer.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            return answer("200 OK", &[], &bytes);
        }
        other.answer(request)
    });
    let missing = Server::start(|_, _| answer("404 Not Found", &[], b""));
    let foreign = Server::start(move |request, _| {
        if request.path.contains("/manifests/") {
            answer("200 OK", &[], br#"{"schemaVersion":2,"layers":[]}"#)
        } else {
            bad.answer(request)
        }
    });
    let cache = tempfile::tempdir().unwrap();
    let hosts = [missing.host.as_str(), &foreign.host, &wrong.host, &good.host];
    let mut repositories: Vec<String> = hosts.iter().map(|host| repository(host)).collect();
    repositories.insert(0, "not a reference!".to_owned());
    let Update::Downloaded(download) = run(&repositories, cache.path(), "", |_| {}).unwrap() else { panic!("nothing was downloaded") };
    assert_eq!((download.layer, fixed(cache.path())), (digest_of_good, "2.0.0".to_owned()));
    let messages: Vec<&str> = download.failures.iter().map(|failure| failure.message.as_str()).collect();
    for (message, part) in messages.iter().zip(["no image reference", "does not have", "no layer has the type", "has the digest"]) {
        assert!(message.contains(part), "{message} without {part}");
    }
    assert_eq!(messages.len(), 4);
    // Without the last one nothing changes.
    let error = run(&repositories[..4], cache.path(), "", |options| options.force = true).unwrap_err();
    assert!(matches!(&error, UpdateError::Failed(failures) if failures.len() == 4), "{error}");
    assert_eq!(fixed(cache.path()), "2.0.0");
}

#[test]
fn credentials_stay_with_the_registry_that_redirects() {
    let published = published("1.2.3");
    let layer = published.layer.clone();
    let storage = Server::start(move |_, _| answer("200 OK", &[], &layer));
    let to = format!("http://{}/signed", storage.host.replace("127.0.0.1", "localhost"));
    let server = Server::start(move |request, _| {
        if request.path.contains("/manifests/") && request.authorization.is_none() {
            return answer("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"r\"")], b"");
        }
        if request.path.contains("/blobs/") {
            answer("307 Temporary Redirect", &[("Location", &to)], b"")
        } else {
            published.answer(request)
        }
    });
    let config = format!(r#"{{"auths":{{"{}":{{"username":"ada","password":"Rose-Garden-4711"}}}}}}"#, server.host);
    let cache = tempfile::tempdir().unwrap();
    let result = run(&[repository(&server.host)], cache.path(), &config, |_| {});
    assert!(matches!(result, Ok(Update::Downloaded(_))), "{result:?}");
    assert!(server.seen().iter().any(|request| request.authorization.is_some()));
    assert!(!storage.seen().is_empty() && storage.seen().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn many_at_once_leave_one_whole_database() {
    let published = published("1.2.3");
    let server = Server::start(move |request, _| published.answer(request));
    let cache = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let result = run(&[repository(&server.host)], cache.path(), "", |options| options.force = true);
                assert!(matches!(result, Ok(Update::Downloaded(_))), "{result:?}");
                assert_eq!(fixed(cache.path()), "1.2.3");
            });
        }
    });
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1, "no temporary folders");
}

#[test]
fn exported_databases_are_imported_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    for (cache, version) in [(&first, "1.2.3"), (&second, "1.2.4")] {
        let archive = folder.path().join("db.tar.gz");
        fs::write(&archive, published(version).layer).unwrap();
        import(&archive, cache, Artifact::Advisories).unwrap();
        assert_eq!(fixed(cache), version);
    }
    let mut changes = Vec::new();
    diff(&first, &second, &mut |difference| changes.push((difference.path.join(" / "), difference.change))).unwrap();
    assert_eq!(changes, [("npm::GitHub Security Advisory Npm / shop / GHSA-1".to_owned(), Change::Changed)]);
    let broken = folder.path().join("broken.tar.gz");
    fs::write(&broken, &published("1.2.3").layer[..200]).unwrap();
    assert!(matches!(import(&broken, &first, Artifact::Advisories), Err(UpdateError::Archive { .. })));
    assert_eq!(fixed(&first), "1.2.3");
}
