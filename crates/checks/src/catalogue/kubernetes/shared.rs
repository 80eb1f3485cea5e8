//! What several workload checks need: effective settings, capabilities, resource quantities, image references, paths on the node.
//!
//! Inheritance follows the API: a container's own value replaces the pod's, and `null` is the same as absent. Nothing here allocates
//! until there is something to report.

use crate::native::{each_container, each_container_of};
use probity_model::{
    check::Verdict,
    diagnostic::Reason,
    finding::Violation,
    kubernetes::{Container, ContainerKind, Pod, Resource},
    node::{Entry, Node},
    place::Lines,
};
use std::borrow::Cow;

/// The verdict of checks that ask for a setting which only Linux has.
pub(super) const WINDOWS: Verdict = Verdict::NotApplicable { why: "the setting does not exist for pods that run on Windows" };

/// A key of a mapping whose value is not null.
pub(super) fn set<'a>(node: Option<&'a Node>, key: &str) -> Option<&'a Entry> {
    node?.entry(key).filter(|entry| !entry.value.is_null())
}

/// Runs `visit` over every container, except that pods on Windows are not applicable.
pub(super) fn each_linux_container(object: &Resource, visit: impl FnMut(Container<'_>, &mut Vec<Violation>)) -> Verdict {
    if object.pod().is_some_and(Pod::is_windows) { WINDOWS } else { each_container(object, visit) }
}

/// Runs `visit` over the pod's own security context first (once), then over every container.
pub(super) fn pod_and_containers(
    object: &Resource,
    visit_pod: impl FnOnce(Pod<'_>, &mut Vec<Violation>),
    mut visit: impl FnMut(Container<'_>, &mut Vec<Violation>),
) -> Verdict {
    let mut visit_pod = Some(visit_pod);
    each_container(object, |container, violations| {
        if let Some(visit_pod) = visit_pod.take() {
            visit_pod(container.pod, violations);
        }
        visit(container, violations);
    })
}

/// A `securityContext` field as it holds for a container.
#[derive(Clone, Copy)]
pub(super) struct Effective<'a> {
    pub(super) entry: &'a Entry,
    /// Set on the container itself, not on its pod.
    pub(super) own: bool,
}

impl Effective<'_> {
    pub(super) fn locator(self, container: Container<'_>) -> String {
        if self.own {
            container.field_path(&format!("securityContext.{}", self.entry.key))
        } else {
            container.pod.field_path(&format!("securityContext.{}", self.entry.key))
        }
    }
}

/// The container's own value of a field that it can inherit, else the pod's.
pub(super) fn effective<'a>(container: Container<'a>, field: &str) -> Option<Effective<'a>> {
    let own = set(container.security_context(), field).map(|entry| Effective { entry, own: true });
    own.or_else(|| set(container.pod.security_context(), field).map(|entry| Effective { entry, own: false }))
}

/// Fails containers whose numeric user or group is absent or at most 10,000. A pod's value that several containers inherit is reported once.
pub(super) fn high_id(object: &Resource, field: &'static str, noun: &str) -> Verdict {
    const LOWEST: i64 = 10_001;
    let mut pod_reported = false;
    each_linux_container(object, |container, violations| match effective(container, field) {
        Some(found) if found.entry.value.as_i64().is_some_and(|id| id >= LOWEST) => {}
        Some(found) => {
            if !found.own && std::mem::replace(&mut pod_reported, true) {
                return;
            }
            let value = found.entry.value.text().unwrap_or_default();
            let whom = if found.own { format!("container `{}` runs", container.name) } else { "containers of the pod run".to_owned() };
            violations.push(Violation::new(format!("{whom} as {noun} {value}"), found.locator(container), found.entry.lines()));
        }
        None => violations.push(Violation::new(
            format!("container `{}` does not say which {noun} it runs as", container.name),
            container.field_path(&format!("securityContext.{field}")),
            container.lines_of(&["securityContext"]),
        )),
    })
}

/// The items of `capabilities.add` or `capabilities.drop`.
pub(super) fn capabilities<'a>(container: Container<'a>, list: &str) -> &'a [Node] {
    container.security_context().and_then(|context| context.get("capabilities")).map_or(&[], |node| node.items_of(list))
}

/// Whether `text` names `capability`, in any case and with or without the kernel's `CAP_` prefix.
pub(super) fn names_capability(text: &str, capability: &str) -> bool {
    let bare = match text.split_at_checked(4) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("CAP_") => rest,
        _ => text,
    };
    bare.eq_ignore_ascii_case(capability)
}

/// Whether `drop` lists `capability` or `ALL`.
pub(super) fn drops(container: Container<'_>, capability: &str) -> bool {
    capabilities(container, "drop")
        .iter()
        .filter_map(Node::text)
        .any(|text| names_capability(text, capability) || names_capability(text, "ALL"))
}

/// Fails containers that add `capability`, by its name or with `ALL`.
pub(super) fn adds_capability(object: &Resource, capability: &str) -> Verdict {
    each_container(object, |container, violations| {
        for (index, item) in capabilities(container, "add").iter().enumerate() {
            let Some(text) = item.text() else { continue };
            let message = if names_capability(text, capability) {
                format!("container `{}` adds the capability {capability}", container.name)
            } else if names_capability(text, "ALL") {
                format!("container `{}` adds all capabilities, {capability} among them", container.name)
            } else {
                continue;
            };
            let locator = container.field_path(&format!("securityContext.capabilities.add[{index}]"));
            violations.push(Violation::new(message, locator, item.lines));
        }
    })
}

/// Where to point for something that `capabilities.drop` lacks.
pub(super) fn drop_lines(container: Container<'_>) -> Lines {
    container.lines_of(&["securityContext", "capabilities", "drop"])
}

/// Runs `visit` over init and regular containers: the API lets ephemeral ones have neither resources nor ports nor probes.
pub(super) fn each_lasting_container(object: &Resource, visit: impl FnMut(Container<'_>, &mut Vec<Violation>)) -> Verdict {
    each_container_of(object, |kind| kind != ContainerKind::Ephemeral, visit)
}

/// Fails containers without a limit of `resource`, of their own or of their pod.
pub(super) fn has_limit(object: &Resource, resource: &str) -> Verdict {
    each_lasting_container(object, |container, violations| {
        let limit = |owner: &Node| amount(owner, "limits", resource) == Some(true);
        if !limit(container.node) && !limit(container.pod.spec) {
            violations.push(Violation::new(
                format!("container `{}` has no {resource} limit", container.name),
                container.field_path(&format!("resources.limits.{resource}")),
                container.lines_of(&["resources", "limits", resource]),
            ));
        }
    })
}

/// Fails containers without a request of `resource`. A limit without a request counts: the API server copies it.
pub(super) fn has_request(object: &Resource, resource: &str) -> Verdict {
    each_lasting_container(object, |container, violations| {
        let request = |owner: &Node| amount(owner, "requests", resource).or_else(|| amount(owner, "limits", resource)) == Some(true);
        if !request(container.node) && !request(container.pod.spec) {
            violations.push(Violation::new(
                format!("container `{}` has no {resource} request", container.name),
                container.field_path(&format!("resources.requests.{resource}")),
                container.lines_of(&["resources", "requests", resource]),
            ));
        }
    })
}

/// Whether `resources.<list>.<resource>` is more than zero; `None` when it is absent. Zero means "no limit" and "no request".
fn amount(owner: &Node, list: &str, resource: &str) -> Option<bool> {
    let entry = set(owner.at(&["resources", list]), resource)?;
    let text = entry.value.text().unwrap_or_default();
    let number = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+')).next().unwrap_or_default();
    Some(number.bytes().any(|digit| (b'1'..=b'9').contains(&digit)))
}

/// An image reference taken apart: `registry/repository:tag@digest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageName<'a> {
    /// `None` when the reference leaves the registry to the container runtime.
    pub(super) registry: Option<&'a str>,
    pub(super) repository: &'a str,
    pub(super) tag: Option<&'a str>,
    /// Only a well-formed one: an algorithm that we know and as many hexadecimal digits as it has.
    pub(super) digest: Option<&'a str>,
}

impl<'a> ImageName<'a> {
    /// `None` for text that is not a reference: empty, or with a template's placeholders in it.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | '$' | '<' | '>' | '%')) {
            return None;
        }
        let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
        let digest = digest.filter(|digest| match digest.split_once(':') {
            Some((algorithm, hex)) => {
                let length = match algorithm {
                    "sha256" => 64,
                    "sha384" => 96,
                    "sha512" => 128,
                    _ => return false,
                };
                hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit())
            }
            None => false,
        });
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), rest),
            _ => (None, name),
        };
        if repository.is_empty() { None } else { Some(Self { registry, repository, tag, digest }) }
    }

    /// The name of the repository without the folders before it.
    pub(super) fn last_part(self) -> &'a str {
        self.repository.rsplit('/').next().unwrap_or(self.repository)
    }

    /// Whether the image comes from `place`: a registry (`registry.example`, `*.registry.example`), optionally with the start of a repository.
    pub(super) fn comes_from(self, place: &str) -> bool {
        let place = place.trim();
        let place = place.strip_prefix("https://").or_else(|| place.strip_prefix("http://")).unwrap_or(place);
        let place = place.trim_end_matches(['*', '/']);
        let (host, prefix) = match place.split_once('/') {
            Some((host, prefix)) => (host, prefix),
            // Without a dot or a port it is a name on Docker Hub, as in an image reference.
            None if place.contains(['.', ':']) || place == "localhost" => (place, ""),
            None => ("docker.io", place),
        };
        let registry = match self.registry {
            None | Some("index.docker.io" | "registry-1.docker.io") => "docker.io",
            Some(registry) => registry,
        };
        let same_host = match host.strip_prefix("*.") {
            Some(domain) => registry
                .len()
                .checked_sub(domain.len())
                .and_then(|at| registry.split_at_checked(at))
                .is_some_and(|(before, after)| after.eq_ignore_ascii_case(domain) && before.ends_with('.')),
            None => registry.eq_ignore_ascii_case(host),
        };
        if !same_host || place.is_empty() {
            return false;
        }
        let repository = if registry == "docker.io" && !self.repository.contains('/') {
            Cow::Owned(format!("library/{}", self.repository))
        } else {
            Cow::Borrowed(self.repository)
        };
        prefix.is_empty() || repository.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// One image that a pod uses: of a container, or mounted as a volume.
#[derive(Clone, Copy)]
pub(super) struct UsedImage<'a> {
    pub(super) text: &'a str,
    pub(super) name: ImageName<'a>,
    entry: &'a Entry,
    user: User<'a>,
}

#[derive(Clone, Copy)]
enum User<'a> {
    Container(Container<'a>),
    Volume(Pod<'a>, usize, &'a str),
}

impl UsedImage<'_> {
    /// A violation whose message is "container `web`" followed by `what`.
    pub(super) fn violation(self, what: &str) -> Violation {
        let (whose, locator) = match self.user {
            User::Container(container) => (format!("container `{}`", container.name), container.field_path("image")),
            User::Volume(pod, index, name) => (format!("volume `{name}`"), pod.field_path(&format!("volumes[{index}].image.reference"))),
        };
        Violation::new(format!("{whose} {what}"), locator, self.entry.lines())
    }
}

/// Runs `visit` over every image of a pod. A container whose image is not in the manifest makes a pass impossible: what it will run is
/// decided elsewhere.
pub(super) fn each_image(object: &Resource, mut visit: impl FnMut(UsedImage<'_>, &mut Vec<Violation>)) -> Verdict {
    let mut unknown: Option<String> = None;
    let mut volumes_done = false;
    let verdict = each_container(object, |container, violations| {
        if !std::mem::replace(&mut volumes_done, true) {
            let pod = container.pod;
            for (index, volume) in pod.spec.items_of("volumes").iter().enumerate() {
                let name = volume.text_of("name").unwrap_or_default();
                let Some(entry) = set(volume.get("image"), "reference") else { continue };
                match entry.value.text().and_then(|text| Some((text, ImageName::parse(text)?))) {
                    Some((text, image)) => {
                        visit(UsedImage { text, name: image, entry, user: User::Volume(pod, index, name) }, violations);
                    }
                    None => unknown = Some(format!("the image of volume `{name}` is not a reference")),
                }
            }
        }
        let Some(entry) = set(Some(container.node), "image") else {
            unknown = Some(format!("container `{}` has no image", container.name));
            return;
        };
        match entry.value.text().and_then(|text| Some((text, ImageName::parse(text)?))) {
            Some((text, image)) => visit(UsedImage { text, name: image, entry, user: User::Container(container) }, violations),
            None => unknown = Some(format!("the image of container `{}` is not a reference", container.name)),
        }
    });
    match (verdict, unknown) {
        (Verdict::Pass { .. }, Some(why)) => Verdict::NotAssessed { reason: Reason::AnalyzerFailed, why },
        (verdict, _) => verdict,
    }
}

/// Runs `visit` over the volumes of a pod that have a non-null `source`, with the volume's index and name.
pub(super) fn each_volume<'a>(pod: Pod<'a>, source: &str, mut visit: impl FnMut(usize, &'a str, &'a Entry)) {
    for (index, volume) in pod.spec.items_of("volumes").iter().enumerate() {
        if let Some(entry) = set(Some(volume), source) {
            visit(index, volume.text_of("name").unwrap_or_default(), entry);
        }
    }
}

/// The parts of an absolute path, without empty ones and `.`.
pub(super) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

/// Whether `path` is `folder` or below it, part by part.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    let mut path = parts(path);
    parts(folder).all(|part| path.next() == Some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> ImageName<'_> {
        ImageName::parse(text).unwrap()
    }

    #[test]
    fn image_references_come_apart() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let pinned = format!("localhost:5000/team/web:1.0@{digest}");
        for (text, registry, repository, tag, has_digest) in [
            ("web", None, "web", None, false),
            ("team/web:1.0", None, "team/web", Some("1.0"), false),
            ("registry.example/web", Some("registry.example"), "web", None, false),
            ("registry.example:5000/web", Some("registry.example:5000"), "web", None, false),
            ("registry.example:5000/web:", Some("registry.example:5000"), "web", Some(""), false),
            ("web@sha256:short", None, "web", None, false),
            (pinned.as_str(), Some("localhost:5000"), "team/web", Some("1.0"), true),
        ] {
            let name = image(text);
            assert_eq!(
                (name.registry, name.repository, name.tag, name.digest.is_some()),
                (registry, repository, tag, has_digest),
                "{text}"
            );
        }
        for text in ["", " ", "{{ .Values.image }}", "${IMAGE}", "web:$(TAG)", "registry.example/"] {
            assert_eq!(ImageName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn trusted_places_match_whole_names() {
        for (text, place, expected) in [
            ("registry.example/web:1", "registry.example", true),
            ("registry.example/web:1", "Registry.Example/", true),
            ("registry.example.evil/web:1", "registry.example", false),
            ("registry.example:5000/web:1", "registry.example", false),
            ("registry.example/team/web", "registry.example/team", true),
            ("registry.example/team-b/web", "registry.example/team", false),
            ("registry.example/team/web", "registry.example/team/*", true),
            ("registry.example/web", " https://registry.example/ ", true),
            ("eu.registry.example/web", "*.registry.example", true),
            ("evilregistry.example/web", "*.registry.example", false),
            ("web", "docker.io", true),
            ("web", "docker.io/library", true),
            ("index.docker.io/library/web", "docker.io/library", true),
            ("team/web", "docker.io/library", false),
            ("team/web", "team", true),
            ("registry.example/web", "", false),
            ("web", "*", false),
        ] {
            assert_eq!(image(text).comes_from(place), expected, "{text} from {place}");
        }
    }

    #[test]
    fn capabilities_have_several_spellings() {
        for text in ["SYS_ADMIN", "sys_admin", "CAP_SYS_ADMIN", "cap_sys_admin"] {
            assert!(names_capability(text, "SYS_ADMIN"), "{text}");
        }
        assert!(!names_capability("SYS_ADMINS", "SYS_ADMIN") && !names_capability("é_", "SYS_ADMIN"));
    }

    #[test]
    fn paths_are_compared_by_part() {
        assert!(is_below("/etc//./passwd", "/etc") && is_below("/etc/", "/etc") && is_below("/a", "/"));
        assert!(!is_below("/etcetera", "/etc") && !is_below("/", "/etc"));
    }
}
