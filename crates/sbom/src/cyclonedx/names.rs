//! Which words each version of CycloneDX knows.

use crate::{ComponentKind, CycloneDxVersion, HashAlgorithm};

pub(super) fn kind(kind: ComponentKind, version: CycloneDxVersion) -> (ComponentKind, bool) {
    use ComponentKind as K;
    use CycloneDxVersion as V;
    let since = match kind {
        K::Platform | K::DeviceDriver | K::MachineLearningModel | K::Data => V::V1_5,
        K::CryptographicAsset => V::V1_6,
        K::Application | K::Framework | K::Library | K::Container | K::OperatingSystem | K::Device | K::Firmware | K::File => V::V1_4,
        // Nothing is known, so nothing is lost by the word that most readers expect.
        K::Unknown => return (K::Library, false),
        K::SourceCode => return (K::Library, true),
        K::Archive => return (K::File, true),
    };
    if version >= since {
        return (kind, false);
    }
    let fallback = match kind {
        K::Platform => K::Application,
        K::DeviceDriver => K::Firmware,
        K::Data | K::CryptographicAsset => K::File,
        _ => K::Library,
    };
    (fallback, true)
}

pub(super) fn has_hash(algorithm: HashAlgorithm, version: CycloneDxVersion) -> bool {
    use HashAlgorithm as H;
    match algorithm {
        H::Md5
        | H::Sha1
        | H::Sha256
        | H::Sha384
        | H::Sha512
        | H::Sha3_256
        | H::Sha3_384
        | H::Sha3_512
        | H::Blake2b256
        | H::Blake2b384
        | H::Blake2b512
        | H::Blake3 => true,
        H::Streebog256 | H::Streebog512 => version >= CycloneDxVersion::V1_7,
        H::Md2 | H::Md4 | H::Md6 | H::Adler32 | H::Sha224 | H::Sha3_224 => false,
    }
}

const REFERENCES_1_4: &[&str] = &[
    "vcs",
    "issue-tracker",
    "website",
    "advisories",
    "bom",
    "mailing-list",
    "social",
    "chat",
    "documentation",
    "support",
    "distribution",
    "license",
    "build-meta",
    "build-system",
    "release-notes",
    "other",
];
const REFERENCES_1_5: &[&str] = &[
    "distribution-intake",
    "security-contact",
    "model-card",
    "log",
    "configuration",
    "evidence",
    "formulation",
    "attestation",
    "threat-model",
    "adversary-model",
    "risk-assessment",
    "vulnerability-assertion",
    "exploitability-statement",
    "pentest-report",
    "static-analysis-report",
    "dynamic-analysis-report",
    "runtime-analysis-report",
    "component-analysis-report",
    "maturity-report",
    "certification-report",
    "codified-infrastructure",
    "quality-metrics",
    "poam",
];
const REFERENCES_1_6: &[&str] = &["source-distribution", "electronic-signature", "digital-signature", "rfc-9116"];
const REFERENCES_1_7: &[&str] = &["patent", "patent-family", "patent-assertion", "citation"];

pub(super) fn has_reference(kind: &str, version: CycloneDxVersion) -> bool {
    use CycloneDxVersion as V;
    [(V::V1_4, REFERENCES_1_4), (V::V1_5, REFERENCES_1_5), (V::V1_6, REFERENCES_1_6), (V::V1_7, REFERENCES_1_7)]
        .iter()
        .any(|(since, kinds)| version >= *since && kinds.contains(&kind))
}

pub(super) const PHASES: &[&str] = &["design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"];

pub(super) const SEVERITIES: &[&str] = &["critical", "high", "medium", "low", "info", "none", "unknown"];

pub(super) fn has_method(method: &str, version: CycloneDxVersion) -> bool {
    matches!(method, "CVSSv2" | "CVSSv3" | "CVSSv31" | "OWASP" | "other")
        || version >= CycloneDxVersion::V1_5 && matches!(method, "CVSSv4" | "SSVC")
}

pub(super) const STATES: &[&str] = &["resolved", "resolved_with_pedigree", "exploitable", "in_triage", "false_positive", "not_affected"];

pub(super) const JUSTIFICATIONS: &[&str] = &[
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
];

pub(super) const RESPONSES: &[&str] = &["can_not_fix", "will_not_fix", "update", "rollback", "workaround_available"];

pub(super) const AFFECTED: &[&str] = &["affected", "unaffected", "unknown"];

pub(super) fn has_aggregate(aggregate: &str, version: CycloneDxVersion) -> bool {
    matches!(
        aggregate,
        "complete" | "incomplete" | "incomplete_first_party_only" | "incomplete_third_party_only" | "unknown" | "not_specified"
    ) || version >= CycloneDxVersion::V1_5
        && matches!(
            aggregate,
            "incomplete_first_party_proprietary_only"
                | "incomplete_first_party_opensource_only"
                | "incomplete_third_party_proprietary_only"
                | "incomplete_third_party_opensource_only"
        )
}

/// The forms of a digest's text that the schema allows.
pub(super) fn is_hash(value: &str) -> bool {
    matches!(value.len(), 32 | 40 | 64 | 96 | 128) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn is_mime_type(value: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+.".contains(&byte))
    };
    value.split_once('/').is_some_and(|(kind, subtype)| part(kind) && part(subtype))
}
