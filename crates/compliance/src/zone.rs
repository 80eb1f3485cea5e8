//! A part of the objects that were given: `namespace in (payments, vault), app.kubernetes.io/part-of=shop`.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>, with the key `namespace` beside labels. All
//! requirements must hold. Labels are the object's or, for what creates pods, its pods'. Objects of the cluster itself are in every zone, because
//! they reach into all namespaces; a `Namespace` is in the zone that its name is in.

use probity_model::kubernetes::Resource;

/// Requirements on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
}

impl Zone {
    /// `None` when it is no selector.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut depth = 0_i32;
        for c in text.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            }
            if !(0..=1).contains(&depth) {
                return None;
            }
            parts.last_mut()?.push(c);
        }
        (depth == 0).then_some(())?;
        parts.iter().map(|part| requirement(part.trim())).collect::<Option<Vec<_>>>().map(Self)
    }

    pub(crate) fn holds(&self, object: &Resource) -> bool {
        let namespace = match object.kind.as_str() {
            "Namespace" => Some(object.name.as_str()),
            _ => object.namespace.as_deref(),
        };
        // What names no namespace lands in `default`, unless it belongs to the cluster.
        let namespace = namespace.or_else(|| (!is_of_cluster(&object.kind)).then_some("default"));
        let Some(namespace) = namespace else { return true };
        self.0.iter().all(|requirement| {
            let template =
                || object.pod().and_then(|pod| pod.metadata).and_then(|metadata| metadata.get("labels")?.text_of(&requirement.key));
            let value = if requirement.key == "namespace" { Some(namespace) } else { object.label(&requirement.key).or_else(template) };
            match &requirement.test {
                Test::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
                Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|unwanted| unwanted != value)),
                Test::Exists => value.is_some(),
                Test::Missing => value.is_none(),
            }
        })
    }
}

/// Kinds that live in no namespace; others that name none are in the deployer's.
fn is_of_cluster(kind: &str) -> bool {
    kind.starts_with("Cluster")
        || kind.ends_with("WebhookConfiguration")
        || kind.starts_with("ValidatingAdmissionPolicy")
        || matches!(
            kind,
            "GlobalNetworkPolicy"
                | "AdminNetworkPolicy"
                | "BaselineAdminNetworkPolicy"
                | "PersistentVolume"
                | "StorageClass"
                | "IngressClass"
        )
}

fn requirement(text: &str) -> Option<Requirement> {
    let word = |text: &str| {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'));
        fits.then(|| text.to_owned())
    };
    let values = |text: &str| text.trim().strip_prefix('(')?.strip_suffix(')')?.split(',').map(word).collect::<Option<Vec<_>>>();
    for (separator, negative) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(separator) {
            let value = vec![word(value)?];
            return Some(Requirement { key: word(key)?, test: if negative { Test::NotIn(value) } else { Test::In(value) } });
        }
    }
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement { key: word(key)?, test: Test::Missing });
    }
    let mut words = text.splitn(2, char::is_whitespace);
    let key = word(words.next()?)?;
    let asks = match words.next().map(str::trim) {
        None | Some("") => Test::Exists,
        Some(rest) if rest.starts_with("in") => Test::In(values(rest.strip_prefix("in")?)?),
        Some(rest) => Test::NotIn(values(rest.strip_prefix("notin")?)?),
    };
    Some(Requirement { key, test: asks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_others_refused() {
        for text in [
            "namespace in (payments, vault)",
            "namespace=a",
            "app!=b",
            "tier",
            "!tier",
            "a in (b),c notin (d, e),f==g",
            "example.com/x = y",
        ] {
            assert!(Zone::parse(text).is_some(), "{text}");
        }
        for text in ["", ",", "namespace in payments", "namespace in (a", "a b", "in (x)", "a=(b)", "a in ()", "a;b", "namespace in ((a))"]
        {
            assert!(Zone::parse(text).is_none(), "{text}");
        }
    }
}
