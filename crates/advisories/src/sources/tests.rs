//! Each format: a small feed and what is read of it, one line for each package.

use super::*;
use std::fmt::Write as _;

/// Reads a file as its format does and writes down what came out.
fn read(path: &str, text: &str) -> String {
    let file = FeedFile::new(path, text.as_bytes());
    let Some(format) = recognise(&file) else { return "not recognised".to_owned() };
    let mut sink = Sink::default();
    (format.read)(&file, &mut sink);
    let mut out = format.id.to_owned();
    for advisory in &sink.advisories {
        write!(out, "\n{} {:?}", advisory.id, advisory.aliases).unwrap();
        for rating in &advisory.ratings {
            write!(out, " {:?}", rating.severity.unwrap_or_default()).unwrap();
        }
        for a in &advisory.affected {
            let ids = if a.ids.is_empty() { String::new() } else { format!(" {}", a.ids.join("+")) };
            write!(out, "\n  {} {}{ids}", a.home.bucket(&advisory.source), a.package).unwrap();
            for (word, list) in [
                ("vulnerable", &a.vulnerable),
                ("patched", &a.patched),
                ("unaffected", &a.unaffected),
                ("by", &a.vendor_ids),
                ("on", &a.arches),
                ("of", &a.cpes),
            ] {
                if !list.is_empty() {
                    write!(out, " {word} {list:?}").unwrap();
                }
            }
            if !a.fixed.is_empty() || a.vulnerable.is_empty() {
                write!(out, " {} {}", a.status, a.fixed).unwrap();
            }
        }
    }
    for (id, kev) in &sink.kev {
        write!(out, "\n{id} {} {:?} {}", kev.added, kev.due, kev.ransomware).unwrap();
    }
    for (id, epss) in &sink.epss {
        write!(out, "\n{id} {} {} {}", epss.score, epss.percentile, epss.date).unwrap();
    }
    for end in &sink.end_of_life {
        write!(out, "\n{} {} {:?} {}", end.product, end.release, end.date, end.ended).unwrap();
    }
    for (name, cpes) in &sink.repositories {
        write!(out, "\n{name} {cpes:?}").unwrap();
    }
    for rejection in &sink.rejections {
        write!(out, "\n! {} {} {}", rejection.why, rejection.id, rejection.text).unwrap();
    }
    out
}

fn check(path: &str, text: &str, expected: &str) {
    let expected: Vec<&str> = expected.trim().lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect();
    assert_eq!(read(path, text).trim_end(), expected.join("\n"), "{path}");
}

#[test]
fn osv_of_a_language() {
    check(
        "a.json",
        r#"{"id":"GHSA-aaaa-bbbb-cccc","modified":"2024-01-02T03:04:05Z","aliases":["CVE-2024-0001"],"summary":"s",
            "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected":[{"package":{"ecosystem":"PyPI","name":"Zope.Interface"},"versions":["0.9","1.5"],
              "ranges":[{"type":"GIT","events":[{"introduced":"0"}]},{"type":"ECOSYSTEM","events":[{"introduced":"1.0"},{"fixed":"1.4"},{"introduced":"2.0"},{"last_affected":"2.3"}]}]},
             {"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]},
             {"package":{"ecosystem":"Windows","name":"x"},"ranges":[]},
             {"package":{"ecosystem":"npm","name":"none"},"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]}"#,
        r#"
        osv
        GHSA-aaaa-bbbb-cccc ["CVE-2024-0001"] Critical
          npm::GitHub Security Advisory Npm left vulnerable [""]
        GHSA-aaaa-bbbb-cccc ["CVE-2024-0001"] Critical
          pip::GitHub Security Advisory Pip zope-interface vulnerable [">=1.0, <1.4", ">=2.0, <=2.3", "=0.9", "=1.5"] patched ["1.4"]
        ! unknown-ecosystem GHSA-aaaa-bbbb-cccc Windows
        ! no-range GHSA-aaaa-bbbb-cccc none: only commits, no versions"#,
    );
}

#[test]
fn the_end_of_one_range_that_another_has_is_not_patched() {
    check(
        "a.json",
        r#"{"id":"BIT-x-1","modified":"2024-01-02T03:04:05Z","affected":[{"package":{"ecosystem":"Bitnami","name":"x"},
            "ranges":[{"type":"SEMVER","events":[{"introduced":"2.4.49"},{"fixed":"2.4.50"}]},{"type":"SEMVER","events":[{"introduced":"2.4.50"},{"fixed":"2.4.51"}]}]}]}"#,
        r#"
        osv
        BIT-x-1 []
          bitnami::Bitnami Vulnerability Database x vulnerable [">=2.4.49, <2.4.50", ">=2.4.50, <2.4.51"] patched ["2.4.51"]"#,
    );
}

#[test]
fn osv_of_distributions() {
    check(
        "ALSA-1.json",
        r#"{"id":"ALSA-2021:1","modified":"2021-11-12T10:20:56Z","summary":"Important: nodejs:12 security update","related":["CVE-2021-0002","CVE-2021-0001"],
            "affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"npm"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1:6-1.module_el8.3+1"}]}]}]}"#,
        r#"
        osv
        ALSA-2021:1 [] High
          alma 8 nodejs:12::npm CVE-2021-0001+CVE-2021-0002 by ["ALSA-2021:1"] fixed 1:6-1.module_el8.3+1"#,
    );
    check(
        "x.json",
        r#"{"id":"UBUNTU-CVE-2024-0003","modified":"2024-01-01T00:00:00Z","upstream":["CVE-2024-0003"],"severity":[{"type":"Ubuntu","score":"medium"}],
            "affected":[{"package":{"ecosystem":"Ubuntu:22.04:LTS","name":"bash"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}"#,
        "
        osv
        UBUNTU-CVE-2024-0003 [] Medium
          ubuntu 22.04 bash CVE-2024-0003 affected",
    );
    check(
        "kernel.json",
        r#"{"id":"ALSA-2024:2","modified":"2024-01-01T00:00:00Z","summary":"kernel","references":[{"type":"REPORT","url":"https://vendor.example/security/cve/CVE-2024-0004"}],
            "affected":[{"package":{"ecosystem":"AlmaLinux:9","name":"kernel"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"5.14.0-1.el9"}]}]}]}"#,
        r#"
        osv
        ALSA-2024:2 []
          alma 9 kernel CVE-2024-0004 by ["ALSA-2024:2"] fixed 5.14.0-1.el9"#,
    );
    check(
        "bugfix.json",
        r#"{"id":"ALBA-2024:2","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"AlmaLinux:9","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1-1"}]}]}]}"#,
        "
        osv
        ! not-a-vulnerability ALBA-2024:2 it names no vulnerability",
    );
}

#[test]
fn osv_as_yaml_and_withdrawn() {
    check(
        "PYSEC-1.yaml",
        "id: PYSEC-1\nmodified: 2023-07-25T16:31:58.309647Z\naliases: [CVE-2022-0005]\ndetails: |\n  text\naffected:\n- package: {ecosystem: PyPI, name: zstd}\n  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: \"0\"\n    - fixed: 1.10\n",
        r#"
        osv
        PYSEC-1 ["CVE-2022-0005"]
          pip::Python Packaging Advisory Database zstd vulnerable ["<1.10"] patched ["1.10"]"#,
    );
    check(
        "w.json",
        r#"{"id":"GO-1","modified":"2024-01-01T00:00:00Z","withdrawn":"2024-02-01T00:00:00Z","affected":[]}"#,
        "osv\n! withdrawn GO-1 2024-02-01T00:00:00Z",
    );
}

#[test]
fn rustsec_rubysec_and_php() {
    check(
        "crates/a/RUSTSEC-2024-0001.md",
        "```toml\n[advisory]\nid = \"RUSTSEC-2024-0001\"\npackage = \"a\"\ndate = \"2024-01-01\"\naliases = [\"CVE-2024-0006\"]\ncvss = \"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H\"\n[versions]\npatched = [\">= 1.2.3\"]\nunaffected = [\"< 1.0.0\"]\n```\n\n# Title\n\nText.\n",
        r#"
        rustsec
        RUSTSEC-2024-0001 ["CVE-2024-0006"] High
          cargo::RustSec Advisory Database a vulnerable [">=0.0.0-0"] patched [">= 1.2.3"] unaffected ["< 1.0.0"]"#,
    );
    check(
        "crates/b/RUSTSEC-2024-0002.md",
        "```toml\n[advisory]\nid = \"RUSTSEC-2024-0002\"\npackage = \"b\"\ndate = \"2024-01-01\"\ninformational = \"unmaintained\"\n[versions]\npatched = []\n```\n# T\n",
        "rustsec\n! not-a-vulnerability RUSTSEC-2024-0002 unmaintained",
    );
    check(
        "gems/r/CVE-2023-0007.yml",
        "---\ngem: r\ncve: 2023-0007\nghsa: gc3j-vvwf-4rp8\nurl: https://x.example/\ntitle: T\ndate: 2023-12-18\ncvss_v3: 6.3\npatched_versions:\n  - \"~> 1.2.3\"\n  - \">= 2.2.1\"\n",
        r#"
        rubysec
        CVE-2023-0007 ["GHSA-gc3j-vvwf-4rp8"] Medium
          rubygems::Ruby Advisory Database r vulnerable [">=0.a"] patched ["~> 1.2.3", ">= 2.2.1"]"#,
    );
    check(
        "cakephp/cakephp/2015-08-06.yaml",
        "title: T\nlink: https://x.example/\ncve: ~\nbranches:\n  3.5.x:\n    time: 2019-04-23 22:08:00\n    versions: ['>=3.0.0', '<3.5.18']\n  3.6.x:\n    time: 2019-04-20 22:08:00\n    versions: ['>=3.6.0', '<3.6.15']\nreference: composer://CakePHP/cakephp\n",
        r#"
        friendsofphp
        PHP-cakephp-cakephp-2015-08-06 []
          composer::PHP Security Advisories Database cakephp/cakephp vulnerable [">=3.0.0, <3.5.18", ">=3.6.0, <3.6.15"]"#,
    );
}

#[test]
fn alpine_debian_photon_and_arch() {
    check(
        "main.yaml",
        "---\ndistroversion: v3.9\nreponame: main\nurlprefix: http://x.example/alpine\npackages:\n  - pkg:\n      name: ansible\n      secfixes:\n        2.7.3-r0:\n          - CVE 2018-16859\n        \"0\":\n          - CVE-2018-0001\n",
        "
        alpine
        CVE-2018-16859 []
          alpine 3.9 ansible CVE-2018-16859 fixed 2.7.3-r0
        ! not-a-vulnerability CVE-2018-0001 ansible never was affected",
    );
    check(
        "security.json",
        r#"{"apkurl":"x","archs":["x86_64"],"reponame":"os","urlprefix":"https://packages.wolfi.dev","packages":[{"pkg":{"name":"curl","secfixes":{"8.1-r0":["CVE-2023-0008 GHSA-x"]}}}]}"#,
        "
        alpine
        CVE-2023-0008 []
          wolfi curl CVE-2023-0008 fixed 8.1-r0",
    );
    check(
        "tracker.json",
        r#"{"bash":{"CVE-2022-0009":{"description":"d","releases":{
            "bookworm":{"status":"resolved","repositories":{"bookworm":"5.2"},"fixed_version":"5.2-1","urgency":"low"},
            "bullseye":{"status":"open","repositories":{"bullseye":"5.1"},"urgency":"unimportant","nodsa":"Minor","nodsa_reason":"ignored"},
            "trixie":{"status":"resolved","repositories":{},"fixed_version":"0","urgency":"low"}}}}}"#,
        "
        debian
        CVE-2022-0009 [] Low
          debian 12 bash CVE-2022-0009 fixed 5.2-1
          debian 11 bash CVE-2022-0009 will_not_fix",
    );
    check(
        "cve_data_photon4.0.json",
        r#"[{"cve_id":"CVE-2021-0010","pkg":"linux","cve_score":7.8,"aff_ver":"all versions before 5.10-1.ph4","res_ver":"5.10-1.ph4"}]"#,
        "
        photon
        CVE-2021-0010 [] High
          Photon OS 4.0 linux CVE-2021-0010 fixed 5.10-1.ph4",
    );
    check(
        "all.json",
        r#"[{"name":"AVG-1","packages":["a","a-libs"],"status":"Fixed","severity":"High","type":"denial of service","affected":"1-1","fixed":"1-2","ticket":null,"issues":["CVE-2020-0011"],"advisories":["ASA-1"]}]"#,
        r#"
        arch
        AVG-1 [] High
          archlinux a CVE-2020-0011 by ["AVG-1", "ASA-1"] fixed 1-2
          archlinux a-libs CVE-2020-0011 by ["AVG-1", "ASA-1"] fixed 1-2"#,
    );
}

#[test]
fn catalogues() {
    check(
        "kev.json",
        r#"{"catalogVersion":"1","dateReleased":"2025-08-25T17:04:19.9796Z","vulnerabilities":[{"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known"},{"cveID":"x","dateAdded":"soon"}]}"#,
        "kev\nCVE-2021-44228 2021-12-10 Some(\"2021-12-24\") true\n! unreadable x added on `soon`",
    );
    check(
        "kev.csv",
        "cveID,product,dateAdded,dueDate,knownRansomwareCampaignUse\nCVE-2021-44228,\"a, \"\"b\"\"\",2021-12-10,2021-12-24,Unknown\n",
        "kev\nCVE-2021-44228 2021-12-10 Some(\"2021-12-24\") false",
    );
    check(
        "epss.csv",
        "#model_version:v2023.03.01,score_date:2024-06-01T00:00:00+0000\ncve,epss,percentile\nCVE-2021-44228,0.97,0.99\nCVE-2021-44229,7,0.99\n",
        "epss\nCVE-2021-44228 0.97 0.99 2024-06-01\n! unreadable CVE-2021-44229 CVE-2021-44229,7,0.99",
    );
    check(
        "debian.md",
        "---\ntitle: Debian\npermalink: /debian\nreleaseLabel: x\nreleases:\n  - releaseCycle: \"12\"\n    eol: 2026-07-11\n    eoes: 2028-06-30\n  - releaseCycle: \"99\"\n    eol: false\n---\ntext\n",
        "endoflife\ndebian 12 Some(\"2028-06-30\") false\ndebian 99 None false",
    );
    check(
        "alpine.json",
        r#"[{"cycle":"3.19","eol":"2025-11-01"},{"cycle":"2","eol":true}]"#,
        "endoflife\nalpine 3.19 Some(\"2025-11-01\") false\nalpine 2 None true",
    );
    check(
        "api.json",
        r#"{"schema_version":"1.2.0","result":{"name":"alpine","releases":[{"name":"3.19","isEol":true,"eolFrom":"2025-11-01"}]}}"#,
        "endoflife\nalpine 3.19 Some(\"2025-11-01\") false",
    );
    check(
        "repository-to-cpe.json",
        r#"{"data":{"rhel-9-baseos":{"cpes":["cpe:/o:redhat:enterprise_linux:9::baseos"]}}}"#,
        "redhat-repositories\nrhel-9-baseos [\"cpe:/o:redhat:enterprise_linux:9::baseos\"]",
    );
    check(
        "nvdcve-2.0.json",
        r#"{"format":"NVD_CVE","version":"2.0","timestamp":"2024-01-01T00:00:00","vulnerabilities":[{"cve":{"id":"CVE-2021-44228","vulnStatus":"Analyzed","descriptions":[{"lang":"en","value":"d"}],"metrics":{"cvssMetricV31":[{"type":"Primary","cvssData":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H","baseScore":10.0}}]}}}]}"#,
        "nvd\nCVE-2021-44228 [] Critical",
    );
}

#[test]
fn red_hat_says_what_is_fixed_and_what_is_not() {
    check(
        "cve-2024-0012.json",
        r#"{"document":{"category":"csaf_vex","csaf_version":"2.0","title":"t","publisher":{"name":"Red Hat Product Security"},"tracking":{"id":"CVE-2024-0012","current_release_date":"2024-05-01T00:00:00+00:00"}},
         "product_tree":{"branches":[{"branches":[
            {"product":{"name":"RHEL BaseOS 8","product_id":"BaseOS-8","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:8::baseos"}}},
            {"product":{"name":"RHEL 7","product_id":"red_hat_enterprise_linux_7","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:7"}}},
            {"product":{"name":"bind","product_id":"bind-32:9.11-5.el8.x86_64","product_identification_helper":{"purl":"pkg:rpm/redhat/bind@9.11-5.el8?arch=x86_64&epoch=32"}}},
            {"product":{"name":"bind","product_id":"bind-src","product_identification_helper":{"purl":"pkg:rpm/redhat/bind?arch=src"}}}]}],
          "relationships":[
            {"category":"default_component_of","full_product_name":{"product_id":"BaseOS-8:bind-32:9.11-5.el8.x86_64"},"product_reference":"bind-32:9.11-5.el8.x86_64","relates_to_product_reference":"BaseOS-8"},
            {"category":"default_component_of","full_product_name":{"product_id":"red_hat_enterprise_linux_7:bind"},"product_reference":"bind-src","relates_to_product_reference":"red_hat_enterprise_linux_7"}]},
         "vulnerabilities":[{"cve":"CVE-2024-0012","threats":[{"category":"impact","details":"Important"}],
            "product_status":{"fixed":["BaseOS-8:bind-32:9.11-5.el8.x86_64"],"known_affected":["red_hat_enterprise_linux_7:bind"],"known_not_affected":["x"]},
            "remediations":[{"category":"vendor_fix","product_ids":["BaseOS-8:bind-32:9.11-5.el8.x86_64"],"url":"https://access.redhat.com/errata/RHSA-2024:1"},
                            {"category":"no_fix_planned","details":"Out of support scope","product_ids":["red_hat_enterprise_linux_7:bind"]}]}]}"#,
        r#"
        csaf
        CVE-2024-0012 [] High
          Red Hat bind CVE-2024-0012 of ["cpe:/o:redhat:enterprise_linux:7"] end_of_life 
          Red Hat bind CVE-2024-0012 by ["RHSA-2024:1"] on ["x86_64"] of ["cpe:/o:redhat:enterprise_linux:8::baseos"] fixed 32:9.11-5.el8"#,
    );
}

#[test]
fn oval_of_oracle() {
    check(
        "com.oracle.elsa-1.xml",
        r#"<?xml version="1.0"?><oval_definitions xmlns:red-def="x"><definitions><definition id="d1" class="patch"><metadata><title>ELSA-2020-1: curl</title>
          <affected family="unix"><platform>Oracle Linux 8</platform></affected><reference source="elsa" ref_id="ELSA-2020-1" ref_url="https://x.example/1"/><reference source="CVE" ref_id="CVE-2020-0013"/>
          <advisory><severity>MODERATE</severity><issued date="2020-01-02"/></advisory></metadata>
          <criteria operator="AND"><criterion test_ref="t0" comment="Oracle Linux 8 is installed"/><criteria operator="OR"><criteria operator="AND"><criterion test_ref="ta" comment="Oracle Linux arch is x86_64"/>
            <criteria operator="AND"><criterion test_ref="t1" comment="curl is earlier than 0:7.61.1-11.el8"/></criteria></criteria></criteria></criteria></definition></definitions>
          <tests><red-def:rpminfo_test id="t1"><red-def:object object_ref="o1"/><red-def:state state_ref="s1"/></red-def:rpminfo_test></tests>
          <objects><red-def:rpminfo_object id="o1"><red-def:name>curl</red-def:name></red-def:rpminfo_object></objects>
          <states><red-def:rpminfo_state id="s1"><red-def:evr datatype="evr_string" operation="less than">0:7.61.1-11.el8</red-def:evr></red-def:rpminfo_state></states></oval_definitions>"#,
        r#"
        oval
        ELSA-2020-1 [] Medium
          Oracle Linux 8 curl CVE-2020-0013 by ["ELSA-2020-1"] on ["x86_64"] fixed 7.61.1-11.el8"#,
    );
}

#[test]
fn updates_and_cvrf() {
    check(
        "updateinfo.xml",
        r#"<updates><update type="security"><id>ALAS2-2024-1</id><title>t</title><issued date="2024-01-01T00:00:00Z"/><severity>important</severity>
          <references><reference href="https://x.example" id="CVE-2024-0014" type="cve"/></references>
          <pkglist><collection short="amzn2"><package name="bash" epoch="0" version="4.2" release="1.amzn2" arch="x86_64"/><package name="bash" epoch="0" version="4.2" release="1.amzn2" arch="src"/></collection></pkglist></update>
          <update type="bugfix"><id>ALAS2-2024-2</id></update></updates>"#,
        r#"
        updateinfo
        ALAS2-2024-1 [] High
          amazon linux 2 bash CVE-2024-0014 by ["ALAS2-2024-1"] on ["x86_64"] fixed 4.2-1.amzn2
        ! not-a-vulnerability ALAS2-2024-2 bugfix"#,
    );
    check(
        "ALAS-2011-1.json",
        r#"{"id":"ALAS-2011-1","severity":"low","cveids":["CVE-2011-0015"],"references":[],"packages":[{"name":"httpd","epoch":"1","version":"2.2","release":"3.amzn1","arch":"i686"}]}"#,
        r#"
        updateinfo
        ALAS-2011-1 [] Low
          amazon linux 1 httpd CVE-2011-0015 by ["ALAS-2011-1"] on ["i686"] fixed 1:2.2-3.amzn1"#,
    );
    check(
        "cvrf.xml",
        r#"<cvrfdoc xmlns:p="x"><DocumentTitle>t</DocumentTitle><DocumentPublisher><IssuingAuthority>SUSE Security Team</IssuingAuthority></DocumentPublisher>
          <DocumentTracking><Identification><ID>SUSE-SU-2022:1-1</ID></Identification></DocumentTracking>
          <p:ProductTree><p:Relationship ProductReference="openssl-1_1-1.1.1d-2.1" RelatesToProductReference="SUSE Linux Enterprise Server 15 SP3"><p:FullProductName ProductID="SUSE Linux Enterprise Server 15 SP3:openssl-1_1-1.1.1d-2.1">x</p:FullProductName></p:Relationship></p:ProductTree>
          <Vulnerability><CVE>CVE-2022-0016</CVE><ProductStatuses><Status Type="Fixed"><ProductID>SUSE Linux Enterprise Server 15 SP3:openssl-1_1-1.1.1d-2.1</ProductID></Status></ProductStatuses><Threats><Threat Type="Impact"><Description>important</Description></Threat></Threats></Vulnerability></cvrfdoc>"#,
        r#"
        cvrf
        CVE-2022-0016 [] High
          SUSE Linux Enterprise 15.3 openssl-1_1 CVE-2022-0016 by ["SUSE-SU-2022:1-1"] fixed 1.1.1d-2.1"#,
    );
}

#[test]
fn nothing_panics_on_damaged_feeds() {
    let seeds = [
        (
            "a.json",
            r#"{"id":"GHSA-1","modified":"x","affected":[{"package":{"ecosystem":"npm","name":"a"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#,
        ),
        ("b.md", "```toml\n[advisory]\nid = \"RUSTSEC-1\"\npackage = \"a\"\n```\n# T"),
        ("c.yml", "gem: r\ntitle: T\ndate: 2023-12-18\n"),
        (
            "d.json",
            r#"{"document":{"csaf_version":"2.0","publisher":{"name":"Red Hat"}},"product_tree":{"branches":[]},"vulnerabilities":[{"cve":"CVE-2024-0001"}]}"#,
        ),
        (
            "e.xml",
            "<oval_definitions><definitions><definition id='1'><metadata><title>CVE-2024-0001</title></metadata></definition></definitions></oval_definitions>",
        ),
        ("f.xml", "<cvrfdoc><Vulnerability><CVE>CVE-2024-0001</CVE></Vulnerability></cvrfdoc>"),
        ("g.csv", "cve,epss,percentile\nCVE-2024-0001,1,1\n"),
    ];
    for (path, text) in seeds {
        for end in 0..=text.len() {
            read(path, text.get(..end).unwrap_or(text));
        }
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = bytes[at].wrapping_add(97);
            read(path, &String::from_utf8_lossy(&bytes));
        }
    }
    for depth in [10, 100_000] {
        read("deep.json", &format!("{{\"id\":\"x\",\"affected\":{}{}", "[".repeat(depth), "]".repeat(depth)));
        read("deep.yaml", &format!("id: x\nmodified: y\naffected: {}", "[".repeat(depth)));
        read("deep.xml", &format!("<updates>{}", "<a>".repeat(depth)));
    }
}
