//! What is wrong or doubtful in a specification: the codes of `framework lint`.

use crate::{
    ids::{CheckId, RuleCatalogue, check_id, nearest},
    load::{Framework, find_embedded, load_embedded},
    params::used_params,
    spec::{Control, FrameworkFile, IdRef, Rule, Text},
};
use probity_model::assessment::Status;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A lint code. `E-…` makes `framework lint` fail, `W-…` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A rule names a check that does not exist.
    UnknownCheck,
    /// A control id is given twice.
    DuplicateId,
    /// A control that is not manual has nothing that could assess it.
    NoRules,
    /// A control id that the publisher does not have.
    NotInCatalog,
    /// An official id that the specification leaves out.
    MissingFromCatalog,
    /// Controls depend on each other in a circle.
    Cycle,
    /// A parameter's default is outside its own guardrail, or a rule uses one that is not declared.
    ParamRange,
    /// A derived rule names a framework or control that is not known.
    UnknownControl,
    /// Two controls have the same title, word for word.
    TitleCopied,
    /// A superseded control still has rules, or does not say since when.
    Superseded,
    /// `checks:` (read by older tools) names fewer checks than `assess:`.
    TrivyFallbackWeaker,
    UnknownKey,
    UnknownWord,
    /// A construct that is read and not evaluated.
    Unsupported,
    /// A spec of the older format whose mappings are known to be wrong.
    KnownDefect,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownCheck => "UNKNOWN-CHECK",
            Self::DuplicateId => "DUP-ID",
            Self::NoRules => "NO-RULES",
            Self::NotInCatalog => "NOT-IN-CATALOG",
            Self::MissingFromCatalog => "MISSING-FROM-CATALOG",
            Self::Cycle => "CYCLE",
            Self::ParamRange => "PARAM-RANGE",
            Self::UnknownControl => "UNKNOWN-CONTROL",
            Self::TitleCopied => "TITLE-COPIED",
            Self::Superseded => "SUPERSEDED",
            Self::TrivyFallbackWeaker => "TRIVY-FALLBACK-WEAKER",
            Self::UnknownKey => "UNKNOWN-KEY",
            Self::UnknownWord => "UNKNOWN-WORD",
            Self::Unsupported => "UNSUPPORTED",
            Self::KnownDefect => "KNOWN-DEFECT",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    pub error: bool,
    pub code: Code,
    pub control: Option<String>,
    pub message: String,
}

impl Lint {
    pub(crate) fn new(error: bool, code: Code, control: Option<&str>, message: impl Into<String>) -> Self {
        Self { error, code, control: control.map(str::to_owned), message: message.into() }
    }
    pub(crate) fn warning(code: Code, control: Option<&str>, message: impl Into<String>) -> Self {
        Self::new(false, code, control, message)
    }
    pub(crate) fn error(code: Code, control: Option<&str>, message: impl Into<String>) -> Self {
        Self::new(true, code, control, message)
    }
    /// `E-NO-RULES` or `W-NO-RULES`.
    pub fn label(&self) -> String {
        format!("{}-{}", if self.error { 'E' } else { 'W' }, self.code)
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.label())?;
        if let Some(control) = &self.control {
            write!(f, " {control}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Everything that can be said without scanning: what loading noticed, unknown checks, the catalogue of official ids, circles, parameters.
pub fn lint(framework: &Framework, rules: &RuleCatalogue) -> Vec<Lint> {
    let mut lints = framework.lints.clone();
    checks(framework, rules, &mut lints);
    catalog(framework, &mut lints);
    params(framework, &mut lints);
    titles(framework, &mut lints);
    superseded(framework, &mut lints);
    derived(framework, &mut lints);
    tests(framework, &mut lints);
    if !framework.native {
        lints.extend(known_defects_of(framework));
    }
    lints.sort();
    lints.dedup();
    lints
}

/// Ids that a control asks for: those of `assess`, or of `checks` when there is no `assess`.
pub(crate) fn check_ids(control: &Control) -> Vec<&str> {
    let mut ids = Vec::new();
    if control.assess.is_some() {
        control.walk_rules(&mut |rule| ids.extend(rule.check.iter().flat_map(|check| check.ids.iter().map(String::as_str))));
    } else {
        ids.extend(control.checks.iter().map(|check| check.id.as_str()));
    }
    ids
}

fn checks(framework: &Framework, rules: &RuleCatalogue, lints: &mut Vec<Lint>) {
    for control in &framework.spec.controls {
        for id in check_ids(control) {
            if let CheckId::Check(id) = check_id(id)
                && rules.find(id).is_none()
            {
                let near = nearest(id, rules.rules().iter().map(|rule| rule.id.as_str()));
                let hint = near.first().map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
                lints.push(Lint::error(Code::UnknownCheck, Some(&control.id), format!("there is no check `{id}`{hint}")));
            }
        }
        control.walk_rules(&mut |rule| {
            if let Some(check) = &rule.check {
                for tag in check.tags.iter().chain(check.service.as_ref()) {
                    if rules.tagged(tag).next().is_none() {
                        lints.push(Lint::error(Code::UnknownCheck, Some(&control.id), format!("no check carries the tag `{tag}`")));
                    }
                }
            }
            let cel = rule.resource.as_ref().and_then(|resource| resource.cel.as_ref());
            // What a parameter leaves is known only when it is filled in.
            if let Some(why) = cel.filter(|text| !text.contains("${")).and_then(|text| crate::cel::check(text).err()) {
                lints.push(Lint::error(Code::Unsupported, Some(&control.id), format!("`resource.cel`: {why}; the rule is not assessed")));
            }
        });
        // Older tools see `checks:` only, so a weaker list there passes where ours fails.
        if framework.native && control.assess.is_some() && !control.checks.is_empty() {
            let known = |id: &str| rules.position(id);
            let listed: BTreeSet<usize> = control.checks.iter().filter_map(|check| known(&check.id)).collect();
            let missing: BTreeSet<&str> =
                check_ids(control).into_iter().filter(|id| known(id).is_some_and(|at| !listed.contains(&at))).collect();
            if !missing.is_empty() {
                let missing: Vec<_> = missing.into_iter().collect();
                lints.push(Lint::warning(
                    Code::TrivyFallbackWeaker,
                    Some(&control.id),
                    format!("`checks` leaves out what `assess` uses: {}", missing.join(", ")),
                ));
            }
        }
    }
}

/// The embedded lists of official ids, by file name.
const CATALOGS: &[(&str, &str)] = &[
    ("pss-baseline.ids", include_str!("../catalogs/pss-baseline.ids")),
    ("pss-restricted.ids", include_str!("../catalogs/pss-restricted.ids")),
    ("cis-docker-1.6.0.ids", include_str!("../catalogs/cis-docker-1.6.0.ids")),
    ("cis-kubernetes-2.0.1.ids", include_str!("../catalogs/cis-kubernetes-2.0.1.ids")),
    ("cis-kubernetes-1.23.ids", include_str!("../catalogs/cis-kubernetes-1.23.ids")),
    ("nsa-k8s-1.2.ids", include_str!("../catalogs/nsa-k8s-1.2.ids")),
    ("nist-800-190.ids", include_str!("../catalogs/nist-800-190.ids")),
    ("pci-dss-4.0.1.ids", include_str!("../catalogs/pci-dss-4.0.1.ids")),
];

/// Official ids of a framework: mandatory ones and optional ones.
pub(crate) fn official_ids(framework: &Framework) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let by_version = format!("{}-{}.ids", framework.id, framework.version);
    let by_id = format!("{}.ids", framework.id);
    let named = framework.spec.catalog.as_deref();
    let text = CATALOGS.iter().find(|(name, _)| named == Some(*name)).or_else(|| {
        (framework.native && named.is_none()).then(|| CATALOGS.iter().find(|(name, _)| *name == by_version || *name == by_id)).flatten()
    })?;
    let lines = text.1.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (optional, mandatory): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('?'));
    Some((mandatory, optional.into_iter().map(|line| line.trim_start_matches('?').trim()).collect()))
}

fn catalog(framework: &Framework, lints: &mut Vec<Lint>) {
    let Some((mandatory, optional)) = official_ids(framework) else {
        if let Some(name) = &framework.spec.catalog {
            lints.push(Lint::error(Code::NotInCatalog, None, format!("there is no catalogue `{name}`")));
        }
        return;
    };
    let have: BTreeSet<&str> = framework.spec.controls.iter().map(|control| control.id.as_str()).collect();
    for id in &mandatory {
        if !have.contains(id) {
            lints.push(Lint::error(Code::MissingFromCatalog, Some(id), "the publisher has this id and the specification leaves it out"));
        }
    }
    let official: BTreeSet<&str> = mandatory.into_iter().chain(optional).collect();
    for id in have.difference(&official) {
        lints.push(Lint::error(Code::NotInCatalog, Some(id), "the publisher has no such id"));
    }
}

fn params(framework: &Framework, lints: &mut Vec<Lint>) {
    for (name, param) in &framework.spec.params {
        let words = param.default.as_ref().map(|value| value.0.0.clone()).unwrap_or_default();
        let numeric = matches!(param.kind.as_deref(), Some("int" | "float"));
        let (min, max) = (param.min.as_ref().map(Text::as_str), param.max.as_ref().map(Text::as_str));
        if let Some(why) = crate::params::outside(name, &words, min, max, numeric) {
            lints.push(Lint::error(Code::ParamRange, None, format!("the default: {why}")));
        }
        for bound in [min, max].into_iter().flatten() {
            if bound.trim().parse::<f64>().is_err() {
                lints.push(Lint::error(Code::ParamRange, None, format!("parameter `{name}`: the bound `{bound}` is not a number")));
            }
        }
    }
    for control in &framework.spec.controls {
        control.walk_rules(&mut |rule| {
            let text = serde_json::to_string(&Rule { all: Vec::new(), any: Vec::new(), not: None, when: None, ..rule.clone() })
                .unwrap_or_default();
            for name in used_params(&text) {
                if !framework.spec.params.contains_key(name) {
                    lints.push(Lint::error(Code::ParamRange, Some(&control.id), format!("parameter `{name}` is not declared")));
                }
            }
        });
    }
}

fn titles(framework: &Framework, lints: &mut Vec<Lint>) {
    if !framework.native {
        return;
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for control in &framework.spec.controls {
        if let Some(first) = seen.insert(control.name.to_lowercase(), &control.id) {
            lints.push(Lint::warning(Code::TitleCopied, Some(&control.id), format!("has the same title as `{first}`")));
        }
    }
}

fn superseded(framework: &Framework, lints: &mut Vec<Lint>) {
    for control in &framework.spec.controls {
        let Some(by) = &control.superseded_by else { continue };
        if framework.control(by).is_none() {
            lints.push(Lint::warning(
                Code::Superseded,
                Some(&control.id),
                format!("is superseded by `{by}`, which is not in this specification"),
            ));
        }
        if control.effective_until.is_none() {
            lints.push(Lint::warning(Code::Superseded, Some(&control.id), "is superseded and does not say since when (`effective_until`)"));
        }
    }
}

/// A test that expects what cannot be shows nothing.
fn tests(framework: &Framework, lints: &mut Vec<Lint>) {
    for (number, test) in (1..).zip(&framework.spec.tests) {
        let name = test.name.clone().unwrap_or_else(|| format!("number {number}"));
        if test.given.is_empty() || test.expect.is_empty() {
            lints.push(Lint::error(Code::UnknownWord, None, format!("test {name} needs `given` and `expect`")));
        }
        if test.as_of.as_deref().is_some_and(|day| crate::date::parse_day(day).is_none()) {
            lints.push(Lint::error(Code::UnknownWord, None, format!("test {name}: `as_of` is not a day (YYYY-MM-DD)")));
        }
        for (id, status) in &test.expect {
            if framework.control(id).is_none() {
                lints.push(Lint::error(
                    Code::UnknownControl,
                    Some(id),
                    format!("test {name} expects something of a control that is not there"),
                ));
            }
            if expected_status(status).is_none() {
                lints.push(Lint::error(Code::UnknownWord, Some(id), format!("test {name}: `{status}` is no status")));
            }
        }
    }
}

/// The status that a test names, in any case and with `-` or a space for `_`.
pub fn expected_status(text: &str) -> Option<Status> {
    let word = text.trim().to_uppercase().replace(['-', ' '], "_");
    Status::ALL.into_iter().find(|status| status.as_str() == word)
}

/// References of derived controls, across frameworks that ship with the program.
fn derived(framework: &Framework, lints: &mut Vec<Lint>) {
    let mut loaded: BTreeMap<&'static str, Framework> = BTreeMap::new();
    for control in &framework.spec.controls {
        control.walk_rules(&mut |rule| {
            let Some(selector) = &rule.control else { return };
            let other = match &selector.framework {
                None => framework,
                Some(name) if framework.answers_to(name) => framework,
                Some(name) => {
                    let Some(embedded) = find_embedded(name) else {
                        lints.push(Lint::error(Code::UnknownControl, Some(&control.id), format!("there is no framework `{name}`")));
                        return;
                    };
                    if !loaded.contains_key(embedded.folder)
                        && let Ok(other) = load_embedded(embedded)
                    {
                        loaded.insert(embedded.folder, other);
                    }
                    let Some(other) = loaded.get(embedded.folder) else { return };
                    other
                }
            };
            for id in &selector.ids {
                if !other.spec.controls.iter().any(|c| crate::ids::glob(id, &c.id)) {
                    let name = other.full_name();
                    lints.push(Lint::error(Code::UnknownControl, Some(&control.id), format!("`{name}` has no control `{id}`")));
                }
            }
            if let Some(profile) = &selector.profile
                && !other.spec.profiles.iter().any(|p| p.id == *profile)
            {
                lints.push(Lint::error(
                    Code::UnknownControl,
                    Some(&control.id),
                    format!("`{}` has no profile `{profile}`", other.full_name()),
                ));
            }
        });
    }
    if let Some(path) = circle(framework) {
        lints.push(Lint::error(Code::Cycle, None, format!("controls depend on each other in a circle: {}", path.join(" → "))));
    }
}

/// A circle among the controls of one framework (circles across frameworks are found when they are assessed together).
fn circle(framework: &Framework) -> Option<Vec<String>> {
    let controls = &framework.spec.controls;
    let mut needs: Vec<BTreeSet<usize>> = Vec::new();
    for control in controls {
        let mut of = BTreeSet::new();
        control.walk_rules(&mut |rule| {
            if let Some(selector) = &rule.control
                && selector.framework.as_ref().is_none_or(|name| framework.answers_to(name))
            {
                let profile = selector.profile.as_ref().and_then(|id| framework.spec.profiles.iter().find(|p| p.id == *id));
                of.extend(controls.iter().enumerate().filter(|(_, c)| selector.takes(c, profile)).map(|(at, _)| at));
            }
        });
        needs.push(of);
    }
    crate::graph::circle(&needs).map(|path| path.into_iter().filter_map(|at| controls.get(at)).map(|c| c.id.clone()).collect())
}

/// Corrections to specs that circulate under these ids: family, control, the check it names, what is wrong with that, the checks it means.
const KNOWN_DEFECTS: &[(&str, &str, &str, &str, &[&str])] = &[
    ("k8s-nsa", "1.3", "KSV-0008", "looks at the IPC namespace; KSV-0010 looks at the process namespace", &["KSV-0010"]),
    ("k8s-nsa", "1.4", "KSV-0009", "looks at the host network; KSV-0010 looks at host PID", &["KSV-0010"]),
    ("k8s-nsa", "1.5", "KSV-0010", "looks at host PID; KSV-0009 looks at the host network", &["KSV-0009"]),
    ("k8s-nsa", "1.6", "KSV-0029", "does not exist", &["KSV-0116"]),
    ("k8s-nsa", "1.8", "KSV-0002", "looks at AppArmor; KSV-0025 looks at SELinux", &["KSV-0025"]),
    ("k8s-nsa", "1.9", "KSV-0030", "looks at seccomp; KSV-0002 looks at AppArmor", &["KSV-0002"]),
    ("k8s-nsa", "5.1", "KCV-0030", "looks at the encryption provider, not at TLS of etcd", &["KCV-0029"]),
    ("k8s-nsa", "6.1", "KCV-0029", "looks at etcd's CA file, not at encryption at rest", &["KCV-0030"]),
    ("k8s-nsa", "6.2", "KCV-0004", "looks at kubelet HTTPS, not at the encryption provider", &["KCV-0030"]),
    ("k8s-nsa", "7.1", "KCV-0008", "looks at node authorization; KCV-0009 looks at RBAC", &["KCV-0009"]),
    (
        "k8s-pss-baseline",
        "2",
        "KSV-0008",
        "looks at the IPC namespace only; host network and host PID pass",
        &["KSV-0008", "KSV-0009", "KSV-0010"],
    ),
    (
        "k8s-pss-restricted",
        "2",
        "KSV-0008",
        "looks at the IPC namespace only; host network and host PID pass",
        &["KSV-0008", "KSV-0009", "KSV-0010"],
    ),
];

/// The corrections that concern a framework of the older format.
pub(crate) fn known_defects_of(framework: &Framework) -> Vec<Lint> {
    let words = |(id, check, what, _): (&str, &str, &str, &[&str])| {
        let message =
            format!("`{check}` {what}; the specification that ships with this program has it right (or correct it: `--fix-known-specs`)");
        Lint::warning(Code::KnownDefect, Some(id), message)
    };
    defects(framework).into_iter().map(words).collect()
}

/// Control, check, what is wrong, and what it means, for the controls that have the defect.
fn defects(framework: &Framework) -> Vec<(&'static str, &'static str, &'static str, &'static [&'static str])> {
    let mut found = Vec::new();
    for (family, id, check, what, meant) in KNOWN_DEFECTS {
        if framework.id.starts_with(family)
            && let Some(control) = framework.control(id)
            && let [only] = check_ids(control).as_slice()
            && crate::ids::normal_id(only) == crate::ids::normal_id(check)
        {
            found.push((*id, *check, *what, *meant));
        }
    }
    found
}

/// Puts right what is known to be wrong in specs of the older format, and says what was changed. The digest becomes that of the corrected text.
pub fn fix_known_defects(framework: &mut Framework) -> Vec<String> {
    if framework.native {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for (id, check, _, meant) in defects(framework) {
        let Some(control) = framework.spec.controls.iter_mut().find(|control| control.id == id) else { continue };
        control.checks = meant.iter().map(|id| IdRef { id: (*id).to_owned() }).collect();
        changes.push(format!("{id}: `{check}` became {}", meant.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")));
    }
    if !changes.is_empty() {
        framework.digest = crate::yaml::digest(&FrameworkFile { spec: framework.spec.clone() });
        framework.lints.extend(changes.iter().map(|change| Lint::warning(Code::KnownDefect, None, format!("corrected: {change}"))));
    }
    changes
}
