//! What a fact looks like as evidence: one sentence, a place, a severity, something to do.

use super::{
    compile::FactSelector,
    facts::{FactKind, FactRef, image_fact, object, purl_base},
};
use jiff::Timestamp;
use probity_model::{
    Inventory, Place, Severity,
    assessment::Evidence,
    facts::{CredentialKind, KeyKind, SettingKind, TraceKind},
};
use std::sync::Arc;

/// The evidence and what tells it apart from others at the same place.
pub(crate) fn observe(
    inventory: &Inventory,
    selector: &FactSelector,
    label: &'static str,
    fact: FactRef,
    as_of: Timestamp,
) -> (Evidence, String) {
    let facts = &inventory.facts;
    let mut seen = Seen { kind: "scan", rule: label.to_owned(), severity: Severity::Medium, ..Seen::default() };
    match fact.kind {
        FactKind::Secret => {
            if let Some(secret) = facts.secrets.get(fact.at) {
                seen.kind = "secret";
                seen.rule = format!("secret/{}", secret.rule);
                seen.severity = secret.severity;
                seen.place(&secret.at);
                seen.identity.clone_from(&secret.fingerprint);
                let gone = if secret.at.is_visible() { "" } else { ", deleted by a later layer and still in the image" };
                seen.observed = format!("{}: {}{gone}", secret.title, secret.masked);
                seen.fix = "Take the secret out of the artifact and its history, replace it at the service, and pass it in at run time.";
            }
        }
        FactKind::Package => {
            if let Some(package) = facts.packages.get(fact.at) {
                seen.kind = "package";
                seen.rule = format!("{label}/{}", package.kind());
                seen.place(&package.at);
                seen.resource = Some(format!("{} {}", package.name, package.version));
                seen.locator = Some(purl_base(&package.purl).to_owned());
                seen.observed = if label == "license" && package.licenses.is_empty() {
                    format!("package `{}` {} names no licence", package.name, package.version)
                } else if label == "license" {
                    format!("package `{}` {} is under {}", package.name, package.version, package.licenses.join(", "))
                } else {
                    format!("package `{}` {} is installed", package.name, package.version)
                };
                seen.fix = "Leave the package out of the image.";
            }
        }
        FactKind::User => {
            if let Some(user) = facts.users.get(fact.at) {
                seen.kind = "user";
                seen.place(&user.at);
                seen.resource = Some(user.name.clone());
                seen.identity.clone_from(&user.name);
                seen.observed = format!("account `{}` has uid {} and shell `{}`", user.name, user.uid, user.shell);
                seen.fix = "Give every account its own uid and no shell that it does not need, or remove it.";
            }
        }
        FactKind::Password => {
            if let Some(password) = facts.passwords.get(fact.at) {
                seen.kind = "user";
                seen.severity = if password.state.is_weak() { Severity::High } else { Severity::Medium };
                seen.place(&password.at);
                seen.resource = Some(password.user.clone());
                let state = serde_json::to_value(password.state).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
                seen.identity = format!("{} {state}", password.user);
                seen.observed = format!("the password of `{}` is stored as `{state}`", password.user);
                seen.fix = "Lock the account, or keep its password outside the artifact with a current hash.";
            }
        }
        FactKind::File => {
            if let Some(file) = facts.files.get(fact.at) {
                seen.kind = "file";
                seen.place(&file.at);
                seen.path = Some(Arc::clone(&file.path));
                let capabilities = file.capabilities.as_ref().map(|c| format!(", capabilities {c}")).unwrap_or_default();
                let owner = if label == "file/unowned" { ", and belongs to no package" } else { "" };
                seen.observed =
                    format!("`/{}` has mode {:04o}, owner {}:{}{capabilities}{owner}", file.path, file.mode & 0o7777, file.uid, file.gid);
                seen.fix = match label {
                    "file/unowned" => "Install the program from a package, or record where it comes from.",
                    "file/world-writable" => "Take away the right of everyone to write.",
                    _ => "Remove the file, or take away the special bit: `chmod a-s`.",
                };
            }
        }
        FactKind::Certificate => {
            if let Some(cert) = facts.certificates.get(fact.at) {
                seen.kind = "certificate";
                seen.place(&cert.at);
                seen.identity.clone_from(&cert.fingerprint);
                seen.resource = Some(cert.subject.clone());
                let until = Timestamp::from_second(cert.not_after).map(|t| crate::date::day_of(t).to_string()).unwrap_or_default();
                let bits = cert.key_bits.map(|bits| format!(" {bits} bit")).unwrap_or_default();
                seen.observed = format!(
                    "certificate `{}`: {}{bits}, {}, valid until {until}",
                    cert.subject, cert.key_algorithm, cert.signature_algorithm
                );
                seen.fix = "Replace the certificate.";
            }
        }
        FactKind::Key => {
            if let Some(key) = facts.keys.get(fact.at) {
                seen.kind = "key";
                seen.severity = Severity::High;
                seen.place(&key.at);
                seen.identity.clone_from(&key.fingerprint);
                let what = match key.kind {
                    KeyKind::PrivateKey => "a private key",
                    KeyKind::AuthorizedKey => "an authorized key",
                    KeyKind::HostKey => "an SSH host key",
                };
                let protection = if key.encrypted { "encrypted" } else { "not encrypted" };
                let bits = key.bits.map(|bits| format!(" {bits} bit")).unwrap_or_default();
                seen.observed = format!("{what} ({}{bits}, {protection})", key.algorithm);
                seen.fix = "Take the key out of the artifact and its history, replace it, and pass it in at run time.";
            }
        }
        FactKind::Setting => {
            if let Some(setting) = facts.settings.get(fact.at) {
                seen.kind = "setting";
                seen.severity = if setting.kind == SettingKind::NoAuth { Severity::High } else { Severity::Medium };
                seen.place(&setting.at);
                seen.resource = Some(setting.server.to_owned());
                seen.identity.clone_from(&setting.text);
                seen.observed = format!("{}: `{}`", setting.server, setting.text);
                seen.fix = match setting.kind {
                    SettingKind::TlsVersions => "Switch off every version before TLS 1.2.",
                    SettingKind::TlsVerifyOff => "Switch certificate verification on.",
                    SettingKind::NoAuth => "Ask for authentication.",
                    SettingKind::SshLogin => "Leave the SSH server out of the image, or allow keys only and no root.",
                    SettingKind::Debug => "Switch debugging off.",
                    SettingKind::PlainHttp => "Listen with TLS, or only behind a proxy that does.",
                };
            }
        }
        FactKind::Credential => {
            if let Some(found) = facts.credentials.get(fact.at) {
                seen.kind = "credential";
                seen.severity = Severity::High;
                seen.place(&found.at);
                seen.resource = Some(found.service.to_owned());
                seen.identity.clone_from(&found.what);
                let what = match found.kind {
                    CredentialKind::Default => "well-known credentials",
                    CredentialKind::NoAuth => "no authentication",
                };
                seen.observed = format!("{} with {what}: {}", found.service, found.what);
                seen.fix = "Set a credential of your own at run time.";
            }
        }
        FactKind::Data => {
            if let Some(found) = facts.data.get(fact.at) {
                seen.kind = "data";
                seen.rule = format!("data/{}", found.pattern);
                seen.severity = if found.test { Severity::Low } else { Severity::Critical };
                seen.place(&found.at);
                seen.identity.clone_from(&found.masked);
                let test = if found.test { " (a published test number)" } else { "" };
                seen.observed = format!("{} `{}`{test}", found.pattern, found.masked);
                seen.fix = "Remove the data from the artifact and its history.";
            }
        }
        FactKind::Trace => {
            if let Some(found) = facts.traces.get(fact.at) {
                seen.kind = "trace";
                seen.place(&found.at);
                seen.identity.clone_from(&found.what);
                seen.observed.clone_from(&found.what);
                seen.fix = match found.kind {
                    TraceKind::TestArtifact => "Leave test material out of the image.",
                    TraceKind::DebugFlag => "Switch debugging off.",
                    TraceKind::Kubeconfig | TraceKind::CloudCredentials => {
                        "Take the credentials out of the artifact, replace them, and pass them in at run time."
                    }
                    TraceKind::ProcessManager => "Run one service in one container.",
                    TraceKind::UnverifiedInstall => "Verify what is fetched before it runs: by signature or checksum.",
                    TraceKind::TlsVerifyOff => "Switch certificate verification on.",
                };
            }
        }
        FactKind::Os => {
            if let Some(os) = &inventory.os {
                seen.kind = "os";
                seen.severity = Severity::High;
                seen.place(&os.at);
                let name = os.pretty_name.clone().unwrap_or_else(|| format!("{} {}", os.family, os.version));
                seen.resource = Some(name.clone());
                seen.observed = match crate::eol::support(&os.family, &os.version) {
                    crate::eol::Support::Until(end)
                        if selector.rule.os.as_ref().is_some_and(|s| s.eol.is_some() || s.eol_within_days.is_some()) =>
                    {
                        format!("free security support of {name} ends on {end}")
                    }
                    _ => format!("the operating system is {name}"),
                };
                seen.fix = "Rebuild on a release that is supported.";
            }
        }
        FactKind::Image => {
            if let Some(image) = &selector.rule.image {
                seen.kind = "image";
                seen.rule = format!("image/{}", image.fact);
                seen.resource = Some(inventory.subject.name.clone());
                seen.locator = Some(image.fact.clone());
                let value =
                    image_fact(Some(inventory), &image.fact, as_of).ok().flatten().and_then(|found| found.values.get(fact.at).cloned());
                // A variable's value may be a secret: its name says enough.
                let shown = match value {
                    Some(pair) if image.fact.ends_with("Env") => pair.split('=').next().map(|name| format!("{name}=…")),
                    Some(_) if image.fact.contains("Env.") => Some("…".to_owned()),
                    other => other,
                };
                seen.identity = fact.at.to_string();
                seen.observed = match shown.as_deref() {
                    None | Some("") => format!("`{}` is not set", image.fact),
                    Some(value) => format!("`{}` is `{}`", image.fact, value.chars().take(200).collect::<String>()),
                };
            }
        }
        FactKind::Object => {
            if let Some((file, name, lines, _)) = object(inventory, fact) {
                seen.kind = "resource";
                seen.path = Some(Arc::clone(&file.path));
                seen.lines = Some(lines);
                let resource = selector.rule.resource.as_ref();
                seen.observed = match resource.map(|r| r.conditions.as_slice()) {
                    _ if resource.is_some_and(|r| r.cel.is_some()) => format!("the expression holds for `{name}`"),
                    Some([only]) => format!("`{name}` matches on `{}`", only.field),
                    Some([]) | None => format!("`{name}` is there"),
                    Some(several) => {
                        let fields: Vec<String> = several.iter().map(|c| format!("`{}`", c.field)).collect();
                        format!("`{name}` matches on {}", fields.join(", "))
                    }
                };
                seen.resource = Some(name);
            }
        }
        FactKind::Absent => {
            let pattern = selector.rule.package.as_ref().and_then(|p| p.absent.get(fact.at)).cloned().unwrap_or_default();
            seen.kind = "package";
            "package/absent".clone_into(&mut seen.rule);
            seen.observed = format!("no package matches `{pattern}`");
            seen.identity = pattern;
        }
        FactKind::Count => {
            seen.kind = "package";
            "package/count".clone_into(&mut seen.rule);
            seen.observed = format!("{} packages are installed", facts.packages.len());
            seen.fix = "Build on a smaller base image.";
        }
    }
    seen.evidence(inventory)
}

#[derive(Default)]
struct Seen {
    kind: &'static str,
    rule: String,
    severity: Severity,
    path: Option<Arc<str>>,
    lines: Option<probity_model::Lines>,
    layer: Option<u32>,
    resource: Option<String>,
    locator: Option<String>,
    observed: String,
    fix: &'static str,
    identity: String,
}

impl Seen {
    fn place(&mut self, at: &Place) {
        use probity_model::Origin;
        self.layer = at.layer;
        self.lines = at.lines;
        match at.origin {
            Origin::File => self.path = Some(Arc::clone(&at.path)),
            Origin::Env => self.locator = Some(format!("env {}", at.path)),
            Origin::History => self.locator = Some(format!("history[{}]", at.path)),
            Origin::Label => self.locator = Some(format!("label {}", at.path)),
        }
    }

    fn evidence(self, inventory: &Inventory) -> (Evidence, String) {
        let evidence = Evidence {
            kind: self.kind,
            subject: Some(inventory.subject.id),
            rule: self.rule,
            fingerprint: String::new(),
            severity: self.severity,
            path: self.path,
            lines: self.lines,
            layer: self.layer,
            resource: self.resource,
            locator: self.locator,
            observed: self.observed,
            remediation: (!self.fix.is_empty()).then(|| self.fix.to_owned()),
            disposition: None,
            controls: Arc::default(),
        };
        (evidence, self.identity)
    }
}
