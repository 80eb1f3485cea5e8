//! Images from registries: honest ones, broken ones, and a real one.
//!
//! A pulled image must be what its archive is. What a registry sends wrongly is an error of the pull or a diagnostic of the artifact, never a layer.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use probity_model::{
    Capability, Diagnostic,
    diagnostic::Level,
    target::{Artifact, TargetError},
};
use probity_oci::ClientOptions;
use probity_targets::{Options, open};
use probity_testkit::{
    distribution::Distribution,
    image::{Compression, Files, ImageBuilder, Layer, docker_save, docker_save_legacy, multi_platform, oci_layout},
    registry::{Content, Request, Server, answer, claiming},
    sink::RecordingSink,
};

type Outcome = Result<Vec<Artifact>, TargetError>;

fn shop() -> ImageBuilder {
    ImageBuilder::new()
        .tag("shop:1")
        .config("User", "app".into())
        .layer("COPY . /", Layer::new().file("etc/passwd", "root:x:0:0::/root:/bin/sh\n").file("srv/old", "old").folder("srv/new"))
        .layer("RUN tidy", Layer::new().whiteout("srv/old").symlink("srv/link", "new").file("srv/new/data", "x".repeat(200_000)))
}

fn insecure() -> Options {
    Options { registry: ClientOptions { insecure: true, ..ClientOptions::default() }, ..Options::default() }
}

fn pull(host: &str, version: &str, options: &Options) -> (Outcome, RecordingSink) {
    let sink = RecordingSink::new();
    let outcome = open(&format!("{host}/acme/shop{version}"), options).and_then(|target| target.read(&sink));
    (outcome, sink)
}

/// Pulls the shop's image from a registry that answers with `instead` where that is something.
fn pull_from(instead: impl Fn(&Content, &Request, usize) -> Option<Vec<u8>> + Send + Sync + 'static) -> (Outcome, RecordingSink) {
    let content = Content::of(&oci_layout(&[shop()]));
    let copy = content.clone();
    let server = Server::of(content, move |request, number| instead(&copy, request, number));
    pull(&server.host, ":1", &insecure())
}

fn read_archive(files: &Files) -> (Outcome, RecordingSink) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.tar");
    std::fs::write(&path, files.tar()).unwrap();
    let sink = RecordingSink::new();
    let outcome = open(path.to_str().unwrap(), &Options::default()).and_then(|target| target.read(&sink));
    (outcome, sink)
}

#[track_caller]
fn only(outcome: Outcome) -> Artifact {
    let mut artifacts = outcome.unwrap();
    assert_eq!(artifacts.len(), 1);
    artifacts.remove(0)
}

/// The entries of an artifact's layers, lowest first.
fn entries((outcome, sink): (Outcome, RecordingSink)) -> Vec<Vec<String>> {
    let artifact = only(outcome);
    let errors: Vec<&Diagnostic> = artifact.diagnostics.iter().filter(|diagnostic| diagnostic.level > Level::Note).collect();
    assert!(errors.is_empty(), "{errors:?}");
    artifact.layers.iter().map(|key| sink.layer(key).expect("every layer was finished").entries).collect()
}

/// Asserts that an artifact lost everything about a layer, with an error that says `why`, and that nothing of that layer was kept.
#[track_caller]
fn lost_a_layer((outcome, sink): (Outcome, RecordingSink), why: &str) {
    let artifact = only(outcome);
    let error = artifact.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error);
    let error = error.unwrap_or_else(|| panic!("no error: {:?}", artifact.diagnostics));
    assert!(error.message.contains(why), "{error:?}");
    assert!(error.affects.contains(&Capability::Everything), "{error:?}");
    let lines: Vec<String> = artifact.layers.iter().filter_map(|key| sink.layer(key)).flat_map(|part| part.entries).collect();
    assert!(!lines.iter().any(|line| line.starts_with("srv/link")), "{lines:?}");
}

/// Whether a request asks for the upper layer of the shop's image.
fn is_upper(content: &Content, request: &Request) -> bool {
    content.layers().get(1).is_some_and(|digest| request.path.ends_with(&format!("/blobs/{digest}")))
}

#[test]
fn a_pulled_image_is_what_its_archives_are() {
    let expected = entries(read_archive(&oci_layout(&[shop()])));
    assert_eq!(expected.len(), 2);
    assert_eq!(entries(read_archive(&docker_save(&[shop()]))), expected);
    assert_eq!(entries(read_archive(&docker_save_legacy(&[shop()]))), expected);
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let content = Content::of(&oci_layout(&[shop().compression(compression)]));
        let digest = content.digest().to_owned();
        let server = Server::of(content, |_, _| None);
        for version in [":1".to_owned(), format!("@{digest}"), format!(":1@{digest}")] {
            let (outcome, sink) = pull(&server.host, &version, &insecure());
            let artifact = only(outcome);
            assert_eq!(artifact.subject.digest.as_deref(), Some(digest.as_str()), "{version}");
            assert_eq!(artifact.subject.source, "registry");
            assert_eq!(artifact.subject.platform.as_deref(), Some("linux/amd64"));
            assert_eq!(entries((Ok(vec![artifact]), sink)), expected, "{compression:?} {version}");
        }
    }
}

#[test]
fn a_blob_is_fetched_once() {
    let content =
        Content::of(&oci_layout(&[shop().layer(
            "COPY again",
            Layer::new().file("etc/passwd", "root:x:0:0::/root:/bin/sh\n").file("srv/old", "old").folder("srv/new"),
        )]));
    let server = Server::of(content, |_, _| None);
    let (outcome, _) = pull(&server.host, ":1", &insecure());
    assert_eq!(only(outcome).layers.len(), 3, "one layer is there twice");
    let mut paths: Vec<String> = server.seen().into_iter().map(|request| request.path).filter(|path| path.contains("/blobs/")).collect();
    let asked = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), asked, "{paths:?}");
}

#[test]
fn a_layer_with_another_content_is_discarded() {
    let other = Compression::Gzip.compress(&Layer::new().symlink("srv/link", "elsewhere").tar());
    // With the length that the manifest states, and without.
    lost_a_layer(
        pull_from(move |content, request, _| is_upper(content, request).then(|| answer("200 OK", &[], &padded(&other, content)))),
        "digest",
    );
    lost_a_layer(
        pull_from(|content, request, _| {
            is_upper(content, request).then(|| {
                let mut bytes = content.blob(&content.layers()[1]).unwrap().to_vec();
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                answer("200 OK", &[], &bytes)
            })
        }),
        "",
    );
}

/// Bytes behind a gzip stream that bring it to the length of the real layer.
fn padded(bytes: &[u8], content: &Content) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(content.blob(&content.layers()[1]).unwrap().len().max(bytes.len()), 0);
    bytes
}

#[test]
fn a_missing_layer_is_said() {
    lost_a_layer(pull_from(|content, request, _| is_upper(content, request).then(|| answer("404 Not Found", &[], b""))), "");
    lost_a_layer(pull_from(|content, request, _| is_upper(content, request).then(|| answer("403 Forbidden", &[], b""))), "");
}

#[test]
fn a_missing_configuration_is_no_image_without_one() {
    let (outcome, _) = pull_from(|content, request, _| {
        let layer = content.layers().iter().any(|digest| request.path.ends_with(digest));
        (request.path.contains("/blobs/") && !layer).then(|| answer("404 Not Found", &[], b""))
    });
    match outcome {
        Err(_) => {}
        Ok(artifacts) => {
            for artifact in artifacts {
                let told =
                    artifact.diagnostics.iter().any(|diagnostic| diagnostic.level >= Level::Warning && !diagnostic.affects.is_empty());
                assert!(told, "{:?}", artifact.diagnostics);
            }
        }
    }
}

#[test]
fn a_truncated_layer_is_resumed_where_it_broke() {
    let content = Content::of(&oci_layout(&[shop()]));
    let copy = content.clone();
    let server = Server::of(content, move |request, _| {
        let bytes = copy.blob(&copy.layers()[1]).unwrap();
        (is_upper(&copy, request) && request.range.is_none())
            .then(|| claiming("200 OK", &[], &bytes[..bytes.len() / 2], bytes.len() as u64))
    });
    let found = entries(pull(&server.host, ":1", &insecure()));
    assert_eq!(found, entries(read_archive(&oci_layout(&[shop()]))));
    assert!(server.seen().iter().any(|request| request.range.is_some()), "{:?}", server.seen());
}

#[test]
fn a_layer_that_never_completes_is_not_complete() {
    let (outcome, sink) = pull_from(|content, request, _| {
        let bytes = content.blob(&content.layers()[1]).unwrap();
        is_upper(content, request).then(|| claiming("200 OK", &[], &bytes[..20], bytes.len() as u64))
    });
    let artifact = only(outcome);
    let parts = artifact.layers.iter().filter_map(|key| sink.layer(key)).flat_map(|part| part.diagnostics);
    let gaps: Vec<Diagnostic> = artifact.diagnostics.iter().cloned().chain(parts).filter(|gap| gap.level >= Level::Warning).collect();
    assert!(gaps.iter().any(|gap| gap.affects.contains(&Capability::Everything)), "{gaps:?}");
}

#[test]
fn an_endless_layer_ends() {
    lost_or_cut(pull_from(|content, request, _| {
        is_upper(content, request).then(|| {
            let mut out = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
            out.extend_from_slice(content.blob(&content.layers()[1]).unwrap());
            out.resize(out.len() + (8 << 20), b'x');
            out
        })
    }));
}

/// Something of the artifact is not known, and that is said.
#[track_caller]
fn lost_or_cut((outcome, sink): (Outcome, RecordingSink)) {
    let artifact = only(outcome);
    let parts = artifact.layers.iter().filter_map(|key| sink.layer(key)).flat_map(|part| part.diagnostics);
    let gaps: Vec<Diagnostic> = artifact.diagnostics.iter().cloned().chain(parts).filter(|gap| gap.level >= Level::Warning).collect();
    assert!(gaps.iter().any(|gap| gap.affects.contains(&Capability::Everything)), "{gaps:?}");
}

#[test]
fn manifests_that_are_not_what_was_asked_for_are_refused() {
    let content = Content::of(&oci_layout(&[shop()]));
    let other = Content::of(&oci_layout(&[shop().config("User", "root".into())]));
    let digest = content.digest().to_owned();
    let server = Server::of(content, move |request, _| {
        request
            .path
            .contains("/manifests/")
            .then(|| answer("200 OK", &[("Content-Type", "application/vnd.oci.image.manifest.v1+json")], other.manifest()))
    });
    let err = pull(&server.host, &format!("@{digest}"), &insecure()).0.unwrap_err();
    assert!(err.message.contains("digest"), "{err}");

    for (body, says) in [(&b"{"[..], ""), (b"[]", ""), (b"{\"schemaVersion\":1}", ""), (b"", ""), (b"\xff\xfe", "")] {
        let (outcome, _) = pull_from(move |_, request, _| request.path.contains("/manifests/").then(|| answer("200 OK", &[], body)));
        let err = outcome.unwrap_err();
        assert!(err.message.contains(says) && !err.message.is_empty(), "{err}");
    }
}

#[test]
fn what_a_registry_refuses_is_an_error_with_a_hint() {
    for (status, headers, hint) in [
        ("401 Unauthorized", &[][..], "docker login"),
        ("401 Unauthorized", &[("WWW-Authenticate", "Bearer service=\"registry\"")], "docker login"),
        ("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"r\"")], "docker login"),
        ("403 Forbidden", &[], "docker login"),
        ("404 Not Found", &[], "name and the tag"),
    ] {
        let (outcome, _) = pull_from(move |_, _, _| Some(answer(status, headers, b"")));
        let err = outcome.unwrap_err();
        assert!(err.hint.as_deref().is_some_and(|text| text.contains(hint)), "{status}: {err:?}");
    }
}

#[test]
fn too_many_requests_are_waited_for() {
    let found = entries(pull_from(|_, _, number| (number < 2).then(|| answer("429 Too Many Requests", &[("Retry-After", "0")], b""))));
    assert_eq!(found, entries(read_archive(&oci_layout(&[shop()]))));
}

fn for_platform(os: &str, architecture: &str, variant: &str) -> ImageBuilder {
    let mark = format!("{os}-{architecture}{variant}");
    ImageBuilder::new().platform(os, architecture, variant).layer("COPY . /", Layer::new().file("platform", mark))
}

fn several() -> Server {
    let images = [
        for_platform("linux", "s390x", ""),
        for_platform("linux", "amd64", ""),
        for_platform("linux", "arm64", "v8"),
        for_platform("windows", "amd64", ""),
    ];
    // The tag names the index itself, as in a registry.
    Server::of(Content::of(&multi_platform("1", &images)), |_, _| None)
}

#[test]
fn of_several_platforms_one_is_read() {
    let server = several();
    for (asked, found) in [
        ("linux/arm64", "linux/arm64/v8"),
        ("linux/arm64/v8", "linux/arm64/v8"),
        ("windows/amd64", "windows/amd64"),
        ("linux/s390x", "linux/s390x"),
    ] {
        let options = Options { platform: Some(asked.to_owned()), ..insecure() };
        let artifact = only(pull(&server.host, ":1", &options).0);
        assert_eq!(artifact.subject.platform.as_deref(), Some(found));
        assert!(artifact.diagnostics.is_empty(), "{:?}", artifact.diagnostics);
    }
    let (outcome, sink) = pull(&server.host, ":1", &insecure());
    let artifact = only(outcome);
    let own = match std::env::consts::ARCH {
        "x86_64" => "linux/amd64",
        "aarch64" => "linux/arm64/v8",
        _ => "linux/s390x",
    };
    assert_eq!(artifact.subject.platform.as_deref(), Some(own));
    assert_eq!(sink.finished(), 1, "attestations and other platforms are not read");
    let note = artifact.diagnostics.first().unwrap();
    assert!(note.level == Level::Note && note.message.contains("windows/amd64") && !note.message.contains("unknown"), "{note:?}");

    let err = pull(&server.host, ":1", &Options { platform: Some("plan9/mips".to_owned()), ..insecure() }).0.unwrap_err();
    assert!(err.message.contains("plan9/mips") && err.hint.as_deref().is_some_and(|hint| hint.contains("linux/s390x")), "{err:?}");
}

#[test]
fn a_single_image_for_another_platform_is_not_read_as_the_one_asked_for() {
    let server = Server::of(Content::of(&oci_layout(&[shop()])), |_, _| None);
    let (outcome, _) = pull(&server.host, ":1", &Options { platform: Some("linux/arm64".to_owned()), ..insecure() });
    assert!(outcome.is_err(), "{outcome:?}");
}

#[test]
fn a_registry_that_is_not_there_is_an_error() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let err = pull(&free.to_string(), ":1", &insecure()).0.unwrap_err();
    assert!(err.message.contains("cannot reach") && err.hint.is_some(), "{err:?}");
}

#[test]
fn a_real_registry_gives_what_was_pushed() {
    let Some(registry) = Distribution::start(false) else { return };
    let layout = oci_layout(&[shop()]);
    let content = Content::of(&layout);
    registry.push("acme/shop", "1", &content);
    let expected = entries(read_archive(&layout));
    assert_eq!(entries(pull(&registry.host, ":1", &insecure())), expected);
    assert_eq!(entries(pull(&registry.host, &format!("@{}", content.digest()), &insecure())), expected);
    assert_eq!(entries(pull(&registry.host, &format!(":1@{}", content.digest()), &insecure())), expected);
    let err = pull(&registry.host, ":2", &insecure()).0.unwrap_err();
    assert!(err.message.contains("does not have"), "{err:?}");

    let zstd = oci_layout(&[shop().compression(Compression::Zstd)]);
    registry.push("acme/shop", "zstd", &Content::of(&zstd));
    assert_eq!(entries(pull(&registry.host, ":zstd", &insecure())), expected);

    registry.push(
        "acme/shop",
        "all",
        &Content::of(&multi_platform("all", &[for_platform("linux", "amd64", ""), for_platform("linux", "arm64", "v8")])),
    );
    let options = Options { platform: Some("linux/arm64".to_owned()), ..insecure() };
    let (outcome, sink) = pull(&registry.host, ":all", &options);
    assert_eq!(entries((outcome, sink)), [["platform file 644 0:0 13 \"linux-arm64v8\""]]);
}
