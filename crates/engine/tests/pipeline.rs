//! From targets to reports: what layers do to each other, what damage does to verdicts, and that neither the layout of an image nor the number of
//! threads makes a difference.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use probity_compliance::Policy;
use probity_engine::{Progress, Request, scan};
use probity_model::{
    Inventory, Reason, Report,
    assessment::{RuleOutcome, Status},
    check::CheckSettings,
    diagnostic::{Capability, Level},
    report::{Run, Tool},
};
use probity_targets::Options;
use probity_testkit::{
    image::{Compression, Files, ImageBuilder, Layer, Member, docker_save, docker_save_legacy, oci_layout},
    registry::{Content, Server},
};
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

const AS_OF: &str = "2026-06-01T00:00:00Z";
const SECRET: &str = "DB_PASSWORD=Rose-Garden-4711\n";

/// A folder for a test's files.
struct Lab(TempDir);

impl Lab {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn image(&self, image: ImageBuilder) -> String {
        self.put("image.tar", docker_save(&[image]).tar())
    }
}

fn request(targets: &[String], frameworks: &[&str]) -> Request {
    let as_of = AS_OF.parse().unwrap();
    let mut options = Options::default();
    options.registry.insecure = true;
    Request {
        targets: targets.to_vec(),
        options,
        configs: probity_configs::Limits::default(),
        settings: CheckSettings { as_of: jiff::Timestamp::as_second(as_of), ..CheckSettings::default() },
        frameworks: frameworks.iter().map(|name| probity_compliance::load(name, &|path| Err(format!("no file {path}"))).unwrap()).collect(),
        policy: Policy::new(as_of),
        as_of: AS_OF.to_owned(),
        tool: Tool { name: "probity", version: "0" },
        run: Run::default(),
        progress: Arc::new(Progress::default()),
        judge: true,
        secrets: None,
        evidence: probity_engine::EvidencePolicy::BySubject,
        knowledge: None,
        cache: None,
        suppressions: probity_engine::Suppressions::default(),
    }
}

fn report(targets: &[String], frameworks: &[&str]) -> Report {
    scan(&request(targets, frameworks)).unwrap()
}

/// The inventory of one image.
fn inventory(image: ImageBuilder) -> Inventory {
    let lab = Lab::new();
    let target = lab.image(image);
    let mut report = report(&[target], &[]);
    assert_eq!(report.inventories.len(), 1);
    report.inventories.remove(0)
}

/// An image of layers, the lowest first.
fn layers(layers: impl IntoIterator<Item = Layer>) -> ImageBuilder {
    layers.into_iter().fold(ImageBuilder::new().tag("shop:1"), |image, layer| image.layer("COPY . /", layer))
}

fn debian() -> Layer {
    let status = "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u2\nMaintainer: nobody <nobody@shop.example>\n\n";
    Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n")
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nguest:x:1000:1000::/home/guest:/bin/sh\n")
        .file("etc/shadow", "root:*:19000:0:99999:7:::\nguest:!:19000:0:99999:7:::\n")
        .mode(0o640)
        .file("var/lib/dpkg/status", status)
        .file("var/lib/dpkg/info/openssl.list", "/.\n/usr\n/usr/bin\n/usr/bin/openssl\n")
        .file("usr/bin/openssl", b"\x7fELF\x02\x01\x01")
        .mode(0o755)
}

fn shop() -> ImageBuilder {
    ImageBuilder::new()
        .tag("shop:1")
        .config("User", "guest".into())
        .config("Env", serde_json::json!(["PATH=/usr/bin", "API_TOKEN=Rose-Garden-4711-Rose-Garden"]))
        .layer("ADD rootfs.tar /", debian())
        .layer(
            "COPY . /srv",
            Layer::new().folder("srv").file("srv/app.env", SECRET).file("srv/run.sh", "#!/bin/sh\nexec openssl\n").mode(0o4755),
        )
        .layer("RUN rm /srv/app.env", Layer::new().whiteout("srv/app.env"))
}

#[test]
fn one_thread_or_many_give_the_same_report() {
    let lab = Lab::new();
    let mut targets = vec![lab.image(shop())];
    for number in 0..30 {
        lab.put(
            &format!("deploy/{}/{number}.yaml", number % 4),
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}}}\nspec: {{hostNetwork: {}, containers: [{{name: a, image: a}}]}}\n", number % 2 == 0),
        );
    }
    lab.put("deploy/broken.yaml", "a: [\n");
    targets.push(lab.0.path().join("deploy").to_str().unwrap().to_owned());
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        format!("{:#?}", pool.install(|| report(&targets, &["pss-restricted", "cis-docker"])))
    };
    let one = run(1);
    assert!(one.contains("hostNetwork"), "the manifests were judged");
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads} threads give another report");
    }
}

#[test]
fn the_layout_of_an_image_makes_no_difference() {
    let facts = |target: String| {
        let report = report(std::slice::from_ref(&target), &[]);
        assert!(
            report.ledger.diagnostics.iter().all(|diagnostic| diagnostic.level == Level::Note),
            "{target}: {:?}",
            report.ledger.diagnostics
        );
        let Inventory { os, facts, unowned, package_database, deleted, file_count, layer_count, subject, .. } = &report.inventories[0];
        format!(
            "{os:#?} {facts:#?} {unowned:?} {package_database} {deleted:?} {file_count} {layer_count} {:?} {:?}",
            subject.config_digest, subject.image
        )
    };
    let lab = Lab::new();
    let expected = facts(lab.put("new.tar", docker_save(&[shop()]).tar()));
    for part in ["debian", "guest", "openssl", "db-password", "srv/run.sh"] {
        assert!(expected.to_lowercase().contains(part) || part == "db-password", "{part}: {expected}");
    }
    let mut others = vec![
        lab.put("old.tar", docker_save_legacy(&[shop()]).tar()),
        lab.put("layout.tar", oci_layout(&[shop()]).tar()),
        lab.put("zstd.tar", oci_layout(&[shop().compression(Compression::Zstd)]).tar()),
        lab.put("image.tar.gz", Compression::Gzip.compress(&docker_save(&[shop()]).tar())),
        lab.put("image.tar.xz", Compression::Xz.compress(&docker_save_legacy(&[shop()]).tar())),
    ];
    let folder = lab.0.path().join("layout");
    oci_layout(&[shop()]).write_to(&folder).unwrap();
    others.push(folder.to_str().unwrap().to_owned());
    let server = Server::of(Content::of(&oci_layout(&[shop()])), |_, _| None);
    others.push(format!("{}/acme/shop:1", server.host));
    for other in others {
        assert!(facts(other.clone()) == expected, "{other} gives other facts");
    }
}

/// Where the secret is, and which layer took it away.
fn secret_in(image: ImageBuilder) -> (Option<u32>, Option<u32>) {
    let inventory = inventory(image);
    let secrets: Vec<_> = inventory.facts.secrets.iter().filter(|secret| &*secret.at.path == "srv/conf/app.env").collect();
    assert_eq!(secrets.len(), 1, "{:?}", inventory.facts.secrets);
    (secrets[0].at.layer, secrets[0].at.removed_by)
}

#[test]
fn a_secret_that_a_later_layer_deletes_is_still_shipped() {
    let base = || Layer::new().file("srv/conf/app.env", SECRET);
    let empty = Layer::new;
    assert_eq!(secret_in(layers([base(), empty().file("srv/conf/other", "x")])), (Some(0), None));
    for (how, layer) in [
        ("whiteout", empty().whiteout("srv/conf/app.env")),
        ("whiteout of the folder", empty().whiteout("srv/conf")),
        ("whiteout of its parent", empty().whiteout("srv")),
        ("opaque folder", empty().opaque("srv/conf")),
        ("opaque parent", empty().folder("srv").opaque("srv").file("srv/new", "x")),
        ("replaced by another file", empty().file("srv/conf/app.env", "nothing\n")),
        ("replaced by a link", empty().symlink("srv/conf/app.env", "/dev/null")),
        ("replaced by a device", empty().device("srv/conf/app.env")),
        ("replaced by a folder", empty().folder("srv/conf/app.env")),
        ("its folder is a file now", empty().file("srv/conf", "x")),
        ("its folder is a link now", empty().symlink("srv/conf", "elsewhere")),
    ] {
        assert_eq!(secret_in(layers([base(), empty().file("x", "y"), layer])), (Some(0), Some(2)), "{how}");
    }
    // Deleted, and there again.
    let again = inventory(layers([base(), empty().whiteout("srv/conf/app.env"), base()]));
    let places: Vec<_> = again.facts.secrets.iter().map(|secret| (secret.at.layer, secret.at.removed_by)).collect();
    assert_eq!(places, [(Some(0), Some(1)), (Some(2), None)]);
}

#[test]
fn only_the_last_version_of_a_file_counts() {
    let passwd = |name: &str| format!("root:x:0:0::/root:/bin/sh\n{name}:x:1000:1000::/:/bin/sh\n");
    let names = |image| -> Vec<String> { inventory(image).facts.users.iter().map(|user| user.name.clone()).collect() };
    let layer = |name: &str| Layer::new().file("etc/passwd", passwd(name));
    assert_eq!(names(layers([layer("old"), layer("new")])), ["new", "root"]);
    assert_eq!(names(layers([layer("old"), Layer::new().whiteout("etc/passwd")])), [""; 0]);
    assert_eq!(names(layers([layer("old"), Layer::new().opaque("etc")])), [""; 0]);
    assert_eq!(names(layers([layer("old"), Layer::new().whiteout("etc/passwd"), layer("new")])), ["new", "root"]);
    // A whiteout or an opaque mark spares its own layer, wherever it stands.
    assert_eq!(names(layers([layer("old"), layer("new").opaque("etc")])), ["new", "root"]);
    assert_eq!(names(layers([layer("old"), Layer::new().opaque("etc").file("etc/passwd", passwd("new"))])), ["new", "root"]);
    // Two entries of one name: the later one is what extraction leaves.
    assert_eq!(names(layers([Layer::new().file("etc/passwd", passwd("first")).file("etc/passwd", passwd("second"))])), ["root", "second"]);
    // Names are normalised before they are compared.
    assert_eq!(names(layers([layer("old"), Layer::new().file("./etc/passwd", passwd("new"))])), ["new", "root"]);
    assert_eq!(names(layers([layer("old"), Layer::new().file("/etc/passwd", passwd("new"))])), ["new", "root"]);
}

#[test]
fn the_mode_of_a_folder_is_that_of_the_last_layer() {
    let writable = |image| -> Vec<(String, u32)> {
        inventory(image)
            .facts
            .files
            .iter()
            .filter(|file| file.mode & 0o1002 == 0o002)
            .map(|file| (file.path.to_string(), file.mode & 0o7777))
            .collect()
    };
    let open = || Layer::new().folder("var/spool").mode(0o777).file("var/spool/x", "x");
    assert_eq!(writable(layers([open()])), [("var/spool".to_owned(), 0o777)]);
    assert_eq!(writable(layers([open(), Layer::new().folder("var/spool").mode(0o1777)])), []);
    assert_eq!(writable(layers([open(), Layer::new().folder("var/spool").mode(0o755)])), []);
    assert_eq!(writable(layers([open(), Layer::new().whiteout("var/spool")])), []);
    assert_eq!(inventory(layers([open(), Layer::new().folder("var/spool").mode(0o755)])).file_count, 1, "folders merge");
}

#[test]
fn a_hard_link_whose_content_was_not_read_is_said() {
    let passwd = "root::0:0::/root:/bin/sh\n";
    let lab = Lab::new();
    let target = lab.image(layers([Layer::new().file("srv/passwd", passwd).hard_link("etc/passwd", "srv/passwd")]));
    let report = report(&[target], &[]);
    let gap = report.ledger.diagnostics.iter().find(|diagnostic| diagnostic.path.as_deref() == Some("etc/passwd"));
    assert!(gap.is_some_and(|gap| gap.affects.contains(&Capability::Users)), "{:?}", report.ledger.diagnostics);
    // The other way round the content was read.
    let inventory = inventory(layers([Layer::new().file("etc/passwd", passwd).hard_link("srv/passwd", "etc/passwd")]));
    assert_eq!(inventory.facts.users.len(), 1);
}

#[test]
fn links_lead_nowhere() {
    let lab = Lab::new();
    let outside = lab.put("outside.env", SECRET);
    let image = layers([Layer::new()
        .symlink("srv/a.env", &outside)
        .symlink("srv/loop", "loop")
        .symlink("etc/passwd", "/etc/passwd")
        .hard_link("srv/b.env", "../../../outside.env")]);
    let inventory = inventory(image);
    assert!(inventory.facts.secrets.is_empty() && inventory.facts.users.is_empty(), "{:?}", inventory.facts);
}

#[test]
fn a_password_file_behind_a_link_is_not_examined_in_silence() {
    let shadow = "root::19000:0:99999:7:::\n";
    let gaps = |image: ImageBuilder| -> Vec<String> {
        let lab = Lab::new();
        let report = report(&[lab.image(image)], &[]);
        let gaps = report.ledger.diagnostics.iter().filter(|gap| gap.affects.contains(&Capability::Users));
        gaps.filter_map(|gap| Some(gap.path.as_deref()?.to_owned())).collect()
    };
    let file = |path: &str| Layer::new().file(path, shadow);
    assert_eq!(gaps(layers([debian(), file("srv/shadow").symlink("etc/shadow", "../srv/shadow")])), ["etc/shadow"]);
    assert_eq!(gaps(layers([debian(), file("srv/shadow"), Layer::new().symlink("etc/shadow", "/srv/shadow")])), ["etc/shadow"]);
    assert_eq!(gaps(layers([debian(), file("b").symlink("a", "b").symlink("etc/shadow", "../a")])), ["etc/shadow"]);
    assert_eq!(gaps(layers([file("real/shadow").symlink("etc", "real")])), ["etc/shadow"]);
    // Read under its own name, by the same analyzer.
    assert_eq!(gaps(layers([file("etc/shadow").symlink("srv/shadow", "../etc/shadow")])), [""; 0]);

    // A check that reads the file says nothing by finding nothing.
    let lab = Lab::new();
    let linked = layers([debian(), file("srv/shadow").symlink("etc/shadow", "../srv/shadow")]);
    let assessment = report(&[lab.image(linked)], &["pci-dss"]).assessment.unwrap();
    let control = assessment.frameworks[0].controls.iter().find(|control| control.id == "8.3.1").unwrap();
    assert_eq!(control.status, Status::NotAssessed, "{control:#?}");

    // What distributions do is no gap.
    let usual = Layer::new()
        .file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .symlink("etc/os-release", "../usr/lib/os-release")
        .symlink("bin", "usr/bin")
        .symlink("etc/ssl/cert.pem", "certs/ca-certificates.crt")
        .file("etc/ssl/certs/ca-certificates.crt", "")
        .symlink("usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf")
        .file("etc/ssl/openssl.cnf", "[default]\n")
        .symlink("etc/mtab", "/proc/mounts")
        .symlink("etc/motd.conf", "gone")
        .symlink("loop", "loop");
    let lab = Lab::new();
    let diagnostics = report(&[lab.image(layers([usual]))], &[]).ledger.diagnostics;
    assert!(diagnostics.iter().all(|gap| gap.level == Level::Note), "{diagnostics:?}");
}

#[test]
fn paths_that_leave_the_image_are_names_of_nothing() {
    let image = layers([Layer::new().file("../../etc/passwd", "evil:x:0:0::/:/bin/sh\n").file("srv/../../etc/shadow", "evil::1::::::\n")]);
    let lab = Lab::new();
    let report = report(&[lab.image(image)], &[]);
    let inventory = &report.inventories[0];
    assert!(inventory.facts.users.iter().all(|user| user.at.path.starts_with("etc/")), "{:?}", inventory.facts.users);
    assert!(!lab.0.path().join("../../etc/evil").exists());
}

#[test]
fn executables_of_packages_are_owned_through_linked_folders() {
    let names = |image| -> Vec<String> {
        let inventory = inventory(image);
        inventory.unowned.iter().map(|unowned| inventory.facts.files[unowned.0].path.to_string()).collect()
    };
    assert_eq!(names(layers([debian()])), [""; 0]);
    let extra = Layer::new().file("usr/local/bin/tool", b"\x7fELF\x02\x01\x01").mode(0o755);
    assert_eq!(names(layers([debian(), extra])), ["usr/local/bin/tool"]);
    let linked = Layer::new().symlink("bin", "usr/bin").file("var/lib/dpkg/info/openssl.list", "/bin/openssl\n");
    assert_eq!(names(layers([debian(), linked])), [""; 0]);
}

/// Frameworks with rules about images.
const FRAMEWORKS: [&str; 3] = ["cis-docker", "pci-dss", "nist-800-190"];

/// Asserts that nothing passes, and that what was lost is called by one of `reasons`.
#[track_caller]
fn nothing_passes(report: &Report, how: &str) {
    let mut lost = 0;
    for framework in &report.assessment.as_ref().unwrap().frameworks {
        for control in &framework.controls {
            assert_ne!(control.status, Status::Pass, "{how}: {}/{}: {control:#?}", framework.id, control.id);
            // What people conclude from may say what was seen; it concludes nothing.
            for rule in control.rules.iter().filter(|_| control.status != Status::Manual) {
                assert_ne!(rule.outcome, RuleOutcome::Pass, "{how}: {}/{}: {rule:?}", framework.id, control.id);
            }
            let is_lost = matches!(control.reason, Some(Reason::AnalyzerFailed | Reason::SubjectTruncated | Reason::PermissionDenied));
            lost += usize::from(is_lost && matches!(control.status, Status::NotAssessed | Status::Error));
        }
    }
    assert!(lost > 10, "{how}: only {lost} controls were lost");
    assert!(report.ledger.diagnostics.iter().any(|diagnostic| diagnostic.level >= Level::Warning), "{how}");
}

#[test]
fn a_whole_image_passes_something() {
    let lab = Lab::new();
    let report = report(&[lab.image(shop())], &FRAMEWORKS);
    for framework in &report.assessment.as_ref().unwrap().frameworks {
        let passes = framework.controls.iter().filter(|control| control.status == Status::Pass).count();
        assert!(passes > 0 || framework.id != "pci-dss", "{}", framework.id);
    }
}

#[test]
fn damage_to_any_layer_takes_every_pass() {
    let lab = Lab::new();
    let layer_path = |index: usize| {
        let content = Content::of(&oci_layout(&[shop()]));
        format!("blobs/sha256/{}", content.layers()[index].trim_start_matches("sha256:"))
    };
    let edit = |path: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = oci_layout(&[shop()]);
        match files.find(path) {
            Some(Member::Bytes(bytes)) => change(bytes),
            other => panic!("{path}: {other:?}"),
        }
        files
    };
    let without = |path: &str| {
        let mut files = oci_layout(&[shop()]);
        assert!(files.remove(path));
        files
    };
    let zeros = format!("sha256:{}", "0".repeat(64));
    let mut damaged: Vec<(String, Files)> = Vec::new();
    for index in 0..3 {
        let path = layer_path(index);
        damaged.push((format!("layer {index} has a wrong bit"), edit(&path, &|bytes| *bytes.last_mut().unwrap() ^= 1)));
        damaged.push((format!("layer {index} is cut"), edit(&path, &|bytes| bytes.truncate(bytes.len() / 2))));
        damaged.push((format!("layer {index} is empty"), edit(&path, &|bytes| bytes.clear())));
        damaged.push((format!("layer {index} is no tar"), edit(&path, &|bytes| *bytes = b"nonsense".repeat(100))));
        damaged.push((format!("layer {index} is missing"), without(&path)));
    }
    let other: Vec<String> = Content::of(&oci_layout(&[shop()])).layers();
    damaged.push(("the content is not what the configuration says".into(), docker_save(&[shop().diff_ids(&[&zeros, &zeros, &zeros])])));
    damaged.push(("the same in the old layout".into(), docker_save_legacy(&[shop().diff_ids(&[&zeros, &zeros, &zeros])])));
    assert_eq!(other.len(), 3);
    for (how, files) in damaged {
        let target = lab.put("damaged.tar", files.tar());
        let folder = tempfile::tempdir().unwrap();
        files.write_to(folder.path()).unwrap();
        nothing_passes(&report(&[target], &FRAMEWORKS), &how);
        if files.0.iter().any(|(path, _)| path == "oci-layout") {
            nothing_passes(&report(&[folder.path().to_str().unwrap().to_owned()], &FRAMEWORKS), &format!("{how}, in a folder"));
        }
    }
}

#[test]
fn a_good_layer_elsewhere_does_not_stand_in_for_a_damaged_one() {
    let lab = Lab::new();
    let good = lab.put("good.tar", oci_layout(&[shop()]).tar());
    let mut files = oci_layout(&[shop()]);
    let path = Content::of(&files).layers()[1].replace("sha256:", "blobs/sha256/");
    if let Some(Member::Bytes(bytes)) = files.find(&path) {
        *bytes.last_mut().unwrap() ^= 1;
    }
    let bad = lab.put("bad.tar", files.tar());
    for order in [[good.clone(), bad.clone()], [bad, good]] {
        nothing_passes(&report(&order, &FRAMEWORKS), &format!("{order:?}"));
    }
}

#[test]
fn a_target_that_cannot_be_read_takes_every_pass() {
    let lab = Lab::new();
    let good = lab.image(shop());
    let missing = lab.0.path().join("missing.tar").to_str().unwrap().to_owned();
    let broken = lab.put("broken.tar", b"not an archive");
    for other in [missing, broken] {
        for order in [[good.clone(), other.clone()], [other.clone(), good.clone()]] {
            let report = report(&order, &FRAMEWORKS);
            assert_eq!(report.inventories.len(), 1);
            nothing_passes(&report, &other);
            assert!(
                report.ledger.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error && diagnostic.message.contains(&other))
            );
        }
        assert!(scan(&request(std::slice::from_ref(&other), &[])).is_err(), "{other} alone is an error");
    }
}

/// Lowers a budget.
type Tighten = fn(&mut probity_vfs::Limits);

#[test]
fn a_budget_that_cuts_an_image_short_takes_every_pass() {
    let lab = Lab::new();
    let target = lab.image(shop());
    let changes: [(&str, Tighten); 2] = [("entries", |limits| limits.max_entries = 3), ("bytes", |limits| limits.max_total_bytes = 2_000)];
    for (how, change) in changes {
        let mut request = request(std::slice::from_ref(&target), &FRAMEWORKS);
        change(&mut request.options.limits);
        nothing_passes(&scan(&request).unwrap(), how);
    }
}

#[test]
fn what_could_not_be_searched_stays_unknown_when_it_is_deleted() {
    let lab = Lab::new();
    let big = Layer::new().file("srv/conf/app.env", format!("{}{SECRET}", "#\n".repeat(50_000)));
    let target = lab.image(layers([debian(), big, Layer::new().whiteout("srv/conf/app.env")]));
    let mut request = request(&[target], &[]);
    request.options.limits.max_file_bytes = 50_000;
    let report = scan(&request).unwrap();
    let gap = report.ledger.diagnostics.iter().find(|gap| gap.path.as_deref() == Some("srv/conf/app.env"));
    let gap = gap.unwrap_or_else(|| panic!("{:?}", report.ledger.diagnostics));
    assert!(gap.level >= Level::Warning && !gap.affects.is_empty(), "{gap:?}");
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: a}]}\n";

#[cfg(unix)]
#[test]
fn a_link_that_hides_a_document_is_said() {
    use std::os::unix::fs::symlink;
    let gaps = |links: &[(&str, &str)]| -> Vec<String> {
        let lab = Lab::new();
        lab.put("outside.yaml", POD);
        lab.put("deploy/base/pod.yaml", POD);
        lab.put("deploy/..data/pod.yaml", POD);
        lab.put("deploy/text", POD);
        for (path, target) in links {
            symlink(target, lab.0.path().join("deploy").join(path)).unwrap();
        }
        let target = lab.0.path().join("deploy").to_str().unwrap().to_owned();
        let report = report(&[target], &["pss-baseline"]);
        let passes = report.assessment.unwrap().frameworks[0].controls.iter().filter(|control| control.status == Status::Pass).count();
        let lost = report.ledger.diagnostics.iter().filter(|diagnostic| !diagnostic.affects.is_empty());
        let gaps: Vec<String> = lost.filter_map(|gap| Some(gap.path.as_deref()?.to_owned())).collect();
        assert_eq!(passes == 0, !gaps.is_empty(), "{links:?} {gaps:?}");
        gaps
    };
    // What they lead to is read under its own name.
    assert_eq!(gaps(&[("pod.yaml", "base/pod.yaml")]), [""; 0]);
    assert_eq!(gaps(&[("pod.yaml", "..current/pod.yaml"), ("..current", "..data")]), [""; 0]);
    assert_eq!(gaps(&[("a.yaml", "b.yaml"), ("b.yaml", "./base/../base/pod.yaml")]), [""; 0]);
    assert_eq!(gaps(&[("elsewhere", "../outside.yaml")]), [""; 0], "not called like a document");
    // It is not.
    assert_eq!(gaps(&[("out.yaml", "../outside.yaml")]), ["out.yaml"]);
    assert_eq!(gaps(&[("absolute.yml", "/outside.yaml")]), ["absolute.yml"]);
    assert_eq!(gaps(&[("text.yaml", "text")]), ["text.yaml"], "a name that claims nothing");
    assert_eq!(gaps(&[("loop.yaml", "loop.yaml")]), ["loop.yaml"]);
    assert_eq!(gaps(&[("gone.yaml", "missing.yaml")]), ["gone.yaml"]);
    assert_eq!(gaps(&[("folder.yaml", "base")]), ["folder.yaml"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_of_a_folder_are_said() {
    let lab = Lab::new();
    lab.put("deploy/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n");
    lab.put("deploy/inner/x.txt", "x\n");
    let deploy = lab.0.path().join("deploy");
    for (name, target) in [("etc", "/etc"), ("up", "../../elsewhere"), ("inside", "inner")] {
        std::os::unix::fs::symlink(target, deploy.join(name)).unwrap();
    }
    let report = report(&[deploy.to_str().unwrap().to_owned()], &["pss-baseline"]);
    let said: Vec<_> = report.ledger.diagnostics.iter().filter(|d| d.message.contains("out of the folder")).collect();
    assert_eq!(said.len(), 1, "{:?}", report.ledger.diagnostics);
    assert!(
        said[0].message.contains("`etc` to `/etc`, `up` to `../../elsewhere`") && !said[0].message.contains("inside"),
        "{}",
        said[0].message
    );
    assert_eq!((said[0].level, said[0].affects.len()), (Level::Warning, 0));
}

#[test]
fn layers_that_two_images_share_count_for_both() {
    let lab = Lab::new();
    let other = layers([debian()]).tag("other:1");
    let both = lab.put("both.tar", docker_save(&[shop(), other.clone()]).tar());
    let report = report(&[both], &[]);
    assert_eq!(report.inventories.len(), 2);
    for inventory in &report.inventories {
        assert_eq!(inventory.facts.packages.len(), 1, "{}", inventory.subject.name);
        assert_eq!(inventory.facts.users.len(), 2, "{}", inventory.subject.name);
    }
    let alone = lab.put("alone.tar", docker_save(&[other]).tar());
    let single = self::report(&[alone], &[]);
    assert_eq!(format!("{:?}", report.inventories[1].facts), format!("{:?}", single.inventories[0].facts));
}

#[test]
fn files_that_could_not_be_searched_do_not_speak_for_the_absence_of_secrets() {
    let lab = Lab::new();
    let binary = b"\0\x01\x02 not text \0".to_vec();
    let folder = lab.put("backup/dump.sql.gz", &binary);
    let folder = PathBuf::from(folder).parent().unwrap().to_str().unwrap().to_owned();
    let image = lab.image(layers([Layer::new().file("app/program", &binary).mode(0o755)]));
    for target in [folder, image] {
        let report = report(std::slice::from_ref(&target), &["pci-dss"]);
        let controls = &report.assessment.as_ref().unwrap().frameworks[0].controls;
        for id in ["3.3.1", "3.5.1", "8.6.2"] {
            let control = controls.iter().find(|control| control.id == id).unwrap();
            assert_eq!((control.status, control.reason), (Status::NotAssessed, Some(Reason::AnalyzerFailed)), "{id} of {target}");
        }
    }

    // Beside text that was searched, how much was not is said and takes nothing away.
    let image = layers([Layer::new().file("app/program", &binary).file("app/readme.txt", "nothing here\n")]);
    let target = Lab::new();
    let name = target.image(image);
    let report = report(&[name], &[]);
    let said: Vec<_> = report.ledger.diagnostics.iter().filter(|d| d.message.contains("1 of 2 files are binary")).collect();
    assert_eq!(said.len(), 1, "{:?}", report.ledger.diagnostics);
    assert_eq!((said[0].level, said[0].affects.len()), (Level::Note, 0));
}

/// The status of PCI DSS 8.6.2 and of the two controls about card data, and what their first rules say beside it.
fn searched_controls(target: String) -> Vec<(Status, String)> {
    let report = report(&[target], &["pci-dss"]);
    let controls = &report.assessment.as_ref().unwrap().frameworks[0].controls;
    let of = |id: &str| controls.iter().find(|control| control.id == id).map(|c| (c.status, c.rules[0].why.clone())).unwrap();
    ["8.6.2", "3.3.1", "3.5.1"].map(of).to_vec()
}

#[test]
fn beside_a_dump_that_was_not_opened_nothing_is_proven() {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03records".to_vec();
    let clean = || debian().file("srv/readme.txt", "nothing here\n");
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0";
    let (pass, unknown) = (Status::Pass, Status::NotAssessed);
    for (layer, status, why) in [
        (clean(), pass, ""),
        // Pictures hide nothing, and what a package brought is public.
        (clean().file("srv/logo.png", b"\x89PNG\0\0\0\0\0\0\0\0"), pass, ""),
        (clean().file("usr/share/zoneinfo/UTC", b"TZif2\0\0\0\0\0\0\0"), pass, ""),
        // A program of one's own was not searched, and that is counted.
        (clean().file("srv/server", program).mode(0o755), pass, "1 file is not text and was not searched"),
        (clean().file("srv/a", program).file("srv/b", program), pass, "2 files are not text and were not searched"),
        (clean().file("srv/backup/shop.sql.gz", &gzip), unknown, "`srv/backup/shop.sql.gz` (a compressed file) was not opened"),
        (clean().file("srv/shop.bin", b"SQLite format 3\0\x10\0"), unknown, "`srv/shop.bin` (an SQLite database) was not opened"),
        // Deleted by a later layer, and still shipped.
        (clean().file("srv/shop.dump", b"PGDMP\0\0\0\0\0\0\0"), unknown, "`srv/shop.dump` (a dump) was not opened"),
    ] {
        let lab = Lab::new();
        for (found, said) in searched_controls(lab.image(layers([layer, Layer::new().whiteout("srv/shop.dump")]))) {
            assert_eq!(found, status, "{why}: {said}");
            assert!(said.starts_with(why) && said.is_empty() == why.is_empty(), "{said} is not {why}");
        }
    }

    // In a folder too.
    let lab = Lab::new();
    lab.put("app/readme.txt", "nothing here\n");
    let dump = lab.put("app/old/shop.tar.zst", b"\x28\xb5\x2f\xfd\0\0\0\0\0\0");
    let folder = PathBuf::from(dump).parent().unwrap().parent().unwrap().to_str().unwrap().to_owned();
    for (found, said) in searched_controls(folder) {
        assert_eq!(found, unknown);
        assert!(said.starts_with("`old/shop.tar.zst` (an archive) was not opened"), "{said}");
    }
}

#[test]
fn a_namespace_that_is_declared_needs_policies_before_its_first_workload() {
    for (policy, present, denied) in [
        ("", Status::Fail, Status::Fail),
        ("policyTypes: [Ingress, Egress]", Status::Pass, Status::Pass),
        ("policyTypes: [Ingress]", Status::Pass, Status::Fail),
    ] {
        let lab = Lab::new();
        lab.put("deploy/shop.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
        if !policy.is_empty() {
            let spec = format!("spec: {{podSelector: {{}}, {policy}}}");
            lab.put(
                "deploy/policy.yaml",
                format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\n{spec}\n"),
            );
        }
        let report = report(&[lab.0.path().join("deploy").to_str().unwrap().to_owned()], &["cis-kubernetes", "nsa-k8s"]);
        let status = |framework: usize, id: &str| {
            let controls = &report.assessment.as_ref().unwrap().frameworks[framework].controls;
            controls.iter().find(|control| control.id == id).unwrap().status
        };
        assert_eq!((status(0, "5.3.2"), status(1, "N3.3")), (present, denied), "{policy}");
    }
}
