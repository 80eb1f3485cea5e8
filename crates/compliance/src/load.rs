//! Frameworks by name or from a file, and what every specification must satisfy before it is used.
//!
//! Embedded specifications are parsed only when asked for. A specification with `schema: 1` is native and held to stricter rules; one
//! without is taken to be in the older format that Trivy reads, with its habits: duplicate ids, `Manual` in a control's name,
//! empty `checks:`.

use crate::{
    date::parse_day,
    error::SpecError,
    ids::nearest,
    lint::{Code, Lint},
    spec::{Control, ControlSelector, FrameworkFile, FrameworkSpec, Rule},
    yaml::{self, hex_digest},
};
use probity_model::{
    InputKind,
    assessment::{ControlKind, Verifiability},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A framework that ships with the program.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) folder: &'static str,
    pub(crate) id: &'static str,
    pub(crate) version: &'static str,
    /// Besides `id`, `id@version` and `id-version`; the newest version of an id comes first in the list and answers to the bare id.
    pub(crate) aliases: &'static [&'static str],
    /// Canonical JSON, made from `framework.yaml` by the build script: it is read thirty times as fast.
    pub(crate) text: &'static str,
}

impl Embedded {
    /// Whether a loaded framework is this one.
    pub(crate) fn is(&self, framework: &Framework) -> bool {
        framework.source == "embedded" && framework.id == self.id && framework.version == self.version
    }
}

macro_rules! embedded {
    ($folder:literal, $id:literal, $version:literal, [$($alias:literal),*]) => {
        Embedded {
            folder: $folder,
            id: $id,
            version: $version,
            aliases: &[$($alias),*],
            text: include_str!(concat!(env!("OUT_DIR"), "/", $folder, ".json")),
        }
    };
}

/// One line each; a test compares the list with the folders.
pub(crate) const FRAMEWORKS: &[Embedded] = &[
    embedded!("pss-baseline", "pss-baseline", "1.34", ["k8s-pss-baseline-0.1", "k8s-pss-baseline"]),
    embedded!("pss-restricted", "pss-restricted", "1.34", ["k8s-pss-restricted-0.1", "k8s-pss-restricted"]),
    embedded!("cis-docker-1.6.0", "cis-docker", "1.6.0", ["docker-cis-1.6.0", "docker-cis"]),
    embedded!("cis-kubernetes-2.0.1", "cis-kubernetes", "2.0.1", []),
    embedded!("cis-kubernetes-1.23", "cis-kubernetes", "1.23", ["k8s-cis-1.23", "k8s-cis"]),
    embedded!("nsa-k8s-1.2", "nsa-k8s", "1.2", ["k8s-nsa-1.0", "k8s-nsa"]),
    embedded!("nist-800-190", "nist-800-190", "2017", ["nist-sp-800-190"]),
    embedded!("pci-dss-4.0.1", "pci-dss", "4.0.1", []),
];

/// A specification that is ready for use.
#[derive(Debug, Clone)]
pub struct Framework {
    /// As given, with defaults filled in: every control has a `type` and a `verifiability`, and ids are unique.
    pub spec: FrameworkSpec,
    /// Without the version: `pci-dss`. Specs in the older format keep theirs as written.
    pub id: String,
    pub version: String,
    /// SHA-256 of the canonical form of the specification as given.
    pub digest: String,
    /// `embedded` or where it was read from.
    pub source: String,
    pub profile: Option<String>,
    /// `schema: 1`.
    pub native: bool,
    /// What was noticed while it was loaded.
    pub lints: Vec<Lint>,
}

impl Framework {
    /// `pci-dss@4.0.1`.
    pub fn full_name(&self) -> String {
        if self.version.is_empty() { self.id.clone() } else { format!("{}@{}", self.id, self.version) }
    }

    pub fn control(&self, id: &str) -> Option<&Control> {
        self.spec.controls.iter().find(|control| control.id.eq_ignore_ascii_case(id))
    }

    /// Whether `name` means this framework: `pci-dss`, `pci-dss@4.0.1`, `pci-dss-4.0.1`, or one of its aliases.
    pub fn answers_to(&self, name: &str) -> bool {
        answers(name, &self.id, &self.version) || self.spec.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

fn answers(name: &str, id: &str, version: &str) -> bool {
    if name.eq_ignore_ascii_case(id) {
        return true;
    }
    let Some((start, rest)) = name.split_at_checked(id.len()) else { return false };
    start.eq_ignore_ascii_case(id) && rest.strip_prefix(['@', '-']).is_some_and(|v| v.eq_ignore_ascii_case(version))
}

/// What `framework list` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkInfo {
    pub id: String,
    pub version: String,
    pub title: String,
    pub description: String,
    pub aliases: Vec<String>,
    pub publisher: Option<String>,
    pub released: Option<String>,
    pub notice: Option<String>,
    pub profiles: Vec<String>,
    pub controls: usize,
    /// Controls of each kind.
    pub by_kind: BTreeMap<ControlKind, usize>,
    /// Controls with rules, by input that alone gives a verdict on them.
    pub by_input: BTreeMap<InputKind, usize>,
}

/// All frameworks that ship with the program, in the order of the registry.
pub fn framework_names() -> Vec<FrameworkInfo> {
    FRAMEWORKS.iter().filter_map(|embedded| load_embedded(embedded).ok()).map(|framework| info(&framework)).collect()
}

/// The same for a framework that was loaded, also one from a file. `by_input` follows `applies_to`.
pub fn info(framework: &Framework) -> FrameworkInfo {
    let spec = &framework.spec;
    let mut by_kind = BTreeMap::new();
    let mut by_input = BTreeMap::new();
    for control in &spec.controls {
        *by_kind.entry(control.kind.unwrap_or_default()).or_insert(0) += 1;
        if has_rules(control) {
            for input in &control.applies_to {
                *by_input.entry(*input).or_insert(0) += 1;
            }
        }
    }
    FrameworkInfo {
        id: framework.id.clone(),
        version: framework.version.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        aliases: spec.aliases.clone(),
        publisher: spec.publisher.clone(),
        released: spec.released.clone(),
        notice: spec.notice.clone(),
        profiles: spec.profiles.iter().map(|profile| profile.id.clone()).collect(),
        controls: spec.controls.len(),
        by_kind,
        by_input,
    }
}

/// Loads a framework: `name`, `name@version`, `name:profile`, an alias, `@path`, or a path that ends in `.yaml`, `.yml` or `.json`
/// (either also with `:profile`). `read` is given paths only.
pub fn load(name: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<Framework, SpecError> {
    let name = name.trim();
    let (base, profile) = split_profile(name);
    let mut framework = if let Some(path) = base.strip_prefix('@').or_else(|| is_path(base).then_some(base)) {
        let text = read(path).map_err(|message| SpecError::Read { path: path.to_owned(), message })?;
        let (mut framework, lints) = parse_spec(&text, path)?;
        framework.lints = lints;
        framework
    } else {
        load_embedded(find_embedded(base).ok_or_else(|| unknown(base))?)?
    };
    if let Some(profile) = profile {
        let found = framework.spec.profiles.iter().find(|p| p.id.eq_ignore_ascii_case(profile));
        let Some(found) = found else {
            return Err(SpecError::UnknownProfile {
                framework: framework.full_name(),
                profile: profile.to_owned(),
                known: framework.spec.profiles.iter().map(|p| p.id.clone()).collect(),
            });
        };
        framework.profile = Some(found.id.clone());
    }
    Ok(framework)
}

fn is_path(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

/// A profile follows the last colon; a colon that is part of a path has a separator behind it.
fn split_profile(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((base, profile)) if !profile.is_empty() && !profile.contains(['/', '\\']) && base.len() > 1 && !is_path(name) => {
            (base, Some(profile))
        }
        _ => (name, None),
    }
}

pub(crate) fn find_embedded(name: &str) -> Option<&'static Embedded> {
    FRAMEWORKS.iter().find(|e| answers(name, e.id, e.version) || e.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
}

pub(crate) fn load_embedded(embedded: &Embedded) -> Result<Framework, SpecError> {
    let source = format!("{}/framework.yaml", embedded.folder);
    let file: FrameworkFile =
        serde_json::from_str(embedded.text).map_err(|error| SpecError::Parse { path: source.clone(), message: error.to_string() })?;
    let (mut framework, _) = prepare(file.spec, &source, Vec::new(), hex_digest(embedded.text.as_bytes()))?;
    "embedded".clone_into(&mut framework.source);
    Ok(framework)
}

fn unknown(name: &str) -> SpecError {
    let names = FRAMEWORKS.iter().flat_map(|e| std::iter::once(e.id).chain(e.aliases.iter().copied()));
    // Who writes a version gets names with versions.
    let versioned: Vec<String> = FRAMEWORKS.iter().filter(|_| name.contains('@')).map(|e| format!("{}@{}", e.id, e.version)).collect();
    let mut near = nearest(name, names.chain(versioned.iter().map(String::as_str)));
    if near.is_empty()
        && let Some((base, _)) = name.split_once('@')
    {
        near = FRAMEWORKS.iter().filter(|e| e.id.eq_ignore_ascii_case(base)).map(|e| format!("{}@{}", e.id, e.version)).collect();
    }
    SpecError::UnknownFramework { name: name.to_owned(), nearest: near }
}

/// Parses and checks a specification. Lints are warnings; what cannot be is an error.
pub fn parse_spec(text: &str, source: &str) -> Result<(Framework, Vec<Lint>), SpecError> {
    let (file, unknown_keys): (FrameworkFile, _) = yaml::read(text, source)?;
    let digest = yaml::digest(&file);
    let lints = unknown_keys.iter().map(|key| Lint::warning(Code::UnknownKey, None, format!("unknown key `{key}` is ignored"))).collect();
    prepare(file.spec, source, lints, digest)
}

/// Defaults, and what cannot be.
fn prepare(mut spec: FrameworkSpec, source: &str, mut lints: Vec<Lint>, digest: String) -> Result<(Framework, Vec<Lint>), SpecError> {
    let native = spec.schema.is_some();
    let mut problems = Vec::new();
    if let Some(schema) = spec.schema.filter(|schema| *schema != 1) {
        problems.push(format!("`schema: {schema}` is not known to this build, which reads schema 1"));
    }
    if spec.id.trim().is_empty() {
        problems.push("`spec.id` is missing".to_owned());
    }
    if spec.controls.is_empty() {
        problems.push("there are no controls".to_owned());
    }
    unique_ids(&mut spec, native, &mut problems, &mut lints);
    for control in &mut spec.controls {
        fill_defaults(control, native, &mut lints);
    }
    check_shape(&spec, native, &mut problems, &mut lints);
    if !problems.is_empty() {
        return Err(SpecError::Invalid { path: source.to_owned(), problems });
    }
    let version = spec.version.trim().to_owned();
    let id = match spec.id.strip_suffix(version.as_str()).and_then(|id| id.strip_suffix(['-', '@'])) {
        Some(bare) if native && !version.is_empty() => bare.to_owned(),
        _ => spec.id.clone(),
    };
    let framework = Framework { spec, id, version, digest, source: source.to_owned(), profile: None, native, lints: lints.clone() };
    Ok((framework, lints))
}

/// A second control with an id that was seen becomes `1.4#2` in the older format, where specs in use have such, and is an error in ours.
fn unique_ids(spec: &mut FrameworkSpec, native: bool, problems: &mut Vec<String>, lints: &mut Vec<Lint>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut taken: BTreeSet<String> = spec.controls.iter().map(|control| control.id.clone()).collect();
    for (i, control) in spec.controls.iter_mut().enumerate() {
        if control.id.trim().is_empty() {
            problems.push(format!("control number {} has no `id`", i + 1));
            continue;
        }
        let times = seen.entry(control.id.clone()).and_modify(|n| *n += 1).or_insert(1);
        if *times == 1 {
            continue;
        }
        if native {
            problems.push(format!("{}: control id `{}` is given twice", Code::DuplicateId, control.id));
            continue;
        }
        let mut renamed = format!("{}#{times}", control.id);
        while !taken.insert(renamed.clone()) {
            renamed.push('+');
        }
        lints.push(Lint::warning(
            Code::DuplicateId,
            Some(&control.id),
            format!("control id `{}` is given twice; the later one is shown as `{renamed}`", control.id),
        ));
        control.id = renamed;
    }
}

/// Words that specs of the older format use where ours has a type.
fn fill_defaults(control: &mut Control, native: bool, lints: &mut Vec<Lint>) {
    let manual_name = !native && control.name.contains("Manual");
    let kind = *control.kind.get_or_insert(match control.verifiability {
        _ if manual_name => ControlKind::Manual,
        Some(Verifiability::M | Verifiability::X | Verifiability::S) => ControlKind::Manual,
        _ => ControlKind::Automated,
    });
    let verifiability = if kind == ControlKind::Manual { Verifiability::M } else { Verifiability::R };
    control.verifiability.get_or_insert(verifiability);
    if !control.severity.is_empty() && control.severity.parse::<probity_model::Severity>().is_err() {
        lints.push(Lint::warning(
            Code::UnknownWord,
            Some(&control.id),
            format!("severity `{}` is not CRITICAL, HIGH, MEDIUM, LOW or UNKNOWN and counts as UNKNOWN", control.severity),
        ));
    }
}

pub(crate) fn has_rules(control: &Control) -> bool {
    match &control.assess {
        Some(assess) => !assess.all.is_empty() || !assess.any.is_empty() || assess.not.is_some(),
        None => !control.checks.is_empty(),
    }
}

/// What cannot be evaluated whatever is scanned.
fn check_shape(spec: &FrameworkSpec, native: bool, problems: &mut Vec<String>, lints: &mut Vec<Lint>) {
    for control in &spec.controls {
        let id = &control.id;
        for (key, day) in [("effective_from", &control.effective_from), ("effective_until", &control.effective_until)] {
            if let Some(day) = day
                && parse_day(day).is_none()
            {
                problems.push(format!("control `{id}`: `{key}: {day}` is not a day (YYYY-MM-DD)"));
            }
        }
        if let Some(assess) = &control.assess {
            let keys = usize::from(!assess.all.is_empty()) + usize::from(!assess.any.is_empty()) + usize::from(assess.not.is_some());
            if keys > 1 {
                problems.push(format!("control `{id}`: `assess` has more than one of `all`, `any`, `not`"));
            }
            let mut names = BTreeSet::new();
            for rule in assess.all.iter().chain(&assess.any).chain(assess.not.as_deref()) {
                check_rule(rule, id, &mut names, problems);
            }
        }
        for name in &control.needs_params {
            if !spec.params.contains_key(name) {
                problems.push(format!("control `{id}`: `needs_params` names `{name}`, which `params` does not declare"));
            }
        }
        let may_be_empty = matches!(control.kind, Some(ControlKind::Manual | ControlKind::Info | ControlKind::Inherited));
        let readable = control.applies_to.is_empty() || control.applies_to.iter().any(|input| is_read(*input));
        if !has_rules(control) && !may_be_empty && readable {
            lints.push(Lint::new(native, Code::NoRules, Some(id), "there is nothing that could assess it, and it is not manual"));
        }
    }
    let mut profiles = BTreeSet::new();
    for profile in &spec.profiles {
        if !profiles.insert(&profile.id) {
            problems.push(format!("profile `{}` is given twice", profile.id));
        }
    }
}

/// Inputs that this version reads.
pub(crate) const fn is_read(input: InputKind) -> bool {
    matches!(
        input,
        InputKind::Image | InputKind::Rootfs | InputKind::Dockerfile | InputKind::Compose | InputKind::KubernetesManifest | InputKind::Repo
    )
}

/// Depth is bounded by the YAML reader.
fn check_rule<'a>(rule: &'a Rule, control: &str, names: &mut BTreeSet<&'a str>, problems: &mut Vec<String>) {
    let selectors = rule.selector_names();
    let nested = [!rule.all.is_empty(), !rule.any.is_empty(), rule.not.is_some()];
    let count = selectors.len() + nested.iter().filter(|given| **given).count();
    if count != 1 {
        let name = rule.id.as_deref().unwrap_or("without id");
        let given = if selectors.is_empty() { "none".to_owned() } else { selectors.join(", ") };
        problems.push(format!("control `{control}`: rule `{name}` must have exactly one selector, and has {given}"));
    }
    if let Some(id) = &rule.id
        && !names.insert(id)
    {
        problems.push(format!("control `{control}`: rule id `{id}` is given twice"));
    }
    for text in rule.severities() {
        if text.parse::<probity_model::Severity>().is_err() {
            problems.push(format!("control `{control}`: `{text}` is not a severity"));
        }
    }
    if let Some(ControlSelector { framework: None, ids, profile: None, .. }) = &rule.control
        && ids.is_empty()
    {
        problems.push(format!("control `{control}`: `control` needs `framework` or `ids`"));
    }
    for inner in rule.all.iter().chain(&rule.any).chain(rule.not.as_deref()) {
        check_rule(inner, control, names, problems);
    }
    if let Some(when) = &rule.when {
        check_rule(when, control, &mut BTreeSet::new(), problems);
    }
}
