//! Every layout, every way of reading it, and what happens when it is broken.

use crate::{
    Options,
    filter::Filter,
    layer::{Reading, SinkRef},
    open,
    stream::{Streamed, Wanted, read_stream},
};
use probity_model::{
    Capability, Diagnostic, Reason, SubjectKind,
    diagnostic::Level,
    target::{Artifact, TargetError},
};
use probity_testkit::{
    image::{Compression, Files, ImageBuilder, Layer, Member, docker_save, docker_save_legacy, multi_platform, oci_artifact, oci_layout},
    sink::{Part, RecordingSink},
};
use probity_vfs::{Budget, Limits};
use serde_json::json;
use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

type Outcome = Result<Vec<Artifact>, TargetError>;

/// A folder for a test's files.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn read_path(path: &Path, options: &Options) -> (Outcome, RecordingSink) {
    let sink = RecordingSink::new();
    let outcome = open(path.to_str().unwrap(), options).and_then(|target| target.read(&sink));
    (outcome, sink)
}

fn read_file(name: &str, bytes: &[u8], options: &Options) -> (Outcome, RecordingSink) {
    let place = Place::new();
    read_path(&place.write(name, bytes), options)
}

/// Gives a few bytes at a time, as pipes do.
struct Pipe<'a>(&'a [u8]);

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1000);
        self.0.read(&mut buffer[..most])
    }
}

/// Reads as from standard input.
fn read_pipe(bytes: &[u8], options: &Options) -> (Outcome, RecordingSink) {
    let sink = RecordingSink::new();
    let outcome = {
        let budget = Budget::new(options.limits.clone());
        let filter = Filter::new(&options.skip_files, &options.skip_dirs).unwrap();
        let cx = Reading { sink: SinkRef(&sink), budget: &budget, filter: &filter };
        let wanted = Wanted { image: options.image.as_deref(), platform: options.platform.as_deref() };
        read_stream("-", &mut Pipe(bytes), None, true, wanted, &cx).and_then(|streamed| match streamed {
            Streamed::Artifacts(artifacts) => Ok(artifacts),
            Streamed::Loose(_) => Err(TargetError { target: "-".into(), message: "not an archive".into(), hint: None }),
        })
    };
    (outcome, sink)
}

/// What an artifact's layers hold and what was said, one line each.
fn show(artifact: &Artifact, sink: &RecordingSink) -> Vec<String> {
    let mut out = Vec::new();
    for (at, key) in artifact.layers.iter().enumerate() {
        let Part { entries, diagnostics } = sink.layer(key).expect("every layer of an artifact was finished");
        out.extend(entries.into_iter().map(|line| format!("{at}: {line}")));
        out.extend(diagnostics.iter().map(|d| format!("{at}! {}", say(d))));
    }
    out.extend(artifact.diagnostics.iter().map(|d| format!("! {}", say(d))));
    out
}

fn say(d: &Diagnostic) -> String {
    let path = d.path.as_deref().map_or_else(String::new, |p| format!(" {p}:"));
    let all = if d.affects.contains(&Capability::Everything) { " *" } else { "" };
    format!("{:?} {}{all}{path} {}", d.level, d.reason, d.message).to_lowercase()
}

fn only(outcome: Outcome) -> Artifact {
    let mut artifacts = outcome.unwrap();
    assert_eq!(artifacts.len(), 1);
    artifacts.remove(0)
}

fn shop() -> ImageBuilder {
    let base = Layer::new()
        .folder("./etc/")
        .file("./etc/os-release", "ID=debian\n")
        .file("./usr/bin/ping", "\x7fELF")
        .mode(0o4755)
        .owner(1, 2)
        .xattr("security.capability", b"\x01\x00")
        .symlink("./bin", "usr/bin")
        .hard_link("./usr/bin/ping6", "./usr/bin/ping")
        .device("./dev/null");
    let app =
        Layer::new().whiteout("usr/bin/ping6").opaque("var/cache").file(".wh..wh.plnk/1", "").file("app/run", "#!/bin/sh\n").mode(0o755);
    ImageBuilder::new()
        .tag("shop:1.2")
        .layer("ADD rootfs.tar /", base)
        .instruction("ENV A=b")
        .layer("COPY run /app/run", app)
        .config("User", json!("1000"))
        .config("Labels", json!({"a": "b"}))
        .annotation("org.opencontainers.image.base.name", "debian:12")
}

const SHOP: [&str; 9] = [
    "0: etc folder 755 0:0 0",
    "0: etc/os-release file 644 0:0 10 \"ID=debian\\n\"",
    "0: usr/bin/ping file 4755 1:2 4 capability [1, 0] \"\\u{7f}ELF\"",
    "0: bin symlink to usr/bin 777 0:0 0",
    "0: usr/bin/ping6 hard link to usr/bin/ping 644 0:0 0",
    "0: dev/null special 600 0:0 0",
    "1: usr/bin/ping6 whiteout 644 0:0 0",
    "1: var/cache opaque 644 0:0 0",
    "1: app/run file 755 0:0 10 \"#!/bin/sh\\n\"",
];

type Writer = fn(&[ImageBuilder]) -> Files;
const WRITERS: [(&str, Writer); 3] = [("docker archive", docker_save_legacy), ("docker archive", docker_save), ("oci archive", oci_layout)];

fn assert_shop(artifact: &Artifact, sink: &RecordingSink, what: &str) {
    assert_eq!(show(artifact, sink), SHOP, "{what}");
    let subject = &artifact.subject;
    assert_eq!((subject.kind, subject.platform.as_deref()), (SubjectKind::Image, Some("linux/amd64")), "{what}");
    assert_eq!(subject.config_digest.as_deref(), Some(probity_testkit::image::digest(&shop().config_json()).as_str()), "{what}");
    assert!(subject.references.iter().any(|r| r.ends_with("shop:1.2")), "{what}: {:?}", subject.references);
    let image = subject.image.as_ref().unwrap();
    assert_eq!((image.user.as_str(), image.labels.len(), image.history.len()), ("1000", 1, 3), "{what}");
    let histories: Vec<_> = subject.layers.iter().map(|l| (l.history, l.created_by.as_deref())).collect();
    assert_eq!(histories, [(Some(0), Some("ADD rootfs.tar /")), (Some(2), Some("COPY run /app/run"))], "{what}");
    assert!(subject.layers.iter().all(|l| l.diff_id.is_some() && l.digest.is_some() && l.size.is_some()), "{what}");
}

#[test]
fn every_layout_gives_the_same_image_from_a_file_and_from_a_pipe() {
    for (source, writer) in WRITERS {
        for layers in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let archive = writer(&[shop().compression(layers)]).tar();
            for outer in Compression::ALL {
                let packed = outer.compress(&archive);
                let what = format!("{source}, {layers:?} layers, {outer:?}");
                let (outcome, sink) = read_file("shop.tar", &packed, &Options::default());
                let artifact = only(outcome);
                assert_shop(&artifact, &sink, &what);
                assert_eq!(artifact.subject.source, source, "{what}");
                assert!(artifact.subject.name.ends_with("shop.tar"), "{what}");
                let (outcome, sink) = read_pipe(&packed, &Options::default());
                assert_shop(&only(outcome), &sink, &format!("pipe, {what}"));
            }
        }
    }
}

#[test]
fn layouts_are_read_from_folders_too() {
    for (_, writer) in WRITERS {
        let place = Place::new();
        writer(&[shop()]).write_to(place.path()).unwrap();
        let (outcome, sink) = read_path(place.path(), &Options::default());
        let artifact = only(outcome);
        assert_shop(&artifact, &sink, "folder");
        assert_eq!(artifact.subject.source, "oci layout");
    }
}

#[test]
fn a_layout_one_folder_down_and_members_with_dots_are_found() {
    for front in ["./", "layout/", "./layout/"] {
        let mut files = docker_save(&[shop()]);
        for (path, _) in &mut files.0 {
            path.insert_str(0, front);
        }
        for (outcome, sink) in [read_file("x.tar", &files.tar(), &Options::default()), read_pipe(&files.tar(), &Options::default())] {
            assert_shop(&only(outcome), &sink, front);
        }
    }
}

#[test]
fn annotations_and_manifest_digests_come_with_layouts() {
    let (outcome, _) = read_file("x.tar", &oci_layout(&[shop()]).tar(), &Options::default());
    let subject = only(outcome).subject;
    assert!(subject.digest.unwrap().starts_with("sha256:"));
    assert_eq!(subject.image.unwrap().label_or_annotation("org.opencontainers.image.base.name"), Some("debian:12"));
}

fn two() -> [ImageBuilder; 2] {
    let other = ImageBuilder::new().tag("till:2").layer("ADD x", Layer::new().file("x", "1"));
    [shop(), other]
}

#[test]
fn an_archive_of_several_images_gives_all_or_the_one_that_is_named() {
    for (_, writer) in WRITERS {
        let archive = writer(&two()).tar();
        let (outcome, sink) = read_file("x.tar", &archive, &Options::default());
        let artifacts = outcome.unwrap();
        let names: Vec<_> = artifacts.iter().map(|a| a.subject.name.rsplit('/').next().unwrap().to_owned()).collect();
        assert!(names[0].ends_with("shop:1.2)") && names[1].ends_with("till:2)"), "{names:?}");
        assert_eq!(sink.finished(), 3);
        for wanted in ["till:2", "till", &artifacts[1].subject.config_digest.clone().unwrap()] {
            let options = Options { image: Some(wanted.to_owned()), ..Options::default() };
            for (outcome, _) in [read_file("x.tar", &archive, &options), read_pipe(&archive, &options)] {
                let artifact = only(outcome);
                assert!(artifact.subject.references.iter().any(|r| r.ends_with("till:2")));
                assert!(!artifact.subject.name.contains('('), "one image is called as the user wrote it");
            }
        }
        let options = Options { image: Some("shop:9".to_owned()), ..Options::default() };
        let error = read_file("x.tar", &archive, &options).0.unwrap_err();
        assert_eq!(error.message, "no image matches `--image shop:9`");
        let hint = error.hint.unwrap();
        assert!(hint.contains("shop:1.2 (linux/amd64)") && hint.contains("till:2"), "{hint}");
    }
}

#[test]
fn layers_that_images_share_are_read_once() {
    let images = [shop().tag("shop:latest"), shop().tag("shop:next").instruction("ENV C=d")];
    for (_, writer) in WRITERS {
        for outer in [Compression::None, Compression::Gzip] {
            let (outcome, sink) = read_file("x.tar", &outer.compress(&writer(&images).tar()), &Options::default());
            let artifacts = outcome.unwrap();
            assert_eq!(artifacts.len(), 2);
            assert_eq!(artifacts[0].layers, artifacts[1].layers);
            assert_eq!(sink.finished(), 2);
        }
    }
}

#[test]
fn a_repeated_layer_is_a_symlink_in_old_archives() {
    let layer = || Layer::new().file("a", "1");
    let image = ImageBuilder::new().layer("A", layer()).layer("B", Layer::new().file("b", "2")).layer("C", layer());
    let files = docker_save_legacy(&[image]);
    assert!(files.0.iter().any(|(_, member)| matches!(member, Member::Symlink(_))));
    for (outcome, sink) in [read_file("x.tar", &files.tar(), &Options::default()), read_pipe(&files.tar(), &Options::default())] {
        let lines = show(&only(outcome), &sink);
        assert_eq!(lines, ["0: a file 644 0:0 1 \"1\"", "1: b file 644 0:0 1 \"2\"", "2: a file 644 0:0 1 \"1\""]);
    }
}

fn platforms() -> [ImageBuilder; 2] {
    let arm = ImageBuilder::new().platform("linux", "arm64", "v8").layer("ADD arm", Layer::new().file("arm", "1"));
    [shop(), arm]
}

#[test]
fn platforms_are_told_apart_and_attestations_passed_over() {
    let archive = multi_platform("shop:1.2", &platforms()).tar();
    let (outcome, sink) = read_file("x.tar", &archive, &Options::default());
    let artifacts = outcome.unwrap();
    let platforms: Vec<_> = artifacts.iter().map(|a| a.subject.platform.clone().unwrap()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64/v8"]);
    assert!(artifacts[1].subject.name.ends_with("(shop:1.2, linux/arm64/v8)"), "{}", artifacts[1].subject.name);
    assert_eq!(artifacts[0].diagnostics.len(), 2);
    assert!(artifacts[0].diagnostics.iter().all(|d| d.level == Level::Note && d.affects.is_empty()));
    assert_eq!(show(&artifacts[1], &sink), ["0: arm file 644 0:0 1 \"1\""]);
    for (wanted, found) in [("linux/arm64", Some("linux/arm64/v8")), ("amd64", Some("linux/amd64")), ("windows/amd64", None)] {
        let options = Options { platform: Some(wanted.to_owned()), ..Options::default() };
        for (outcome, _) in [read_file("x.tar", &archive, &options), read_pipe(&archive, &options)] {
            match found {
                Some(found) => assert_eq!(only(outcome).subject.platform.as_deref(), Some(found)),
                None => assert!(outcome.unwrap_err().hint.unwrap().contains("shop:1.2 (linux/arm64/v8)")),
            }
        }
    }
}

#[test]
fn platforms_that_an_archive_names_but_does_not_contain_are_no_error() {
    let mut files = multi_platform("shop:1.2", &platforms());
    let arm = platforms()[1].clone();
    let only_arm = oci_layout(&[arm]);
    for (path, _) in only_arm.0.iter().filter(|(path, _)| path.starts_with("blobs/")) {
        files.remove(path);
    }
    let (outcome, _) = read_file("x.tar", &files.tar(), &Options::default());
    let artifact = only(outcome);
    let said = artifact.diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n");
    assert!(said.contains("also names linux/arm64/v8"), "{said}");
    let options = Options { platform: Some("linux/arm64".to_owned()), ..Options::default() };
    let hint = read_file("x.tar", &files.tar(), &options).0.unwrap_err().hint.unwrap();
    assert!(hint.contains("not contained: linux/arm64/v8"), "{hint}");
}

#[test]
fn artifacts_that_are_no_images_are_said_to_be() {
    for (outcome, _) in
        [read_file("chart.tar", &oci_artifact().tar(), &Options::default()), read_pipe(&oci_artifact().tar(), &Options::default())]
    {
        assert_eq!(outcome.unwrap_err().message, "it holds no image, only an artifact of type `application/vnd.cncf.helm.config.v1+json`");
    }
}

/// Reads a damaged archive all three ways; the one artifact must have an error or gap about everything that contains `says`.
fn check_broken(files: &Files, says: &str) {
    let place = Place::new();
    files.write_to(place.path()).unwrap();
    let archive = files.tar();
    let ways = [
        ("file", read_file("x.tar", &archive, &Options::default())),
        ("pipe", read_pipe(&archive, &Options::default())),
        ("folder", read_path(place.path(), &Options::default())),
    ];
    for (way, (outcome, sink)) in ways {
        let lines = match outcome {
            Ok(artifacts) => {
                artifacts.iter().flat_map(|artifact| show(artifact, &sink)).filter(|l| l.contains(" * ") && l.contains('!')).collect()
            }
            Err(error) => vec![error.to_string()],
        };
        assert!(lines.iter().any(|line| line.contains(says)), "{way}: wanted {says:?}, got {lines:?}");
    }
}

/// The biggest member that starts like a tar or a gzip stream: the first layer.
fn layer_of(files: &mut Files) -> &mut Vec<u8> {
    let is_layer = |bytes: &Vec<u8>| probity_vfs::tar::is_header(bytes) || bytes.starts_with(&[0x1f, 0x8b]);
    files
        .0
        .iter_mut()
        .find_map(|(_, member)| match member {
            Member::Bytes(bytes) if is_layer(bytes) => Some(bytes),
            _ => None,
        })
        .unwrap()
}

#[test]
fn a_wrong_layer_is_an_error_and_nothing_of_it_is_kept() {
    for (_, writer) in WRITERS {
        for compression in [Compression::None, Compression::Gzip] {
            let mut files = writer(&[shop().compression(compression)]);
            let evil = compression.compress(&Layer::new().file("etc/shadow", "root::0:0\n").tar());
            let is_plain = probity_vfs::tar::is_header(layer_of(&mut files));
            *layer_of(&mut files) = if is_plain { Layer::new().file("etc/shadow", "root::0:0\n").tar() } else { evil };
            check_broken(&files, "has the wrong");
            let (outcome, sink) = read_file("x.tar", &files.tar(), &Options::default());
            let artifact = only(outcome);
            assert!(!show(&artifact, &sink).iter().any(|line| line.contains("shadow")));
            assert_eq!(artifact.diagnostics.iter().filter(|d| d.level == Level::Error).count(), 1);
            assert_eq!(artifact.diagnostics[0].layer, Some(0));
            assert_eq!(artifact.layers.len(), artifact.subject.layers.len());
        }
    }
}

#[test]
fn a_layer_that_lies_does_not_stand_in_for_the_real_one() {
    let place = Place::new();
    for (at, (_, writer)) in WRITERS.into_iter().enumerate() {
        let mut files = writer(&[shop().compression(Compression::None)]);
        let good = place.write(&format!("good{at}.tar"), &files.tar());
        *layer_of(&mut files) = Layer::new().file("etc/shadow", "root::0:0\n").tar();
        let evil = place.write(&format!("evil{at}.tar"), &files.tar());
        for order in [[&good, &evil], [&evil, &good]] {
            let sink = RecordingSink::new();
            let read = |path: &Path| only(open(path.to_str().unwrap(), &Options::default()).unwrap().read(&sink));
            for (path, artifact) in order.map(|path| (path, read(path))) {
                let lines = show(&artifact, &sink);
                if *path == good {
                    assert_eq!(lines, SHOP);
                } else {
                    assert!(lines.iter().any(|line| line.contains("error") && line.contains("has the wrong")), "{lines:?}");
                }
            }
        }
    }
}

#[test]
fn a_wrong_content_digest_is_an_error() {
    let zeros = format!("sha256:{}", "0".repeat(64));
    for (_, writer) in WRITERS {
        check_broken(&writer(&[shop().diff_ids(&[&zeros, &zeros])]), "has the wrong content digest");
        check_broken(&writer(&[shop().diff_ids(&[&zeros])]), "the configuration names 1 layers and the manifest 2");
        check_broken(&writer(&[shop().diff_ids(&["md5:00", &zeros])]), "invalid digest `md5:00`");
    }
}

#[test]
fn a_wrong_or_missing_document_is_an_error() {
    let mut files = oci_layout(&[shop()]);
    let Some(Member::Bytes(index)) = files.find("index.json") else { panic!("no index") };
    let manifest = String::from_utf8(index.clone()).unwrap();
    let at = manifest.find("sha256:").unwrap() + 7;
    let hex = manifest[at..at + 64].to_owned();
    let Some(Member::Bytes(bytes)) = files.find(&hex) else { panic!("no manifest") };
    bytes.push(b' ');
    check_broken(&files, "the manifest `sha256:");
    files.remove(&hex);
    check_broken(&files, "is missing");

    for (_, writer) in WRITERS {
        let mut files = writer(&[shop()]);
        let config = probity_testkit::image::digest(&shop().config_json())[7..].to_owned();
        let Some(Member::Bytes(bytes)) = files.find(&config) else { panic!("no config") };
        bytes.insert(1, b' ');
        check_broken(&files, "has the wrong digest");
        files.remove(&config);
        check_broken(&files, "is missing");
    }
}

#[test]
fn a_missing_layer_is_an_error() {
    for (_, writer) in WRITERS {
        let mut files = writer(&[shop()]);
        let layer = layer_of(&mut files).clone();
        files.0.retain(|(_, member)| *member != Member::Bytes(layer.clone()));
        check_broken(&files, "is missing");
    }
}

#[test]
fn one_broken_image_does_not_hide_the_other() {
    let mut files = docker_save_legacy(&two());
    let config = probity_testkit::image::digest(&two()[0].config_json())[7..].to_owned();
    let Some(Member::Bytes(bytes)) = files.find(&config) else { panic!("no config") };
    *bytes = b"{}".to_vec();
    let (outcome, _) = read_file("x.tar", &files.tar(), &Options::default());
    let artifacts = outcome.unwrap();
    assert_eq!(artifacts.len(), 2);
    assert!(artifacts[0].subject.name.ends_with("(till:2)") && artifacts[0].diagnostics.is_empty());
    assert!(artifacts[1].subject.name.ends_with("(shop:1.2)"));
    assert_eq!(artifacts[1].diagnostics[0].level, Level::Error);
}

#[test]
fn a_truncated_archive_is_never_complete() {
    for (_, writer) in WRITERS {
        let archive = writer(&[shop()]).tar();
        let gz = Compression::Gzip.compress(&archive);
        // Behind the last document's content there is only filling.
        for cut in (600..archive.len() - 1024 - 512).step_by(700) {
            for (outcome, sink) in
                [read_file("x.tar", &archive[..cut], &Options::default()), read_pipe(&archive[..cut], &Options::default())]
            {
                assert_incomplete(outcome, &sink, cut);
            }
        }
        for cut in (1..gz.len()).step_by(211) {
            let (outcome, sink) = read_file("x.tar.gz", &gz[..cut], &Options::default());
            assert_incomplete(outcome, &sink, cut);
        }
    }
}

fn assert_incomplete(outcome: Outcome, sink: &RecordingSink, cut: usize) {
    let Ok(artifacts) = outcome else { return };
    for artifact in &artifacts {
        let lines = show(artifact, sink);
        assert!(lines.iter().any(|line| line.contains("! ") && line.contains(" * ")), "cut at {cut}: {lines:?}");
    }
}

#[test]
fn a_layer_that_is_cut_short_keeps_what_was_seen() {
    let big = Layer::new().file("first", "1").file("big", vec![b'x'; 100_000]);
    let archive = oci_layout(&[ImageBuilder::new().compression(Compression::None).layer("ADD", big)]);
    // The layout's first member is the layer: cut inside it, and put the documents in front.
    let mut files = archive;
    files.0.reverse();
    let bytes = files.tar();
    let (outcome, sink) = read_file("x.tar", &bytes[..bytes.len() - 60_000], &Options::default());
    let lines = show(&only(outcome), &sink);
    assert!(lines[0].starts_with("0: first file"), "{lines:?}");
    assert!(lines.iter().any(|l| l.contains("subject-truncated *")), "{lines:?}");
}

#[test]
fn random_damage_never_panics_and_is_never_silent() {
    let whole = docker_save(&[shop()]).tar();
    let (outcome, sink) = read_file("x.tar", &whole, &Options::default());
    let expected = show(&only(outcome), &sink);
    let mut state = 7_u32;
    for round in 0..300 {
        let mut bytes = whole.clone();
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let at = state as usize % bytes.len();
        bytes[at] ^= 1 << (round % 8);
        for (outcome, sink) in [read_file("x.tar", &bytes, &Options::default()), read_pipe(&bytes, &Options::default())] {
            let Ok(artifacts) = outcome else { continue };
            let lines: Vec<_> = artifacts.iter().flat_map(|a| show(a, &sink)).collect();
            let is_said = lines.iter().any(|line| line.contains("! "));
            let is_filling = lines == expected;
            assert!(is_said || is_filling || artifacts[0].subject.kind != SubjectKind::Image, "byte {at}: {lines:?}");
        }
    }
}

#[test]
fn hostile_paths_stay_inside_and_are_said() {
    let layer = Layer::new()
        .file("../../etc/passwd", "1")
        .file("/etc/shadow", "2")
        .file("a/../../b", "3")
        .symlink("loop", "loop")
        .symlink("out", "../../../../etc");
    let (outcome, sink) = read_file("x.tar", &docker_save(&[ImageBuilder::new().layer("ADD", layer)]).tar(), &Options::default());
    let lines = show(&only(outcome), &sink);
    let expected = [
        "0: etc/passwd file 644 0:0 1 \"1\"",
        "0: etc/shadow file 644 0:0 1 \"2\"",
        "0: b file 644 0:0 1 \"3\"",
        "0: loop symlink to loop 777 0:0 0",
        "0: out symlink to ../../../../etc 777 0:0 0",
        "0! warning analyzer-failed etc/passwd: an entry's path leaves the root of the archive; it was read as `etc/passwd`",
        "0! warning analyzer-failed b: an entry's path leaves the root of the archive; it was read as `b`",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn limits_cut_and_name_their_flag() {
    let deep = format!("{}f", "d/".repeat(20));
    let layer = Layer::new().file("a", "12345").file("b", "1").file(&deep, "2").file("c", "3");
    let image = ImageBuilder::new().compression(Compression::None).layer("ADD", layer);
    let archive = oci_layout(&[image]).tar();
    let default = Limits::default;
    for (limits, flag, kept) in [
        (Limits { max_entries: 3, ..default() }, "--max-entries", 3),
        (Limits { max_total_bytes: 1000, ..default() }, "--max-total-bytes", 0),
        (Limits { max_depth: 10, ..default() }, "--max-depth", 3),
        (Limits { max_file_bytes: 4, ..default() }, "--max-file-bytes", 4),
    ] {
        let options = Options { limits, ..Options::default() };
        let (outcome, sink) = read_file("x.tar", &archive, &options);
        let part = sink.layer(&only(outcome).layers[0]).unwrap();
        assert_eq!(part.entries.len(), kept, "{flag}: {:?}", part.entries);
        let diagnostic = part.diagnostics.first().unwrap_or_else(|| panic!("{flag} says nothing"));
        assert!(diagnostic.hint.as_ref().unwrap().contains(flag), "{diagnostic:?}");
        assert_eq!((diagnostic.reason, diagnostic.affects.as_slice()), (Reason::SubjectTruncated, &[Capability::Everything][..]));
    }
}

#[test]
fn a_gzip_bomb_in_a_layer_is_cut() {
    let mut tar = Layer::new().file("before", "1").tar();
    tar.truncate(tar.len() - 1024);
    let mut bomb = flate2_writer();
    bomb.write_all(&tar).unwrap();
    let zeros = vec![0; 1 << 20];
    let mut header = Layer::new().file("zeros", b"").tar();
    header.truncate(512);
    patch_size(&mut header, 2 << 30);
    bomb.write_all(&header).unwrap();
    for _ in 0..600 {
        bomb.write_all(&zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let path = format!("blobs/sha256/{}", &probity_testkit::image::digest(&bomb)[7..]);
    let mut files = oci_layout(&[ImageBuilder::new().layer("ADD", Layer::new().file("x", "1"))]);
    let layer = layer_of(&mut files).clone();
    let old = format!("sha256:{}", &probity_testkit::image::digest(&layer)[7..]);
    // The manifest names the bomb; it has a new digest itself, which the index names.
    let manifest_path =
        files.0.iter().find(|(_, m)| matches!(m, Member::Bytes(b) if b.windows(old.len()).any(|w| w == old.as_bytes()))).unwrap().0.clone();
    let Some(Member::Bytes(manifest)) = files.find(&manifest_path) else { panic!() };
    let text = String::from_utf8(manifest.clone()).unwrap().replace(&old, &probity_testkit::image::digest(&bomb));
    let new_digest = probity_testkit::image::digest(text.as_bytes());
    let old_digest = manifest_path.rsplit('/').next().unwrap().to_owned();
    let Some(Member::Bytes(index)) = files.find("index.json") else { panic!() };
    *index = String::from_utf8(index.clone()).unwrap().replace(&old_digest, &new_digest[7..]).into_bytes();
    files.0.push((format!("blobs/sha256/{}", &new_digest[7..]), Member::Bytes(text.into_bytes())));
    files.0.push((path, Member::Bytes(bomb)));
    let place = Place::new();
    let path = place.write("bomb.tar", &files.tar());
    let sink = RecordingSink::skimming();
    let artifact = only(open(path.to_str().unwrap(), &Options::default()).unwrap().read(&sink));
    let lines = show(&artifact, &sink);
    assert!(
        lines[0].contains("before") && lines.last().unwrap().contains("reading was cut short: every compressed byte expands"),
        "{lines:?}"
    );
}

fn flate2_writer() -> flate2::write::GzEncoder<Vec<u8>> {
    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6))
}

/// Writes another size into a header and mends its checksum.
fn patch_size(header: &mut [u8], size: u64) {
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn a_tar_that_is_no_image_is_a_file_system_or_a_folder() {
    let root =
        Layer::new().folder("etc").file("etc/os-release", "ID=x\n").file("etc/.wh.x", "marks nothing").file("srv/index.json", "[1]").tar();
    let folder = Layer::new().file("manifest.json", "{\"name\": \"web app\"}").file("deploy.yaml", "kind: Pod\n").tar();
    for outer in Compression::ALL {
        for (tar, kind, lines) in [(&root, SubjectKind::Rootfs, 4), (&folder, SubjectKind::Folder, 2)] {
            let packed = outer.compress(tar);
            for (outcome, sink) in [read_file("x.tar", &packed, &Options::default()), read_pipe(&packed, &Options::default())] {
                let artifact = only(outcome);
                assert_eq!(artifact.subject.kind, kind);
                assert_eq!(artifact.subject.digest.as_deref(), Some(probity_testkit::image::digest(&packed).as_str()));
                let shown = show(&artifact, &sink);
                assert_eq!(shown.len(), lines, "{shown:?}");
                assert!(!shown.iter().any(|l| l.contains("whiteout ") || l.contains('!')), "{shown:?}");
            }
        }
    }
}

#[test]
fn a_file_system_archive_without_its_end_is_incomplete() {
    let mut tar = Layer::new().file("etc/os-release", "ID=x\n").tar();
    tar.truncate(tar.len() - 1024);
    for (outcome, sink) in [read_file("x.tar", &tar, &Options::default()), read_pipe(&tar, &Options::default())] {
        assert_incomplete(outcome, &sink, tar.len());
    }
}

#[test]
fn clear_errors() {
    let place = Place::new();
    let hopeless = [
        (place.path().join("none"), "no such file or folder"),
        (place.write("empty", b""), "the file is empty"),
        (place.write("bad.tar", b"this is no archive"), "it is called an archive and is none, or its start is damaged"),
        (place.write("bad.tar.gz", &[0x1f, 0x8b, 8, 0, 0]), "the gzip stream is damaged or cut short"),
        (place.write("none.tar", &[0; 1024]), "the archive is empty"),
    ];
    for (path, says) in hopeless {
        let error = read_path(&path, &Options::default()).0.unwrap_err();
        assert!(error.message.starts_with(says), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()));
    }
    let empty = Place::new();
    assert_eq!(read_path(empty.path(), &Options::default()).0.unwrap_err().message, "the folder holds no files");
    assert_eq!(open("", &Options::default()).err().unwrap().message, "the name is empty");
    let options = Options { skip_files: vec!["a[".into()], ..Options::default() };
    assert!(open(".", &options).err().unwrap().message.contains("pattern"));
    let blobs = docker_save_legacy(&[shop()]);
    let mut files = blobs;
    files.remove("manifest.json");
    for (outcome, _) in [read_file("x.tar", &files.tar(), &Options::default()), read_pipe(&files.tar(), &Options::default())] {
        assert_eq!(outcome.unwrap_err().message, "it holds layers but neither `manifest.json` nor `index.json`");
    }
}

#[test]
fn a_single_file_is_one_entry_with_the_path_as_given() {
    let place = Place::new();
    let path = place.write("deploy/pod.yaml", b"kind: Pod\n");
    let (outcome, sink) = read_path(&path, &Options::default());
    let artifact = only(outcome);
    assert_eq!((artifact.subject.kind, artifact.subject.layers.len()), (SubjectKind::File, 1));
    assert_eq!(artifact.subject.digest.as_deref(), Some(probity_testkit::image::digest(b"kind: Pod\n").as_str()));
    let entries = sink.layer(&artifact.layers[0]).unwrap().entries;
    assert!(entries[0].starts_with(&format!("{} file", path.to_str().unwrap().trim_start_matches('/'))), "{entries:?}");
    let packed = place.write("pod.yaml.gz", &Compression::Gzip.compress(b"kind: Pod\n"));
    assert_eq!(only(read_path(&packed, &Options::default()).0).subject.kind, SubjectKind::File);
}

#[test]
fn loose_content_gets_a_name_by_what_it_says() {
    use crate::single::name_of_loose;
    assert_eq!(name_of_loose(b"# syntax=docker/dockerfile:1\n\nFROM a\n"), "Dockerfile");
    assert_eq!(name_of_loose(b"---\napiVersion: v1\n"), "stdin.yaml");
    assert_eq!(name_of_loose(b"name: x\nservices:\n  a: {}\n"), "stdin.yaml");
    assert_eq!(name_of_loose(b" {\"kind\":1}"), "stdin.json");
    assert_eq!(name_of_loose(b"{apiVersion: v1, kind: Pod}\n"), "stdin.yaml");
    assert_eq!(name_of_loose(b"{\"apiVersion\": v1, kind: Pod}\n"), "stdin.yaml");
    assert_eq!(name_of_loose(b"hello"), "stdin");
}

#[test]
fn a_folder_is_read_in_order_without_following_links() {
    let place = Place::new();
    place.write("b/two", b"2");
    place.write("a/one", b"1");
    place.write(".git/config", b"[core]");
    place.write(".git/objects/ab/cdef", b"zlib");
    place.write("z", b"3");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("..", place.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink("/etc", place.path().join("out")).unwrap();
        std::os::unix::fs::symlink("self", place.path().join("self")).unwrap();
    }
    let (outcome, sink) = read_path(place.path(), &Options::default());
    let artifact = only(outcome);
    assert_eq!(artifact.subject.kind, SubjectKind::Folder);
    let paths: Vec<_> = show(&artifact, &sink).iter().map(|l| l.split(' ').nth(1).unwrap().to_owned()).collect();
    let mut expected = vec![".git", ".git/config", ".git/objects", "a", "a/one", "b", "b/two", "z"];
    if cfg!(unix) {
        expected = vec![".git", ".git/config", ".git/objects", "a", "a/one", "a/up", "b", "b/two", "out", "self", "z"];
    }
    assert_eq!(paths, expected);
    place.write("etc/os-release", b"ID=x");
    assert_eq!(only(read_path(place.path(), &Options::default()).0).subject.kind, SubjectKind::Rootfs);
}

#[test]
fn a_folder_gives_the_same_with_any_number_of_threads() {
    let place = Place::new();
    for n in 0..600 {
        place.write(&format!("d{}/f{n}", n % 7), n.to_string().as_bytes());
    }
    let read = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (outcome, sink) = read_path(place.path(), &Options::default());
            show(&only(outcome), &sink)
        })
    };
    let one = read(1);
    assert_eq!(one.len(), 607);
    assert_eq!(one, read(4));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_said_and_cannot_pass() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let (file, folder) = (place.write("secret", b"x"), place.write("closed/file", b"x"));
    place.write("open", b"1");
    let folder = folder.parent().unwrap().to_owned();
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(&file, 0);
    set(&folder, 0);
    let can_read_anyway = std::fs::read_dir(&folder).is_ok();
    let (outcome, sink) = read_path(place.path(), &Options::default());
    set(&folder, 0o755);
    if can_read_anyway {
        // The superuser: nothing is forbidden, which is all that can be tried.
        return;
    }
    let lines = show(&only(outcome), &sink);
    assert!(lines.iter().any(|l| l.starts_with("0! warning permission-denied * secret:")), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("! warning permission-denied * closed:")), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("0: open file")), "{lines:?}");
}

#[test]
fn skipped_paths_are_counted() {
    let options = Options { skip_dirs: vec!["**/node_modules".into()], skip_files: vec!["*.md".into()], ..Options::default() };
    let place = Place::new();
    place.write("web/node_modules/a/b.js", b"1");
    place.write("README.md", b"2");
    place.write("main.js", b"3");
    let (outcome, sink) = read_path(place.path(), &options);
    let lines = show(&only(outcome), &sink);
    let said = [
        "! warning analyzer-disabled 1 entry was left out by `--skip-files *.md`",
        "! warning analyzer-disabled 1 entry was left out by `--skip-dirs **/node_modules`",
    ];
    assert!(lines.iter().filter(|l| l.starts_with("0:")).all(|l| !l.contains("b.js") && !l.contains("readme")), "{lines:?}");
    assert!(said.iter().all(|said| lines.iter().any(|l| l == said)), "{lines:?}");
    let layer = Layer::new().file("web/node_modules/a", "1").file("keep", "2");
    let (outcome, sink) = read_file("x.tar", &docker_save(&[ImageBuilder::new().layer("ADD", layer)]).tar(), &options);
    let lines = show(&only(outcome), &sink);
    assert_eq!(
        lines,
        ["0: keep file 644 0:0 1 \"2\"", "0! warning analyzer-disabled 1 entry was left out by `--skip-dirs **/node_modules`"]
    );
}

#[test]
fn indexes_that_contain_themselves_or_go_deep_end() {
    let mut files = oci_layout(&[shop()]);
    let mut index = b"{\"manifests\":[]}".to_vec();
    for _ in 0..40 {
        let digest = probity_testkit::image::digest(&index);
        files.0.push((format!("blobs/sha256/{}", &digest[7..]), Member::Bytes(index)));
        let one = json!({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest});
        index = json!({"manifests": [one.clone(), one]}).to_string().into_bytes();
    }
    let Some(Member::Bytes(top)) = files.find("index.json") else { panic!() };
    *top = index;
    let error = read_file("x.tar", &files.tar(), &Options::default()).0.unwrap_err();
    assert!(error.message.contains("nested too deeply") || error.message.contains("too many entries"), "{error}");
}

#[test]
fn foreign_layers_that_are_not_there_make_the_image_incomplete() {
    let mut files = oci_layout(&[shop()]);
    let layer = layer_of(&mut files).clone();
    files.0.retain(|(_, member)| *member != Member::Bytes(layer.clone()));
    let old = probity_testkit::image::digest(&layer);
    let manifest_path =
        files.0.iter().find(|(_, m)| matches!(m, Member::Bytes(b) if b.windows(old.len()).any(|w| w == old.as_bytes()))).unwrap().0.clone();
    let Some(Member::Bytes(manifest)) = files.find(&manifest_path) else { panic!() };
    let text =
        String::from_utf8(manifest.clone()).unwrap().replacen("vnd.oci.image.layer.v1", "vnd.oci.image.layer.nondistributable.v1", 1);
    let digest = probity_testkit::image::digest(text.as_bytes());
    let old_digest = manifest_path.rsplit('/').next().unwrap().to_owned();
    let Some(Member::Bytes(index)) = files.find("index.json") else { panic!() };
    let mut value: serde_json::Value =
        serde_json::from_str(&String::from_utf8(index.clone()).unwrap().replace(&old_digest, &digest[7..])).unwrap();
    value["manifests"][0]["size"] = text.len().into();
    *index = value.to_string().into_bytes();
    files.0.push((format!("blobs/sha256/{}", &digest[7..]), Member::Bytes(text.into_bytes())));
    check_broken(&files, "is distributed separately");
}

/// Replaces a member, or adds it.
fn put(files: &mut Files, path: &str, bytes: Vec<u8>) {
    files.0.retain(|(known, _)| known != path);
    files.0.push((path.to_owned(), Member::Bytes(bytes)));
}

fn bytes_of(files: &Files, path: &str) -> Vec<u8> {
    match files.0.iter().find(|(known, _)| known == path) {
        Some((_, Member::Bytes(bytes))) => bytes.clone(),
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn a_manifest_that_names_no_image_is_no_folder() {
    for (manifest, says) in [
        (&b"[]"[..], "its `manifest.json` names no image"),
        (b"null", "its `manifest.json` names no image"),
        (b"[{\"Layers\": 7}]", "it holds layers, and its `manifest.json` or `index.json` does not say of which image"),
        (b"[{\"Con", "it holds layers, and its `manifest.json` or `index.json` does not say of which image"),
    ] {
        let mut files = docker_save_legacy(&[shop()]);
        put(&mut files, "manifest.json", manifest.to_vec());
        for (outcome, _) in [read_file("x.tar", &files.tar(), &Options::default()), read_pipe(&files.tar(), &Options::default())] {
            assert_eq!(outcome.unwrap_err().message, says, "{}", String::from_utf8_lossy(manifest));
        }
    }
    // An image whose layers are `null` has none, whatever its configuration says.
    let mut files = docker_save_legacy(&[shop()]);
    let text = String::from_utf8(bytes_of(&files, "manifest.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value[0]["Layers"] = serde_json::Value::Null;
    value[0]["RepoTags"] = serde_json::Value::Null;
    put(&mut files, "manifest.json", value.to_string().into_bytes());
    let artifact = only(read_file("x.tar", &files.tar(), &Options::default()).0);
    assert_eq!(artifact.subject.kind, SubjectKind::Image);
    assert!(artifact.diagnostics.iter().any(|d| d.message.contains("and the manifest 0")), "{:?}", artifact.diagnostics);
}

#[test]
fn an_archive_that_is_cut_says_so() {
    for files in [oci_layout(&[shop()]), docker_save(&[shop()]), docker_save_legacy(&[shop()])] {
        let tar = files.tar();
        // What follows the last member is padding.
        let end = tar.iter().rposition(|byte| *byte != 0).unwrap();
        for quarter in 1..=3 {
            let tar = &tar[..end * quarter / 4];
            for (outcome, sink) in [read_file("x.tar", tar, &Options::default()), read_pipe(tar, &Options::default())] {
                match outcome {
                    Err(error) => assert!(error.message.contains("cut short"), "{error}"),
                    Ok(artifacts) => {
                        let said: Vec<String> = artifacts.iter().flat_map(|artifact| show(artifact, &sink)).collect();
                        assert!(said.iter().any(|line| line.contains("cut short") || line.contains("to its end")), "{said:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_size_that_is_not_the_stated_one_is_an_error() {
    // The manifest's own digest is right in every case: only the sizes lie.
    for (what, says) in [("layer", "that the manifest states"), ("config", "the configuration"), ("manifest", "the manifest")] {
        let mut files = oci_layout(&[shop()]);
        let mut index: serde_json::Value = serde_json::from_slice(&bytes_of(&files, "index.json")).unwrap();
        let digest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
        let path = format!("blobs/sha256/{}", digest.trim_start_matches("sha256:"));
        let mut manifest: serde_json::Value = serde_json::from_slice(&bytes_of(&files, &path)).unwrap();
        let more = |size: &mut serde_json::Value| *size = (size.as_u64().unwrap() + 1).into();
        match what {
            "layer" => more(&mut manifest["layers"][0]["size"]),
            "config" => more(&mut manifest["config"]["size"]),
            _ => {}
        }
        let bytes = manifest.to_string().into_bytes();
        let digest = probity_testkit::image::digest(&bytes);
        index["manifests"][0]["digest"] = digest.clone().into();
        index["manifests"][0]["size"] = bytes.len().into();
        if what == "manifest" {
            more(&mut index["manifests"][0]["size"]);
        }
        put(&mut files, &format!("blobs/sha256/{}", digest.trim_start_matches("sha256:")), bytes);
        put(&mut files, "index.json", index.to_string().into_bytes());
        check_broken(&files, says);
    }
}
