//! What services mount from the host.
//!
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes>
//!
//! A named volume may be a folder of the host as well: `driver_opts: {type: none, o: bind, device: /etc}`.

use super::service::is_open;
use probity_model::{
    compose::{Project, Service},
    node::Node,
    place::Lines,
};

/// One item of `volumes`.
pub(super) struct Mount<'a> {
    pub(super) source: Source<'a>,
    pub(super) target: &'a str,
    pub(super) read_only: bool,
    /// `rshared`, `private` …
    pub(super) propagation: Option<&'a str>,
    pub(super) lines: Lines,
    pub(super) index: usize,
}

/// What is mounted.
pub(super) enum Source<'a> {
    /// A path of the host as written: absolute, relative to the project, or below the user's home.
    Host(&'a str),
    /// A volume, a tmpfs, an image.
    Volume,
    /// A variable that nothing sets.
    Open(&'a str),
}

pub(super) fn mounts<'a>(service: &'a Service, project: &'a Project) -> impl Iterator<Item = Mount<'a>> {
    service.node.items_of("volumes").iter().enumerate().filter_map(move |(index, item)| {
        let mut mount = if item.is_map() { long(item, project) } else { short(item.text()?, project) };
        mount.lines = item.lines;
        mount.index = index;
        Some(mount)
    })
}

const fn nowhere() -> Lines {
    Lines::one(1)
}

fn long<'a>(item: &'a Node, project: &'a Project) -> Mount<'a> {
    let source = item.text_of("source").or_else(|| item.text_of("src")).unwrap_or_default();
    let target = ["target", "dst", "destination"].into_iter().find_map(|key| item.text_of(key)).unwrap_or_default();
    let source = match item.text_of("type") {
        Some("bind" | "npipe") | None if is_open(source) => Source::Open(source),
        Some("bind" | "npipe") => Source::Host(source),
        Some("volume") | None => classify(source, project),
        Some(kind) if is_open(kind) => Source::Open(kind),
        Some(_) => Source::Volume,
    };
    Mount {
        source,
        target,
        read_only: item.get("read_only").or_else(|| item.get("readonly")).and_then(Node::as_bool) == Some(true),
        propagation: item.at(&["bind", "propagation"]).and_then(Node::text),
        lines: nowhere(),
        index: 0,
    }
}

/// `[source:]target[:options]`, drive letters included.
fn short<'a>(text: &'a str, project: &'a Project) -> Mount<'a> {
    let mut parts = split(text).into_iter();
    let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let options = third.unwrap_or_default();
    let Some(target) = second else {
        // A target alone is an anonymous volume.
        let source = if is_open(first) { Source::Open(first) } else { Source::Volume };
        return Mount { source, target: first, read_only: false, propagation: None, lines: nowhere(), index: 0 };
    };
    Mount {
        source: classify(first, project),
        target,
        read_only: options.split(',').any(|option| option == "ro"),
        propagation: options
            .split(',')
            .find(|option| matches!(*option, "shared" | "rshared" | "slave" | "rslave" | "private" | "rprivate")),
        lines: nowhere(),
        index: 0,
    }
}

/// Splits at colons that belong to no variable and to no drive letter.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                let part = text.get(start..at).unwrap_or_default();
                let is_drive = part.len() == 1 && part.starts_with(|c: char| c.is_ascii_alphabetic());
                if is_drive && text.get(at + 1..).is_some_and(|rest| rest.starts_with(['\\', '/'])) && (start == 0 || text.contains(":\\"))
                {
                    continue;
                }
                parts.push(part);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn classify<'a>(source: &'a str, project: &'a Project) -> Source<'a> {
    // `./data/${NAME}` stays below the project whatever the variable holds, short of `..`.
    let is_drive = source.get(1..3).is_some_and(|rest| rest.starts_with(':'));
    if source.starts_with("./") || source == "." || (source.starts_with(['/', '~', '.', '\\']) && !is_open(source)) || is_drive {
        return Source::Host(source);
    }
    if is_open(source) {
        return Source::Open(source);
    }
    let options = project.root.get("volumes").and_then(|volumes| volumes.get(source)).and_then(|volume| volume.get("driver_opts"));
    match options.and_then(|options| options.text_of("device")) {
        Some(device) if is_open(device) => Source::Open(device),
        Some(device) if device.starts_with('/') && options.and_then(|o| o.text_of("o")).is_some_and(|o| o.contains("bind")) => {
            Source::Host(device)
        }
        _ => Source::Volume,
    }
}

/// An absolute path without `.`, `..`, doubled and trailing slashes; anything else as it is.
pub(super) fn clean(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether `path` is `folder` or lies in it.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
