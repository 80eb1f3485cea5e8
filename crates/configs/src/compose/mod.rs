//! Compose projects.
//!
//! <https://github.com/compose-spec/compose-spec>
//!
//! A file is a project when it is named like one or when its `services` look like services. `extends` within the file is resolved when it is
//! read; what spans files is joined by [`link`]: `extends` from another file, override files, and lists of files in `include`. A plain
//! `include` names a project that is judged where it stands. Other files are looked up among those of the subject, never opened. Nodes
//! that come from another file carry the lines of the place that names it, so that lines and path of a service always belong together.
//!
//! Also read: files of version 1, which have services at the top. Not read: `.env`, files named by `-f` on some command line.

mod interpolate;
mod merge;

use crate::Limits;
use probity_model::{
    Capability, Diagnostic, InputKind, Lines, Node, Reason,
    compose::{Project, Service},
    document::{Document, SourceFile},
    node::{Entry, Value},
};
use std::collections::{HashMap, HashSet};

/// Length of a chain of `extends`.
const MAX_CHAIN: usize = 32;

/// Names that `docker compose` looks for, in its order.
const DEFAULTS: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// Keys of a file besides `services`.
const TOP_LEVEL: [&str; 7] = ["include", "networks", "volumes", "secrets", "configs", "models", "name"];

/// What services of a project share.
const SHARED: [&str; 4] = ["networks", "volumes", "secrets", "configs"];

/// Whether the name alone says that the file is a Compose file.
pub(crate) fn is_named(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some((stem, "yaml" | "yml")) = name.rsplit_once('.') else { return false };
    let Some(rest) = stem.strip_prefix("docker-compose").or_else(|| stem.strip_prefix("compose")) else { return false };
    rest.is_empty() || rest.starts_with(['.', '-', '_'])
}

/// The project of a document, or the document back.
pub(crate) fn project(path: &str, mut root: Node, limits: &Limits, diagnostics: &mut Vec<Diagnostic>) -> Result<Project, Node> {
    let is_object = root.get("apiVersion").is_some() && root.get("kind").is_some();
    if is_object || !(has_services(&root, is_named(path)) || (is_named(path) && TOP_LEVEL.iter().any(|key| root.get(key).is_some()))) {
        if is_named(path) && !is_object && !root.is_null() {
            diagnostics.push(lost(Reason::AnalyzerFailed, "has no `services`").on(Lines::one(root.lines.start), None));
        }
        return Err(root);
    }
    interpolate::tree(&mut root);
    let name = root.text_of("name").map(str::to_owned);
    let mut resolver = Resolver::new(path, limits, None);
    let services = resolver.services(&root);
    diagnostics.append(&mut resolver.diagnostics);
    Ok(Project { name, services, root })
}

/// Whether the document has services: under `services`, or in a file that is named like a project at the top, as in version 1.
fn has_services(root: &Node, named: bool) -> bool {
    match root.get("services") {
        Some(services) if named => services.is_map(),
        Some(services) => services.entries().iter().any(|entry| looks_like_service(&entry.value)),
        None => named && root.entries().iter().any(|entry| looks_like_service(&entry.value)),
    }
}

fn looks_like_service(node: &Node) -> bool {
    let is_text = |key| node.get(key).is_some_and(|value| value.as_str().is_some());
    is_text("image") || node.get("build").is_some_and(|build| build.is_map() || build.as_str().is_some())
}

/// The mapping of services: `services`, or all of a file of version 1.
fn services_of(root: &Node) -> &Node {
    match root.get("services") {
        Some(services) => services,
        None if TOP_LEVEL.iter().any(|key| root.get(key).is_some()) => &EMPTY,
        None => root,
    }
}

static EMPTY: Node = Node { value: Value::Map(Vec::new()), lines: Lines { start: 1, end: 1 }, tag: None };

fn lost(reason: Reason, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(reason, message).affecting([Capability::Documents(InputKind::Compose)])
}

fn service(name: &str, lines: Lines, mut node: Node) -> Service {
    merge::without_resets(&mut node);
    let texts = |node: &Node| -> Vec<String> {
        let one = node.text().map(str::to_owned);
        let many = node.items().iter().filter_map(|item| item.text().or_else(|| item.text_of("path")).map(str::to_owned));
        one.into_iter().chain(many).collect()
    };
    Service {
        name: name.to_owned(),
        lines,
        profiles: node.get("profiles").map(texts).unwrap_or_default(),
        env_files: node.get("env_file").map(texts).unwrap_or_default(),
        node,
    }
}

/// The roots of all projects of a subject by path.
type Roots<'a> = HashMap<&'a str, &'a Node>;

struct Resolver<'a> {
    path: &'a str,
    /// `None` while a file is read on its own: what other files say is left for [`link`].
    roots: Option<&'a Roots<'a>>,
    /// Services by name, for each file that was looked at.
    indexes: HashMap<String, HashMap<&'a str, &'a Node>>,
    /// Nodes that merging may still make.
    room: usize,
    full: bool,
    diagnostics: Vec<Diagnostic>,
    /// Problems that were counted only.
    more: usize,
}

/// Problems of one file that are told one by one.
const MAX_PROBLEMS: usize = 20;

/// Where the base of a service is.
struct Extends<'n> {
    file: Option<&'n str>,
    service: &'n str,
    lines: Lines,
}

fn extends(node: &Node) -> Option<Extends<'_>> {
    let entry = node.entry("extends")?;
    let service = entry.value.text().or_else(|| entry.value.text_of("service"))?;
    Some(Extends { file: entry.value.text_of("file"), service, lines: entry.lines() })
}

impl<'a> Resolver<'a> {
    fn new(path: &'a str, limits: &Limits, roots: Option<&'a Roots<'a>>) -> Self {
        Self { path, roots, indexes: HashMap::new(), room: limits.max_nodes, full: false, diagnostics: Vec::new(), more: 0 }
    }

    /// All services of the file.
    fn services(&mut self, root: &'a Node) -> Vec<Service> {
        let mut services = Vec::new();
        for entry in services_of(root).entries() {
            if !(entry.value.is_map() || entry.value.is_null()) || entry.key.starts_with("x-") {
                continue;
            }
            if root.get("services").is_none() && !looks_like_service(&entry.value) && extends(&entry.value).is_none() {
                continue;
            }
            let node = self.resolve(root, &entry.key, &entry.value);
            services.push(service(&entry.key, entry.lines(), node));
        }
        if self.full {
            let message = "`extends` copies too much; some services were judged without their base";
            self.diagnostics.push(lost(Reason::SubjectTruncated, message).at(self.path));
        }
        if self.more > 0 {
            let message = format!("{} more services have an `extends` that does not work", self.more);
            self.diagnostics.push(lost(Reason::AnalyzerFailed, message).at(self.path));
        }
        services
    }

    /// A service with what it extends.
    fn resolve(&mut self, root: &'a Node, name: &str, node: &'a Node) -> Node {
        // The chain is collected first, nearest first, and merged from its far end: no recursion.
        let mut chain: Vec<(Node, Option<Lines>)> = vec![(node.clone(), None)];
        let mut seen: Vec<(String, String)> = vec![(self.path.to_owned(), name.to_owned())];
        let mut at = (self.path.to_owned(), root, node);
        // Where the first other file is named: all that comes from there on is shown at that place.
        let mut outside: Option<Lines> = None;
        let mut crossed = false;
        while let Some(Extends { file, service, lines }) = extends(at.2) {
            let here = outside.unwrap_or(lines);
            crossed |= file.is_some();
            // What goes wrong inside the file was said when it was read on its own.
            let news = self.roots.is_none() || crossed;
            let (path, root) = match file {
                None => (at.0.clone(), at.1),
                Some(file) => {
                    let Some(roots) = self.roots else { break };
                    let Some(path) = join(&at.0, file) else {
                        self.problem(unread(file, "lies outside of what is scanned").on(here, None));
                        break;
                    };
                    let Some(root) = roots.get(path.as_str()) else {
                        self.problem(unread(file, "is not among the Compose files that were scanned").on(here, None));
                        break;
                    };
                    if path != self.path {
                        outside.get_or_insert(lines);
                    }
                    (path, *root)
                }
            };
            let step = (path, service.to_owned());
            if seen.contains(&step) || chain.len() >= MAX_CHAIN {
                if news {
                    let names: Vec<&str> = seen.iter().map(|(_, name)| name.as_str()).chain([service]).collect();
                    let message = format!("`extends` does not end: {}", names.join(" → "));
                    self.problem(lost(Reason::AnalyzerFailed, message).on(here, None));
                }
                break;
            }
            let Some(base) = self.find(&step.0, root, service) else {
                if news {
                    let message = format!("`extends` names the service `{service}`, which does not exist");
                    self.problem(lost(Reason::AnalyzerFailed, message).on(here, None));
                }
                break;
            };
            let Some(left) = self.room.checked_sub(merge::size(base)) else {
                self.full = true;
                break;
            };
            self.room = left;
            chain.push((base.clone(), outside));
            at = (step.0.clone(), root, base);
            seen.push(step);
        }
        let mut merged: Option<Node> = None;
        while let Some((mut node, outside)) = chain.pop() {
            if let Some(lines) = outside {
                merge::relocate(&mut node, lines);
            }
            merged = Some(match merged {
                Some(base) => merge::merge(base, node, ""),
                None => node,
            });
        }
        merged.unwrap_or_else(|| node.clone())
    }

    fn problem(&mut self, diagnostic: Diagnostic) {
        let diagnostic = diagnostic.at(self.path);
        if self.diagnostics.contains(&diagnostic) {
            return;
        }
        if self.diagnostics.len() < MAX_PROBLEMS {
            self.diagnostics.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    fn find(&mut self, path: &str, root: &'a Node, service: &str) -> Option<&'a Node> {
        if !self.indexes.contains_key(path) {
            let index = services_of(root).entries().iter().map(|entry| (&*entry.key, &entry.value)).collect();
            self.indexes.insert(path.to_owned(), index);
        }
        self.indexes.get(path)?.get(service).copied()
    }
}

fn unread(file: &str, why: &str) -> Diagnostic {
    lost(Reason::TargetKindMissing, format!("`{file}` {why}, so what it adds was not judged"))
        .hint("scan the folder that holds all files of the project")
}

/// Joins what spans several files.
pub(crate) fn link(files: &mut [SourceFile], diagnostics: &mut Vec<Diagnostic>) {
    let limits = Limits::default();
    let mut joined: Vec<(usize, Vec<Service>)> = Vec::new();
    let mut overlays: Vec<(usize, usize)> = Vec::new();
    {
        let roots: Roots<'_> = files.iter().filter_map(|file| Some((&*file.path, &project_of(file)?.root))).collect();
        let indexes: HashMap<&str, usize> = files.iter().enumerate().map(|(index, file)| (&*file.path, index)).collect();
        for (index, file) in files.iter().enumerate() {
            let Some(project) = project_of(file) else { continue };
            if services_of(&project.root).entries().iter().any(|entry| extends(&entry.value).is_some_and(|base| base.file.is_some())) {
                let mut resolver = Resolver::new(&file.path, &limits, Some(&roots));
                joined.push((index, resolver.services(&project.root)));
                diagnostics.append(&mut resolver.diagnostics);
            }
            include(&file.path, &project.root, &roots, &indexes, &mut overlays, diagnostics);
        }
        overlays.extend(override_files(&indexes, &roots));
    }
    for (index, services) in joined {
        if let Some(project) = files.get_mut(index).and_then(project_of_mut) {
            project.services = services;
        }
    }
    let mut done = HashSet::new();
    for (base, over) in overlays {
        // A file is laid over one other at most: it is gone afterwards.
        if base != over && done.insert(over) {
            overlay(files, base, over);
        }
    }
}

fn project_of(file: &SourceFile) -> Option<&Project> {
    file.documents.iter().find_map(|document| match document {
        Document::Compose(project) => Some(project),
        _ => None,
    })
}

fn project_of_mut(file: &mut SourceFile) -> Option<&mut Project> {
    file.documents.iter_mut().find_map(|document| match document {
        Document::Compose(project) => Some(project),
        _ => None,
    })
}

/// Says which included files are missing, and which are laid over another.
fn include<'a>(
    path: &str,
    root: &Node,
    roots: &Roots<'a>,
    indexes: &HashMap<&'a str, usize>,
    overlays: &mut Vec<(usize, usize)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for item in root.items_of("include") {
        let paths = item.get("path").unwrap_or(item);
        let mut base = None;
        for named in std::iter::once(paths).chain(paths.items()) {
            let Some(text) = named.text() else { continue };
            let found = join(path, text).and_then(|path| roots.contains_key(path.as_str()).then(|| indexes.get(path.as_str()).copied())?);
            match (found, base) {
                (None, _) => diagnostics.push(
                    unread(text, "is not among the Compose files that were scanned").at(path).on(Lines::one(named.lines.start), None),
                ),
                (Some(found), None) => base = Some(found),
                (Some(found), Some(base)) => overlays.push((base, found)),
            }
        }
    }
}

/// The pairs that `docker compose` merges without being told.
fn override_files<'a>(indexes: &HashMap<&'a str, usize>, roots: &Roots<'a>) -> Vec<(usize, usize)> {
    let folder =
        |path: &str, name: &str| path.strip_suffix(name).filter(|folder| folder.is_empty() || folder.ends_with('/')).map(str::to_owned);
    let mut folders: Vec<String> = roots.keys().flat_map(|path| OVERRIDES.iter().filter_map(|name| folder(path, name))).collect();
    folders.sort_unstable();
    folders.dedup();
    let find = |folder: &str, names: &[&str]| {
        names
            .iter()
            .map(|name| format!("{folder}{name}"))
            .find_map(|path| roots.contains_key(path.as_str()).then(|| indexes.get(path.as_str()).copied())?)
    };
    folders.iter().filter_map(|folder| Some((find(folder, &DEFAULTS)?, find(folder, &OVERRIDES)?))).collect()
}

/// Lays the services of one file over those of another. Services that only the upper file has stay there.
fn overlay(files: &mut [SourceFile], base: usize, over: usize) {
    let Some(names) = files
        .get(base)
        .and_then(project_of)
        .map(|project| project.services.iter().map(|service| service.name.clone()).collect::<HashSet<_>>())
    else {
        return;
    };
    let Some(upper) = files.get_mut(over) else { return };
    let Some(project) = project_of_mut(upper) else { return };
    let shared: Vec<Entry> = project.root.entries().iter().filter(|entry| SHARED.contains(&&*entry.key)).cloned().collect();
    let (both, own): (Vec<Service>, Vec<Service>) =
        std::mem::take(&mut project.services).into_iter().partition(|service| names.contains(&service.name));
    project.services = own;
    // What resets and overrides is in the tree as it was written, not in the finished services.
    let raw: HashMap<String, Node> = both
        .iter()
        .map(|service| {
            (service.name.clone(), services_of(&project.root).get(&service.name).cloned().unwrap_or_else(|| service.node.clone()))
        })
        .collect();
    if project.services.is_empty() {
        upper.documents.retain(|document| !matches!(document, Document::Compose(_)));
    }
    let Some(project) = files.get_mut(base).and_then(project_of_mut) else { return };
    lay_over_root(&mut project.root, shared);
    let places: HashMap<String, usize> =
        project.services.iter().enumerate().map(|(index, service)| (service.name.clone(), index)).collect();
    for upper in both {
        let Some(lower) = places.get(&upper.name).and_then(|place| project.services.get_mut(*place)) else { continue };
        let extended = upper.node.get("extends").is_some();
        let mut node = if extended { upper.node } else { raw.get(&upper.name).cloned().unwrap_or(upper.node) };
        merge::relocate(&mut node, Lines::one(lower.lines.start));
        let lines = lower.node.lines;
        let merged = merge::merge(lower.node.clone(), node, "");
        *lower = service(&lower.name, lower.lines, Node { lines, ..merged });
    }
}

/// Merges networks, volumes and the like of an upper file into the tree of the lower one.
fn lay_over_root(root: &mut Node, shared: Vec<Entry>) {
    let lines = Lines::one(root.lines.start);
    let Value::Map(entries) = &mut root.value else { return };
    for mut upper in shared {
        let lower = entries.iter_mut().find(|entry| entry.key == upper.key);
        let here = lower.as_ref().map_or(lines, |entry| Lines::one(entry.line));
        merge::relocate(&mut upper.value, here);
        upper.line = here.start;
        match lower {
            Some(lower) => {
                let whole = lower.value.lines;
                lower.value = Node { lines: whole, ..merge::merge(lower.value.clone(), upper.value, &lower.key) };
            }
            None => entries.push(upper),
        }
    }
}

/// A path next to another one, `None` when it is absolute, remote or leads out of the root.
fn join(path: &str, relative: &str) -> Option<String> {
    if relative.starts_with(['/', '\\', '~']) || relative.contains("://") || relative.contains("${") {
        return None;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
