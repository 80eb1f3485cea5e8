//! `image`, `fs`, `repo`, `sbom`, `convert` and `db` as users of today's scanners call them.

use crate::lab::Lab;
use probity_testkit::image::{ImageBuilder, Layer, docker_save};
use serde_json::{Value, json};

const AS_OF: &str = "--as-of 2026-06-01";

/// Advisories about one package of Debian and one of npm, in OSV's format.
fn feed(lab: &Lab) {
    let advisory = |id: &str, alias: &str, ecosystem: &str, name: &str, fixed: &str| {
        json!({
            "id": id, "aliases": [alias], "modified": "2026-05-01T00:00:00Z", "published": "2026-04-01T00:00:00Z",
            "summary": format!("{name} is wrong"), "details": "It is.",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [{"package": {"ecosystem": ecosystem, "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}],
        })
        .to_string()
    };
    lab.put("feed/a.json", advisory("DSA-1-1", "CVE-2026-0001", "Debian:12", "openssl", "3.0.12-1"));
    lab.put("feed/b.json", advisory("GHSA-aaaa-bbbb-cccc", "CVE-2026-0002", "npm", "left", "1.1.0"));
    lab.run("db build feed --output cache --as-of 2026-05-02T00:00:00Z --quiet").exits(0);
}

const LOCK: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "version": "1.0.0", "dependencies": {"left": "^1.0.0"}, "devDependencies": {"dev": "1"}},
    "node_modules/left": {"version": "1.0.0", "license": "MIT"},
    "node_modules/dev": {"version": "1.0.0", "dev": true}
  }
}
"#;

fn image() -> ImageBuilder {
    let status = "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.11-1\n";
    let base = Layer::new()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .file("var/lib/dpkg/status", status)
        .file("app/node_modules/left/package.json", r#"{"name": "left", "version": "1.0.0", "license": "MIT"}"#);
    ImageBuilder::new().tag("shop:1").layer("COPY . /", base)
}

fn ids(report: &Value) -> Vec<String> {
    let results = report["Results"].as_array().cloned().unwrap_or_default();
    let found = |result: &Value| result["Vulnerabilities"].as_array().cloned().unwrap_or_default();
    let name = |v: &Value| {
        let text = |key: &str| v[key].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {} {} {}",
            text("VulnerabilityID"),
            text("PkgName"),
            text("InstalledVersion"),
            text("FixedVersion"),
            text("Severity")
        )
    };
    let mut all: Vec<String> = results.iter().flat_map(|result| found(result).iter().map(name).collect::<Vec<_>>()).collect();
    all.sort();
    all
}

fn json_of(lab: &Lab, arguments: &str) -> Value {
    let ran = lab.run(&format!("{arguments} --format json"));
    serde_json::from_str(&ran.out).unwrap_or_else(|err| panic!("{err}: {ran:?}"))
}

#[test]
fn a_lockfile_is_matched_and_the_report_has_the_fields_that_pipelines_read() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("web/package-lock.json", LOCK);
    let report = json_of(&lab, &format!("fs web --cache-dir cache {AS_OF}"));
    assert_eq!(report["SchemaVersion"], 2);
    assert_eq!(report["ArtifactType"], "filesystem");
    let result = &report["Results"][0];
    assert_eq!((&result["Target"], &result["Class"], &result["Type"]), (&json!("package-lock.json"), &json!("lang-pkgs"), &json!("npm")));
    assert_eq!(result["Packages"].as_array().unwrap().len(), 1, "development packages are not shown: {result}");
    let found = &result["Vulnerabilities"][0];
    for (field, value) in [
        ("VulnerabilityID", json!("CVE-2026-0002")),
        ("PkgID", json!("left@1.0.0")),
        ("InstalledVersion", json!("1.0.0")),
        ("FixedVersion", json!("1.1.0")),
        ("Status", json!("fixed")),
        ("Severity", json!("CRITICAL")),
    ] {
        assert_eq!(found[field], value, "{found}");
    }
    assert_eq!(found["PkgIdentifier"]["PURL"], "pkg:npm/left@1.0.0");
    assert!(found["Fingerprint"].as_str().unwrap().starts_with("sha256:"));
    let with_dev = json_of(&lab, &format!("fs web --include-dev-deps --cache-dir cache {AS_OF}"));
    assert_eq!(with_dev["Results"][0]["Packages"].as_array().unwrap().len(), 2);
    let bare = json_of(&lab, &format!("fs web --list-all-pkgs=false --cache-dir cache {AS_OF}"));
    assert!(bare["Results"][0].get("Packages").is_none());
}

#[test]
fn the_exit_code_follows_what_is_shown() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("web/package-lock.json", LOCK);
    lab.put("ignore", "CVE-2026-0002\n");
    lab.put(".trivyignore.yaml", "vulnerabilities:\n  - id: CVE-2026-0002\n    paths: [other/*]\n");
    for (flags, code) in [
        ("", 0),
        ("--exit-code 7", 7),
        ("--exit-code 7 --severity LOW,MEDIUM", 0),
        ("--exit-code 7 --severity HIGH,CRITICAL", 7),
        ("--exit-code 7 --ignore-unfixed", 7),
        ("--exit-code 7 --ignore-status fixed", 0),
        ("--exit-code 7 --ignorefile ignore", 0),
        ("--exit-code 7 --fail-on fixable", 7),
        ("--exit-code 7 --fail-on kev", 0),
        ("--exit-code 7 --scanners secret", 0),
    ] {
        lab.run(&format!("fs web --cache-dir cache {AS_OF} {flags}")).exits(code);
    }
    let ran = lab.run(&format!("fs web --cache-dir cache {AS_OF} --all"));
    assert!(ran.out.contains("the ignore of `CVE-2026-0002` matches no finding; it is found at another place"), "{}", ran.out);
}

#[test]
fn an_image_and_its_bills_of_materials_have_the_same_vulnerabilities() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("shop.tar", docker_save(&[image()]).tar());
    let expected = ids(&json_of(&lab, &format!("image --input shop.tar --cache-dir cache {AS_OF}")));
    assert_eq!(expected, ["CVE-2026-0001 libssl3 3.0.11-1 3.0.12-1 CRITICAL", "CVE-2026-0002 left 1.0.0 1.1.0 CRITICAL"]);
    for format in ["cyclonedx", "cyclonedx@1.4", "cyclonedx@1.7", "cyclonedx-xml", "spdx", "spdx-json", "spdx-json@2.2", "spdx-json@3.0"] {
        lab.run(&format!("image --input shop.tar --cache-dir cache {AS_OF} --format {format} --output bom")).exits(0);
        let again = json_of(&lab, &format!("sbom bom --cache-dir cache {AS_OF}"));
        assert_eq!(ids(&again), expected, "{format}");
    }
}

#[test]
fn a_report_is_converted_without_a_scan() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("shop.tar", docker_save(&[image()]).tar());
    lab.run(&format!("image --input shop.tar --cache-dir cache {AS_OF} --format json --output report.json")).exits(0);
    let first: Value = serde_json::from_str(&lab.read("report.json")).unwrap();
    let again = json_of(&lab, "convert report.json");
    assert_eq!(again["Results"], first["Results"]);
    let direct = lab.run(&format!("image --input shop.tar --cache-dir cache {AS_OF} --format cyclonedx --scanners vuln")).exits(0).out;
    let converted = lab.run("convert --format cyclonedx report.json").exits(0).out;
    let components = |text: &str| serde_json::from_str::<Value>(text).unwrap()["components"].clone();
    assert_eq!(components(&converted), components(&direct));
    lab.run("convert good.yaml").exits(2).says("good.yaml");
}

#[test]
fn vex_excuses_what_it_names() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("web/package-lock.json", LOCK);
    let vex = |purl: &str| {
        json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "version": 1,
            "statements": [{"vulnerability": {"name": "CVE-2026-0002"}, "products": [{"@id": purl}], "status": "not_affected",
                "justification": "component_not_present"}]})
        .to_string()
    };
    lab.put("yes.json", vex("pkg:npm/left@1.0.0"));
    lab.put("no.json", vex("pkg:npm/right"));
    let scan = |file: &str| json_of(&lab, &format!("fs web --cache-dir cache {AS_OF} --vex {file} --show-suppressed"));
    let excused = scan("yes.json");
    assert_eq!(ids(&excused), [""; 0]);
    let modified = &excused["Results"][0]["ExperimentalModifiedFindings"][0];
    assert_eq!((&modified["Status"], &modified["Finding"]["VulnerabilityID"]), (&json!("not_affected"), &json!("CVE-2026-0002")));
    assert_eq!(ids(&scan("no.json")).len(), 1);
    lab.run(&format!("fs web --cache-dir cache {AS_OF} --vex good.yaml")).exits(2).says("good.yaml");
}

#[test]
fn without_a_database_well_known_vulnerabilities_are_found_and_silence_proves_nothing() {
    let lab = Lab::new();
    lab.put("go.mod", "module example.org/x\n\ngo 1.20\n\nrequire golang.org/x/text v0.3.5\n");
    let report = json_of(&lab, &format!("fs . {AS_OF}"));
    assert!(ids(&report).iter().any(|found| found.starts_with("CVE-2021-38561 golang.org/x/text")), "{:?}", ids(&report));
    let run = report["Probity"]["Coverage"].as_array().unwrap().iter().find(|run| run["Capability"] == "vulnerabilities").unwrap();
    assert_eq!((&run["State"], &run["Reason"]), (&json!("partial"), &json!("db-starter")));
}

#[test]
fn flags_that_make_no_sense_here_say_so() {
    let lab = Lab::new();
    for (arguments, part) in [
        ("image x --server http://localhost", "client and server mode"),
        ("fs . --ignore-policy p.rego", "Rego"),
        ("image x --docker-host unix:///x", "docker save"),
        ("repo https://example.org/x.git", "clone it first"),
        ("fs a b", "takes one target"),
        ("image", "nothing to scan"),
        ("fs . --scanners vul", "unknown scanner `vul`"),
        ("fs . --format yaml", "unknown format `yaml`"),
        ("sbom good.yaml", "no bill of materials"),
        ("fs . --severity BAD", "BAD"),
        ("fs . --cache-dir good.yaml", "good.yaml"),
        ("fs . --vex repo", "name the files"),
        ("image example.org/x:1 --offline", "--offline"),
    ] {
        lab.run(arguments).exits(2).says(part);
    }
}

#[test]
fn two_scans_give_the_same_bytes() {
    let lab = Lab::new();
    feed(&lab);
    lab.put("shop.tar", docker_save(&[image()]).tar());
    for format in ["json", "table", "cyclonedx", "spdx-json", "spdx"] {
        let run = |threads: u32| {
            lab.run(&format!("image shop.tar --cache-dir cache {AS_OF} --format {format} --parallel {threads}")).exits(0).out
        };
        assert_eq!(run(1), run(4), "{format}");
    }
}

#[test]
fn databases_are_listed_explained_carried_and_compared() {
    let lab = Lab::new();
    feed(&lab);
    let list = lab.run("db list --cache-dir cache").exits(0).out;
    assert!(list.contains("schema      2") && list.contains("debian 12") && list.contains("2026-05-0"), "{list}");
    let why = lab.run("db why CVE-2026-0002 --cache-dir cache").exits(0).out;
    assert!(why.contains("left") && why.contains("1.1.0"), "{why}");
    lab.run("db show CVE-2026-0001 --cache-dir cache").exits(0);
    lab.run("db show CVE-1999-0001 --cache-dir cache").exits(2).says("not in the database");
    lab.run("db export db.tar.gz --cache-dir cache").exits(0);
    lab.run("db import db.tar.gz --cache-dir other").exits(0);
    assert!(lab.run("db diff cache other").exits(0).out.ends_with("0 added, 0 removed, 0 changed\n"));
    lab.run("clean --vuln-db --cache-dir other").exits(0);
    assert!(lab.run("db list --cache-dir other").exits(0).out.contains("no vulnerability database"));
    lab.run("clean --cache-dir other").exits(2).says("--all");
    lab.put("damaged/db/trivy.db", "not a database");
    lab.put("damaged/db/metadata.json", r#"{"Version":2,"UpdatedAt":"2026-05-01T00:00:00Z","NextUpdate":"2026-05-02T00:00:00Z"}"#);
    lab.run("db list --cache-dir damaged").exits(2).says("damaged");
}
