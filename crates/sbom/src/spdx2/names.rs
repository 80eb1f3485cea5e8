//! The words of SPDX 2 and their counterparts.

use crate::{ComponentKind, HashAlgorithm, SpdxVersion};

/// Second, whether the word says less than the kind does.
pub(super) fn purpose(kind: ComponentKind) -> (Option<&'static str>, bool) {
    use ComponentKind as K;
    match kind {
        K::Application => (Some("APPLICATION"), false),
        K::Framework => (Some("FRAMEWORK"), false),
        K::Library => (Some("LIBRARY"), false),
        K::Container => (Some("CONTAINER"), false),
        K::OperatingSystem => (Some("OPERATING_SYSTEM"), false),
        K::Device => (Some("DEVICE"), false),
        K::Firmware => (Some("FIRMWARE"), false),
        K::File => (Some("FILE"), false),
        K::SourceCode => (Some("SOURCE"), false),
        K::Archive => (Some("ARCHIVE"), false),
        K::Platform | K::DeviceDriver | K::MachineLearningModel | K::Data | K::CryptographicAsset => (Some("OTHER"), true),
        K::Unknown => (None, false),
    }
}

pub(super) fn kind(purpose: &str) -> Option<ComponentKind> {
    use ComponentKind as K;
    Some(match purpose {
        "APPLICATION" => K::Application,
        "FRAMEWORK" => K::Framework,
        "LIBRARY" => K::Library,
        "CONTAINER" => K::Container,
        "OPERATING_SYSTEM" | "OPERATING-SYSTEM" => K::OperatingSystem,
        "DEVICE" => K::Device,
        "FIRMWARE" => K::Firmware,
        "FILE" => K::File,
        "SOURCE" => K::SourceCode,
        "ARCHIVE" | "INSTALL" => K::Archive,
        "OTHER" => K::Unknown,
        _ => return None,
    })
}

/// The name, the first version with it, and the length of the digest in hex (0: any).
const ALGORITHMS: &[(HashAlgorithm, &str, SpdxVersion, usize)] = &[
    (HashAlgorithm::Md2, "MD2", SpdxVersion::V2_2, 32),
    (HashAlgorithm::Md4, "MD4", SpdxVersion::V2_2, 32),
    (HashAlgorithm::Md5, "MD5", SpdxVersion::V2_2, 32),
    (HashAlgorithm::Md6, "MD6", SpdxVersion::V2_2, 0),
    (HashAlgorithm::Sha1, "SHA1", SpdxVersion::V2_2, 40),
    (HashAlgorithm::Sha224, "SHA224", SpdxVersion::V2_2, 56),
    (HashAlgorithm::Sha256, "SHA256", SpdxVersion::V2_2, 64),
    (HashAlgorithm::Sha384, "SHA384", SpdxVersion::V2_2, 96),
    (HashAlgorithm::Sha512, "SHA512", SpdxVersion::V2_2, 128),
    (HashAlgorithm::Adler32, "ADLER32", SpdxVersion::V2_3, 8),
    (HashAlgorithm::Sha3_256, "SHA3-256", SpdxVersion::V2_3, 64),
    (HashAlgorithm::Sha3_384, "SHA3-384", SpdxVersion::V2_3, 96),
    (HashAlgorithm::Sha3_512, "SHA3-512", SpdxVersion::V2_3, 128),
    (HashAlgorithm::Blake2b256, "BLAKE2b-256", SpdxVersion::V2_3, 64),
    (HashAlgorithm::Blake2b384, "BLAKE2b-384", SpdxVersion::V2_3, 96),
    (HashAlgorithm::Blake2b512, "BLAKE2b-512", SpdxVersion::V2_3, 128),
    (HashAlgorithm::Blake3, "BLAKE3", SpdxVersion::V2_3, 64),
];

pub(super) fn algorithm(name: &str) -> Option<HashAlgorithm> {
    ALGORITHMS.iter().find(|(_, it, ..)| it.eq_ignore_ascii_case(name)).map(|(algorithm, ..)| *algorithm)
}

pub(super) fn algorithm_name(algorithm: HashAlgorithm, version: SpdxVersion) -> Option<&'static str> {
    ALGORITHMS.iter().find(|(it, _, since, _)| *it == algorithm && version >= *since).map(|(_, name, ..)| *name)
}

/// Whether a digest has the length of its algorithm.
pub(super) fn is_digest(algorithm: HashAlgorithm, value: &str) -> bool {
    let length = ALGORITHMS.iter().find(|(it, ..)| *it == algorithm).map_or(0, |(.., length)| *length);
    (length == 0 && !value.is_empty() || value.len() == length) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

const RELATIONSHIPS: &[&str] = &[
    "VARIANT_OF",
    "COPY_OF",
    "PATCH_FOR",
    "TEST_DEPENDENCY_OF",
    "CONTAINED_BY",
    "DATA_FILE_OF",
    "OPTIONAL_COMPONENT_OF",
    "ANCESTOR_OF",
    "GENERATES",
    "CONTAINS",
    "OPTIONAL_DEPENDENCY_OF",
    "FILE_ADDED",
    "DEV_DEPENDENCY_OF",
    "DEPENDENCY_OF",
    "BUILD_DEPENDENCY_OF",
    "DESCRIBES",
    "PREREQUISITE_FOR",
    "HAS_PREREQUISITE",
    "PROVIDED_DEPENDENCY_OF",
    "DYNAMIC_LINK",
    "DESCRIBED_BY",
    "METAFILE_OF",
    "DEPENDENCY_MANIFEST_OF",
    "PATCH_APPLIED",
    "RUNTIME_DEPENDENCY_OF",
    "TEST_OF",
    "TEST_TOOL_OF",
    "DEPENDS_ON",
    "FILE_MODIFIED",
    "DISTRIBUTION_ARTIFACT",
    "DOCUMENTATION_OF",
    "GENERATED_FROM",
    "STATIC_LINK",
    "OTHER",
    "BUILD_TOOL_OF",
    "TEST_CASE_OF",
    "PACKAGE_OF",
    "DESCENDANT_OF",
    "FILE_DELETED",
    "EXPANDED_FROM_ARCHIVE",
    "DEV_TOOL_OF",
    "EXAMPLE_OF",
];
const RELATIONSHIPS_2_3: &[&str] = &["REQUIREMENT_DESCRIPTION_FOR", "SPECIFICATION_FOR", "AMENDS"];

pub(super) fn has_relationship(name: &str, version: SpdxVersion) -> bool {
    RELATIONSHIPS.contains(&name) || version >= SpdxVersion::V2_3 && RELATIONSHIPS_2_3.contains(&name)
}
