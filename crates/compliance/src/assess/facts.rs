//! Selectors over facts and documents: what matches, out of how many, and what could not be looked at.

use super::{
    compile::FactSelector,
    paths::{FieldTest, Test},
    scope::{Gap, Scope},
};
use crate::{
    date::{day_of, days_between, parse_day},
    eol::{Support, support},
    ids::{any_glob, glob},
    spec::{
        CertSelector, CredentialSelector, CryptoSelector, DataSelector, FileSelector, ImageSelector, KeySelector, LicenseSelector, Op,
        OsSelector, PackageSelector, ResourceSelector, SecretSelector, SettingSelector, Text, TraceSelector, UserSelector,
    },
};
use jiff::Timestamp;
use probity_model::{
    Capability, InputKind, Inventory, Node, Origin, Reason, Severity, SubjectId, SubjectKind,
    document::Document,
    facts::{Certificate, FileFact, PasswordState, SettingKind, TlsVersion},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A fact of a subject: which list, which item, and for documents which document and service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FactRef {
    pub(crate) kind: FactKind,
    pub(crate) at: usize,
    pub(crate) within: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FactKind {
    Package,
    Secret,
    User,
    Password,
    File,
    Certificate,
    Key,
    Setting,
    Credential,
    Data,
    Trace,
    Os,
    /// A value of the image configuration: the position among the fact's values.
    Image,
    /// `at` is the file, `within` the document and the service (plus one).
    Object,
    /// A glob that nothing matches.
    Absent,
    /// A number that is too high.
    Count,
}

/// What a selector found on one subject.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnSubject {
    pub(crate) matches: Vec<FactRef>,
    pub(crate) population: u64,
    pub(crate) gap: Option<Gap>,
    /// Files that the selector would have had to search and could not.
    pub(crate) unsearched: u64,
}

/// What a selector found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matches {
    pub(crate) subjects: BTreeMap<SubjectId, OnSubject>,
    /// Inputs that the selector reads.
    pub(crate) reads: BTreeSet<InputKind>,
    /// The word for evidence: `file/setuid`.
    pub(crate) label: &'static str,
    /// Counts hold over all subjects together.
    pub(crate) together: bool,
    /// The selector is not valid.
    pub(crate) broken: Option<String>,
}

/// Inputs with a file system.
const FILES: &[InputKind] = &[InputKind::Image, InputKind::Rootfs];
/// Inputs whose text is searched.
const TEXTS: &[InputKind] = &[InputKind::Image, InputKind::Rootfs, InputKind::Repo];

pub(crate) struct Matcher<'s, 'a> {
    scope: &'s Scope<'a>,
    as_of: Timestamp,
}

type Outcome = Result<Matches, String>;

impl<'s, 'a> Matcher<'s, 'a> {
    pub(crate) const fn new(scope: &'s Scope<'a>, as_of: Timestamp) -> Self {
        Self { scope, as_of }
    }

    /// Inputs that the selector would read, given or not.
    pub(crate) fn reads(selector: &FactSelector) -> BTreeSet<InputKind> {
        let rule = &selector.rule;
        let all: Vec<InputKind> = if let Some(resource) = &rule.resource {
            resource_inputs(resource)
        } else if rule.image.is_some() {
            vec![InputKind::Image]
        } else if rule.secret.is_some()
            || rule.data.is_some()
            || rule.key.is_some()
            || rule.cert.is_some()
            || rule.trace.is_some()
            || rule.credential.is_some()
        {
            TEXTS.to_vec()
        } else {
            FILES.to_vec()
        };
        let about = &selector.applies_to;
        let texts = all.contains(&InputKind::Repo);
        let mut reads: BTreeSet<InputKind> = all.into_iter().filter(|kind| about.is_empty() || about.contains(kind)).collect();
        if texts {
            // Documents lie in folders: a control about manifests is answered by the texts beside them too.
            let documents = [InputKind::Dockerfile, InputKind::Compose, InputKind::KubernetesManifest];
            reads.extend(documents.into_iter().filter(|kind| about.contains(kind)));
        }
        reads
    }

    pub(crate) fn run(&self, selector: &FactSelector) -> Matches {
        let rule = &selector.rule;
        let found = if let Some(s) = &rule.secret {
            self.secrets(selector, s)
        } else if let Some(s) = &rule.package {
            self.packages(selector, s)
        } else if let Some(s) = &rule.license {
            Ok(self.licenses(selector, s))
        } else if rule.vuln.is_some() {
            Ok(self.vulnerabilities(selector))
        } else if let Some(s) = &rule.os {
            self.os(selector, s)
        } else if let Some(s) = &rule.image {
            self.image(selector, s)
        } else if let Some(s) = &rule.cert {
            self.certificates(selector, s)
        } else if let Some(s) = &rule.crypto {
            self.tls(selector, s)
        } else if let Some(s) = &rule.key {
            self.keys(selector, s)
        } else if let Some(s) = &rule.data {
            Ok(self.data(selector, s))
        } else if let Some(s) = &rule.user {
            self.users(selector, s)
        } else if let Some(s) = &rule.file {
            Ok(self.files(selector, s))
        } else if let Some(s) = &rule.setting {
            Ok(self.settings(selector, s))
        } else if let Some(s) = &rule.credential {
            Ok(self.credentials(selector, s))
        } else if let Some(s) = &rule.trace {
            Ok(self.traces(selector, s))
        } else if let Some(s) = &rule.resource {
            self.resources(selector, s)
        } else {
            Err("the rule has no selector".to_owned())
        };
        let mut matches = found.unwrap_or_else(|broken| Matches { broken: Some(broken), ..Matches::default() });
        matches.reads = Self::reads(selector);
        matches
    }

    /// Visits the subjects that a selector is about. A folder takes part when the analyzer ran on it.
    fn each(
        &self,
        selector: &FactSelector,
        capability: Capability,
        label: &'static str,
        mut look: impl FnMut(&'a Inventory, &mut OnSubject),
    ) -> Matches {
        let reads = Self::reads(selector);
        let mut matches = Matches { label, ..Matches::default() };
        for inventory in self.scope.inputs.inventories {
            let subject = inventory.subject.id;
            if !self.scope.kinds_of(subject).any(|kind| reads.contains(&kind)) {
                continue;
            }
            let folder = matches!(inventory.subject.kind, SubjectKind::Folder | SubjectKind::File);
            if folder && !self.scope.ran(subject, capability) && self.scope.gap(subject, capability).is_none() {
                continue;
            }
            let mut on = OnSubject { gap: self.scope.gap_or_not_run(subject, capability), ..OnSubject::default() };
            look(inventory, &mut on);
            matches.subjects.insert(subject, on);
        }
        matches
    }

    fn secrets(&self, selector: &FactSelector, s: &SecretSelector) -> Outcome {
        let min = severity(s.min_severity.as_deref());
        let exact = s.severity.as_deref().map(|word| severity(Some(word)));
        let more_than = s.duplicate_locations_gt.as_ref().map(whole).transpose()?;
        let fits = |secret: &probity_model::facts::Secret| {
            (s.categories.is_empty() || s.categories.iter().any(|word| word.eq_ignore_ascii_case(&secret.category)))
                && (s.rules.is_empty() || s.rules.iter().any(|word| word.eq_ignore_ascii_case(&secret.rule)))
                && secret.severity >= min
                && exact.is_none_or(|exact| secret.severity == exact)
                && (s.places.is_empty() || s.places.iter().any(|place| origin_is(place, secret.at.origin)))
        };
        let mut locations: HashMap<&str, BTreeSet<(SubjectId, &str)>> = HashMap::new();
        if more_than.is_some() {
            for inventory in self.scope.inputs.inventories {
                for secret in inventory.facts.secrets.iter().filter(|secret| fits(secret)) {
                    locations.entry(&secret.fingerprint).or_default().insert((inventory.subject.id, &secret.at.path));
                }
            }
        }
        let mut matches = self.each(selector, Capability::Secrets, "secret", |inventory, on| {
            on.population = searched(inventory);
            on.unsearched = inventory.facts.unsearched.len() as u64;
            let about = |secret: &probity_model::facts::Secret| is_about(selector, inventory, &secret.at.path);
            for (at, secret) in inventory.facts.secrets.iter().enumerate().filter(|(_, secret)| fits(secret) && about(secret)) {
                let places = locations.get(secret.fingerprint.as_str()).map_or(0, BTreeSet::len) as u64;
                if more_than.is_none_or(|limit| places > limit) {
                    on.matches.push(fact(FactKind::Secret, at));
                }
            }
        });
        if s.verified == Some(true) {
            for on in matches.subjects.values_mut() {
                on.matches.clear();
                on.gap = Some(Gap::new(Reason::AnalyzerDisabled, "secrets are never tried against their service"));
            }
        }
        Ok(matches)
    }

    fn packages(&self, selector: &FactSelector, s: &PackageSelector) -> Outcome {
        let limit = s.count_gt.as_ref().map(whole).transpose()?;
        let capability = if s.unowned == Some(true) { Capability::FileModes } else { Capability::Packages };
        Ok(self.each(selector, capability, "package", |inventory, on| {
            let packages = &inventory.facts.packages;
            on.population = packages.len() as u64;
            if !inventory.package_database && packages.is_empty() {
                on.gap.get_or_insert_with(|| Gap::new(Reason::UnsupportedOs, "no package database was found"));
            }
            if s.unowned == Some(true) {
                on.population = file_count(inventory);
                on.matches.extend(inventory.unowned.iter().map(|unowned| fact(FactKind::File, unowned.0)));
            }
            for (at, package) in packages.iter().enumerate() {
                if s.present.iter().any(|pattern| package_is(pattern, package)) {
                    on.matches.push(fact(FactKind::Package, at));
                }
            }
            for (at, pattern) in s.absent.iter().enumerate() {
                if on.gap.is_none() && !packages.iter().any(|package| package_is(pattern, package)) {
                    on.matches.push(fact(FactKind::Absent, at));
                }
            }
            if limit.is_some_and(|limit| on.population > limit) {
                on.matches.push(fact(FactKind::Count, 0));
            }
            if s.eol == Some(true) {
                on.gap = Some(Gap::new(Reason::DbMissing, "there is no database of package life cycles in this version"));
            }
        }))
    }

    fn licenses(&self, selector: &FactSelector, s: &LicenseSelector) -> Matches {
        self.each(selector, Capability::Packages, "license", |inventory, on| {
            let packages = &inventory.facts.packages;
            on.population = packages.len() as u64;
            let silent = packages.iter().filter(|package| package.licenses.is_empty()).count();
            for (at, package) in packages.iter().enumerate() {
                let named = package
                    .licenses
                    .iter()
                    .any(|license| s.spdx.iter().any(|pattern| glob(&pattern.to_lowercase(), &license.to_lowercase())));
                // Whether a licence is unknown or merely not recorded shows only where metadata records licences at all.
                let unknown = s.unknown == Some(true) && package.licenses.is_empty() && silent < packages.len();
                if named || unknown {
                    on.matches.push(fact(FactKind::Package, at));
                }
            }
            if !s.categories.is_empty() {
                on.gap.get_or_insert_with(|| Gap::new(Reason::AnalyzerDisabled, "licences are not classified in this version"));
            } else if silent > 0 && (s.unknown != Some(true) || silent == packages.len()) {
                on.gap.get_or_insert_with(|| {
                    Gap::new(Reason::AnalyzerDisabled, format!("the metadata of {silent} packages names no licence"))
                });
            }
        })
    }

    fn vulnerabilities(&self, selector: &FactSelector) -> Matches {
        self.each(selector, Capability::Packages, "vulnerability", |inventory, on| {
            on.population = inventory.facts.packages.len() as u64;
            on.gap = Some(Gap::new(Reason::DbMissing, "this version has no vulnerability database"));
        })
    }

    fn os(&self, selector: &FactSelector, s: &OsSelector) -> Outcome {
        let within = s.eol_within_days.as_ref().map(days).transpose()?;
        let today = day_of(self.as_of);
        Ok(self.each(selector, Capability::Os, "os", |inventory, on| {
            on.population = 1;
            let Some(os) = &inventory.os else {
                on.population = 0;
                on.gap.get_or_insert_with(|| Gap::new(Reason::UnsupportedOs, "no operating system was recognised"));
                return;
            };
            let mut fits = s.family_in.is_empty() || s.family_in.iter().any(|family| family.eq_ignore_ascii_case(&os.family));
            if s.eol.is_some() || within.is_some() {
                match support(&os.family, &os.version) {
                    Support::Until(end) => {
                        let left = days_between(today, end);
                        fits &= s.eol.is_none_or(|eol| eol == (left < 0)) && within.is_none_or(|days| left <= days);
                    }
                    Support::Rolling => fits &= s.eol != Some(true) && within.is_none(),
                    Support::Unknown => {
                        let what = format!("the end of support of `{} {}` is not known", os.family, os.version);
                        on.gap.get_or_insert_with(|| Gap::new(Reason::UnsupportedOs, what));
                        return;
                    }
                }
            }
            if fits {
                on.matches.push(fact(FactKind::Os, 0));
            }
        }))
    }

    /// Whether anything was given that the selector reads. Patterns are compiled only then: they are the dearest part of a selector.
    fn has_subject(&self, selector: &FactSelector) -> bool {
        Self::reads(selector).into_iter().any(|kind| self.scope.subjects_with(kind).next().is_some())
    }

    fn image(&self, selector: &FactSelector, s: &ImageSelector) -> Outcome {
        if !self.has_subject(selector) {
            return Ok(Matches { label: "image", ..Matches::default() });
        }
        let test = Test::new(s.op, &s.value.0)?;
        let known = image_fact(None, &s.fact, self.as_of).is_ok_and(|known| known.is_some());
        if !known {
            return Err(format!("there is no image fact `{}`", s.fact));
        }
        Ok(self.each(selector, Capability::ImageConfig, "image", |inventory, on| {
            if inventory.subject.image.is_none() {
                on.gap.get_or_insert_with(|| Gap::new(Reason::AnalyzerFailed, "the image configuration could not be read"));
                return;
            }
            match image_fact(Some(inventory), &s.fact, self.as_of) {
                Err(gap) => on.gap = Some(gap),
                Ok(None) => {}
                Ok(Some(found)) if found.list => {
                    on.population = (found.values.len() as u64).max(1);
                    match test.op() {
                        Op::Missing if found.values.is_empty() => on.matches.push(fact(FactKind::Image, usize::MAX)),
                        Op::Missing => {}
                        Op::NotContains => {
                            if found.values.iter().all(|value| test.text(value)) {
                                on.matches.push(fact(FactKind::Image, usize::MAX));
                            }
                        }
                        _ => {
                            for (at, value) in found.values.iter().enumerate() {
                                // A port without a protocol stands for all of them.
                                let bare = value.split_once('/').map_or(value.as_str(), |(port, _)| port);
                                let fits = match test.op() {
                                    Op::NotIn | Op::Ne if found.ports => test.text(value) && test.text(bare),
                                    _ if found.ports => test.text(value) || test.text(bare),
                                    _ => test.text(value),
                                };
                                if fits {
                                    on.matches.push(fact(FactKind::Image, at));
                                }
                            }
                        }
                    }
                }
                Ok(Some(found)) => {
                    on.population = 1;
                    if test.text(found.values.first().map_or("", String::as_str)) {
                        on.matches.push(fact(FactKind::Image, 0));
                    }
                }
            }
        }))
    }

    fn certificates(&self, selector: &FactSelector, s: &CertSelector) -> Outcome {
        let within = s.expires_within_days.as_ref().map(days).transpose()?;
        let bits = s.key_bits_lt.as_ref().map(whole).transpose()?;
        let ec_bits = s.ec_bits_lt.as_ref().map(whole).transpose()?;
        let longer = s.validity_days_gt.as_ref().map(days).transpose()?;
        let now = self.as_of.as_second();
        let fits = |cert: &Certificate| {
            let elliptic = cert.key_algorithm.starts_with("ec") || cert.key_algorithm.starts_with("ed");
            let weak = if bits.is_none() && ec_bits.is_none() {
                true
            } else {
                let limit = if elliptic { ec_bits } else { bits };
                limit.zip(cert.key_bits).is_some_and(|(limit, bits)| u64::from(bits) < limit)
            };
            let signature = cert.signature_algorithm.to_lowercase();
            s.expired.is_none_or(|expired| expired == (cert.not_after < now))
                && within.is_none_or(|days| cert.not_after >= now && (cert.not_after - now) / 86_400 <= days)
                && weak
                && (s.sig_alg_in.is_empty() || s.sig_alg_in.iter().any(|word| signature.contains(&word.to_lowercase())))
                && (s.key_alg_in.is_empty() || s.key_alg_in.iter().any(|word| word.eq_ignore_ascii_case(&cert.key_algorithm)))
                && s.self_signed.is_none_or(|wanted| wanted == cert.self_signed)
                && s.is_ca.is_none_or(|wanted| wanted == cert.is_ca)
                && longer.is_none_or(|days| cert.not_after.saturating_sub(cert.not_before) / 86_400 > days)
        };
        Ok(self.each(selector, Capability::Crypto, "certificate", |inventory, on| {
            for (at, cert) in inventory.facts.certificates.iter().enumerate() {
                if cert.trust_store == s.trust_store.unwrap_or_default() && cert.at.is_visible() {
                    on.population += 1;
                    if fits(cert) {
                        on.matches.push(fact(FactKind::Certificate, at));
                    }
                }
            }
        }))
    }

    fn tls(&self, selector: &FactSelector, s: &CryptoSelector) -> Outcome {
        let below = s.tls_min_lt.as_ref().map(tls_version).transpose()?;
        Ok(self.each(selector, Capability::ServerConfig, "tls", |inventory, on| {
            for (at, setting) in inventory.facts.settings.iter().enumerate() {
                let server = s.servers.is_empty() || s.servers.iter().any(|server| server.eq_ignore_ascii_case(setting.server));
                if setting.kind == SettingKind::TlsVersions && server {
                    on.population += 1;
                    if below.zip(setting.tls_min).is_some_and(|(below, min)| min < below) {
                        on.matches.push(fact(FactKind::Setting, at));
                    }
                }
            }
        }))
    }

    fn keys(&self, selector: &FactSelector, s: &KeySelector) -> Outcome {
        let bits = s.bits_lt.as_ref().map(whole).transpose()?;
        let more_than = s.duplicate_locations_gt.as_ref().map(whole).transpose()?;
        let fits = |key: &probity_model::facts::Key| {
            s.kind.takes(&key.kind)
                && (s.algorithms.is_empty() || s.algorithms.iter().any(|word| word.eq_ignore_ascii_case(&key.algorithm)))
                && bits.is_none_or(|bits| key.bits.is_some_and(|have| u64::from(have) < bits))
                && s.encrypted.is_none_or(|wanted| wanted == key.encrypted)
        };
        let mut locations: HashMap<&str, BTreeSet<(SubjectId, &str)>> = HashMap::new();
        if more_than.is_some() {
            for inventory in self.scope.inputs.inventories {
                for key in inventory.facts.keys.iter().filter(|key| fits(key)) {
                    locations.entry(&key.fingerprint).or_default().insert((inventory.subject.id, &key.at.path));
                }
            }
        }
        Ok(self.each(selector, Capability::Crypto, "key", |inventory, on| {
            on.population = file_count(inventory);
            for (at, key) in inventory.facts.keys.iter().enumerate().filter(|(_, key)| fits(key)) {
                let places = locations.get(key.fingerprint.as_str()).map_or(0, BTreeSet::len) as u64;
                if more_than.is_none_or(|limit| places > limit) {
                    on.matches.push(fact(FactKind::Key, at));
                }
            }
        }))
    }

    fn data(&self, selector: &FactSelector, s: &DataSelector) -> Matches {
        let all = !s.exclude_test_data.unwrap_or(true);
        let only = s.test_data_only.unwrap_or_default();
        self.each(selector, Capability::Data, "data", |inventory, on| {
            on.population = searched(inventory);
            on.unsearched = inventory.facts.unsearched.len() as u64;
            for (at, found) in inventory.facts.data.iter().enumerate() {
                let pattern = s.pattern.is_empty() || s.pattern.iter().any(|word| word.eq_ignore_ascii_case(found.pattern));
                let test = if only { found.test } else { all || !found.test };
                if pattern && test && is_about(selector, inventory, &found.at.path) {
                    on.matches.push(fact(FactKind::Data, at));
                }
            }
        })
    }

    fn users(&self, selector: &FactSelector, s: &UserSelector) -> Outcome {
        let uid = s.uid.as_ref().map(whole).transpose()?;
        let at_least = s.uid_gte.as_ref().map(whole).transpose()?;
        let about_passwords = !s.password.is_empty() || s.weak_password.is_some() || s.can_log_in.is_some();
        let named = |name: &str| (s.names.is_empty() || any_glob(&s.names, name)) && !any_glob(&s.not_names, name);
        Ok(self.each(selector, Capability::Users, "user", |inventory, on| {
            let users = &inventory.facts.users;
            let mut uids: HashMap<u32, u32> = HashMap::new();
            for user in users {
                *uids.entry(user.uid).or_insert(0) += 1;
            }
            let account = |user: &probity_model::facts::User| {
                named(&user.name)
                    && uid.is_none_or(|uid| u64::from(user.uid) == uid)
                    && at_least.is_none_or(|least| u64::from(user.uid) >= least)
                    && s.duplicate_uid.is_none_or(|wanted| wanted == (uids.get(&user.uid).copied().unwrap_or_default() > 1))
                    && s.login_shell.is_none_or(|wanted| wanted == is_login_shell(&user.shell))
            };
            if !about_passwords {
                on.population = users.len() as u64;
                on.matches.extend(users.iter().enumerate().filter(|(_, user)| account(user)).map(|(at, _)| fact(FactKind::User, at)));
                return;
            }
            let about_accounts = uid.is_some() || at_least.is_some() || s.duplicate_uid.is_some() || s.login_shell.is_some();
            on.population = inventory.facts.passwords.len() as u64;
            for (at, password) in inventory.facts.passwords.iter().enumerate() {
                let fits = s.password.takes(&password.state)
                    && s.weak_password.is_none_or(|wanted| wanted == password.state.is_weak())
                    && s.can_log_in.is_none_or(|wanted| wanted == (password.state != PasswordState::Locked))
                    && named(&password.user)
                    && (!about_accounts || users.iter().any(|user| user.name == password.user && account(user)));
                if fits {
                    on.matches.push(fact(FactKind::Password, at));
                }
            }
        }))
    }

    fn files(&self, selector: &FactSelector, s: &FileSelector) -> Matches {
        let label = file_label(s);
        self.each(selector, Capability::FileModes, label, |inventory, on| {
            on.population = file_count(inventory);
            let unowned: BTreeSet<usize> =
                if s.unowned.is_some() { inventory.unowned.iter().map(|u| u.0).collect() } else { BTreeSet::new() };
            if s.unowned.is_some() && !inventory.package_database {
                on.gap.get_or_insert_with(|| {
                    Gap::new(Reason::UnsupportedOs, "no package database was found, so owners of files are not known")
                });
                return;
            }
            for (at, file) in inventory.facts.files.iter().enumerate() {
                let fits = s.setuid.is_none_or(|wanted| wanted == file.is_setuid())
                    && s.setgid.is_none_or(|wanted| wanted == file.is_setgid())
                    && s.set_id.is_none_or(|wanted| wanted == (file.is_setuid() || file.is_setgid()))
                    && s.world_writable.is_none_or(|wanted| wanted == file.is_world_writable())
                    && s.unowned.is_none_or(|wanted| wanted == unowned.contains(&at))
                    && s.capabilities.is_none_or(|wanted| wanted == file.capabilities.is_some())
                    && s.executable.is_none_or(|wanted| wanted == file.is_executable())
                    && s.kind.takes(&file.kind)
                    && path_fits(s, file);
                if fits && file.at.is_visible() {
                    on.matches.push(fact(FactKind::File, at));
                }
            }
        })
    }

    fn settings(&self, selector: &FactSelector, s: &SettingSelector) -> Matches {
        self.each(selector, Capability::ServerConfig, "setting", |inventory, on| {
            for (at, setting) in inventory.facts.settings.iter().enumerate() {
                if s.servers.is_empty() || s.servers.iter().any(|server| server.eq_ignore_ascii_case(setting.server)) {
                    on.population += 1;
                    if s.kind.takes(&setting.kind) {
                        on.matches.push(fact(FactKind::Setting, at));
                    }
                }
            }
        })
    }

    fn credentials(&self, selector: &FactSelector, s: &CredentialSelector) -> Matches {
        self.each(selector, Capability::ServerConfig, "credential", |inventory, on| {
            on.population = searched(inventory).max(file_count(inventory));
            self.also_config(inventory, on);
            for (at, found) in inventory.facts.credentials.iter().enumerate() {
                let service = s.services.is_empty() || s.services.iter().any(|word| word.eq_ignore_ascii_case(found.service));
                if service && s.kind.takes(&found.kind) {
                    on.matches.push(fact(FactKind::Credential, at));
                }
            }
        })
    }

    fn traces(&self, selector: &FactSelector, s: &TraceSelector) -> Matches {
        self.each(selector, Capability::FileModes, "trace", |inventory, on| {
            on.population = searched(inventory).max(file_count(inventory));
            self.also_config(inventory, on);
            for (at, found) in inventory.facts.traces.iter().enumerate() {
                if s.kind.takes(&found.kind) && found.at.is_visible() {
                    on.matches.push(fact(FactKind::Trace, at));
                }
            }
        })
    }

    /// What is in files may be in an image's configuration too; a root file system has none.
    fn also_config(&self, inventory: &Inventory, on: &mut OnSubject) {
        if on.gap.is_none() && inventory.subject.kind == SubjectKind::Image {
            on.gap = self.scope.gap_or_not_run(inventory.subject.id, Capability::ImageConfig);
        }
    }

    fn resources(&self, selector: &FactSelector, s: &ResourceSelector) -> Outcome {
        if !self.has_subject(selector) {
            return Ok(Matches { label: "resource", ..Matches::default() });
        }
        let tests = s.conditions.iter().map(FieldTest::new).collect::<Result<Vec<_>, _>>()?;
        let inputs = resource_inputs(s);
        let mut matches = Matches { label: "resource", together: true, ..Matches::default() };
        for input in inputs.iter().filter(|kind| selector.applies_to.is_empty() || selector.applies_to.contains(kind)) {
            for subject in self.scope.subjects_with(*input) {
                let on = matches.subjects.entry(subject).or_default();
                if on.gap.is_none() {
                    on.gap = self.scope.gap(subject, Capability::Documents(*input)).cloned();
                }
            }
        }
        let mut candidates: Vec<(SubjectId, FactRef, &Node)> = Vec::new();
        for inventory in self.scope.inputs.inventories {
            let Some(on) = matches.subjects.get_mut(&inventory.subject.id) else { continue };
            let mut add = |at: FactRef, root: &'a Node| {
                if tests.iter().all(|test| test.fits(root)) {
                    candidates.push((inventory.subject.id, at, root));
                }
            };
            for (file, source) in inventory.files.iter().enumerate() {
                for (position, document) in (0_u32..).zip(&source.documents) {
                    if !inputs.contains(&document.input()) {
                        continue;
                    }
                    match document {
                        Document::Kubernetes(object) => {
                            on.population += 1;
                            if s.kinds.is_empty() || s.kinds.iter().any(|kind| kind.eq_ignore_ascii_case(&object.kind)) {
                                add(FactRef { kind: FactKind::Object, at: file, within: (position, 0) }, &object.root);
                            }
                        }
                        Document::Compose(project) => {
                            for (number, service) in (1_u32..).zip(&project.services) {
                                on.population += 1;
                                add(FactRef { kind: FactKind::Object, at: file, within: (position, number) }, &service.node);
                            }
                        }
                        Document::Dockerfile(_) => {}
                    }
                }
            }
        }
        let verdicts = match &s.cel {
            Some(text) => crate::cel::run(text, &candidates.iter().map(|(.., root)| *root).collect::<Vec<_>>()),
            None => vec![Ok(true); candidates.len()],
        };
        for ((subject, at, _), verdict) in candidates.into_iter().zip(verdicts) {
            let Some(on) = matches.subjects.get_mut(&subject) else { continue };
            match verdict {
                Ok(true) => on.matches.push(at),
                Ok(false) => {}
                Err(why) => {
                    let inventory = self.scope.inputs.inventories.iter().find(|inventory| inventory.subject.id == subject);
                    let name = inventory.and_then(|inventory| object(inventory, at)).map(|(_, name, ..)| name).unwrap_or_default();
                    on.gap.get_or_insert_with(|| Gap::new(Reason::AnalyzerFailed, format!("`{name}`: {why}")));
                }
            }
        }
        Ok(matches)
    }
}

/// The word for a service of a Compose file among `resource.kinds`.
const COMPOSE_SERVICE: &str = "ComposeService";

fn resource_inputs(resource: &ResourceSelector) -> Vec<InputKind> {
    let compose = resource.kinds.iter().any(|kind| kind.eq_ignore_ascii_case(COMPOSE_SERVICE));
    let other = resource.kinds.iter().any(|kind| !kind.eq_ignore_ascii_case(COMPOSE_SERVICE));
    let mut inputs = Vec::new();
    if other || !compose {
        inputs.push(InputKind::KubernetesManifest);
    }
    if compose {
        inputs.push(InputKind::Compose);
    }
    inputs
}

const fn fact(kind: FactKind, at: usize) -> FactRef {
    FactRef { kind, at, within: (0, 0) }
}

fn severity(word: Option<&str>) -> Severity {
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn whole(text: &Text) -> Result<u64, String> {
    text.as_str().trim().parse().map_err(|_| format!("`{}` is not a whole number", text.as_str()))
}

fn days(text: &Text) -> Result<i64, String> {
    text.as_str().trim().parse().map_err(|_| format!("`{}` is not a number of days", text.as_str()))
}

fn tls_version(text: &Text) -> Result<TlsVersion, String> {
    let word = text.as_str().trim().to_ascii_lowercase();
    match word.strip_prefix("tlsv").or_else(|| word.strip_prefix("tls")).unwrap_or(&word).trim_start() {
        "sslv2" => Ok(TlsVersion::Ssl2),
        "sslv3" => Ok(TlsVersion::Ssl3),
        "1" | "1.0" => Ok(TlsVersion::Tls10),
        "1.1" => Ok(TlsVersion::Tls11),
        "1.2" => Ok(TlsVersion::Tls12),
        "1.3" => Ok(TlsVersion::Tls13),
        _ => Err(format!("`{}` is not a TLS version", text.as_str())),
    }
}

fn origin_is(place: &str, origin: Origin) -> bool {
    match origin {
        Origin::File => matches!(place, "layer" | "file"),
        Origin::Env => place == "env",
        Origin::History => place == "history",
        Origin::Label => place == "label",
    }
}

/// Whether a rule about some inputs is about a file of the subject. In a folder lie files of every sort, and a rule about images and
/// Dockerfiles is not broken by what stands in a manifest beside them.
fn is_about(selector: &FactSelector, inventory: &Inventory, path: &str) -> bool {
    let kinds = &selector.applies_to;
    let folder = matches!(inventory.subject.kind, SubjectKind::Folder | SubjectKind::File);
    !folder
        || kinds.is_empty()
        || kinds.contains(&InputKind::Repo)
        || inventory
            .files
            .iter()
            .filter(|file| *file.path == *path)
            .any(|file| file.documents.iter().any(|document| kinds.contains(&document.input())))
}

/// Files, variables, labels and instructions whose text was searched.
fn searched(inventory: &Inventory) -> u64 {
    let image = inventory.subject.image.as_ref().map_or(0, |image| image.env.len() + image.labels.len() + image.history.len());
    inventory.facts.secret_files + image as u64
}

fn file_count(inventory: &Inventory) -> u64 {
    inventory.file_count.max(inventory.facts.files.len() as u64)
}

/// A glob with `:` is meant for the purl without version and qualifiers, another for the name.
pub(crate) fn package_is(pattern: &str, package: &probity_model::Package) -> bool {
    if pattern.contains(':') { glob(pattern, purl_base(&package.purl)) } else { glob(pattern, &package.name) }
}

/// `pkg:deb/debian/openssl@3.0.11?arch=amd64` → `pkg:deb/debian/openssl`. A scope's `%40` is not a version.
pub(crate) fn purl_base(purl: &str) -> &str {
    let head = purl.split(['?', '#']).next().unwrap_or(purl);
    head.rsplit_once('@').map_or(head, |(base, _)| base)
}

fn is_login_shell(shell: &str) -> bool {
    let name = shell.rsplit('/').next().unwrap_or(shell);
    !shell.is_empty() && !matches!(name, "nologin" | "false" | "true" | "sync" | "halt" | "shutdown")
}

fn path_fits(s: &FileSelector, file: &FileFact) -> bool {
    let path = file.path.as_ref();
    let listed = |globs: &[String]| globs.iter().any(|pattern| glob(pattern.trim_start_matches('/'), path));
    (s.paths.is_empty() || listed(&s.paths)) && !listed(&s.not_paths)
}

fn file_label(s: &FileSelector) -> &'static str {
    let yes = |flag: Option<bool>| flag == Some(true);
    if yes(s.set_id) || (yes(s.setuid) && yes(s.setgid)) {
        "file/set-id"
    } else if yes(s.setuid) {
        "file/setuid"
    } else if yes(s.setgid) {
        "file/setgid"
    } else if yes(s.world_writable) {
        "file/world-writable"
    } else if yes(s.unowned) {
        "file/unowned"
    } else if yes(s.capabilities) {
        "file/capabilities"
    } else {
        "file"
    }
}

/// Values of an image fact.
#[derive(Debug, Default)]
pub(crate) struct ImageFact {
    pub(crate) list: bool,
    pub(crate) ports: bool,
    pub(crate) values: Vec<String>,
}

/// `Ok(None)`: there is no such fact. Without an inventory only the name is judged.
pub(crate) fn image_fact(inventory: Option<&Inventory>, name: &str, as_of: Timestamp) -> Result<Option<ImageFact>, Gap> {
    let empty_image = probity_model::image::ImageConfig::default();
    let image = inventory.and_then(|i| i.subject.image.as_ref()).unwrap_or(&empty_image);
    let subject = inventory.map(|i| &i.subject);
    let one = |value: Option<String>| Ok(Some(ImageFact { values: value.into_iter().collect(), ..ImageFact::default() }));
    let many = |values: Vec<String>| Ok(Some(ImageFact { list: true, values, ..ImageFact::default() }));
    let bare = name.strip_prefix("config.").unwrap_or(name);
    if let Some(variable) = bare.strip_prefix("Env.") {
        let value = image
            .env
            .iter()
            .rev()
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == variable).map(|(_, value)| value.to_owned()));
        return one(value);
    }
    if let Some(label) = bare.strip_prefix("Labels.") {
        return one(image.labels.get(label).cloned());
    }
    if let Some(annotation) = bare.strip_prefix("annotations.") {
        return one(image.annotations.get(annotation).cloned());
    }
    let count = |n: u64| one(Some(n.to_string()));
    match bare {
        "User" => one(Some(image.user.clone())),
        "ExposedPorts" => Ok(Some(ImageFact { list: true, ports: true, values: image.exposed_ports.clone() })),
        "Env" => many(image.env.clone()),
        "Entrypoint" => many(image.entrypoint.clone()),
        "Cmd" => many(image.cmd.clone()),
        "WorkingDir" => one(Some(image.working_dir.clone())),
        "Volumes" => many(image.volumes.clone()),
        "Shell" => many(image.shell.clone()),
        "StopSignal" => one(image.stop_signal.clone()),
        "OnBuild" => many(image.on_build.clone()),
        "Labels" => many(image.labels.iter().map(|(key, value)| format!("{key}={value}")).collect()),
        "Healthcheck" => one(image.healthcheck.as_ref().filter(|check| check.is_active()).map(|check| check.test.join(" "))),
        "created" => one(image.created.clone()),
        "created.age_days" => {
            let Some(inventory) = inventory else { return one(None) };
            let _ = inventory;
            match image.created.as_deref().and_then(parse_day) {
                // Reproducible builds set a date that says nothing about age.
                Some(day) if days_between(day, day_of(as_of)) < 366 * 40 => one(Some(days_between(day, day_of(as_of)).to_string())),
                _ => Err(Gap::new(Reason::AnalyzerFailed, "the image does not say when it was made")),
            }
        }
        "author" => one(image.author.clone()),
        "os" => one(image.os.clone()),
        "architecture" => one(image.architecture.clone()),
        "platform" => one(subject.and_then(|s| s.platform.clone())),
        "digest" => one(subject.and_then(|s| s.digest.clone())),
        "layers.count" => count(subject.map_or(0, |s| s.layers.len() as u64)),
        "size" => count(subject.map_or(0, |s| s.layers.iter().filter_map(|layer| layer.size).sum())),
        "files.count" => count(inventory.map_or(0, file_count)),
        "history" => many(image.history.iter().filter_map(|entry| entry.created_by.clone()).collect()),
        "history.count" => count(image.history.len() as u64),
        "setuid.count" => count(inventory.map_or(0, |i| i.facts.files.iter().filter(|f| f.is_setuid() || f.is_setgid()).count() as u64)),
        "base.name" => one(image.label_or_annotation("org.opencontainers.image.base.name").map(str::to_owned)),
        "base.digest" => one(image.label_or_annotation("org.opencontainers.image.base.digest").map(str::to_owned)),
        "signature.verified" | "provenance.slsa_level" if inventory.is_some() => {
            Err(Gap::new(Reason::AnalyzerDisabled, "signatures and provenance are not read in this version"))
        }
        "signature.verified" | "provenance.slsa_level" => one(None),
        _ => Ok(None),
    }
}

/// The document that a reference means, with its file.
pub(crate) fn object(
    inventory: &Inventory,
    at: FactRef,
) -> Option<(&probity_model::document::SourceFile, String, probity_model::Lines, &Node)> {
    let file = inventory.files.get(at.at)?;
    match file.documents.get(at.within.0 as usize)? {
        Document::Kubernetes(object) => Some((file, object.display_name(), object.lines, &object.root)),
        Document::Compose(project) => {
            let service = project.services.get((at.within.1 as usize).checked_sub(1)?)?;
            Some((file, format!("service {}", service.name), service.lines, &service.node))
        }
        Document::Dockerfile(_) => None,
    }
}
