//! Layers to one inventory, as overlayfs would show them.
//!
//! A file of a lower layer is hidden when a higher layer has anything at its path, anything but a folder at one of its parents, a whiteout for
//! either, or an opaque whiteout on a parent. Folders merge: what they hold stays, and mode and owner are those of the highest. Secrets and card
//! data in hidden files stay, and so does what is not known about them: the layer still ships them.

use crate::{
    Request,
    claims::{AnalyzerIx, Claims},
    see::{LayerRecord, Records},
};
use probity_model::{
    Capability, Diagnostic, Facts, InputKind, Inventory, Reason, SubjectId, SubjectKind,
    document::SourceFile,
    facts::{FileKind, Secret, UnsearchedKind},
    inventory::{Deleted, UnownedFile},
    target::{Artifact, LayerKey},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// A layer of an artifact: its own, one of several artifacts, or one that was not read.
pub(crate) enum Layer {
    Own(LayerRecord),
    Shared(Arc<LayerRecord>),
    Missing(LayerRecord),
}

impl Layer {
    /// Takes a record out when nobody else needs it (`uses` is 1).
    pub(crate) fn take(key: &LayerKey, uses: Option<usize>, records: &mut Records) -> Self {
        let record = if uses == Some(1) { records.remove(key) } else { records.get(key).cloned() };
        match record.map(Arc::try_unwrap) {
            Some(Ok(record)) => Self::Own(record),
            Some(Err(record)) => Self::Shared(record),
            None => Self::Missing(LayerRecord::default()),
        }
    }

    fn record(&self) -> &LayerRecord {
        match self {
            Self::Own(record) | Self::Missing(record) => record,
            Self::Shared(record) => record,
        }
    }

    /// The documents that `keep` says, moved when they can be.
    fn into_files(self, keep: &[bool]) -> Vec<SourceFile> {
        let mut keep = keep.iter().copied();
        match self {
            Self::Own(record) | Self::Missing(record) => record.files.into_iter().filter(|_| keep.next() == Some(true)).collect(),
            Self::Shared(record) => record.files.iter().filter(|_| keep.next() == Some(true)).cloned().collect(),
        }
    }
}

/// Joins the layers of an artifact, given in its order. Also returns its diagnostics, with subject and layer filled in.
pub(crate) fn squash(
    id: SubjectId,
    artifact: Artifact,
    own: Vec<Layer>,
    claims: &Claims,
    request: &Request,
) -> (Inventory, Vec<Diagnostic>) {
    let Artifact { mut subject, layers: keys, diagnostics: mut found } = artifact;
    subject.id = id;
    for (key, layer) in keys.iter().zip(&own) {
        if matches!(layer, Layer::Missing(_)) {
            found.push(
                Diagnostic::error(Reason::AnalyzerFailed, format!("layer `{}` was not read", key.0)).affecting([Capability::Everything]),
            );
        }
    }
    let layers: Vec<&LayerRecord> = own.iter().map(Layer::record).collect();

    let hidden = Hidden::new(&layers);
    let links = final_links(&layers, &hidden);
    let mut facts = Facts::default();
    let mut kept: Vec<Vec<bool>> = Vec::with_capacity(layers.len());
    let mut file_count = 0;
    for (layer, record) in (0_u32..).zip(&layers) {
        let mut own = record.facts.clone();
        own.places_mut(&mut |place| {
            place.layer = Some(layer);
            place.removed_by = hidden.by(&place.path, layer);
        });
        for diagnostic in &mut own.diagnostics {
            diagnostic.layer = Some(layer);
        }
        // A broken file that a later layer replaced does not matter any more, except for what is looked for in hidden files too.
        own.diagnostics.retain(|diagnostic| {
            let lasting = |affected: &Capability| matches!(affected, Capability::Everything | Capability::Secrets | Capability::Data);
            diagnostic.affects.iter().any(lasting) || diagnostic.path.as_ref().is_none_or(|path| hidden.by(path, layer).is_none())
        });
        own.owned_files.clone_from(&record.facts.owned_files);
        facts.append(own);
        if hidden.nothing_above(layer) {
            file_count += record.paths.len() as u64;
        } else {
            file_count += record.paths.iter().filter(|path| hidden.by(path, layer).is_none()).count() as u64;
        }
        kept.push(record.files.iter().map(|file| hidden.by(&file.path, layer).is_none()).collect());
    }
    let secrets: Vec<Secret> = facts.secrets.iter().filter(|secret| !secret.at.is_visible()).cloned().collect();
    let data: Vec<_> = facts.data.iter().filter(|data| !data.at.is_visible()).cloned().collect();
    let unsearched: Vec<_> = facts.unsearched.iter().filter(|file| !file.at.is_visible()).cloned().collect();
    facts.retain(&mut probity_model::Place::is_visible);
    facts.secrets.extend(secrets);
    facts.data.extend(data);
    facts.unsearched.extend(unsearched);
    found.append(&mut facts.diagnostics);

    match subject.kind {
        SubjectKind::Image | SubjectKind::Rootfs => {
            kept.clear();
            unread_links(&layers, &hidden, &links, claims, &mut found);
        }
        // Modes in a checkout say how it was checked out, not what will be deployed.
        SubjectKind::Folder | SubjectKind::File | SubjectKind::Sbom => {
            facts.files.clear();
            for record in &layers {
                lost_links(record, &mut found);
            }
        }
    }
    found.extend(unsearched_note(&facts));
    if let Some(config) = &subject.image {
        probity_analyzers::image_facts(config, &mut facts);
        found.append(&mut facts.diagnostics);
    }
    if subject.kind == SubjectKind::File && !facts.sboms.is_empty() {
        subject.kind = SubjectKind::Sbom;
    }
    let distro = request.knowledge.as_ref().and_then(|knowledge| knowledge.distro.clone());
    facts.os.extend(distro);
    let os = probity_analyzers::settle(&mut facts);
    found.append(&mut facts.diagnostics);
    found.extend(crate::packages::settle(&mut facts, subject.kind, &request.evidence));
    let end_of_life = os.as_ref().is_some_and(|os| crate::knowledge::is_end_of_life(os, &request.as_of));
    facts.sort();

    // A list of packages without their files says nothing about who owns what.
    let package_database = !facts.owned_files.is_empty();
    let owned = Owned::new(&facts.owned_files, &links);
    let unowned = if package_database { unowned(&facts, &owned) } else { Vec::new() };
    // What a package brought is public; nobody's secrets are in it.
    facts.unsearched.retain(|file| !owned.has(&file.at.path));
    found.extend(unsearched_stores(&facts));
    let mut deleted: Vec<Deleted> = (0_u32..)
        .zip(&layers)
        .flat_map(|(layer, record)| {
            let of = move |opaque| move |path: &Arc<str>| Deleted { path: path.clone(), layer, opaque };
            record.whiteouts.iter().map(of(false)).chain(record.opaque.iter().map(of(true)))
        })
        .collect();
    deleted.sort_unstable();

    let layer_count = layers.len() as u64;
    let mut files: Vec<SourceFile> = own.into_iter().zip(&kept).flat_map(|(layer, keep)| layer.into_files(keep)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    probity_configs::link(&mut files, &mut found);
    for diagnostic in &mut found {
        diagnostic.subject = Some(id);
    }
    (Inventory { subject, os, end_of_life, facts, unowned, package_database, deleted, file_count, layer_count, files }, found)
}

/// Says how many files were not searched for secrets and card data. Programs are binary in every image, so that is a note; where nothing could be
/// searched at all, the absence of finds proves nothing.
fn unsearched_note(facts: &Facts) -> Option<Diagnostic> {
    let (searched, left) = (facts.secret_files, facts.unsearched_files);
    let message = format!("{left} of {} files are binary or of a sort that is not searched for secrets and card data", searched + left);
    match (searched, left) {
        (_, 0) => None,
        (0, _) => Some(Diagnostic::warning(Reason::AnalyzerFailed, message).affecting([Capability::Secrets, Capability::Data])),
        _ => Some(Diagnostic::note(Reason::AnalyzerDisabled, message)),
    }
}

/// Names of files that a message has room for.
const NAMED: usize = 3;

/// Databases, dumps and archives are what secrets and card data leave a company in: beside one that was not opened, finding nothing proves nothing.
fn unsearched_stores(facts: &Facts) -> Option<Diagnostic> {
    let stores: BTreeSet<(&str, &str)> =
        facts.unsearched.iter().filter(|file| file.kind == UnsearchedKind::Store).map(|file| (&*file.at.path, file.what)).collect();
    let named: Vec<String> = stores.iter().take(NAMED).map(|(path, what)| format!("`{path}` ({what})")).collect();
    let more = match stores.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (verb, holds) = if stores.len() == 1 { ("was", "it holds") } else { ("were", "they hold") };
    let message = format!("{}{more} {verb} not opened, and what {holds} was not searched for secrets and card data", named.join(", "));
    (!stores.is_empty()).then(|| {
        Diagnostic::warning(Reason::AnalyzerFailed, message)
            .hint("leave databases, dumps and archives out of the artifact, or scan them unpacked as well")
            .affecting([Capability::Secrets, Capability::Data])
    })
}

/// Paths that a package manager installed, also through linked folders.
struct Owned<'a> {
    plain: HashSet<&'a str>,
    resolved: HashSet<String>,
}

impl<'a> Owned<'a> {
    fn new(paths: &'a [Arc<str>], links: &HashMap<&str, &str>) -> Self {
        let mut owned = Self { plain: HashSet::with_capacity(paths.len()), resolved: HashSet::new() };
        for path in paths {
            match resolve_folders(path, links) {
                Some(real) => {
                    owned.resolved.insert(real);
                }
                None => {
                    owned.plain.insert(path);
                }
            }
        }
        owned
    }

    fn has(&self, path: &str) -> bool {
        self.plain.contains(path) || self.resolved.contains(path)
    }
}

/// What higher layers do to lower ones' paths.
struct Hidden<'a> {
    /// The highest layers first: layers that have something at this path which is no folder, or a whiteout.
    replaced: HashMap<&'a str, Vec<u32>>,
    /// Layers that have a folder at this path.
    folders: HashMap<&'a str, Vec<u32>>,
    opaque: HashMap<&'a str, Vec<u32>>,
    top: u32,
}

impl<'a> Hidden<'a> {
    fn new(layers: &[&'a LayerRecord]) -> Self {
        let mut hidden = Self { replaced: HashMap::new(), folders: HashMap::new(), opaque: HashMap::new(), top: 0 };
        // The lowest layer hides nothing.
        for (layer, record) in (0_u32..).zip(layers).skip(1) {
            hidden.top = layer;
            for path in record.paths.iter().chain(&record.whiteouts) {
                hidden.replaced.entry(path).or_default().push(layer);
            }
            for path in &record.folders {
                hidden.folders.entry(path).or_default().push(layer);
            }
            for path in &record.opaque {
                hidden.opaque.entry(path).or_default().push(layer);
            }
        }
        hidden
    }

    fn nothing_above(&self, layer: u32) -> bool {
        layer >= self.top
    }

    /// The lowest layer above `layer` that hides `path`.
    fn by(&self, path: &str, layer: u32) -> Option<u32> {
        if self.nothing_above(layer) {
            return None;
        }
        let above = |list: Option<&Vec<u32>>| list.and_then(|layers| layers.iter().copied().find(|other| *other > layer));
        let mut first = earlier(above(self.replaced.get(path)), above(self.folders.get(path)));
        let mut parent = path;
        while let Some((rest, _)) = parent.rsplit_once('/') {
            parent = rest;
            first = earlier(first, above(self.replaced.get(parent)));
            first = earlier(first, above(self.opaque.get(parent)));
        }
        // An opaque root hides everything below.
        earlier(first, above(self.opaque.get("")))
    }
}

fn earlier(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The links of the final tree.
fn final_links<'a>(layers: &[&'a LayerRecord], hidden: &Hidden<'_>) -> HashMap<&'a str, &'a str> {
    let mut links = HashMap::new();
    for (layer, record) in (0_u32..).zip(layers) {
        for (path, target) in &record.symlinks {
            if hidden.by(path, layer).is_none() {
                links.insert(&**path, &**target);
            }
        }
    }
    links
}

/// Files are read under their own names. What an analyzer claims by a name that is a link, or is behind one, it has read only if it claims the
/// file's own name too; else the system sees a `passwd` that nobody examined.
fn unread_links(layers: &[&LayerRecord], hidden: &Hidden<'_>, links: &HashMap<&str, &str>, claims: &Claims, found: &mut Vec<Diagnostic>) {
    if links.is_empty() {
        return;
    }
    let mut names: Vec<&str> = links.keys().copied().collect();
    for path in claims.paths() {
        names.push(path);
    }
    names.sort_unstable();
    names.dedup();
    let (mut by_name, mut by_end) = (Vec::new(), Vec::new());
    let mut unread: BTreeMap<String, Vec<(&str, AnalyzerIx)>> = BTreeMap::new();
    for name in names {
        claims.of(name, &mut by_name);
        if by_name.is_empty() {
            continue;
        }
        let Some(end) = end_of_link(name, links, Root::Image).filter(|end| end != name) else { continue };
        claims.of(&end, &mut by_end);
        let lost: Vec<_> = by_name.iter().filter(|ix| !by_end.contains(ix)).map(|ix| (name, *ix)).collect();
        if !lost.is_empty() {
            unread.entry(end).or_default().extend(lost);
        }
    }
    if unread.is_empty() {
        return;
    }
    // A link that leads nowhere hides nothing.
    let mut there: BTreeSet<&str> = BTreeSet::new();
    for (layer, record) in (0_u32..).zip(layers) {
        let ends = record.paths.iter().map(|path| &**path).filter(|path| unread.contains_key(*path));
        there.extend(ends.filter(|path| hidden.by(path, layer).is_none()));
    }
    for (end, lost) in unread.iter().filter(|(end, _)| there.contains(end.as_str())) {
        for (name, ix) in lost {
            let Some(meta) = claims.analyzer(*ix).map(probity_model::analyzer::Analyzer::meta) else { continue };
            found.push(
                Diagnostic::warning(Reason::AnalyzerFailed, format!("is a link to `{end}`, whose content `{}` did not read", meta.id))
                    .at(name)
                    .affecting(meta.provides.iter().copied()),
            );
        }
    }
}

/// Executables that no package manager installed. Package databases list `bin/ls` where the file is `usr/bin/ls` behind a linked folder, so owned
/// paths are resolved through the links of the final tree.
fn unowned(facts: &Facts, owned: &Owned<'_>) -> Vec<UnownedFile> {
    facts
        .files
        .iter()
        .enumerate()
        .filter(|(_, file)| {
            file.is_executable()
                && matches!(file.kind, FileKind::Elf | FileKind::Pe | FileKind::MachO | FileKind::Script)
                && !is_package_script(&file.path)
                && !owned.has(&file.path)
        })
        .map(|(index, _)| UnownedFile(index))
        .collect()
}

/// Links are not followed. One that is called like a document and leads to no file that was read under its own name hides what may be a document.
fn lost_links(record: &LayerRecord, found: &mut Vec<Diagnostic>) {
    if record.symlinks.is_empty() {
        return;
    }
    let links: HashMap<&str, &str> = record.symlinks.iter().map(|(path, target)| (&**path, &**target)).collect();
    let (claimed, other): (Vec<_>, Vec<_>) = record.symlinks.iter().partition(|(path, _)| probity_configs::claims(path));
    let mut outside: Vec<_> = other.into_iter().filter(|(path, _)| end_of_link(path, &links, Root::Folder).is_none()).collect();
    outside.sort_unstable();
    if let Some((first, _)) = outside.first() {
        let named: Vec<String> = outside.iter().take(NAMED).map(|(path, target)| format!("`{path}` to `{target}`")).collect();
        let more = match outside.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let verb = if outside.len() == 1 { "a link leads" } else { "links lead" };
        found.push(
            Diagnostic::warning(
                Reason::AnalyzerDisabled,
                format!("{verb} out of the folder and nothing behind was read: {}{more}", named.join(", ")),
            )
            .at(first)
            .hint("links are not followed: name what it leads to as a target of its own"),
        );
    }
    let files: HashSet<&str> = record.paths.iter().map(|path| &**path).filter(|path| !links.contains_key(path)).collect();
    for (path, target) in claimed {
        if end_of_link(path, &links, Root::Folder).is_some_and(|end| files.contains(end.as_str()) && probity_configs::claims(&end)) {
            continue;
        }
        let kinds: &[InputKind] = if [".yaml", ".yml", ".json"].iter().any(|ending| path.to_ascii_lowercase().ends_with(ending)) {
            &[InputKind::KubernetesManifest, InputKind::Compose]
        } else {
            &[InputKind::Dockerfile]
        };
        found.push(
            Diagnostic::warning(
                Reason::AnalyzerFailed,
                format!("is a link to `{target}`, which is not among the documents that were read"),
            )
            .at(path)
            .hint("links are not followed: name what it leads to as a target of its own, or leave the link out with `--skip-files`")
            .affecting(kinds.iter().copied().map(Capability::Documents)),
        );
    }
}

/// What absolute links are relative to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    /// The artifact: they, and `..` at the root, stay inside.
    Image,
    /// The machine: they lead outside.
    Folder,
}

/// Where a path leads through links, its own and those of its folders; `None` when that is outside, or nowhere.
fn end_of_link(path: &str, links: &HashMap<&str, &str>, root: Root) -> Option<String> {
    const MAX_LINKS: usize = 40;
    let mut current = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Some(real) = resolve_folders(&current, links) {
            current = real;
        }
        let Some(target) = links.get(current.as_str()) else { return Some(current) };
        let mut parts: Vec<&str> = current.split('/').collect();
        parts.pop();
        if target.starts_with('/') {
            match root {
                Root::Image => parts.clear(),
                Root::Folder => return None,
            }
        }
        for part in target.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() && root == Root::Folder {
                        return None;
                    }
                }
                _ => parts.push(part),
            }
        }
        current = parts.join("/");
    }
    None
}

/// Maintainer scripts belong to the package manager itself.
fn is_package_script(path: &str) -> bool {
    crate::claims::is_below(path, "var/lib/dpkg/info")
        || crate::claims::is_below(path, "lib/apk/db")
        || crate::claims::is_below(path, "usr/lib/apk/db")
}

/// Replaces linked folders in a path; `None` when no parent is a link. Bounded, so loops end.
fn resolve_folders(path: &str, links: &HashMap<&str, &str>) -> Option<String> {
    const MAX_LINKS: usize = 40;
    let mut current: Option<String> = None;
    for _ in 0..MAX_LINKS {
        let text = current.as_deref().unwrap_or(path);
        let Some((at, target)) = text.match_indices('/').find_map(|(at, _)| Some((at, *links.get(text.get(..at)?)?))) else {
            break;
        };
        let folder = text.get(..at).unwrap_or_default();
        let rest = text.get(at + 1..).unwrap_or_default();
        let base = if target.starts_with('/') { "" } else { folder.rsplit_once('/').map_or("", |(parent, _)| parent) };
        current = Some(join(base, target, rest));
    }
    current
}

/// Joins and normalises; `..` at the root stays at the root.
fn join(base: &str, target: &str, rest: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')).chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(paths: &[&str], whiteouts: &[&str], opaque: &[&str]) -> LayerRecord {
        let list = |items: &[&str]| items.iter().map(|item| Arc::from(*item)).collect();
        LayerRecord { paths: list(paths), whiteouts: list(whiteouts), opaque: list(opaque), ..LayerRecord::default() }
    }

    #[test]
    fn higher_layers_hide_lower_files() {
        let mut layers = [
            record(&["a", "d/x", "d/y", "e/z", "f/deep/er", "h", "i/x"], &[], &[]),
            record(&["a", "d/new"], &["e"], &["d"]),
            record(&["f"], &[], &[]),
        ];
        layers[2].folders = vec!["h".into(), "i".into()];
        let refs: Vec<&LayerRecord> = layers.iter().collect();
        let hidden = Hidden::new(&refs);
        assert_eq!(hidden.by("a", 0), Some(1), "replaced");
        assert_eq!(hidden.by("a", 1), None, "the replacement stands");
        assert_eq!(hidden.by("d/x", 0), Some(1), "opaque folder");
        assert_eq!(hidden.by("d/new", 1), None, "an opaque folder keeps its own layer's files");
        assert_eq!(hidden.by("e/z", 0), Some(1), "whiteout of a parent");
        assert_eq!(hidden.by("f/deep/er", 0), Some(2), "a folder replaced by a file");
        assert_eq!(hidden.by("g", 0), None);
        assert_eq!(hidden.by("h", 0), Some(2), "a file replaced by a folder");
        assert_eq!(hidden.by("i/x", 0), None, "folders merge");
    }

    #[test]
    fn linked_folders_are_resolved_and_loops_end() {
        let links = HashMap::from([("bin", "usr/bin"), ("lib", "/usr/lib"), ("loop", "loop"), ("a/b", "../c")]);
        assert_eq!(resolve_folders("bin/ls", &links).as_deref(), Some("usr/bin/ls"));
        assert_eq!(resolve_folders("lib/x/y.so", &links).as_deref(), Some("usr/lib/x/y.so"));
        assert_eq!(resolve_folders("a/b/f", &links).as_deref(), Some("c/f"));
        assert_eq!(resolve_folders("opt/x", &links), None);
        assert!(resolve_folders("loop/x", &links).is_some());
    }
}
