//! Maven: `pom.xml`, with the parents, imports and dependencies that are among the scanned files.
//!
//! <https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html>, the model in [`model`].
//!
//! A `pom.xml` is no lockfile: it names direct dependencies, and their own stand in files of a repository. Nothing is fetched. What a parent, a bill of
//! versions (`import`) or a dependency says is known when its file is among the scanned ones: in the project, or in a local repository
//! (`.m2/repository/…/lib-1.0.pom`). Then dependencies of dependencies are followed, the nearest version winning. Otherwise it is said what is missing:
//! a dependency whose version is not known is listed without one.
//!
//! What is needed for tests only or is provided by the run-time is for development. Optional dependencies of the project itself are used by it; those
//! of its dependencies are not. Modules of a project are listed with their own file. A project in a folder of integration tests (`src/it`) is one for
//! development.
//!
//! Missing: profiles other than those active by default, ranges of versions, plugins.

mod model;

use super::POM;
use crate::{
    text::{extension, has_folder},
    unit::{Run, Unit},
};
use model::{Dependency, Effective, Project, Repository};
use probity_model::{
    Capability, Diagnostic, Facts, Package, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::{Manifest, Relationship},
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    rc::Rc,
};

pub(crate) const PROJECT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pom",
        version: 1,
        claims: &[Pattern::Name("pom.xml"), Pattern::Suffix(".pom")],
        provides: &[Capability::Packages],
        max_bytes: 1 << 20,
    },
    run: Run::Strict(project),
};

const KIND: &str = "java/pom";
/// Packages of one project; the largest have a tenth.
const MAX_PACKAGES: usize = 20_000;
/// Names in one message.
const MAX_NAMED: usize = 10;

/// The file is kept as it is: it means nothing without its parents.
fn project(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let (_, error) = Project::read(file.path, file.bytes);
    out.manifests.push(Manifest { kind: KIND, source: Some(file.bytes.into()), at: Place::file(file.path), ..Manifest::default() });
    error.map_or(Ok(()), Err)
}

/// Whether a file is one of a repository.
fn stored(path: &str) -> bool {
    extension(path) == "pom"
}

/// Resolves every `pom.xml` against all files.
pub(crate) fn assemble(facts: &mut Facts) {
    let mut projects: Vec<(Place, Project)> = facts
        .manifests
        .iter()
        .filter(|manifest| manifest.kind == KIND)
        .filter_map(|manifest| Some((manifest.at.clone(), Project::read(&manifest.at.path, manifest.source.as_deref()?).0)))
        .collect();
    // Files of the project come before those of a repository, so that they are found first.
    projects.sort_by(|a, b| (stored(&a.1.path), &a.1.path).cmp(&(stored(&b.1.path), &b.1.path)));
    let (places, projects): (Vec<_>, Vec<_>) = projects.into_iter().unzip();
    let mut repository = Repository::new(projects);
    let mut unknown: Option<(Place, usize)> = None;
    for (at, place) in places.iter().enumerate() {
        if stored(&place.path) {
            continue;
        }
        let resolution = resolve(&mut repository, at, place);
        if resolution.opaque > 0 {
            unknown.get_or_insert_with(|| (place.clone(), 0)).1 += resolution.opaque;
        }
        facts.packages.extend(resolution.packages);
        facts.diagnostics.extend(resolution.diagnostics);
    }
    if repository.is_exhausted()
        && let Some(place) = places.first()
    {
        facts.diagnostics.push(
            Diagnostic::warning(
                Reason::SubjectTruncated,
                format!("what {} projects inherit and import was looked at in part", places.len()),
            )
            .at(&place.path)
            .affecting([Capability::Packages]),
        );
    }
    if let Some((place, count)) = unknown {
        facts.diagnostics.push(
            Diagnostic::warning(
                Reason::TargetKindMissing,
                format!("`pom.xml` names direct dependencies only: what {count} of them need themselves is not known"),
            )
            .at(&place.path)
            .hint("scan the built archive or image, or add the local Maven repository to the scanned files")
            .affecting([Capability::Vulnerabilities]),
        );
    }
}

#[derive(Default)]
struct Resolution {
    packages: Vec<Package>,
    diagnostics: Vec<Diagnostic>,
    /// Dependencies whose own file is not there.
    opaque: usize,
}

/// A dependency on the way.
struct Step {
    dependency: Dependency,
    relationship: Relationship,
    dev: bool,
    exclusions: Rc<[(String, String)]>,
}

fn resolve(repository: &mut Repository, at: usize, place: &Place) -> Resolution {
    let project = repository.effective(at);
    let mut out = Resolution::default();
    if project.artifact.is_empty() {
        return out;
    }
    let in_test = has_folder(&place.path, "src/it") || has_folder(&place.path, "target/it");
    // By name, in the order in which they are found: the nearest wins.
    let mut found: BTreeMap<String, Package> = BTreeMap::new();
    let mut needs: HashMap<String, Vec<String>> = HashMap::new();
    let mut unresolved: Vec<Dependency> = Vec::new();

    let root_name = format!("{}:{}", project.group, project.artifact);
    needs.insert(root_name.clone(), project.dependencies.iter().map(Dependency::name).collect());
    let steps = |dev: bool| {
        let direct = project.dependencies.iter().filter(move |dependency| dependency.is_dev() == dev);
        direct.map(move |dependency| Step {
            exclusions: Rc::clone(&dependency.exclusions),
            dependency: dependency.clone(),
            relationship: Relationship::Direct,
            dev,
        })
    };
    // Everything that is shipped comes before what is for development.
    for dev in [false, true] {
        let mut queue: VecDeque<Step> = steps(dev).collect();
        while let Some(step) = queue.pop_front() {
            let name = step.dependency.name();
            if name == root_name {
                continue;
            }
            if let Some(known) = found.get_mut(&name) {
                if let Some(lines) = step.dependency.lines {
                    known.lines.push(lines);
                }
                continue;
            }
            if found.len() >= MAX_PACKAGES {
                out.diagnostics.push(
                    Diagnostic::warning(Reason::SubjectTruncated, format!("more than {MAX_PACKAGES} dependencies"))
                        .at(&place.path)
                        .affecting([Capability::Packages]),
                );
                break;
            }
            let version = exact(&step.dependency.version);
            if version.is_none() {
                unresolved.push(step.dependency.clone());
            }
            let version = version.unwrap_or_default().to_owned();
            let described = repository.find(&step.dependency.group, &step.dependency.artifact, &version).map(|at| repository.effective(at));
            match &described {
                Some(described) => follow(&step, described, &project, &name, &mut queue, &mut needs),
                None if !version.is_empty() && !step.dev => out.opaque += 1,
                None => {}
            }
            let mut package = Package {
                id: if version.is_empty() { name.clone() } else { String::new() },
                name: name.clone(),
                version,
                relationship: step.relationship,
                dev: step.dev || in_test,
                licenses: described.map(|described| described.licenses.clone()).unwrap_or_default(),
                at: place.clone(),
                ..Package::of(&POM)
            };
            if let Some(lines) = step.dependency.lines.filter(|_| step.relationship == Relationship::Direct) {
                package = package.on(lines);
            }
            found.insert(name, package);
        }
    }
    let root = Package {
        id: if project.version.is_empty() { root_name.clone() } else { String::new() },
        name: root_name.clone(),
        version: project.version.clone(),
        relationship: Relationship::Root,
        dev: in_test,
        licenses: project.licenses.clone(),
        at: place.clone(),
        ..Package::of(&POM)
    };
    found.insert(root_name, root);
    let ids: HashMap<String, (String, bool)> = found.iter().map(|(name, package)| (name.clone(), (package.key(), package.dev))).collect();
    for (name, package) in &mut found {
        let edges = needs.remove(name).unwrap_or_default();
        // What is for development is no part of the graph of what is shipped.
        package.depends_on =
            edges.iter().filter_map(|name| ids.get(name)).filter(|(_, dev)| package.dev || !dev).map(|(id, _)| id.clone()).collect();
        package.depends_on.sort_unstable();
        package.depends_on.dedup();
    }
    out.packages = found.into_values().collect();
    out.diagnostics.extend(unknown_versions(&unresolved, &project, place));
    out
}

/// Puts the dependencies of a dependency at the end of the queue.
fn follow(
    step: &Step,
    described: &Effective,
    project: &Effective,
    name: &str,
    queue: &mut VecDeque<Step>,
    needs: &mut HashMap<String, Vec<String>>,
) {
    let mut wanted = Vec::new();
    for next in &described.dependencies {
        let excluded = |(group, artifact): &(String, String)| {
            (group == "*" || **group == *next.group) && (artifact == "*" || **artifact == *next.artifact)
        };
        if next.optional || next.is_dev() || step.exclusions.iter().any(excluded) {
            continue;
        }
        let mut next = Dependency { lines: None, ..next.clone() };
        // What the project manages is so for all of its dependencies.
        if let Some(managed) = project.managed.get(&next.key()) {
            if !managed.version.is_empty() {
                next.version = Rc::clone(&managed.version);
            }
            if managed.is_dev() {
                continue;
            }
        }
        wanted.push(next.name());
        let exclusions = if next.exclusions.is_empty() {
            Rc::clone(&step.exclusions)
        } else {
            step.exclusions.iter().chain(next.exclusions.iter()).cloned().collect()
        };
        queue.push_back(Step { dependency: next, relationship: Relationship::Indirect, dev: step.dev, exclusions });
    }
    needs.insert(name.to_owned(), wanted);
}

/// A version that names one: `1.0` or `[1.0]`.
fn exact(version: &str) -> Option<&str> {
    let inner = version.strip_prefix('[').and_then(|version| version.strip_suffix(']')).unwrap_or(version).trim();
    (!inner.is_empty() && !inner.contains(['[', ']', '(', ')', ',', '$'])).then_some(inner)
}

/// Says which versions are not known, and why.
fn unknown_versions(unresolved: &[Dependency], project: &Effective, place: &Place) -> Option<Diagnostic> {
    let shipped: Vec<&Dependency> = unresolved.iter().filter(|dependency| !dependency.is_dev()).collect();
    let first = shipped.first()?;
    let mut names: Vec<String> = shipped.iter().take(MAX_NAMED).map(|dependency| format!("`{}`", dependency.name())).collect();
    if shipped.len() > MAX_NAMED {
        names.push(format!("{} more", shipped.len() - MAX_NAMED));
    }
    let missing: Vec<String> = project.missing.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
    let why = if missing.is_empty() {
        let version = if first.version.is_empty() { "none".to_owned() } else { format!("`{}`", first.version) };
        format!("the version of the first is {version}")
    } else {
        format!("{} is not among the scanned files", missing.join(", "))
    };
    let mut diagnostic =
        Diagnostic::warning(Reason::TargetKindMissing, format!("the versions of {} are not known: {why}", names.join(", ")))
            .at(&place.path)
            .hint("scan the built archive or image, or add the local Maven repository to the scanned files")
            .affecting([Capability::Packages]);
    diagnostic.lines = first.lines;
    Some(diagnostic)
}

#[cfg(test)]
mod tests;
