//! Images as users name them: files, standard input, references.

use crate::lab::{AS_OF, Lab, body};
use probity_testkit::{
    distribution::Distribution,
    image::{Compression, ImageBuilder, Layer, docker_save, docker_save_legacy, oci_layout},
    registry::{Content, Server, answer},
};
use serde_json::Value;

fn shop() -> ImageBuilder {
    let base = Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        .file("srv/app.env", "DB_PASSWORD=Rose-Garden-4711\n");
    ImageBuilder::new()
        .tag("shop:1")
        .config("User", "app".into())
        .layer("COPY . /", base)
        .layer("RUN rm", Layer::new().whiteout("srv/app.env"))
}

fn facts(text: &str) -> Value {
    let report: Value = serde_json::from_str(text).unwrap_or_else(|err| panic!("{err}: {text}"));
    assert_eq!(report["facts"][0]["secrets"][0]["at"]["removed_by"], 1, "{}", report["facts"]);
    report["facts"].clone()
}

#[test]
fn an_image_is_the_same_from_a_file_a_folder_and_standard_input() {
    let lab = Lab::new();
    let command = |target: &str| format!("scan {AS_OF} --format probity-json {target}");
    lab.put("shop.tar", docker_save(&[shop()]).tar());
    let expected = facts(&lab.run(&command("shop.tar")).exits(0).out);
    for archive in [
        docker_save(&[shop()]).tar(),
        docker_save_legacy(&[shop()]).tar(),
        oci_layout(&[shop()]).tar(),
        Compression::Gzip.compress(&docker_save(&[shop()]).tar()),
        Compression::Zstd.compress(&oci_layout(&[shop()]).tar()),
    ] {
        lab.put("other.tar", &archive);
        assert_eq!(facts(&lab.run(&command("other.tar")).exits(0).out), expected);
        assert_eq!(facts(&lab.run_with(&command("-"), &[], &archive).exits(0).out), expected);
    }
    oci_layout(&[shop()]).write_to(&lab.path("layout")).unwrap();
    assert_eq!(facts(&lab.run(&command("layout")).exits(0).out), expected);
}

#[test]
fn a_cut_archive_on_standard_input_is_incomplete() {
    let lab = Lab::new();
    let archive = docker_save(&[shop()]).tar();
    for share in [3, 5, 7, 9] {
        let cut = &archive[..archive.len() * share / 10];
        let ran = lab.run_with(&format!("compliance -f pci-dss {AS_OF} --fail-on severity=CRITICAL -"), &[], cut);
        // What was seen before the cut may fail; nothing is complete.
        assert!([1, 2, 3].contains(&ran.code), "{share}: {} {}", ran.code, ran.err);
        assert!(ran.code == 2 || ran.err.contains("could not be assessed"), "{share}: {}", ran.err);
        assert!(!ran.out.contains("PASS ("), "{share}: {}", ran.out);
    }
}

#[test]
fn a_layer_that_a_registry_does_not_give_is_incomplete() {
    let content = Content::of(&oci_layout(&[shop()]));
    let layer = content.layers()[1].clone();
    for status in ["404 Not Found", "403 Forbidden"] {
        let layer = layer.clone();
        let server = Server::of(content.clone(), move |request, _| request.path.ends_with(&layer).then(|| answer(status, &[], b"")));
        let lab = Lab::new();
        lab.run(&format!("scan {AS_OF} --insecure {}/acme/shop:1", server.host)).exits(3);
        let ran = lab.run(&format!("compliance -f pci-dss {AS_OF} --insecure {}/acme/shop:1", server.host));
        assert!(ran.code == 3 || ran.code == 1, "{}", ran.code);
        assert!(!ran.out.contains("PASS ("), "{}", ran.out);
    }
}

#[test]
fn without_insecure_no_registry_is_asked_in_the_clear() {
    let server = Server::of(Content::of(&oci_layout(&[shop()])), |_, _| None);
    Lab::new().run(&format!("scan {AS_OF} {}/acme/shop:1", server.host)).exits(2).says("--insecure");
    assert!(server.seen().is_empty());
}

#[test]
fn a_real_registry_is_logged_in_to_with_what_docker_login_wrote() {
    let Some(registry) = Distribution::start(true) else { return };
    let content = Content::of(&oci_layout(&[shop()]));
    registry.push("acme/shop", "1", &content);
    let lab = Lab::new();
    let tag = format!("{}/acme/shop:1", registry.host);
    lab.run(&format!("scan {AS_OF} --insecure {tag}")).exits(2).says("docker login");
    lab.put("config.json", registry.docker_config().replace("4711", "4712"));
    let ran = lab.run(&format!("scan {AS_OF} --insecure {tag}")).exits(2);
    assert!(!ran.err.contains("Rose-Garden"), "{}", ran.err);

    lab.put("config.json", registry.docker_config());
    lab.put("shop.tar", oci_layout(&[shop()]).tar());
    let expected = facts(&lab.run(&format!("scan {AS_OF} --format probity-json shop.tar")).exits(0).out);
    for reference in [tag.clone(), format!("{}/acme/shop@{}", registry.host, content.digest())] {
        let ran = lab.run(&format!("scan {AS_OF} --format probity-json --insecure {reference}")).exits(0);
        assert_eq!(facts(&ran.out), expected);
        let report = body(serde_json::from_str(&ran.out).unwrap());
        assert_eq!(report["inputs"]["subjects"][0]["digest"], content.digest());
    }
}

#[test]
fn a_secret_of_the_history_says_where_it_is() {
    let lab = Lab::new();
    let image = shop().layer("RUN DB_PASSWORD=Rose-Garden-4712 ./install", Layer::new().file("srv/x", "x\n"));
    lab.put("shop.tar", docker_save(&[image]).tar());
    let table = lab.run(&format!("scan shop.tar {AS_OF}")).out;
    assert!(table.lines().any(|line| line.starts_with("history step ") && line.ends_with(" (s1)")), "{table}");
}
