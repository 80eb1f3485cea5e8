//! Modes and owners of files on nodes, as a node collector recorded them.
//!
//! <https://github.com/aquasecurity/k8s-node-collector>
//!
//! `kind: NodeInfo` has `type: master` or `worker`, and under `info.<key>.values` what `stat` said of each file. A list without values means
//! that there is no such file, or that it could not be seen: where the benchmark allows for the file to be missing that is no finding,
//! otherwise it is not assessed. What is missing: the objects do not name the files that were looked at.

use super::{
    components,
    settings::{is_node_info, recorded},
};
use probity_model::{
    Reason,
    check::{ManifestSet, Verdict},
    finding::Violation,
};

/// A file, or files, and what they have to be.
pub(super) struct NodeFile {
    /// The key of the record.
    pub(super) fact: &'static str,
    /// "the manifest of the API server".
    pub(super) file: &'static str,
    pub(super) want: Access,
    /// On nodes of the control plane only.
    pub(super) control_plane: bool,
    /// Whether a node may do without the file.
    pub(super) may_be_missing: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Access {
    /// No bit but these.
    Mode(u32),
    /// `user:group`.
    Owner(&'static str),
}

pub(super) fn judge(set: &ManifestSet<'_>, file: &NodeFile) -> Verdict {
    let mut violations = Vec::new();
    let mut unknown = None;
    let (mut examined, mut nodes) = (0, 0_u32);
    for (index, object) in components::objects(set).filter(|(_, object)| is_node_info(object)) {
        nodes += 1;
        if file.control_plane && object.root.text_of("type") == Some("worker") {
            continue;
        }
        let Some((entry, values)) = recorded(object, file.fact) else {
            unknown.get_or_insert_with(|| format!("NodeInfo has no `{}`: the collector did not look for it", file.fact));
            continue;
        };
        let mut seen = false;
        for (number, value) in values.iter().enumerate() {
            let Some(text) = value.text().filter(|text| !text.is_empty()) else { continue };
            seen = true;
            let message = match file.want.holds(text) {
                Some(true) => {
                    examined += 1;
                    continue;
                }
                Some(false) => format!("{} is `{text}`; it should be {}", file.file, file.want.words()),
                None => {
                    unknown.get_or_insert_with(|| format!("NodeInfo has `{}` as `{text}`, which cannot be read", file.fact));
                    continue;
                }
            };
            let mut violation = Violation::new(message, format!("info.{}.values[{number}]", entry.key), value.lines);
            violation.object = Some(index);
            violations.push(violation);
        }
        if !seen && !file.may_be_missing {
            unknown.get_or_insert_with(|| format!("NodeInfo records no value of `{}`: no such file, or it could not be seen", file.fact));
        }
    }
    if !violations.is_empty() {
        Verdict::Fail(violations)
    } else if let Some(why) = unknown {
        Verdict::NotAssessed { reason: Reason::AnalyzerFailed, why }
    } else if examined > 0 {
        Verdict::Pass { examined }
    } else if nodes > 0 {
        Verdict::NotApplicable { why: "no node that was recorded has the file" }
    } else {
        let why = "no NodeInfo of a node collector is among the manifests, and files of nodes are nowhere else".to_owned();
        Verdict::NotAssessed { reason: Reason::TargetKindMissing, why }
    }
}

impl Access {
    fn holds(self, text: &str) -> Option<bool> {
        match self {
            Self::Mode(allowed) => {
                let mode = u32::from_str_radix(text.trim(), 8).ok()?;
                Some(mode & 0o7777 & !allowed == 0)
            }
            Self::Owner(owner) => text.contains(':').then(|| text.trim() == owner),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Mode(allowed) => format!("`{allowed:o}` or stricter"),
            Self::Owner(owner) => format!("`{owner}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_and_compared_bit_by_bit() {
        for (mode, limit, expected) in [
            ("600", 0o600, Some(true)),
            ("400", 0o600, Some(true)),
            ("644", 0o600, Some(false)),
            ("1700", 0o700, Some(false)),
            ("700", 0o600, Some(false)),
            ("888", 0o600, None),
            ("", 0o600, None),
        ] {
            assert_eq!(Access::Mode(limit).holds(mode), expected, "{mode}");
        }
        assert_eq!(Access::Owner("root:root").holds("root:root"), Some(true));
        assert_eq!(Access::Owner("root:root").holds("kube:root"), Some(false));
        assert_eq!(Access::Owner("root:root").holds("root"), None);
    }
}
