//! What a `pom.xml` says, and what it means together with its parents and imports.
//!
//! <https://maven.apache.org/ref/current/maven-model-builder/>
//!
//! The order matters: a project first takes from its parent what it does not say itself, all still with variables; then variables are filled in, with the
//! project's own values even in what the parent said; then managed dependencies are imported and give versions and scopes.

use crate::packages::{
    java::license,
    tree,
    xml::{self, Element},
};
use probity_model::{Lines, analyzer::AnalyzeError};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

/// Managed dependencies that are looked at, those of a parent again for each of its projects. A thousand projects with a thousand each are a fifth of it.
const MAX_WORK: usize = 5_000_000;
/// Managed dependencies that are kept to be used again.
const MAX_KEPT: usize = 200_000;
/// Parents of parents, and imports of imports.
const MAX_DEPTH: usize = 24;
/// Variables in variables.
const MAX_EXPANSIONS: usize = 64;
const MAX_VALUE: usize = 1024;

/// Group, artifact, type and classifier.
pub(super) type Key = [Rc<str>; 4];

/// Text is shared: what a parent of a thousand projects manages is there once.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependency {
    pub(super) group: Rc<str>,
    pub(super) artifact: Rc<str>,
    pub(super) version: Rc<str>,
    pub(super) scope: Rc<str>,
    pub(super) kind: Rc<str>,
    pub(super) classifier: Rc<str>,
    pub(super) optional: bool,
    pub(super) exclusions: Rc<[(String, String)]>,
    /// In the file of the project; none when it is inherited.
    pub(super) lines: Option<Lines>,
}

impl Dependency {
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    pub(super) fn key(&self) -> Key {
        [&self.group, &self.artifact, &self.kind, &self.classifier].map(Rc::clone)
    }

    /// For development, or given by whatever runs the program.
    pub(super) fn is_dev(&self) -> bool {
        matches!(&*self.scope, "test" | "provided" | "system")
    }
}

#[derive(Debug, Clone, Default)]
struct Parent {
    group: String,
    artifact: String,
    version: String,
    /// None: the parent folder.
    relative: Option<String>,
}

/// One file.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) path: String,
    group: String,
    artifact: String,
    version: String,
    parent: Option<Parent>,
    properties: BTreeMap<String, String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
    licenses: Vec<String>,
}

/// A project with everything inherited, imported and filled in.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) group: String,
    pub(super) artifact: String,
    /// Empty when it is not known.
    pub(super) version: String,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) managed: HashMap<Key, Dependency>,
    pub(super) licenses: Vec<String>,
    /// Parents and imports that are not among the files: `group:artifact:version`.
    pub(super) missing: Vec<String>,
}

impl Project {
    pub(super) fn read(path: &str, bytes: &[u8]) -> (Self, Option<AnalyzeError>) {
        let read = xml::read(&tree::decode(bytes));
        let root = read.root;
        let text = |element: &Element, name: &str| element.text_of(name).unwrap_or_default().to_owned();
        let mut project = Self {
            path: path.to_owned(),
            group: text(&root, "groupId"),
            artifact: text(&root, "artifactId"),
            version: text(&root, "version"),
            parent: root.child("parent").map(|parent| Parent {
                group: text(parent, "groupId"),
                artifact: text(parent, "artifactId"),
                version: text(parent, "version"),
                relative: parent.child("relativePath").map(|relative| relative.text.clone()),
            }),
            licenses: license::of_pom(&root),
            ..Self::default()
        };
        project.take(&root);
        for profile in root.below("profiles", "profile") {
            // Others are chosen on a command line that nobody has seen.
            if profile.at(&["activation", "activeByDefault"]).is_some_and(|active| active.text == "true") {
                project.take(profile);
            }
        }
        let error = read.error.or_else(|| {
            (*root.name != *"project")
                .then(|| AnalyzeError { message: format!("not a Maven project: its element is `{}`", root.name), line: Some(1) })
        });
        (project, error)
    }

    /// Properties and dependencies of the project itself or of a profile.
    fn take(&mut self, element: &Element) {
        for property in element.child("properties").into_iter().flat_map(|properties| &properties.children) {
            self.properties.insert(property.name.to_string(), property.text.clone());
        }
        self.dependencies.extend(element.below("dependencies", "dependency").map(dependency));
        if let Some(management) = element.child("dependencyManagement") {
            self.managed.extend(management.below("dependencies", "dependency").map(dependency));
        }
    }

    /// Group, artifact and version as they are written, the parent's where there are none.
    pub(super) fn written(&self) -> (&str, &str, &str) {
        let parent = self.parent.as_ref();
        let group = parent.filter(|_| self.group.is_empty()).map_or(&self.group, |parent| &parent.group);
        let version = parent.filter(|_| self.version.is_empty()).map_or(&self.version, |parent| &parent.version);
        (group, &self.artifact, version)
    }
}

fn dependency(element: &Element) -> Dependency {
    let text = |name: &str| -> Rc<str> { element.text_of(name).unwrap_or_default().into() };
    let kind = text("type");
    Dependency {
        group: text("groupId"),
        artifact: text("artifactId"),
        version: text("version"),
        scope: text("scope"),
        kind: if kind.is_empty() { "jar".into() } else { kind },
        classifier: text("classifier"),
        optional: element.text_of("optional") == Some("true"),
        exclusions: element
            .below("exclusions", "exclusion")
            .map(|it| (it.text_of("groupId").unwrap_or("*").to_owned(), it.text_of("artifactId").unwrap_or("*").to_owned()))
            .collect(),
        lines: Some(element.lines()),
    }
}

/// All projects of an artifact, to be found by path and by coordinates.
#[derive(Debug, Default)]
pub(super) struct Repository {
    pub(super) projects: Vec<Project>,
    by_path: HashMap<String, usize>,
    by_name: HashMap<(String, String, String), usize>,
    cache: HashMap<usize, Rc<Effective>>,
    kept: usize,
    work: usize,
    open: HashSet<usize>,
}

/// A project with its parents merged, variables not filled in.
#[derive(Debug, Clone, Default)]
struct Merged {
    group: String,
    artifact: String,
    version: String,
    parent: Parent,
    properties: BTreeMap<String, String>,
    dependencies: Vec<Dependency>,
    managed: Vec<Dependency>,
    licenses: Vec<String>,
    missing: Vec<String>,
}

impl Repository {
    pub(super) fn new(projects: Vec<Project>) -> Self {
        let by_path = projects.iter().enumerate().map(|(at, project)| (project.path.clone(), at)).collect();
        let mut by_name = HashMap::new();
        for (at, project) in projects.iter().enumerate() {
            let (group, artifact, version) = project.written();
            by_name.entry((group.to_owned(), artifact.to_owned(), version.to_owned())).or_insert(at);
        }
        Self { projects, by_path, by_name, ..Self::default() }
    }

    /// So much was looked at that parents and imports are left out from here on.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.work > MAX_WORK
    }

    pub(super) fn find(&self, group: &str, artifact: &str, version: &str) -> Option<usize> {
        self.by_name.get(&(group.to_owned(), artifact.to_owned(), version.to_owned())).copied()
    }

    /// The parent that a project means.
    fn parent_of(&self, project: &Project, parent: &Parent) -> Option<usize> {
        let folder = project.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let relative = parent.relative.as_deref().unwrap_or("../pom.xml");
        let beside = if relative.is_empty() {
            None
        } else {
            let path = probity_vfs::normalise(&format!("{folder}/{relative}")).into_owned();
            let in_folder = if path.is_empty() { "pom.xml".to_owned() } else { format!("{path}/pom.xml") };
            self.by_path.get(&path).or_else(|| self.by_path.get(&in_folder)).copied()
        };
        let meant = |at: &usize| {
            self.projects.get(*at).is_some_and(|found| {
                let (group, artifact, _) = found.written();
                artifact == parent.artifact && (group == parent.group || group.is_empty() || group.contains("${"))
            })
        };
        beside.filter(meant).or_else(|| self.find(&parent.group, &parent.artifact, &parent.version))
    }

    fn merged(&self, at: usize, depth: usize) -> Merged {
        let Some(project) = self.projects.get(at) else { return Merged::default() };
        let mut out = Merged {
            group: project.group.clone(),
            artifact: project.artifact.clone(),
            version: project.version.clone(),
            properties: project.properties.clone(),
            dependencies: project.dependencies.clone(),
            managed: project.managed.clone(),
            licenses: project.licenses.clone(),
            ..Merged::default()
        };
        let Some(parent) = &project.parent else { return out };
        out.parent = parent.clone();
        let inherited =
            self.parent_of(project, parent).filter(|_| depth < MAX_DEPTH && !self.is_exhausted()).map(|at| self.merged(at, depth + 1));
        let Some(inherited) = inherited else {
            out.missing.push(format!("{}:{}:{}", parent.group, parent.artifact, parent.version));
            take_if_empty(&mut out.group, &parent.group);
            take_if_empty(&mut out.version, &parent.version);
            return out;
        };
        take_if_empty(&mut out.group, if inherited.group.is_empty() { &parent.group } else { &inherited.group });
        take_if_empty(&mut out.version, if inherited.version.is_empty() { &parent.version } else { &inherited.version });
        for (key, value) in inherited.properties {
            out.properties.entry(key).or_insert(value);
        }
        let unplaced = |mut dependency: Dependency| {
            dependency.lines = None;
            dependency
        };
        out.dependencies.extend(inherited.dependencies.into_iter().map(unplaced));
        out.managed.extend(inherited.managed.into_iter().map(unplaced));
        if out.licenses.is_empty() {
            out.licenses = inherited.licenses;
        }
        out.missing.extend(inherited.missing);
        out
    }

    /// What a project means. An import that leads back to a project on the way to it is left out.
    pub(super) fn effective(&mut self, at: usize) -> Rc<Effective> {
        if let Some(known) = self.cache.get(&at) {
            return Rc::clone(known);
        }
        if self.open.len() >= MAX_DEPTH || !self.open.insert(at) {
            return Rc::default();
        }
        let merged = self.merged(at, 0);
        self.work += merged.managed.len() + merged.dependencies.len();
        let variables = Variables::new(&merged);
        let mut out = Effective {
            group: variables.fill(&merged.group).unwrap_or_default(),
            artifact: variables.fill(&merged.artifact).unwrap_or_default(),
            version: variables.fill(&merged.version).unwrap_or_default(),
            licenses: merged.licenses.clone(),
            missing: merged.missing.clone(),
            ..Effective::default()
        };
        let mut imports = Vec::new();
        for managed in &merged.managed {
            let managed = variables.dependency(managed);
            if *managed.scope == *"import" {
                imports.push(managed);
            } else {
                out.managed.entry(managed.key()).or_insert(managed);
            }
        }
        for import in imports {
            match self.find(&import.group, &import.artifact, &import.version).filter(|_| !self.is_exhausted()) {
                Some(at) => {
                    let imported = self.effective(at);
                    self.work += imported.managed.len();
                    for (key, managed) in sorted(&imported.managed) {
                        out.managed.entry(key.clone()).or_insert_with(|| managed.clone());
                    }
                    out.missing.extend(imported.missing.iter().cloned());
                }
                None => out.missing.push(format!("{}:{}:{}", import.group, import.artifact, import.version)),
            }
        }
        let mut seen = HashSet::new();
        for dependency in &merged.dependencies {
            let mut dependency = variables.dependency(dependency);
            if !seen.insert(dependency.key()) {
                continue;
            }
            if let Some(managed) = out.managed.get(&dependency.key()) {
                if dependency.version.is_empty() {
                    dependency.version = Rc::clone(&managed.version);
                }
                if dependency.scope.is_empty() {
                    dependency.scope = Rc::clone(&managed.scope);
                }
                if !managed.exclusions.is_empty() {
                    dependency.exclusions = dependency.exclusions.iter().chain(managed.exclusions.iter()).cloned().collect();
                }
            }
            out.dependencies.push(dependency);
        }
        out.missing.sort_unstable();
        out.missing.dedup();
        self.open.remove(&at);
        self.kept += out.managed.len();
        if self.kept > MAX_KEPT {
            self.kept = out.managed.len();
            self.cache.clear();
        }
        let out = Rc::new(out);
        self.cache.insert(at, Rc::clone(&out));
        out
    }
}

fn sorted<K: Ord, V>(map: &HashMap<K, V>) -> Vec<(&K, &V)> {
    let mut all: Vec<_> = map.iter().collect();
    all.sort_unstable_by(|a, b| a.0.cmp(b.0));
    all
}

fn take_if_empty(text: &mut String, other: &str) {
    if text.is_empty() {
        other.clone_into(text);
    }
}

struct Variables<'a>(&'a Merged);

impl Variables<'_> {
    const fn new(merged: &Merged) -> Variables<'_> {
        Variables(merged)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let merged = self.0;
        let of_project = name.strip_prefix("project.").or_else(|| name.strip_prefix("pom.")).unwrap_or(name);
        let value = match of_project {
            "groupId" => &merged.group,
            "artifactId" => &merged.artifact,
            "version" => &merged.version,
            "parent.groupId" => &merged.parent.group,
            "parent.artifactId" => &merged.parent.artifact,
            "parent.version" => &merged.parent.version,
            _ => merged.properties.get(name)?,
        };
        Some(value.as_str())
    }

    /// Text with its variables filled in; none when one is not known or means itself.
    fn fill(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..MAX_EXPANSIONS {
            let Some(start) = text.find("${") else { return Some(text.trim().to_owned()) };
            let (before, after) = text.split_at_checked(start)?;
            let (name, rest) = after.get(2..)?.split_once('}')?;
            let filled = format!("{before}{}{rest}", self.value(name.trim())?);
            if filled.len() > MAX_VALUE {
                return None;
            }
            text = filled;
        }
        None
    }

    /// A version that is not known stays as it is written, so that it can be named.
    fn dependency(&self, it: &Dependency) -> Dependency {
        let or_written = |text: &Rc<str>| {
            let filled = if text.contains("${") { self.fill(text) } else { None };
            filled.map_or_else(|| Rc::clone(text), Rc::from)
        };
        Dependency {
            group: or_written(&it.group),
            artifact: or_written(&it.artifact),
            version: or_written(&it.version),
            scope: or_written(&it.scope),
            kind: or_written(&it.kind),
            classifier: or_written(&it.classifier),
            exclusions: Rc::clone(&it.exclusions),
            ..*it
        }
    }
}
