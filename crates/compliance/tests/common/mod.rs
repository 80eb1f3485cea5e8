//! A run in memory: subjects with facts, a ledger of findings, capabilities that ran. Everything is made up.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "test support: each test file uses a part of it, and a fault here is a failing test"
)]

use probity_compliance::{Framework, Inputs, Policy, assess, parse_attestations, parse_spec, parse_tailoring, parse_waivers};
use probity_model::{
    Capability, Diagnostic, Facts, InputKind, Inventory, Lines, Node, Place, Reason, RuleId, RuleMeta, Severity, Subject, SubjectId,
    SubjectKind,
    assessment::{Assessment, ControlResult, FrameworkResult, Status},
    document::{Document, SourceFile},
    facts::{FileFact, FileKind, OsRelease, Secret},
    finding::{Finding, Ledger, Outcome, Resource, ResourceIx, RuleIx, Violation},
    image::ImageConfig,
    kubernetes,
    node::{Entry, Scalar, ScalarKind, Value},
    package::Package,
    report::{CapabilityRun, CapabilityState},
};
use std::sync::Arc;

pub const AS_OF: &str = "2026-08-22T00:00:00Z";

pub fn policy() -> Policy {
    Policy::new(AS_OF.parse().unwrap())
}

/// Capabilities that run on an image.
pub const IMAGE_CAPABILITIES: [Capability; 9] = [
    Capability::Os,
    Capability::Packages,
    Capability::Users,
    Capability::Secrets,
    Capability::FileModes,
    Capability::Crypto,
    Capability::ServerConfig,
    Capability::Data,
    Capability::ImageConfig,
];

/// A run that is being made up.
#[derive(Clone, Default)]
pub struct World {
    pub inventories: Vec<Inventory>,
    pub ledger: Ledger,
    pub capabilities: Vec<CapabilityRun>,
}

impl World {
    /// With the checks that the tests use.
    pub fn new() -> Self {
        let mut world = Self::default();
        for (id, aliases, input, severity) in [
            ("DS-0002", "AVD-DS-0002 DS002", InputKind::Dockerfile, Severity::High),
            ("DS-0031", "", InputKind::Dockerfile, Severity::Critical),
            ("KSV-0008", "AVD-KSV-0008 KSV008", InputKind::KubernetesManifest, Severity::High),
            ("KSV-0009", "AVD-KSV-0009 KSV009", InputKind::KubernetesManifest, Severity::High),
            ("KSV-0010", "AVD-KSV-0010 KSV010", InputKind::KubernetesManifest, Severity::High),
            ("KSV-0012", "AVD-KSV-0012 KSV012", InputKind::KubernetesManifest, Severity::Medium),
            ("KSV-0017", "AVD-KSV-0017 KSV017", InputKind::KubernetesManifest, Severity::High),
            ("KSV-0030", "AVD-KSV-0030 KSV030", InputKind::KubernetesManifest, Severity::Low),
            ("PB-COMPOSE-0001", "", InputKind::Compose, Severity::High),
            ("PB-IMG-0001", "", InputKind::Image, Severity::High),
        ] {
            world.ledger.rules.push(Arc::new(RuleMeta {
                id: RuleId::new(id),
                aliases: aliases.split_whitespace().map(str::to_owned).collect(),
                slug: format!("slug-{}", id.to_lowercase()),
                title: format!("Title of {id}"),
                severity,
                input,
                needs: if input == InputKind::Image { vec![Capability::ImageConfig, Capability::Users] } else { Vec::new() },
                kinds: Vec::new(),
                description: String::new(),
                remediation: format!("Fix {id}."),
                references: Vec::new(),
                tags: if id.starts_with("KSV") { vec!["pod".to_owned()] } else { Vec::new() },
            }));
        }
        world
    }

    fn subject(&mut self, kind: SubjectKind, name: &str) -> SubjectId {
        let id = SubjectId(u32::try_from(self.inventories.len()).unwrap());
        let image = (kind == SubjectKind::Image).then(|| ImageConfig { user: "app".to_owned(), ..ImageConfig::default() });
        self.inventories.push(Inventory {
            subject: Subject {
                id,
                kind,
                name: name.to_owned(),
                source: "test".to_owned(),
                digest: (kind == SubjectKind::Image).then(|| "sha256:00".to_owned()),
                config_digest: None,
                platform: None,
                references: Vec::new(),
                layers: Vec::new(),
                image,
            },
            os: None,
            end_of_life: false,
            facts: Facts::default(),
            unowned: Vec::new(),
            package_database: false,
            deleted: Vec::new(),
            file_count: 0,
            layer_count: 1,
            files: Vec::new(),
        });
        id
    }

    /// A Debian image with a package, a file, and every analyzer run.
    pub fn image(&mut self, name: &str) -> SubjectId {
        let id = self.subject(SubjectKind::Image, name);
        let inventory = self.inventory(id);
        inventory.os = Some(OsRelease {
            family: "debian".into(),
            version: "12.5".into(),
            pretty_name: None,
            rank: 1,
            at: Place::file("etc/os-release"),
        });
        inventory.package_database = true;
        inventory.file_count = 100;
        inventory.facts.secret_files = 50;
        self.package(id, "base-files", "1.0");
        for capability in IMAGE_CAPABILITIES {
            self.ran(id, capability);
        }
        id
    }

    pub fn folder(&mut self, name: &str) -> SubjectId {
        self.subject(SubjectKind::Folder, name)
    }

    pub fn inventory(&mut self, id: SubjectId) -> &mut Inventory {
        &mut self.inventories[id.0 as usize]
    }

    pub fn image_config(&mut self, id: SubjectId) -> &mut ImageConfig {
        self.inventory(id).subject.image.as_mut().unwrap()
    }

    pub fn ran(&mut self, id: SubjectId, capability: Capability) {
        self.capabilities.push(CapabilityRun { capability, state: CapabilityState::Ok, reason: None, subjects: vec![id], items: 1 });
    }

    /// Forgets that the analyzer ran.
    pub fn without(&self, capability: Capability) -> Self {
        let mut other = self.clone();
        other.capabilities.retain(|run| run.capability != capability);
        other
    }

    pub fn package(&mut self, id: SubjectId, name: &str, version: &str) {
        self.inventory(id).facts.packages.push(Package {
            name: name.into(),
            version: version.into(),
            purl: format!("pkg:deb/debian/{name}@{version}?arch=amd64"),
            at: Place::file("var/lib/dpkg/status"),
            ..Package::default()
        });
    }

    pub fn file(&mut self, id: SubjectId, path: &str, mode: u32) {
        self.inventory(id).facts.files.push(FileFact {
            path: path.into(),
            mode,
            uid: 0,
            gid: 0,
            size: 1,
            kind: FileKind::Elf,
            capabilities: None,
            at: Place::file(path),
        });
    }

    pub fn secret(&mut self, id: SubjectId, path: &str, severity: Severity, fingerprint: &str) {
        self.inventory(id).facts.secrets.push(Secret {
            rule: "github-pat".into(),
            category: "github".into(),
            title: "GitHub token".into(),
            severity,
            masked: "token=****".into(),
            fingerprint: fingerprint.into(),
            disposition: None,
            at: Place::line(path, 3),
        });
    }

    /// A manifest with one object in a folder.
    pub fn manifest(&mut self, folder: SubjectId, path: &str, kind: &str, name: &str) {
        let root = map(vec![("kind", text(kind)), ("metadata", map(vec![("name", text(name))]))]);
        self.object(folder, path, kind, name, root);
    }

    pub fn object(&mut self, folder: SubjectId, path: &str, kind: &str, name: &str, root: Node) {
        let object = kubernetes::Resource {
            api_version: "v1".into(),
            kind: kind.into(),
            name: name.into(),
            namespace: None,
            lines: Lines::new(1, 9),
            root,
        };
        self.document(folder, path, Document::Kubernetes(object));
    }

    pub fn document(&mut self, folder: SubjectId, path: &str, document: Document) {
        self.inventory(folder).files.push(SourceFile {
            path: path.into(),
            text: "".into(),
            documents: vec![document],
            ignores: Vec::new(),
        });
    }

    pub fn dockerfile(&mut self, folder: SubjectId, path: &str) {
        self.document(folder, path, Document::Dockerfile(probity_model::dockerfile::Dockerfile::default()));
    }

    pub fn rule(&self, id: &str) -> RuleIx {
        RuleIx(u32::try_from(self.ledger.rules.iter().position(|rule| rule.id.as_str() == id).unwrap()).unwrap())
    }

    fn resource(&mut self, subject: SubjectId, input: InputKind, name: &str) -> ResourceIx {
        let resource = Resource {
            subject,
            input,
            name: name.into(),
            path: (input != InputKind::Image).then(|| format!("{name}.yaml").into()),
            lines: Some(Lines::one(1)),
        };
        let at = self.ledger.resources.iter().position(|known| *known == resource).unwrap_or_else(|| {
            self.ledger.resources.push(resource);
            self.ledger.resources.len() - 1
        });
        ResourceIx(u32::try_from(at).unwrap())
    }

    pub fn outcome(&mut self, rule: &str, subject: SubjectId, name: &str, outcome: Outcome) {
        let rule = self.rule(rule);
        let input = self.ledger.rule(rule).unwrap().input;
        let resource = self.resource(subject, input, name);
        self.ledger.findings.push(Finding { rule, resource, outcome });
        self.ledger.findings.sort_by_key(|finding| (finding.rule, finding.resource));
    }

    pub fn passes(&mut self, rule: &str, subject: SubjectId, name: &str) {
        self.outcome(rule, subject, name, Outcome::Pass { examined: 1 });
    }

    pub fn fails(&mut self, rule: &str, subject: SubjectId, name: &str) {
        let violation = Violation { message: format!("`{name}` breaks {rule}"), locator: "spec".into(), ..Violation::default() };
        self.outcome(rule, subject, name, Outcome::Fail(Box::new(violation)));
    }

    pub fn diagnostic(&mut self, subject: SubjectId, reason: Reason, capability: Capability) {
        let mut diagnostic = Diagnostic::warning(reason, "something was not read").at("some/file").affecting([capability]);
        diagnostic.subject = Some(subject);
        self.ledger.diagnostics.push(diagnostic);
    }

    pub fn assess(&self, frameworks: &[Framework], policy: &Policy) -> Assessment {
        let inputs = Inputs { inventories: &self.inventories, ledger: &self.ledger, capabilities: &self.capabilities };
        assess(frameworks, &inputs, policy).unwrap()
    }

    /// The result of the only control of a specification.
    pub fn one(&self, control: &str) -> ControlResult {
        self.one_with(control, &policy())
    }

    pub fn one_with(&self, control: &str, policy: &Policy) -> ControlResult {
        self.assess(&[native(control)], policy).frameworks.remove(0).controls.remove(0)
    }

    pub fn status(&self, control: &str) -> Status {
        self.one(control).status
    }
}

/// A native specification whose controls are given in YAML, each line indented as it comes.
pub fn native(controls: &str) -> Framework {
    native_with("", controls)
}

/// The same with further keys of `spec`.
pub fn native_with(head: &str, controls: &str) -> Framework {
    spec(&format!(
        "spec:\n  id: demo\n  title: Demo\n  version: \"1\"\n  schema: 1\n{}\n  controls:\n{}\n",
        indent(head, 2),
        indent(controls, 4)
    ))
}

pub fn spec(text: &str) -> Framework {
    match parse_spec(text, "demo.yaml") {
        Ok((framework, _)) => framework,
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn indent(text: &str, by: usize) -> String {
    text.lines().flat_map(|line| [" ".repeat(by), line.to_owned(), "\n".to_owned()]).collect()
}

/// One control with an `assess` of one rule: `rule("check: {ids: [KSV-0012]}")`.
pub fn rule(rule: &str) -> String {
    format!("- {{id: \"1\", name: One, severity: HIGH, assess: {{all: [{{id: r, {rule}}}]}}}}")
}

pub fn waivers(text: &str) -> Policy {
    Policy { waivers: Some(parse_waivers(text, "waivers.yaml").unwrap()), ..policy() }
}

pub fn attestations(text: &str) -> Policy {
    Policy { attestations: Some(parse_attestations(text, "attestations.yaml").unwrap()), ..policy() }
}

pub fn tailoring(text: &str) -> Policy {
    Policy { tailoring: vec![parse_tailoring(text, "tailoring.yaml").unwrap()], ..policy() }
}

pub fn text(text: &str) -> Node {
    Node { value: Value::Scalar(Scalar { text: text.into(), kind: ScalarKind::Str }), lines: Lines::one(1), tag: None }
}

pub fn map(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, value)| Entry { key: key.into(), line: 1, value }).collect();
    Node { value: Value::Map(entries), lines: Lines::new(1, 9), tag: None }
}

pub fn seq(items: Vec<Node>) -> Node {
    Node { value: Value::Seq(items), lines: Lines::new(1, 9), tag: None }
}

pub fn control<'a>(framework: &'a FrameworkResult, id: &str) -> &'a ControlResult {
    framework.controls.iter().find(|control| control.id == id).unwrap_or_else(|| panic!("no control {id}"))
}

pub fn counts(framework: &FrameworkResult) -> [usize; 7] {
    Status::ALL.map(|status| framework.controls.iter().filter(|control| control.status == status).count())
}

/// All frameworks that ship with the program.
pub fn shipped() -> Vec<Framework> {
    static ALL: std::sync::OnceLock<Vec<Framework>> = std::sync::OnceLock::new();
    let load = |info: &probity_compliance::FrameworkInfo| {
        probity_compliance::load(&format!("{}@{}", info.id, info.version), &|_| Err("no files".into())).unwrap()
    };
    ALL.get_or_init(|| probity_compliance::framework_names().iter().map(load).collect()).clone()
}
