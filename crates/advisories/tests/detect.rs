//! Packages to vulnerabilities: every distribution, the rules of ranges, feeds that overlap, and what is said when something cannot be judged.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use probity_advisories::{
    detect::{DetectOptions, Detected, detect},
    store::{AdvisoryStore, MemoryStore, RedHatProducts, Vulnerability, value},
};
use probity_model::{
    Capability, Inventory,
    diagnostic::Level,
    ecosystem::{Ecosystem, Evidence, lower_case},
    facts::{Facts, OsRelease},
    package::{BuildInfo, Package, Relationship},
    place::Place,
    subject::{Subject, SubjectId, SubjectKind},
    vulnerability::{DataSource, Database, DatabaseKind},
};
use probity_versions::Scheme;

static DEB: Ecosystem = Ecosystem { id: "dpkg", purl_type: "deb", versions: Scheme::Deb, ..Ecosystem::OS };
static RPM: Ecosystem = Ecosystem { id: "rpm", purl_type: "rpm", versions: Scheme::Rpm, ..Ecosystem::OS };
static APK: Ecosystem = Ecosystem { id: "apk", purl_type: "apk", versions: Scheme::Apk, ..Ecosystem::OS };
static ALPM: Ecosystem = Ecosystem { id: "pacman", purl_type: "alpm", versions: Scheme::Pacman, ..Ecosystem::OS };
static BOTTLEROCKET: Ecosystem = Ecosystem { id: "bottlerocket", purl_type: "bottlerocket", versions: Scheme::Rpm, ..Ecosystem::OS };
static NPM: Ecosystem = Ecosystem { id: "npm", advisories: "npm", versions: Scheme::Npm, normalize: lower_case, ..Ecosystem::LANGUAGE };
static MAVEN: Ecosystem = Ecosystem { id: "pom", advisories: "maven", versions: Scheme::Maven, ..Ecosystem::LANGUAGE };
static CONDA: Ecosystem = Ecosystem { id: "conda", versions: Scheme::Conda, ..Ecosystem::LANGUAGE };
static SBOM_RPM: Ecosystem = Ecosystem { id: "rpm", purl_type: "rpm", versions: Scheme::Rpm, evidence: Evidence::Sbom, ..Ecosystem::OS };

/// One artifact, one database, and what comes of them.
#[derive(Default)]
struct Case {
    os: Option<OsRelease>,
    facts: Facts,
    store: MemoryStore,
    options: DetectOptions,
    end_of_life: bool,
}

fn case(os: &str) -> Case {
    let os = (!os.is_empty()).then(|| {
        let (family, version) = os.split_once(' ').unwrap_or((os, ""));
        OsRelease { family: family.into(), version: version.into(), pretty_name: None, rank: 10, at: Place::default() }
    });
    let store = MemoryStore::new(Database { kind: DatabaseKind::TrivyDb, ..Database::default() });
    Case { os, store, ..Case::default() }
}

fn package(ecosystem: &'static Ecosystem, name: &str, version: &str) -> Package {
    Package { name: name.into(), version: version.into(), at: Place::file("list"), ..Package::of(ecosystem) }
}

impl Case {
    fn has(mut self, package: Package) -> Self {
        self.facts.packages.push(package);
        self
    }

    /// `bucket`, package, id and the value as the database has it.
    fn knows(mut self, bucket: &str, package: &str, id: &str, json: &str) -> Self {
        self.store.add_advisory(bucket, package, value::read_advisory(id, json.as_bytes()).unwrap());
        self
    }

    fn publisher(mut self, bucket: &str, id: &str) -> Self {
        self.store.add_source(bucket, DataSource { id: id.into(), ..DataSource::default() });
        self
    }

    fn detected(self) -> (Detected, Vec<Package>) {
        let inventory = Inventory {
            subject: Subject {
                id: SubjectId(0),
                kind: SubjectKind::Image,
                name: String::new(),
                source: String::new(),
                digest: None,
                config_digest: None,
                platform: None,
                references: Vec::new(),
                layers: Vec::new(),
                image: None,
            },
            os: self.os,
            end_of_life: self.end_of_life,
            facts: self.facts,
            unowned: Vec::new(),
            package_database: true,
            deleted: Vec::new(),
            file_count: 0,
            layer_count: 1,
            files: Vec::new(),
        };
        (detect(&inventory, &self.store, &self.options), inventory.facts.packages)
    }

    /// A line for each finding, `name id -> fixed (status)`, then for each diagnostic; `!` marks what takes the capability away.
    #[track_caller]
    fn gives(self, expected: &[&str]) {
        let (detected, packages) = self.detected();
        let mut lines = Vec::new();
        for found in &detected.vulnerabilities {
            let fixed = if found.fixed_version.is_empty() { String::new() } else { format!(" -> {}", found.fixed_version) };
            lines.push(format!("{} {}{fixed} ({})", packages[found.package].name, found.id, found.status));
        }
        for said in &detected.diagnostics {
            let mark = match (said.level, said.affects.as_slice()) {
                (Level::Note, []) => "note:",
                (Level::Warning, [Capability::Vulnerabilities]) => "!",
                other => panic!("{other:?}"),
            };
            lines.push(format!("{mark} {}", said.message));
        }
        assert_eq!(lines, expected);
    }
}

/// Three versions of one package: the fix is in `2`, so that the first is vulnerable.
#[track_caller]
fn driver(os: &str, ecosystem: &'static Ecosystem, bucket: &str, older: &str, fixed: &str, newer: &str) {
    case(os)
        .has(package(ecosystem, "one", older))
        .has(package(ecosystem, "one", fixed))
        .has(package(ecosystem, "one", newer))
        .has(package(ecosystem, "other", older))
        .knows(bucket, "one", "CVE-1", &format!(r#"{{"FixedVersion":"{fixed}"}}"#))
        .gives(&[&format!("one CVE-1 -> {fixed} (fixed)")]);
}

#[test]
fn every_family_has_its_bucket_and_its_order() {
    driver("alpine 3.19.1", &APK, "alpine 3.19", "1.0_rc1-r0", "1.0-r0", "1.0-r1");
    driver("alpine edge", &APK, "alpine edge", "1.0-r0", "1.0-r1", "1.1-r0");
    for rolling in ["wolfi", "chainguard", "minimos"] {
        driver(rolling, &APK, rolling, "1.2-r9", "1.2-r10", "1.2-r11");
    }
    driver("debian 12.5", &DEB, "debian 12", "1.0~rc1-1", "1.0-1", "1.0-1+b1");
    driver("ubuntu 22.04", &DEB, "ubuntu 22.04", "1.0-1ubuntu1", "1.0-1ubuntu1.2", "1.0-1ubuntu2");
    driver("echo", &DEB, "echo", "1.0", "1.1", "1.2");
    driver("alma 9.3", &RPM, "alma 9", "1.0-9.el9", "1.0-10.el9", "1:0.1-1.el9");
    driver("rocky 8", &RPM, "rocky 8", "1.0-9.el8", "1.0-10.el8", "1:0.1-1.el8");
    driver("oracle 8.9", &RPM, "Oracle Linux 8", "1.0-9.el8", "1.0-10.el8", "1.1-1.el8");
    driver("amazon 2", &RPM, "amazon linux 2", "1.0-9.amzn2", "1.0-10.amzn2", "1.1-1.amzn2");
    driver("amazon 2023.4.20240401", &RPM, "amazon linux 2023", "1.0-9.amzn2023", "1.0-10.amzn2023", "1.1-1.amzn2023");
    driver("amazon 2018.03", &RPM, "amazon linux 1", "1.0-9.amzn1", "1.0-10.amzn1", "1.1-1.amzn1");
    driver("azurelinux 3.0.20240401", &RPM, "Azure Linux 3.0", "1.0-1.azl3", "1.0-2.azl3", "1.0-3.azl3");
    driver("cbl-mariner 2.0", &RPM, "CBL-Mariner 2.0", "1.0-1.cm2", "1.0-2.cm2", "1.0-3.cm2");
    driver("opensuse-leap 15.5", &RPM, "openSUSE Leap 15.5", "1.0-150500.1.1", "1.0-150500.2.1", "1.0-150500.3.1");
    driver("opensuse-tumbleweed 20240201", &RPM, "openSUSE Tumbleweed", "1.0-1.1", "1.0-2.1", "1.0-3.1");
    driver("opensuse-leap-micro 6.0", &RPM, "openSUSE Leap Micro 6.0", "1.0-1.1", "1.0-2.1", "1.0-3.1");
    driver("sles 15.4", &RPM, "SUSE Linux Enterprise 15.4", "1.0-1.1", "1.0-2.1", "1.0-3.1");
    driver("sles 15.3", &RPM, "SUSE Linux Enterprise 15-SP3", "1.0-1.1", "1.0-2.1", "1.0-3.1");
    driver("slem 5.4", &RPM, "SUSE Linux Enterprise Micro 5.4", "1.0-1.1", "1.0-2.1", "1.0-3.1");
    driver("photon 5.0", &RPM, "Photon OS 5.0", "1.0-1.ph5", "1.0-2.ph5", "1.0-3.ph5");
    driver("bottlerocket 1.20", &BOTTLEROCKET, "bottlerocket", "1.0", "1.1", "1.2");
    driver("arch", &ALPM, "archlinux", "1.0-1", "1.0-2", "1:0.1-1");
}

fn from_source(mut package: Package, name: &str, version: &str) -> Package {
    package.source_name = Some(name.into());
    package.source_version = Some(version.into());
    package
}

#[test]
fn families_that_publish_for_source_packages_are_asked_about_those() {
    let fix = r#"{"FixedVersion":"2.0-1"}"#;
    for (os, ecosystem, bucket) in [("debian 12", &DEB, "debian 12"), ("azurelinux 3.0", &RPM, "Azure Linux 3.0")] {
        case(os)
            .has(from_source(package(ecosystem, "libone", "9.0-1"), "one", "1.0-1"))
            .has(from_source(package(ecosystem, "libone-dev", "1.0-1"), "one", "2.0-1"))
            .has(package(ecosystem, "one", "1.0-1"))
            .knows(bucket, "one", "CVE-1", fix)
            .knows(bucket, "libone", "CVE-2", fix)
            .gives(&["libone CVE-1 -> 2.0-1 (fixed)", "one CVE-1 -> 2.0-1 (fixed)"]);
    }
    // Photon's advisories name the source package, and versions are those of the package.
    case("photon 5.0")
        .has(from_source(package(&RPM, "libone", "1.0-1"), "one", "2.0-1"))
        .knows("Photon OS 5.0", "one", "CVE-1", fix)
        .gives(&["libone CVE-1 -> 2.0-1 (fixed)"]);
    case("alma 9").has(from_source(package(&RPM, "libone", "1.0-1"), "one", "1.0-1")).knows("alma 9", "one", "CVE-1", fix).gives(&[]);
}

#[test]
fn no_fix_means_affected_only_where_the_publisher_means_it() {
    for (os, ecosystem, bucket, expected) in [
        ("debian 12", &DEB, "debian 12", true),
        ("ubuntu 22.04", &DEB, "ubuntu 22.04", true),
        ("alpine 3.19", &APK, "alpine 3.19", true),
        ("azurelinux 3.0", &RPM, "Azure Linux 3.0", true),
        ("arch", &ALPM, "archlinux", true),
        ("wolfi", &APK, "wolfi", false),
        ("rocky 9", &RPM, "rocky 9", false),
        ("amazon 2", &RPM, "amazon linux 2", false),
    ] {
        let found: &[&str] = if expected { &["one CVE-1 (affected)"] } else { &[] };
        case(os).has(package(ecosystem, "one", "1.0-r0")).knows(bucket, "one", "CVE-1", "{}").gives(found);
    }
    case("rocky 9")
        .has(package(&RPM, "one", "1-1"))
        .knows("rocky 9", "one", "CVE-1", r#"{"Status":5}"#)
        .gives(&["one CVE-1 (will_not_fix)"]);
    case("debian 12").has(package(&DEB, "one", "1")).knows("debian 12", "one", "CVE-1", r#"{"Status":1}"#).gives(&[]);
    case("debian 12")
        .has(package(&DEB, "one", "1"))
        .knows("debian 12", "one", "CVE-1", r#"{"Status":7}"#)
        .gives(&["one CVE-1 (end_of_life)"]);
    // Wolfi says "not affected" with version 0.
    case("wolfi").has(package(&APK, "one", "1.0-r0")).knows("wolfi", "one", "CVE-1", r#"{"FixedVersion":"0"}"#).gives(&[]);
    case("alpine 3.19")
        .has(package(&APK, "one", "1.0-r0"))
        .knows("alpine 3.19", "one", "CVE-1", r#"{"AffectedVersion":"1.1-r0","FixedVersion":"1.2-r0"}"#)
        .knows("alpine 3.19", "one", "CVE-2", r#"{"AffectedVersion":"1.0-r0","FixedVersion":"1.2-r0"}"#)
        .gives(&["one CVE-2 -> 1.2-r0 (fixed)"]);
}

#[test]
fn ubuntu_with_extended_maintenance_uses_its_own_data_where_there_is_some() {
    let esm = |case: Case| case.has(package(&DEB, "one", "1.0")).knows("ubuntu 18.04", "one", "CVE-1", r#"{"FixedVersion":"2.0"}"#);
    esm(case("ubuntu 18.04-ESM")).gives(&["one CVE-1 -> 2.0 (fixed)"]);
    esm(case("ubuntu 18.04-ESM"))
        .knows("ubuntu 18.04-ESM", "one", "CVE-1", r#"{"FixedVersion":"2.0+esm1"}"#)
        .gives(&["one CVE-1 -> 2.0+esm1 (fixed)"]);
}

#[test]
fn entries_are_by_architecture() {
    let json = r#"{"FixedVersion":"9-9","Entries":[{"FixedVersion":"0:2-1","Arches":["x86_64"],"VendorIds":["RLSA-1"]},{"FixedVersion":"3-1","Arches":["aarch64"]}]}"#;
    let on = |arch: Option<&str>| Package { arch: arch.map(str::to_owned), ..package(&RPM, "one", "1-1") };
    for (arch, expected) in [
        (Some("x86_64"), Some("2-1")),
        (Some("aarch64"), Some("3-1")),
        (Some("s390x"), None),
        (Some("noarch"), Some("3-1")),
        (None, Some("3-1")),
    ] {
        let found: Vec<String> = expected.iter().map(|fixed| format!("one CVE-1 -> {fixed} (fixed)")).collect();
        case("rocky 8").has(on(arch)).knows("rocky 8", "one", "CVE-1", json).gives(&found.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let (detected, _) = case("rocky 8").has(on(Some("x86_64"))).knows("rocky 8", "one", "CVE-1", json).detected();
    assert_eq!(detected.vulnerabilities[0].vendor_ids, ["RLSA-1"]);
}

#[test]
fn oracle_fixes_are_for_their_flavour() {
    let case = || {
        case("oracle 8")
            .knows("Oracle Linux 8", "one", "CVE-1", r#"{"FixedVersion":"10:2-1.el8_fips"}"#)
            .knows("Oracle Linux 8", "one", "CVE-2", r#"{"FixedVersion":"2:2-1.ksplice1.el8"}"#)
            .knows("Oracle Linux 8", "one", "CVE-3", r#"{"FixedVersion":"2-1.el8"}"#)
    };
    case().has(package(&RPM, "one", "1-1.el8")).gives(&["one CVE-3 -> 2-1.el8 (fixed)"]);
    case().has(package(&RPM, "one", "10:1-1.el8_FIPS")).gives(&["one CVE-1 -> 10:2-1.el8_fips (fixed)"]);
    case().has(package(&RPM, "one", "2:1-1.ksplice1.el8")).gives(&["one CVE-2 -> 2:2-1.ksplice1.el8 (fixed)"]);
}

#[test]
fn modular_packages_are_looked_up_behind_their_module() {
    let module =
        Package { modularity: Some("nodejs:12:8030020201124152102:229f0a1c".into()), ..package(&RPM, "npm", "1-1.module_el8.3.0+1+1") };
    let unlabelled = || package(&RPM, "npm", "1-1.module_el8.3.0+1+1");
    let advisories = |case: Case, bucket: &str| {
        case.knows(bucket, "nodejs:12::npm", "CVE-1", r#"{"FixedVersion":"2-1"}"#).knows(
            bucket,
            "npm",
            "CVE-2",
            r#"{"FixedVersion":"2-1"}"#,
        )
    };
    let said = "! `npm` belongs to a module and does not say to which: advisories of modules were not compared";
    for (os, bucket) in [("alma 8", "alma 8"), ("rocky 8", "rocky 8")] {
        advisories(case(os), bucket).has(module.clone()).gives(&["npm CVE-1 -> 2-1 (fixed)"]);
    }
    advisories(case("alma 8"), "alma 8").has(unlabelled()).gives(&[said]);
    advisories(case("rocky 8"), "rocky 8").has(unlabelled()).gives(&["npm CVE-2 -> 2-1 (fixed)", said]);
}

/// Products 1 and 2 are the base of RHEL 8, 3 is another repository, 4 an image.
fn red_hat(os: &str) -> Case {
    let mut case = case(os)
        .knows(
            "Red Hat",
            "one",
            "RHSA-1",
            r#"{"Entries":[{"Affected":[1],"FixedVersion":"0:2-1.el8","Cves":[{"ID":"CVE-1","Severity":2},{"ID":"CVE-2"}]}]}"#,
        )
        .knows(
            "Red Hat",
            "one",
            "RHSA-2",
            r#"{"Entries":[{"Affected":[3,4],"FixedVersion":"3-1.el8","Cves":[{"ID":"CVE-1","Severity":3}]}]}"#,
        )
        .knows("Red Hat", "one", "CVE-3", r#"{"Entries":[{"Affected":[2],"Status":5,"Arches":["x86_64"],"Cves":[{"Severity":1}]}]}"#)
        .knows("Red Hat", "m:1::one", "CVE-4", r#"{"Entries":[{"Affected":[2],"Status":2,"Cves":[{}]}]}"#);
    for (name, products) in [
        ("rhel-8-for-x86_64-baseos-rpms", vec![1]),
        ("rhel-8-for-x86_64-appstream-rpms", vec![2]),
        ("rhel-7-server-rpms", vec![9]),
        ("extra-rpms", vec![3]),
    ] {
        case.store.add_red_hat_products(RedHatProducts::Repository(name), products);
    }
    case.store.add_red_hat_products(RedHatProducts::Image("image-1-1-x86_64"), vec![4]);
    case
}

fn build_info(layer: u32, content_sets: &[&str], nvr: Option<&str>) -> BuildInfo {
    BuildInfo {
        content_sets: content_sets.iter().map(|&set| set.to_owned()).collect(),
        nvr: nvr.map(str::to_owned),
        arch: Some("x86_64".into()),
        at: Place { layer: Some(layer), ..Place::file("root/buildinfo/content_manifests/a.json") },
    }
}

#[test]
fn red_hat_advisories_are_for_products() {
    let one = || Package { arch: Some("x86_64".into()), ..package(&RPM, "one", "1-1.el8") };
    let base = ["one CVE-1 -> 2-1.el8 (fixed)", "one CVE-2 -> 2-1.el8 (fixed)", "one CVE-3 (will_not_fix)"];
    red_hat("redhat 8.9").has(one()).gives(&base);
    red_hat("centos 8").has(one()).gives(&base);
    red_hat("centos 7.9").has(one()).gives(&[]);
    red_hat("redhat 8").has(Package { arch: Some("s390x".into()), ..one() }).gives(&base[..2]);
    red_hat("redhat 8").has(Package { modularity: Some("m:1:2:3".into()), ..one() }).gives(&["one CVE-4 (affected)"]);
    red_hat("redhat 10")
        .has(one())
        .gives(&["! `one` was not compared: the vulnerability database does not know the repositories it may come from"]);
    let in_layer = |layer| Package { at: Place { layer: Some(layer), ..Place::file("list") }, ..one() };
    let with = |infos: &[BuildInfo], layer| {
        let mut case = red_hat("redhat 8").has(in_layer(layer));
        case.facts.build_infos = infos.to_vec();
        case
    };
    let extra = ["one CVE-1 -> 3-1.el8 (fixed)"];
    // The lowest layer shares what the next one says, and later layers share what is below them.
    for layer in [0, 1, 2, 7] {
        with(&[build_info(1, &["extra-rpms__8"], None)], layer).gives(&extra);
    }
    with(&[build_info(1, &[], Some("image-1-1"))], 1).gives(&extra);
    with(&[build_info(1, &["extra-rpms"], None), build_info(3, &["rhel-8-for-x86_64-appstream-rpms"], None)], 4)
        .gives(&["one CVE-3 (will_not_fix)"]);
    // Of two fixes of one vulnerability the later counts.
    with(&[build_info(1, &["extra-rpms", "rhel-8-for-x86_64-baseos-rpms"], None)], 1)
        .gives(&["one CVE-1 -> 3-1.el8 (fixed)", "one CVE-2 -> 2-1.el8 (fixed)"]);
    let (detected, _) = red_hat("redhat 8").has(one()).detected();
    let ratings: Vec<_> = detected
        .vulnerabilities
        .iter()
        .map(|found| format!("{} {:?} {:?}", found.severity, found.severity_source, found.vendor_ids))
        .collect();
    assert_eq!(ratings, [r#"MEDIUM Some("redhat") ["RHSA-1"]"#, r#"UNKNOWN None ["RHSA-1"]"#, r#"LOW Some("redhat") []"#]);
}

#[test]
fn packages_of_other_vendors_are_counted_and_not_matched() {
    let by = |ecosystem, maintainer: &str| Package { maintainer: Some(maintainer.into()), ..package(ecosystem, "one", "1.0-1") };
    let debian = || {
        case("debian 12")
            .knows("debian 12", "one", "CVE-1", r#"{"FixedVersion":"2.0"}"#)
            .has(by(&DEB, "Docker <support@docker.com>"))
            .has(by(&DEB, "Debian Developers <one@packages.debian.org>"))
    };
    debian().gives(&[
        "one CVE-1 -> 2.0 (fixed)",
        "note: 1 package (one) of other vendors: the advisories of `debian 12` do not concern them, and they were not matched",
    ]);
    let mut all = debian();
    all.options.third_party = true;
    all.gives(&["one CVE-1 -> 2.0 (fixed)", "one CVE-1 -> 2.0 (fixed)"]);
    case("rocky 9")
        .knows("rocky 9", "one", "CVE-1", r#"{"FixedVersion":"2.0-1"}"#)
        .has(by(&RPM, "Example Builders"))
        .has(by(&RPM, "Rocky Enterprise Software Foundation"))
        .has(by(&SBOM_RPM, "Organization: Example"))
        .has(package(&RPM, "gpg-pubkey", "1-1"))
        .gives(&[
            "one CVE-1 -> 2.0-1 (fixed)",
            "one CVE-1 -> 2.0-1 (fixed)",
            "note: 1 package (one) of other vendors: the advisories of `rocky 9` do not concern them, and they were not matched",
        ]);
}

#[test]
fn an_unknown_distribution_is_never_silent() {
    let one = || package(&DEB, "one", "1.0");
    let fix = r#"{"FixedVersion":"2.0"}"#;
    case("").has(one()).gives(&["! 1 package of an operating system was not matched: no file says which distribution and release it is"]);
    case("fedora 40")
        .has(package(&RPM, "one", "1-1"))
        .has(package(&RPM, "two", "1-1"))
        .gives(&["! 2 packages of `fedora 40` were not matched: its publisher has no advisories that this build reads"]);
    case("debian 99")
        .has(one())
        .knows("debian 12", "one", "CVE-1", fix)
        .gives(&["! 1 package of `debian 99` was not matched: the vulnerability database has no advisories for it"]);
    case("debian").has(one()).gives(&["! 1 package of `debian` was not matched: no file says which release it is"]);
    let mut old = case("debian 9").has(one()).knows("debian 9", "one", "CVE-1", fix);
    old.end_of_life = true;
    old.gives(&[
        "one CVE-1 -> 2.0 (fixed)",
        "! `debian 9` is past its end of life: its publisher does not say any more which vulnerabilities its packages have",
    ]);
    case("debian 12")
        .knows("debian 12", "two", "CVE-1", fix)
        .has(package(&APK, "one", "1"))
        .gives(&["! 1 package (one) of apk: the advisories of `debian 12` do not concern them"]);
    case("").gives(&[]);
}

#[test]
fn suppliers_that_rebuild_packages() {
    let root = || {
        case("debian 12.1")
            .publisher("root.io debian 12", "rootio")
            .knows("debian 12", "one", "CVE-1", r#"{"FixedVersion":"2.0-1"}"#)
            .knows("debian 12", "one", "CVE-2", r#"{"FixedVersion":"2.0-1"}"#)
            .knows(
                "root.io debian 12",
                "one",
                "CVE-1",
                r#"{"VulnerableVersions":["<1.0-1.root.io.2"],"PatchedVersions":["1.0-1.root.io.2"],"Severity":3}"#,
            )
    };
    root().has(package(&DEB, "one", "1.0-1.root.io.2")).gives(&["one CVE-2 -> 2.0-1 (fixed)"]);
    root().has(package(&DEB, "one", "1.0-1.root.io.1")).gives(&["one CVE-1 -> 1.0-1.root.io.2 (fixed)", "one CVE-2 -> 2.0-1 (fixed)"]);
    root().has(package(&DEB, "one", "1.0-1")).gives(&["one CVE-1 -> 2.0-1 (fixed)", "one CVE-2 -> 2.0-1 (fixed)"]);
    let seal = |case: Case| case.has(package(&RPM, "seal-one", "1-1.el8+sp1"));
    seal(red_hat("redhat 8"))
        .knows("seal Red Hat 8", "seal-one", "CVE-1", r#"{"VulnerableVersions":["<1-1.el8+sp2"],"PatchedVersions":["1-1.el8+sp2"]}"#)
        .gives(&["seal-one CVE-1 -> 1-1.el8+sp2 (fixed)"]);
    seal(red_hat("redhat 8")).gives(&["! `seal-one` is a package of Seal, for which the vulnerability database has no advisories"]);
}

#[test]
fn versions_that_cannot_be_read_are_said_where_they_matter() {
    case("debian 12")
        .has(package(&DEB, "one", "not a version"))
        .has(package(&DEB, "two", "not a version"))
        .has(package(&DEB, "three", "1.0"))
        .knows("debian 12", "one", "CVE-1", r#"{"FixedVersion":"2.0"}"#)
        .knows("debian 12", "three", "CVE-2", r#"{"FixedVersion":"also not"}"#)
        .gives(&[
            "! `one` was not compared with `CVE-1`: cannot read `not a version` as a version of scheme `deb`: it has a character that such versions cannot have",
            "! `three` was not compared with `CVE-2`: cannot read `also not` as a version of scheme `deb`: it has a character that such versions cannot have",
        ]);
    let npm = |package: Package| {
        case("").has(package).knows("npm::A", "one", "CVE-1", r#"{"VulnerableVersions":["<2.0.0"]}"#).knows(
            "npm::A",
            "every",
            "CVE-2",
            r#"{"VulnerableVersions":[""]}"#,
        )
    };
    npm(package(&NPM, "one", "")).gives(&["! `one` has no version, and 1 advisories are about it"]);
    npm(Package { relationship: Relationship::Root, ..package(&NPM, "one", "") }).gives(&[]);
    npm(package(&NPM, "unheard-of", "")).gives(&[]);
    npm(package(&NPM, "unheard-of", "latest")).gives(&[]);
    npm(package(&NPM, "every", "latest")).gives(&["every CVE-2 (affected)"]);
    let (detected, _) = npm(package(&NPM, "one", "latest")).detected();
    assert!(detected.vulnerabilities.is_empty());
    assert!(detected.diagnostics[0].message.starts_with("`one` was not compared with 1 advisories: cannot read `latest`"), "{detected:?}");
}

#[test]
fn ranges_are_read_as_their_publishers_mean_them() {
    let rule = |version: &str, json: &str, expected: &str| {
        let found: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        case("").has(package(&NPM, "One", version)).knows("npm::A", "one", "CVE-1", json).gives(found);
    };
    rule("1.5.0", r#"{"VulnerableVersions":["<1.0.0",">=1.2.0 <2.0.0"]}"#, "One CVE-1 -> 1.0.0, 2.0.0 (fixed)");
    rule("1.1.0", r#"{"VulnerableVersions":["<1.0.0",">=1.2.0 <2.0.0"]}"#, "");
    rule("1.5.0", r#"{"VulnerableVersions":["<2.0.0"],"PatchedVersions":[">=1.5.0"]}"#, "");
    rule("1.5.0", r#"{"VulnerableVersions":["<2.0.0"],"UnaffectedVersions":["1.5.0"]}"#, "");
    rule("1.4.0", r#"{"PatchedVersions":["1.5.0"],"UnaffectedVersions":["<1.0.0"]}"#, "One CVE-1 -> 1.5.0 (fixed)");
    rule("0.9.0", r#"{"PatchedVersions":["1.5.0"],"UnaffectedVersions":["<1.0.0"]}"#, "");
    rule("1.4.0", r#"{"VulnerableVersions":["<=1.4.0"]}"#, "One CVE-1 (affected)");
    rule("1.4.0", r#"{"VulnerableVersions":["<1.5.0"],"PatchedVersions":["1.5.0","1.5.0","2.0.0"]}"#, "One CVE-1 -> 1.5.0, 2.0.0 (fixed)");
    rule("1.4.0", r#"{"PatchedVersions":[""]}"#, "One CVE-1 (affected)");
    rule("1.4.0", "{}", "");
    // One range that cannot be read does not hide another that holds, and takes nothing back.
    rule("1.4.0", r#"{"VulnerableVersions":["<<<","<2.0.0"]}"#, "One CVE-1 -> 2.0.0 (fixed)");
    rule("1.4.0", r#"{"VulnerableVersions":["<2.0.0"],"PatchedVersions":["<<<"]}"#, "One CVE-1 -> <<< (fixed)");
    case("")
        .has(package(&MAVEN, "g:a", "2.9.5"))
        .knows("maven::A", "g:a", "CVE-1", r#"{"VulnerableVersions":["[2.9.0,2.9.10.7)"]}"#)
        .gives(&["g:a CVE-1 -> 2.9.10.7 (fixed)"]);
    let (detected, _) =
        case("").has(package(&NPM, "one", "1.0.0")).knows("npm::A", "one", "CVE-1", r#"{"VulnerableVersions":["<<<"]}"#).detected();
    assert_eq!((detected.vulnerabilities.len(), detected.diagnostics.len()), (0, 1));
}

#[test]
fn of_feeds_that_say_the_same_id_the_last_counts() {
    let both = |last: &str| {
        case("")
            .has(package(&NPM, "one", "1.0.0"))
            .knows("npm::A", "one", "CVE-1", r#"{"VulnerableVersions":["<2.0.0"]}"#)
            .knows("npm::B", "one", "CVE-1", last)
            .knows("npmx::C", "one", "CVE-9", r#"{"VulnerableVersions":["<2.0.0"]}"#)
    };
    both(r#"{"VulnerableVersions":["<3.0.0"]}"#).gives(&["one CVE-1 -> 3.0.0 (fixed)"]);
    both(r#"{"VulnerableVersions":["<0.5.0"]}"#).gives(&[]);
}

#[test]
fn one_vulnerability_under_several_names_is_one_finding() {
    let range = |rest: &str| format!(r#"{{"VulnerableVersions":["<2.0.0"]{rest}}}"#);
    let several = case("")
        .has(package(&NPM, "one", "1.0.0"))
        .knows("npm::A", "one", "GHSA-1", &range(r#","VendorIDs":["GHSA-1"]"#))
        .knows("npm::A", "one", "GHSA-2", &range(""))
        .knows("npm::B", "one", "CVE-1", &range(r#","Aliases":["GHSA-1"]"#))
        .knows("npm::B", "one", "CVE-2", &range(r#","Aliases":["GHSA-1"]"#))
        .knows("npm::C", "one", "GO-1", &range(r#","Aliases":["GHSA-2","PYSEC-1"]"#))
        .knows("npm::C", "one", "PYSEC-1", &range(""));
    let (detected, _) = several.detected();
    let found: Vec<_> = detected.vulnerabilities.iter().map(|found| (found.id.as_str(), found.aliases.join(" "))).collect();
    assert_eq!(found, [("CVE-1", "GHSA-1".into()), ("CVE-2", "GHSA-1".into()), ("GHSA-2", "GO-1 PYSEC-1".into())]);
    // A notice about many vulnerabilities is no name of any.
    case("debian 12")
        .has(package(&DEB, "one", "1"))
        .knows("debian 12", "one", "CVE-1", r#"{"FixedVersion":"2","VendorIDs":["DSA-1"]}"#)
        .knows("debian 12", "one", "TEMP-1", r#"{"FixedVersion":"2","VendorIDs":["DSA-1"]}"#)
        .gives(&["one CVE-1 -> 2 (fixed)", "one TEMP-1 -> 2 (fixed)"]);
}

#[test]
fn ecosystems_without_feeds_are_said() {
    case("").has(package(&CONDA, "numpy", "1.0")).has(package(&CONDA, "numpy", "2.0")).has(package(&NPM, "one", "1.0.0")).gives(&[
        "! 1 package (one) of kind `npm`: the vulnerability database has no advisories for it",
        "! 2 packages (numpy, …) of kind `conda`: the vulnerability database has no advisories for it",
    ]);
    let mut starter = case("debian 12").has(package(&NPM, "one", "1.0.0")).has(package(&DEB, "one", "1"));
    starter.store = MemoryStore::new(Database { kind: DatabaseKind::Starter, ..Database::default() });
    starter.gives(&[]);
}

#[test]
fn findings_carry_what_is_published_and_how_they_were_found() {
    let mut case = case("debian 12")
        .publisher("debian 12", "debian")
        .has(from_source(package(&DEB, "libone", "1.0-1"), "one", "1.0-1"))
        .has(from_source(package(&DEB, "libone", "1.0-1"), "one", "1.0-1"))
        .knows("debian 12", "one", "CVE-1", r#"{"FixedVersion":"2.0-1","Severity":1.0}"#);
    let published =
        value::read_vulnerability(br#"{"Title":"t","VendorSeverity":{"nvd":4.0},"References":["https://example.com"]}"#).unwrap();
    case.store.add_vulnerability("CVE-1", published);
    let (detected, _) = case.detected();
    assert_eq!(detected.examined, 2);
    let [first, second] = detected.vulnerabilities.as_slice() else { panic!("{detected:?}") };
    assert_eq!((first.package, second.package), (0, 1));
    assert!(std::sync::Arc::ptr_eq(&first.detail, &second.detail));
    assert_eq!(format!("{} {:?}", first.severity, first.severity_source), r#"LOW Some("debian")"#);
    let ratings: Vec<_> = first.detail.ratings.iter().map(|rating| format!("{} {}", rating.source, rating.severity.unwrap())).collect();
    assert_eq!(ratings, ["debian LOW", "nvd CRITICAL"]);
    assert_eq!(first.detail.primary_url.as_deref(), Some("https://avd.aquasec.com/nvd/cve-1"));
    assert_eq!(first.source.as_ref().map(|source| source.id.as_str()), Some("debian"));
    let evidence = &first.evidence;
    assert_eq!((evidence.bucket.as_str(), evidence.name.as_str(), evidence.version.as_str()), ("debian 12", "one", "1.0-1"));
    assert_eq!(evidence.affected, ["< 2.0-1"]);
}

#[test]
fn many_threads_give_the_same_answer() {
    let build = || {
        let mut case = case("debian 12");
        for number in 0..500 {
            let name = format!("package-{}", number % 50);
            case = case.has(package(&DEB, &name, &format!("1.{}", number % 7)));
            case = case.knows("debian 12", &name, &format!("CVE-{}", number % 11), &format!(r#"{{"FixedVersion":"1.{}"}}"#, number % 5));
        }
        case
    };
    let expected = build().detected().0;
    assert!(expected.vulnerabilities.len() > 500);
    for _ in 0..5 {
        let again = build().detected().0;
        assert_eq!(again.vulnerabilities, expected.vulnerabilities);
    }
}

#[test]
fn a_store_in_memory_counts_vulnerabilities_once() {
    let mut store = case("").knows("a", "p", "CVE-1", "{}").knows("b", "q", "CVE-1", "{}").knows("b", "q", "CVE-2", "{}").store;
    store.add_vulnerability("CVE-3", Vulnerability::default());
    assert_eq!(store.vulnerability_count(), 3);
    assert!(store.vulnerability("CVE-3").unwrap().is_some());
}
