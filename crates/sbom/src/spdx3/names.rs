//! The words of SPDX 3 and their counterparts.

use crate::{ComponentKind, HashAlgorithm};

/// Second, whether the word says less than the kind does.
pub(super) fn purpose(kind: ComponentKind) -> (Option<&'static str>, bool) {
    use ComponentKind as K;
    match kind {
        K::Application => (Some("application"), false),
        K::Framework => (Some("framework"), false),
        K::Library => (Some("library"), false),
        K::Container => (Some("container"), false),
        K::Platform => (Some("platform"), false),
        K::OperatingSystem => (Some("operatingSystem"), false),
        K::Device => (Some("device"), false),
        K::DeviceDriver => (Some("deviceDriver"), false),
        K::Firmware => (Some("firmware"), false),
        K::File => (Some("file"), false),
        K::MachineLearningModel => (Some("model"), false),
        K::Data => (Some("data"), false),
        K::SourceCode => (Some("source"), false),
        K::Archive => (Some("archive"), false),
        K::CryptographicAsset => (Some("other"), true),
        K::Unknown => (None, false),
    }
}

pub(super) fn kind(purpose: &str) -> ComponentKind {
    use ComponentKind as K;
    match purpose {
        "application" | "executable" => K::Application,
        "framework" => K::Framework,
        "library" | "module" => K::Library,
        "container" => K::Container,
        "platform" => K::Platform,
        "operatingSystem" => K::OperatingSystem,
        "device" => K::Device,
        "deviceDriver" => K::DeviceDriver,
        "firmware" => K::Firmware,
        "file" => K::File,
        "model" => K::MachineLearningModel,
        "data" => K::Data,
        "source" => K::SourceCode,
        "archive" | "install" | "diskImage" | "filesystemImage" => K::Archive,
        _ => K::Unknown,
    }
}

const ALGORITHMS: &[(HashAlgorithm, &str)] = &[
    (HashAlgorithm::Md2, "md2"),
    (HashAlgorithm::Md4, "md4"),
    (HashAlgorithm::Md5, "md5"),
    (HashAlgorithm::Md6, "md6"),
    (HashAlgorithm::Adler32, "adler32"),
    (HashAlgorithm::Sha1, "sha1"),
    (HashAlgorithm::Sha224, "sha224"),
    (HashAlgorithm::Sha256, "sha256"),
    (HashAlgorithm::Sha384, "sha384"),
    (HashAlgorithm::Sha512, "sha512"),
    (HashAlgorithm::Sha3_224, "sha3_224"),
    (HashAlgorithm::Sha3_256, "sha3_256"),
    (HashAlgorithm::Sha3_384, "sha3_384"),
    (HashAlgorithm::Sha3_512, "sha3_512"),
    (HashAlgorithm::Blake2b256, "blake2b256"),
    (HashAlgorithm::Blake2b384, "blake2b384"),
    (HashAlgorithm::Blake2b512, "blake2b512"),
    (HashAlgorithm::Blake3, "blake3"),
];

pub(super) fn algorithm(name: &str) -> Option<HashAlgorithm> {
    ALGORITHMS.iter().find(|(_, it)| *it == name).map(|(algorithm, _)| *algorithm)
}

pub(super) fn algorithm_name(algorithm: HashAlgorithm) -> Option<&'static str> {
    ALGORITHMS.iter().find(|(it, _)| *it == algorithm).map(|(_, name)| *name)
}

/// CycloneDX's type of an external reference and the one here.
const REFERENCES: &[(&str, &str)] = &[
    ("vcs", "vcs"),
    ("issue-tracker", "issueTracker"),
    ("website", "altWebPage"),
    ("distribution", "altDownloadLocation"),
    ("advisories", "securityAdvisory"),
    ("mailing-list", "mailingList"),
    ("social", "socialMedia"),
    ("chat", "chat"),
    ("documentation", "documentation"),
    ("support", "support"),
    ("source-distribution", "sourceArtifact"),
    ("license", "license"),
    ("build-meta", "buildMeta"),
    ("build-system", "buildSystem"),
    ("release-notes", "releaseNotes"),
    ("threat-model", "securityThreatModel"),
    ("adversary-model", "securityAdversaryModel"),
    ("risk-assessment", "riskAssessment"),
    ("vulnerability-assertion", "vulnerabilityDisclosureReport"),
    ("exploitability-statement", "vulnerabilityExploitabilityAssessment"),
    ("pentest-report", "securityPenTestReport"),
    ("static-analysis-report", "staticAnalysisReport"),
    ("dynamic-analysis-report", "dynamicAnalysisReport"),
    ("runtime-analysis-report", "runtimeAnalysisReport"),
    ("component-analysis-report", "componentAnalysisReport"),
    ("certification-report", "certificationReport"),
    ("quality-metrics", "metrics"),
];

pub(super) fn reference(kind: &str) -> Option<&'static str> {
    REFERENCES.iter().find(|(it, _)| *it == kind).map(|(_, name)| *name)
}

pub(super) fn reference_kind(name: &str) -> Option<&'static str> {
    REFERENCES.iter().find(|(_, it)| *it == name).map(|(kind, _)| *kind)
}

/// Relationships of SPDX 2 that have the same direction here.
const RELATIONSHIPS: &[(&str, &str)] = &[
    ("GENERATES", "generates"),
    ("ANCESTOR_OF", "ancestorOf"),
    ("DESCENDANT_OF", "descendantOf"),
    ("HAS_PREREQUISITE", "hasPrerequisite"),
    ("STATIC_LINK", "hasStaticLink"),
    ("DYNAMIC_LINK", "hasDynamicLink"),
    ("DISTRIBUTION_ARTIFACT", "hasDistributionArtifact"),
];

pub(super) fn relationship(name: &str) -> Option<&'static str> {
    RELATIONSHIPS.iter().find(|(it, _)| *it == name).map(|(_, here)| *here)
}

/// Relationships of SPDX 2 that say "is needed by", and the scope that `dependsOn` has for them here.
const SCOPES: &[(&str, &str)] = &[
    ("BUILD_DEPENDENCY_OF", "build"),
    ("DEV_DEPENDENCY_OF", "development"),
    ("RUNTIME_DEPENDENCY_OF", "runtime"),
    ("TEST_DEPENDENCY_OF", "test"),
];

pub(super) fn scope(name: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(it, _)| *it == name).map(|(_, scope)| *scope)
}

pub(super) fn scoped_relationship(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(_, it)| *it == scope).map(|(name, _)| *name)
}

/// `hasDataFile` as `HAS_DATA_FILE`, when the table has no better.
pub(super) fn relationship_name(here: &str) -> String {
    if let Some((name, _)) = RELATIONSHIPS.iter().find(|(_, it)| *it == here) {
        return (*name).to_owned();
    }
    let mut out = String::with_capacity(here.len() + 4);
    for char in here.chars() {
        if char.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(char.to_ascii_uppercase());
    }
    out
}
