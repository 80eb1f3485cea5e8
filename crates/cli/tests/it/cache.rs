//! Second scans: the same bytes as first ones, from layers that were kept, and nothing that was not verified.

use crate::lab::Lab;
use probity_testkit::image::{Compression, ImageBuilder, Layer, docker_save, oci_layout};

const SCAN: &str = "image --as-of 2026-06-01 --scanners vuln,secret,misconfig --cache-dir kept --format probity-json";

fn image(compression: Compression) -> ImageBuilder {
    let base = Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        .file("var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n")
        .file("srv/app.env", "DB_PASSWORD=Rose-Garden-4711\n");
    let image = ImageBuilder::new().tag("shop:1").layer("COPY . /", base).layer("RUN rm", Layer::new().whiteout("srv/app.env"));
    image.compression(compression)
}

/// The report without what differs between any two runs.
fn body(text: &str) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|err| panic!("{err}: {text}"));
    report.as_object_mut().unwrap().shift_remove("run");
    report
}

#[test]
fn cold_and_warm_reports_are_the_same() {
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        for archive in [docker_save(&[image(compression)]).tar(), oci_layout(&[image(compression)]).tar()] {
            let lab = Lab::new();
            lab.put("shop.tar", &archive);
            let fresh = body(&lab.run(&format!("{SCAN} --no-cache shop.tar")).out);
            assert!(!lab.path("kept/layers").exists(), "nothing is kept with --no-cache");
            let cold = body(&lab.run(&format!("{SCAN} shop.tar")).out);
            assert!(lab.path("kept/layers").is_dir());
            let warm = body(&lab.run(&format!("{SCAN} shop.tar")).out);
            assert_eq!(cold, fresh);
            assert_eq!(warm, fresh);
            lab.run("clean --scan-cache --cache-dir kept").exits(0);
            assert!(!lab.path("kept/layers").exists());
        }
    }
}

#[test]
fn a_changed_blob_is_an_error_warm_as_cold() {
    let lab = Lab::new();
    let good = oci_layout(&[image(Compression::None)]).tar();
    lab.put("shop.tar", &good);
    lab.run(&format!("{SCAN} shop.tar")).exits(0);
    // The same manifest with other bytes of a layer.
    let at = good.windows(6).position(|window| window == b"Garden").unwrap();
    let mut bad = good.clone();
    bad[at..at + 6].copy_from_slice(b"Meadow");
    lab.put("shop.tar", &bad);
    let warm = lab.run(&format!("{SCAN} shop.tar"));
    let cold = lab.run(&format!("{SCAN} --no-cache shop.tar"));
    assert_eq!(warm.code, cold.code);
    assert_eq!(body(&warm.out), body(&cold.out));
    assert!(warm.out.contains("digest"), "{}", warm.out);
}

#[test]
fn many_processes_share_one_cache() {
    let lab = Lab::new();
    lab.put("shop.tar", docker_save(&[image(Compression::Gzip)]).tar());
    let expected = body(&lab.run(&format!("{SCAN} --no-cache shop.tar")).out);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..16).map(|_| scope.spawn(|| lab.run(&format!("{SCAN} shop.tar")).out)).collect();
        for run in runs {
            assert_eq!(body(&run.join().unwrap()), expected);
        }
    });
}

#[test]
fn a_cache_that_cannot_be_written_is_said_and_nothing_is_lost() {
    let lab = Lab::new();
    lab.put("shop.tar", docker_save(&[image(Compression::None)]).tar());
    lab.put("kept/layers", "a file where a folder should be");
    let ran = lab.run(&format!("{SCAN} shop.tar")).exits(0).says("cannot keep");
    assert_eq!(body(&ran.out), body(&lab.run(&format!("{SCAN} --no-cache shop.tar")).out));
}
