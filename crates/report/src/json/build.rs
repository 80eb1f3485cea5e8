//! The report's types to the document's.

use super::model as doc;
use probity_model::{
    Inventory, Lines, Place, Report, SubjectId,
    assessment::{Assessment, Assurance, Basis, ControlResult, DocumentRef, FrameworkResult, RuleResult, Status, Verifiability},
    diagnostic::Diagnostic,
    facts::PasswordState,
    finding::{self, Outcome},
    report::CapabilityState,
    subject::{Subject, SubjectKind},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const SCHEMA: &str = "https://probity.dev/schema/report-v1.json";

pub(super) fn run(report: &Report) -> doc::Run {
    doc::Run { started: report.run.started.clone(), finished: report.run.finished.clone(), invocation: report.run.invocation.clone() }
}

/// Everything but `run` and `body_digest`.
pub(super) fn document(report: &Report) -> doc::Document {
    let empty = Assessment::default();
    let assessment = report.assessment.as_ref().unwrap_or(&empty);
    let scan = report.assessment.is_none();
    doc::Document {
        schema: SCHEMA.to_owned(),
        body_digest: None,
        run: None,
        tool: doc::Tool { name: report.tool.name.to_owned(), version: report.tool.version.to_owned() },
        as_of: report.as_of.clone(),
        inputs: inputs(report, assessment),
        capabilities: report
            .capabilities
            .iter()
            .map(|run| doc::Capability {
                analyzer: run.capability.to_string(),
                status: match run.state {
                    CapabilityState::Ok => "ok",
                    CapabilityState::Partial => "partial",
                    CapabilityState::NotRun => "not-run",
                }
                .to_owned(),
                reason: run.reason.map(|reason| reason.to_string()),
                subjects: ids(&run.subjects),
                items: run.items,
            })
            .collect(),
        diagnostics: report.ledger.diagnostics.iter().map(diagnostic).collect(),
        frameworks: assessment.frameworks.iter().map(framework).collect(),
        evidence: assessment.evidence.iter().zip(1..).map(|(evidence, number)| self::evidence(evidence, number)).collect(),
        remediation_groups: assessment
            .remediation_groups
            .iter()
            .zip(1..)
            .map(|(group, number)| {
                let frameworks: BTreeSet<&str> = group.controls.iter().filter_map(|control| Some(control.split_once('/')?.0)).collect();
                doc::RemediationGroup {
                    id: format!("r{number}"),
                    change: group.change.clone(),
                    closes: doc::Closes { controls: group.controls.len(), frameworks: frameworks.len() },
                    controls: group.controls.clone(),
                    evidence: group.evidence,
                }
            })
            .collect(),
        waivers: assessment
            .waivers
            .iter()
            .map(|waiver| doc::Waiver {
                id: waiver.id.clone(),
                state: waiver.state.to_owned(),
                why: some(&waiver.why),
                matched: waiver.matched,
                expires: waiver.expires.clone(),
                owner: waiver.owner.clone(),
                approved_by: waiver.approved_by.clone(),
                justification: waiver.justification.clone(),
                source: waiver.source.clone(),
            })
            .collect(),
        findings: scan.then(|| findings(report)),
        facts: scan.then(|| report.inventories.iter().map(|inventory| facts(report, inventory)).collect()),
        disclaimers: assessment.disclaimers.clone(),
        notes: assessment.notes.clone(),
    }
}

fn inputs(report: &Report, assessment: &Assessment) -> doc::Inputs {
    doc::Inputs {
        subjects: report.inventories.iter().map(subject).collect(),
        databases: Vec::new(),
        specs: assessment
            .frameworks
            .iter()
            .map(|framework| doc::Spec {
                id: framework.id.clone(),
                version: framework.version.clone(),
                digest: framework.digest.clone(),
                source: framework.source.clone(),
                profile: framework.profile.clone(),
                tailoring: framework.tailoring.as_ref().map(document_ref),
            })
            .collect(),
        waivers: assessment.waiver_file.as_ref().map(document_ref),
        attestations: assessment.attestation_file.as_ref().map(document_ref),
        params: assessment
            .frameworks
            .iter()
            .filter(|framework| !framework.params.is_empty())
            .map(|framework| {
                let params = framework.params.iter().map(|(name, param)| {
                    let mut value: serde_json::Value = serde_json::from_str(&param.value).unwrap_or_else(|_| param.value.clone().into());
                    value.sort_all_objects();
                    (name.clone(), doc::Param { value, source: param.source.clone() })
                });
                (format!("{}@{}", framework.id, framework.version), params.collect())
            })
            .collect(),
    }
}

fn document_ref(reference: &DocumentRef) -> doc::DocumentRef {
    doc::DocumentRef { id: reference.id.clone(), digest: reference.digest.clone(), count: reference.count }
}

fn subject(inventory: &Inventory) -> doc::Subject {
    let subject: &Subject = &inventory.subject;
    let image = subject.image.as_ref();
    let base = image.and_then(|config| {
        let name = config.label_or_annotation("org.opencontainers.image.base.name").map(str::to_owned);
        let digest = config.label_or_annotation("org.opencontainers.image.base.digest").map(str::to_owned);
        (name.is_some() || digest.is_some()).then_some(doc::Base { digest, name })
    });
    let documents: usize = inventory.files.iter().map(|file| file.documents.len()).sum();
    let counts = [
        ("files", inventory.file_count),
        ("layers", inventory.layer_count),
        ("packages", inventory.facts.packages.len() as u64),
        ("documents", documents as u64),
        ("deleted_paths", inventory.deleted.len() as u64),
    ];
    doc::Subject {
        id: subject.id.to_string(),
        kind: word(&subject.kind),
        reference: subject.name.clone(),
        source: subject.source.clone(),
        digest: subject.digest.clone(),
        config_digest: subject.config_digest.clone(),
        platform: subject.platform.clone(),
        references: subject.references.clone(),
        layers: subject
            .layers
            .iter()
            .filter(|_| subject.kind == SubjectKind::Image)
            .map(|layer| doc::Layer {
                digest: layer.digest.clone(),
                diff_id: layer.diff_id.clone(),
                size: layer.size,
                created_by: layer.created_by.clone(),
            })
            .collect(),
        base,
        created: image.and_then(|config| config.created.clone()),
        os: inventory.os.as_ref().map(|os| doc::Os {
            family: os.family.clone(),
            version: os.version.clone(),
            name: os.pretty_name.clone(),
        }),
        access: if matches!(subject.kind, SubjectKind::Image | SubjectKind::Rootfs) { "full-filesystem" } else { "documents" }.to_owned(),
        counts: counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
    }
}

fn diagnostic(diagnostic: &Diagnostic) -> doc::Diagnostic {
    doc::Diagnostic {
        level: word(&diagnostic.level),
        reason: diagnostic.reason.to_string(),
        message: diagnostic.message.clone(),
        hint: diagnostic.hint.clone(),
        subject: diagnostic.subject.map(|id| id.to_string()),
        path: diagnostic.path.as_deref().map(str::to_owned),
        layer: diagnostic.layer,
        lines: diagnostic.lines.map(range),
        column: diagnostic.column,
        affects: diagnostic.affects.iter().map(ToString::to_string).collect(),
    }
}

fn framework(framework: &FrameworkResult) -> doc::Framework {
    let mut summary = doc::Summary::default();
    for control in &framework.controls {
        match control.status {
            Status::Pass => match control.assurance {
                Some(Assurance::Full) => summary.pass.full += 1,
                Some(Assurance::Partial) | None => summary.pass.partial += 1,
                Some(Assurance::Indicative) => summary.pass.indicative += 1,
            },
            Status::Fail => {
                summary.fail += 1;
                *summary.fail_by_severity.entry(control.severity.to_string()).or_default() += 1;
            }
            Status::Waived => summary.waived += 1,
            Status::Manual => summary.manual += 1,
            Status::NotAssessed => summary.not_assessed += 1,
            Status::NotApplicable => summary.not_applicable += 1,
            Status::Error => summary.error += 1,
        }
    }
    let passes = summary.pass.full + summary.pass.partial + summary.pass.indicative;
    let assessed = passes + summary.fail + summary.waived;
    doc::Framework {
        id: framework.id.clone(),
        version: framework.version.clone(),
        title: framework.title.clone(),
        notice: framework.notice.clone(),
        coverage: doc::Coverage {
            controls: framework.coverage.controls,
            assessable_here: framework.coverage.assessable_here,
            assessed: framework.coverage.assessed,
            by_reason: framework.coverage.by_reason.clone(),
        },
        summary,
        score: doc::Score {
            pass_rate_of_assessed: (assessed > 0).then(|| ratio(passes, assessed)),
            coverage: if framework.coverage.controls == 0 { 0.0 } else { ratio(framework.coverage.assessed, framework.coverage.controls) },
        },
        controls: framework.controls.iter().map(control).collect(),
        advice: framework
            .advice
            .iter()
            .map(|advice| doc::Advice { input: advice.input.to_string(), controls: advice.controls, how: advice.how.clone() })
            .collect(),
    }
}

/// A ratio of small counts with four decimals.
#[expect(clippy::cast_precision_loss, reason = "counts of controls are far below 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0
}

fn control(control: &ControlResult) -> doc::Control {
    let summary = control.remediation.clone();
    let group = control.remediation_group.map(|index| format!("r{}", index + 1));
    doc::Control {
        id: control.id.clone(),
        title: control.title.clone(),
        description: control.description.clone(),
        group: control.group.clone(),
        severity: control.severity.to_string(),
        kind: word(&control.kind),
        verifiability: match control.verifiability {
            Verifiability::P => "P",
            Verifiability::R => "R",
            Verifiability::S => "S",
            Verifiability::M => "M",
            Verifiability::X => "X",
        }
        .to_owned(),
        official_assessment: control.official_assessment.clone(),
        status: control.status.as_str().to_owned(),
        reason: control.reason.map(|reason| reason.to_string()),
        why: some(&control.why),
        basis: word(&control.basis),
        assurance: control.assurance.map(|assurance| word(&assurance)),
        method: match control.basis {
            Basis::Attestation => vec!["INTERVIEW".to_owned()],
            Basis::Automated | Basis::Derived | Basis::Waiver => vec!["EXAMINE".to_owned()],
            Basis::Inherited | Basis::None => Vec::new(),
        },
        rules: control.rules.iter().map(rule).collect(),
        subjects: doc::SubjectOutcome {
            pass: ids(&control.subjects.pass),
            fail: ids(&control.subjects.fail),
            not_assessed: ids(&control.subjects.not_assessed),
        },
        waivers: control.waivers.clone(),
        attestation: control.attestation.as_ref().map(|attestation| doc::Attestation {
            statement: attestation.statement.clone(),
            by: attestation.by.clone(),
            date: attestation.date.clone(),
            state: attestation.state.clone(),
        }),
        maps_to: control
            .maps_to
            .iter()
            .map(|mapping| doc::Mapping { framework: mapping.framework.clone(), id: mapping.id.clone(), rel: mapping.relation.clone() })
            .collect(),
        note: control.note.clone(),
        remediation: (summary.is_some() || group.is_some()).then_some(doc::Remediation { group, summary }),
    }
}

fn rule(rule: &RuleResult) -> doc::Rule {
    doc::Rule {
        id: rule.id.clone(),
        outcome: word(&rule.outcome),
        reason: rule.reason.map(|reason| reason.to_string()),
        why: some(&rule.why),
        optional: rule.optional,
        matched: rule.matched,
        population: rule.population,
        evidence: rule.evidence.iter().map(|index| format!("e{}", index + 1)).collect(),
    }
}

fn evidence(evidence: &probity_model::assessment::Evidence, number: usize) -> doc::Evidence {
    doc::Evidence {
        id: format!("e{number}"),
        kind: evidence.kind.to_owned(),
        subject: evidence.subject.map(|id| id.to_string()),
        rule: evidence.rule.clone(),
        fingerprint: evidence.fingerprint.clone(),
        severity: evidence.severity.to_string(),
        locator: doc::Locator {
            path: evidence.path.as_deref().map(str::to_owned),
            lines: evidence.lines.map(range),
            layer: evidence.layer,
            resource: evidence.resource.as_deref().map(str::to_owned),
            at: evidence.locator.as_deref().map(str::to_owned),
        },
        observed: evidence.observed.clone(),
        remediation: evidence.remediation.as_deref().map(str::to_owned),
        accepted: evidence.disposition.as_ref().map(disposition),
        controls: evidence.controls.to_vec(),
    }
}

fn disposition(disposition: &finding::Disposition) -> doc::Disposition {
    doc::Disposition {
        source: disposition.source.to_owned(),
        at: disposition.at.clone(),
        reason: disposition.reason.clone(),
        until: disposition.until.clone(),
    }
}

/// Failures and gaps; what passed is counted with the facts.
fn findings(report: &Report) -> Vec<doc::Finding> {
    let ledger = &report.ledger;
    let mut found = Vec::new();
    for finding in &ledger.findings {
        let (Some(rule), Some(resource)) = (ledger.rule(finding.rule), ledger.resource(finding.resource)) else { continue };
        let empty = finding::Violation::default();
        let (outcome, reason, message, violation) = match &finding.outcome {
            Outcome::Pass { .. } | Outcome::NotApplicable { .. } => continue,
            Outcome::Fail(violation) => ("fail", None, violation.message.clone(), &**violation),
            Outcome::NotAssessed { reason, why } => ("not_assessed", Some(reason.to_string()), why.to_string(), &empty),
        };
        found.push(doc::Finding {
            rule: rule.id.to_string(),
            title: rule.title.clone(),
            severity: violation.severity.unwrap_or(rule.severity).to_string(),
            outcome: outcome.to_owned(),
            reason,
            message,
            subject: resource.subject.to_string(),
            resource: resource.name.clone(),
            locator: doc::Locator {
                path: violation.path.as_deref().or(resource.path.as_deref()).map(str::to_owned),
                lines: violation.lines.or(resource.lines).map(range),
                layer: violation.layer,
                resource: Some(resource.name.clone()),
                at: some(&violation.locator),
            },
            remediation: Some(violation.remediation.clone().unwrap_or_else(|| rule.remediation.clone())),
            accepted: violation.disposition.as_ref().map(disposition),
        });
    }
    found
}

fn facts(report: &Report, inventory: &Inventory) -> doc::SubjectFacts {
    let facts = &inventory.facts;
    let id = inventory.subject.id;
    let ledger = &report.ledger;
    let of_subject = |finding: &&finding::Finding| ledger.resource(finding.resource).is_some_and(|resource| resource.subject == id);
    let count = |matches: fn(&Outcome) -> bool| {
        ledger.findings.iter().filter(of_subject).filter(|finding| matches(&finding.outcome)).count() as u64
    };
    // An account may stand in several files: an empty field of `passwd` lets anyone in whatever `shadow` says, so the worst state counts.
    let mut passwords: BTreeMap<&str, PasswordState> = BTreeMap::new();
    for password in &facts.passwords {
        let worst = passwords.entry(&password.user).or_insert(password.state);
        *worst = std::cmp::min_by_key(*worst, password.state, |state| (*state == PasswordState::Locked, *state));
    }
    let named = |kind: String, what: &str, at: &Place| doc::Named { kind, what: what.to_owned(), at: place(at) };
    doc::SubjectFacts {
        subject: id.to_string(),
        checks_passed: count(|outcome| matches!(outcome, Outcome::Pass { .. })),
        checks_failed: count(|outcome| matches!(outcome, Outcome::Fail(_))),
        packages: facts
            .packages
            .iter()
            .map(|package| doc::Package {
                name: package.name.clone(),
                version: package.version.clone(),
                arch: package.arch.clone(),
                source: package.source_name.clone(),
                source_version: package.source_version.clone(),
                licenses: package.licenses.clone(),
                purl: package.purl.clone(),
                at: place(&package.at),
            })
            .collect(),
        users: facts
            .users
            .iter()
            .map(|user| doc::User {
                name: user.name.clone(),
                uid: user.uid,
                gid: user.gid,
                shell: user.shell.clone(),
                password: passwords.get(user.name.as_str()).map(word),
            })
            .collect(),
        secrets: facts
            .secrets
            .iter()
            .map(|secret| doc::Secret {
                rule: secret.rule.to_string(),
                category: secret.category.to_string(),
                severity: secret.severity.to_string(),
                title: secret.title.to_string(),
                masked: secret.masked.clone(),
                fingerprint: secret.fingerprint.clone(),
                at: place(&secret.at),
            })
            .collect(),
        certificates: facts
            .certificates
            .iter()
            .map(|certificate| doc::Certificate {
                subject: certificate.subject.clone(),
                issuer: certificate.issuer.clone(),
                serial: certificate.serial.clone(),
                not_before: certificate.not_before,
                not_after: certificate.not_after,
                key: match certificate.key_bits {
                    Some(bits) => format!("{} {bits}", certificate.key_algorithm),
                    None => certificate.key_algorithm.clone(),
                },
                signature: certificate.signature_algorithm.clone(),
                self_signed: certificate.self_signed,
                trust_store: certificate.trust_store,
                fingerprint: certificate.fingerprint.clone(),
                at: place(&certificate.at),
            })
            .collect(),
        keys: facts
            .keys
            .iter()
            .map(|key| doc::Key {
                kind: word(&key.kind),
                algorithm: key.algorithm.clone(),
                bits: key.bits,
                encrypted: key.encrypted,
                fingerprint: key.fingerprint.clone(),
                at: place(&key.at),
            })
            .collect(),
        special_files: facts
            .files
            .iter()
            .filter(|file| file.is_setuid() || file.is_setgid() || file.is_world_writable() || file.capabilities.is_some())
            .map(|file| doc::File {
                path: file.path.to_string(),
                mode: format!("{:04o}", file.mode),
                uid: file.uid,
                gid: file.gid,
                capabilities: file.capabilities.clone(),
                layer: file.at.layer,
            })
            .collect(),
        unowned_executables: inventory.unowned.iter().filter_map(|file| Some(facts.files.get(file.0)?.path.to_string())).collect(),
        settings: facts
            .settings
            .iter()
            .map(|setting| doc::Setting {
                server: setting.server.to_owned(),
                kind: word(&setting.kind),
                text: setting.text.clone(),
                tls_min: setting.tls_min.map(|version| word(&version)),
                at: place(&setting.at),
            })
            .collect(),
        credentials: facts
            .credentials
            .iter()
            .map(|credential| named(word(&credential.kind), &format!("{}: {}", credential.service, credential.what), &credential.at))
            .collect(),
        traces: facts.traces.iter().map(|trace| named(word(&trace.kind), &trace.what, &trace.at)).collect(),
        data: facts.data.iter().map(|data| named(data.pattern.to_owned(), &data.masked, &data.at)).collect(),
        deleted: inventory
            .deleted
            .iter()
            .map(|deleted| doc::DeletedPath { path: deleted.path.to_string(), layer: deleted.layer, opaque: deleted.opaque })
            .collect(),
    }
}

fn place(place: &Place) -> doc::Place {
    doc::Place {
        origin: word(&place.origin),
        path: place.path.to_string(),
        lines: place.lines.map(range),
        layer: place.layer,
        removed_by: place.removed_by,
    }
}

fn range(lines: Lines) -> doc::LineRange {
    doc::LineRange { start: lines.start, end: lines.end }
}

fn ids(subjects: &[SubjectId]) -> Vec<String> {
    subjects.iter().map(ToString::to_string).collect()
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The word that an enum serialises to.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
