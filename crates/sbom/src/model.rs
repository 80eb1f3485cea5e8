//! The neutral document between all formats.
//!
//! It holds what both families can say about software: components, how they relate, who says so, and (CycloneDX) vulnerabilities. Fields
//! that only one family has are kept as properties with reserved names, so that a document survives the trip through the other one:
//! `spdx:sourceInfo`, `spdx:comment`, `spdx:summary`, `spdx:packageFileName`, `spdx:attributionText`, `spdx:annotation`,
//! `spdx:packageVerificationCode`, `spdx:builtDate`, `spdx:releaseDate`, `spdx:validUntilDate`. SPDX annotations that are a `Key: value` of
//! the vulnerability scanner Trivy become properties `aquasecurity:trivy:Key`, as the same tool writes them in CycloneDX, and back.
//!
//! Missing: CycloneDX services, pedigree, formulation, declarations, model cards and crypto properties; SPDX snippets and external
//! document references; all profiles of SPDX 3 but core, software and simple licensing. Reading reports them as warnings.

use std::fmt;

/// A software bill of materials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bom {
    /// What the document was read from; `None` when a program made it.
    pub format: Option<Format>,
    /// CycloneDX serial number, `urn:uuid:…`.
    pub serial: Option<String>,
    /// CycloneDX document version; 1 when not said.
    pub version: Option<u64>,
    /// SPDX document name.
    pub name: Option<String>,
    /// SPDX document namespace.
    pub namespace: Option<String>,
    /// When the document was made, RFC 3339.
    pub created: Option<String>,
    pub tools: Vec<Tool>,
    /// Persons and organisations who made the document.
    pub authors: Vec<Party>,
    /// Who supplied what the document describes, as the document (not the root component) says.
    pub supplier: Option<Party>,
    /// CycloneDX 1.5 lifecycle phases: `build`, `operations` …
    pub lifecycles: Vec<String>,
    /// Comment on the document (SPDX).
    pub comment: Option<String>,
    pub properties: Vec<(String, String)>,
    /// Reference of the component the document describes. It is one of `components`.
    pub root: Option<String>,
    /// Further described components: SPDX allows several.
    pub also_describes: Vec<String>,
    /// All components, the root and nested ones included, in document order.
    pub components: Vec<Component>,
    pub relations: Vec<Relation>,
    /// What the document says of its own completeness (CycloneDX).
    pub compositions: Vec<Composition>,
    pub vulnerabilities: Vec<Vulnerability>,
    /// Licences outside the SPDX list that expressions name as `LicenseRef-…`.
    pub extracted_licenses: Vec<ExtractedLicense>,
    pub external_references: Vec<ExternalReference>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Component {
    /// CycloneDX `bom-ref`, SPDX `SPDXID`. Unique in a document that was read; made unique when written.
    pub reference: String,
    /// Reference of the component this one is nested in.
    pub parent: Option<String>,
    pub kind: ComponentKind,
    pub group: Option<String>,
    pub name: String,
    pub version: Option<String>,
    pub purl: Option<String>,
    /// CPE 2.2 or 2.3 names, the best one first.
    pub cpes: Vec<String>,
    pub licenses: Vec<License>,
    pub hashes: Vec<Hash>,
    pub supplier: Option<Party>,
    /// SPDX originator, CycloneDX manufacturer.
    pub originator: Option<Party>,
    pub authors: Vec<Party>,
    pub publisher: Option<String>,
    pub copyright: Option<String>,
    pub description: Option<String>,
    pub mime_type: Option<String>,
    pub scope: Option<Scope>,
    pub external_references: Vec<ExternalReference>,
    /// Where the component was seen (CycloneDX 1.5 `evidence.occurrences`).
    pub occurrences: Vec<String>,
    pub properties: Vec<(String, String)>,
}

impl Component {
    /// The first property of that name.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A format with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    CycloneDxJson(CycloneDxVersion),
    CycloneDxXml(CycloneDxVersion),
    SpdxJson(SpdxVersion),
    SpdxTagValue(SpdxVersion),
    /// SPDX 3.0.1, JSON-LD. 3.0 is read as the same.
    Spdx3Json,
}

impl Format {
    /// Every format [`crate::write`] can make.
    pub const WRITABLE: &'static [Self] = &[
        Self::CycloneDxJson(CycloneDxVersion::V1_4),
        Self::CycloneDxJson(CycloneDxVersion::V1_5),
        Self::CycloneDxJson(CycloneDxVersion::V1_6),
        Self::CycloneDxJson(CycloneDxVersion::V1_7),
        Self::CycloneDxXml(CycloneDxVersion::V1_4),
        Self::CycloneDxXml(CycloneDxVersion::V1_5),
        Self::CycloneDxXml(CycloneDxVersion::V1_6),
        Self::CycloneDxXml(CycloneDxVersion::V1_7),
        Self::SpdxJson(SpdxVersion::V2_2),
        Self::SpdxJson(SpdxVersion::V2_3),
        Self::SpdxTagValue(SpdxVersion::V2_2),
        Self::SpdxTagValue(SpdxVersion::V2_3),
        Self::Spdx3Json,
    ];

    /// `1.6`, `SPDX-2.3`: as the documents spell it.
    pub fn spec_version(self) -> &'static str {
        match self {
            Self::CycloneDxJson(version) | Self::CycloneDxXml(version) => version.as_str(),
            Self::SpdxJson(version) | Self::SpdxTagValue(version) => version.as_str(),
            Self::Spdx3Json => "3.0.1",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CycloneDxJson(version) => write!(f, "CycloneDX {} JSON", version.as_str()),
            Self::CycloneDxXml(version) => write!(f, "CycloneDX {} XML", version.as_str()),
            Self::SpdxJson(version) => write!(f, "{} JSON", version.as_str()),
            Self::SpdxTagValue(version) => write!(f, "{} tag-value", version.as_str()),
            Self::Spdx3Json => f.write_str("SPDX-3.0.1 JSON-LD"),
        }
    }
}

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $($(#[$vmeta])* $variant),+ }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == name)
            }
        }
    };
}

names! {
    CycloneDxVersion { V1_0 = "1.0", V1_1 = "1.1", V1_2 = "1.2", V1_3 = "1.3", V1_4 = "1.4", V1_5 = "1.5", V1_6 = "1.6", V1_7 = "1.7" }
}

names! {
    /// Versions 2 of SPDX.
    SpdxVersion { V2_2 = "SPDX-2.2", V2_3 = "SPDX-2.3" }
}

names! {
    /// What a component is, in the words of CycloneDX 1.7. SPDX purposes map onto them.
    #[derive(Default)]
    ComponentKind {
        Application = "application",
        Framework = "framework",
        Library = "library",
        Container = "container",
        Platform = "platform",
        OperatingSystem = "operating-system",
        Device = "device",
        DeviceDriver = "device-driver",
        Firmware = "firmware",
        File = "file",
        MachineLearningModel = "machine-learning-model",
        Data = "data",
        CryptographicAsset = "cryptographic-asset",
        /// SPDX `SOURCE`; CycloneDX has no word for it.
        SourceCode = "source",
        /// SPDX `ARCHIVE` and `INSTALL`.
        Archive = "archive",
        /// Said nowhere, or in a word nobody knows.
        #[default]
        Unknown = "unknown",
    }
}

names! {
    Scope { Required = "required", Optional = "optional", Excluded = "excluded" }
}

names! {
    /// Named as in CycloneDX where it has the algorithm.
    HashAlgorithm {
        Md2 = "MD2",
        Md4 = "MD4",
        Md5 = "MD5",
        Md6 = "MD6",
        Adler32 = "ADLER32",
        Sha1 = "SHA-1",
        Sha224 = "SHA-224",
        Sha256 = "SHA-256",
        Sha384 = "SHA-384",
        Sha512 = "SHA-512",
        Sha3_224 = "SHA3-224",
        Sha3_256 = "SHA3-256",
        Sha3_384 = "SHA3-384",
        Sha3_512 = "SHA3-512",
        Blake2b256 = "BLAKE2b-256",
        Blake2b384 = "BLAKE2b-384",
        Blake2b512 = "BLAKE2b-512",
        Blake3 = "BLAKE3",
        Streebog256 = "Streebog-256",
        Streebog512 = "Streebog-512",
    }
}

/// A digest of the component, lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash {
    pub algorithm: HashAlgorithm,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    pub value: LicenseValue,
    /// Who says so; most documents do not tell.
    pub acknowledgement: Option<Acknowledgement>,
    pub text: Option<String>,
    pub url: Option<String>,
}

impl License {
    pub fn new(value: LicenseValue) -> Self {
        Self { value, acknowledgement: None, text: None, url: None }
    }

    /// Whatever a package says: an identifier of the SPDX list, an expression, or else a name.
    pub fn from_text(text: &str) -> Self {
        Self::new(crate::license::classify(text))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseValue {
    /// An identifier of the SPDX list.
    Id(String),
    /// Free text.
    Name(String),
    /// An SPDX expression of more than one identifier, or one with a `LicenseRef-`.
    Expression(String),
    /// SPDX `NONE`: looked, and there is none.
    None,
}

names! {
    Acknowledgement { Declared = "declared", Concluded = "concluded" }
}

/// The definition of a `LicenseRef-…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedLicense {
    /// With the `LicenseRef-`.
    pub id: String,
    pub name: Option<String>,
    pub text: String,
}

/// A person, organisation or tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    pub kind: PartyKind,
    pub name: String,
    pub email: Option<String>,
    pub urls: Vec<String>,
}

impl Party {
    pub fn organization(name: impl Into<String>) -> Self {
        Self { kind: PartyKind::Organization, name: name.into(), email: None, urls: Vec::new() }
    }

    pub fn person(name: impl Into<String>) -> Self {
        Self { kind: PartyKind::Person, name: name.into(), email: None, urls: Vec::new() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartyKind {
    Person,
    Organization,
}

/// A program that made the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tool {
    pub vendor: Option<String>,
    pub group: Option<String>,
    pub name: String,
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalReference {
    /// In the words of CycloneDX (`website`, `vcs`, `distribution` …). SPDX references without such a word are `spdx:CATEGORY:type`.
    pub kind: String,
    pub url: String,
    pub comment: Option<String>,
    pub hashes: Vec<Hash>,
}

/// What one component has to do with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub from: String,
    pub kind: RelationKind,
    /// Empty with `DependsOn` says: it depends on nothing, which is more than saying nothing.
    pub to: Vec<String>,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RelationKind {
    DependsOn,
    Contains,
    /// CycloneDX 1.6: implements, as a library does an algorithm.
    Provides,
    /// Any other SPDX 2 relationship, as spelt there: `GENERATED_FROM`.
    Other(String),
}

/// How complete the document says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composition {
    /// `complete`, `incomplete`, `incomplete_first_party_only` …, `unknown`, `not_specified`.
    pub aggregate: String,
    pub assemblies: Vec<String>,
    pub dependencies: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vulnerability {
    pub reference: Option<String>,
    pub id: String,
    pub source: Option<Source>,
    /// The same vulnerability under other names, with who calls it so.
    pub aliases: Vec<(String, Source)>,
    pub ratings: Vec<Rating>,
    pub cwes: Vec<u32>,
    pub description: Option<String>,
    pub detail: Option<String>,
    pub recommendation: Option<String>,
    pub advisories: Vec<Advisory>,
    pub published: Option<String>,
    pub updated: Option<String>,
    pub affects: Vec<Affected>,
    pub analysis: Option<Analysis>,
    pub properties: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    pub name: Option<String>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rating {
    pub source: Option<Source>,
    pub score: Option<f64>,
    /// `critical`, `high`, `medium`, `low`, `info`, `none`, `unknown`.
    pub severity: Option<String>,
    /// `CVSSv2`, `CVSSv3`, `CVSSv31`, `CVSSv4`, `OWASP`, `SSVC`, `other`.
    pub method: Option<String>,
    pub vector: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advisory {
    pub title: Option<String>,
    pub url: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// A component's reference, or a BOM-Link (`urn:cdx:…`) into another document.
    pub reference: String,
    pub versions: Vec<AffectedVersion>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AffectedVersion {
    pub version: Option<String>,
    /// `vers:…`
    pub range: Option<String>,
    /// `affected`, `unaffected`, `unknown`; affected when not said.
    pub status: Option<String>,
}

/// The supplier's view (VEX).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// `resolved`, `resolved_with_pedigree`, `exploitable`, `in_triage`, `false_positive`, `not_affected`.
    pub state: Option<String>,
    pub justification: Option<String>,
    pub responses: Vec<String>,
    pub detail: Option<String>,
}

/// Names under which a document keeps what its format has no field for.
pub(crate) mod reserved {
    pub(crate) const DOCUMENT_NAME: &str = "spdx:documentName";
    pub(crate) const DOCUMENT_NAMESPACE: &str = "spdx:documentNamespace";
    pub(crate) const DOCUMENT_COMMENT: &str = "spdx:documentComment";
    pub(crate) const DESCRIBES: &str = "spdx:describes";
    pub(crate) const SOURCE_INFO: &str = "spdx:sourceInfo";
    pub(crate) const COMMENT: &str = "spdx:comment";
    pub(crate) const SUMMARY: &str = "spdx:summary";
    pub(crate) const FILE_NAME: &str = "spdx:packageFileName";
    pub(crate) const ATTRIBUTION: &str = "spdx:attributionText";
    pub(crate) const ANNOTATION: &str = "spdx:annotation";
    pub(crate) const VERIFICATION_CODE: &str = "spdx:packageVerificationCode";
    pub(crate) const BUILT: &str = "spdx:builtDate";
    pub(crate) const RELEASED: &str = "spdx:releaseDate";
    pub(crate) const VALID_UNTIL: &str = "spdx:validUntilDate";
    /// Second and further CPEs, where the format has room for one.
    pub(crate) const CPE: &str = "probity:cpe";
    /// Before the properties of the vulnerability scanner Trivy.
    pub(crate) const TRIVY: &str = "aquasecurity:trivy:";
}

impl Bom {
    /// Every "needs" between two components, whichever way round and however precisely the document says it: `DependsOn`, `Contains`,
    /// `Provides`, nesting, and the SPDX kinds of dependency.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        let nested = self.components.iter().filter_map(|component| Some((component.parent.as_deref()?, component.reference.as_str())));
        let related = self.relations.iter().flat_map(|relation| {
            let direction = relation.kind.direction();
            relation.to.iter().filter_map(move |to| match direction? {
                Direction::Forward => Some((relation.from.as_str(), to.as_str())),
                Direction::Backward => Some((to.as_str(), relation.from.as_str())),
            })
        });
        nested.chain(related)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

impl RelationKind {
    /// Which side needs or holds the other; `None` when it is another kind of relation.
    pub(crate) fn direction(&self) -> Option<Direction> {
        let Self::Other(name) = self else { return Some(Direction::Forward) };
        match name.as_str() {
            "DEPENDENCY_OF"
            | "BUILD_DEPENDENCY_OF"
            | "DEV_DEPENDENCY_OF"
            | "OPTIONAL_DEPENDENCY_OF"
            | "PROVIDED_DEPENDENCY_OF"
            | "RUNTIME_DEPENDENCY_OF"
            | "TEST_DEPENDENCY_OF"
            | "PREREQUISITE_FOR"
            | "CONTAINED_BY"
            | "PACKAGE_OF"
            | "OPTIONAL_COMPONENT_OF" => Some(Direction::Backward),
            "HAS_PREREQUISITE"
            | "DYNAMIC_LINK"
            | "STATIC_LINK"
            | "HAS_OPTIONAL_DEPENDENCY"
            | "HAS_PROVIDED_DEPENDENCY"
            | "HAS_OPTIONAL_COMPONENT"
            | "HAS_DYNAMIC_LINK"
            | "HAS_STATIC_LINK" => Some(Direction::Forward),
            _ => None,
        }
    }
}

impl Bom {
    /// A licence as a reader should see it: a `LicenseRef-…` alone is replaced by the name the document gives it.
    pub fn license_text<'b>(&'b self, license: &'b License) -> &'b str {
        match &license.value {
            LicenseValue::Id(text) | LicenseValue::Name(text) => text,
            LicenseValue::None => "NONE",
            LicenseValue::Expression(text) => self.extracted(text).map_or(text, |(name, _)| name),
        }
    }

    /// Name and text of what a `LicenseRef-…` stands for.
    pub(crate) fn extracted<'b>(&'b self, id: &'b str) -> Option<(&'b str, &'b str)> {
        if !id.starts_with("LicenseRef-") {
            return None;
        }
        let license = self.extracted_licenses.iter().find(|it| it.id == id)?;
        let named = license.name.as_deref().filter(|name| !name.is_empty() && *name != "NOASSERTION");
        let short = Some(license.text.as_str()).filter(|text| text.len() <= 200 && !text.contains('\n') && !text.is_empty());
        Some((named.or(short).unwrap_or(id), &license.text))
    }
}
