//! The elements as they are written.

#![expect(clippy::struct_field_names, reason = "the fields are named as in the specification")]

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    #[serde(rename = "@context")]
    pub(super) context: &'static str,
    #[serde(rename = "@graph")]
    pub(super) graph: Vec<Element<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Element<'a> {
    CreationInfo(CreationInfo),
    Person(Agent<'a>),
    Organization(Agent<'a>),
    SoftwareAgent(Agent<'a>),
    Tool(Agent<'a>),
    SpdxDocument(Collection<'a>),
    #[serde(rename = "software_Sbom")]
    Sbom(Collection<'a>),
    #[serde(rename = "software_Package")]
    Package(Box<Package<'a>>),
    #[serde(rename = "software_File")]
    File(Box<Package<'a>>),
    Relationship(Relationship<'a>),
    LifecycleScopedRelationship(Relationship<'a>),
    #[serde(rename = "simplelicensing_LicenseExpression")]
    LicenseExpression(LicenseExpression),
    #[serde(rename = "simplelicensing_SimpleLicensingText")]
    LicensingText(LicensingText),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreationInfo {
    #[serde(rename = "@id")]
    pub(super) id: &'static str,
    pub(super) spec_version: &'static str,
    pub(super) created: String,
    pub(super) created_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) created_using: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agent<'a> {
    pub(super) spdx_id: String,
    pub(super) creation_info: &'static str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_identifier: Vec<ExternalIdentifier<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Collection<'a> {
    pub(super) spdx_id: String,
    pub(super) creation_info: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) profile_conformance: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data_license: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) extension: Vec<Extension<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) root_element: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) element: Vec<String>,
}

#[derive(Debug, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package<'a> {
    pub(super) spdx_id: &'a str,
    pub(super) creation_info: &'static str,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_identifier: Vec<ExternalIdentifier<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_ref: Vec<ExternalRef<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) verified_using: Vec<Hash<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) extension: Vec<Extension<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) supplied_by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) originated_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) built_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_until_time: Option<String>,
    #[serde(rename = "software_primaryPurpose", skip_serializing_if = "Option::is_none")]
    pub(super) primary_purpose: Option<&'static str>,
    #[serde(rename = "software_copyrightText", skip_serializing_if = "Option::is_none")]
    pub(super) copyright_text: Option<&'a str>,
    #[serde(rename = "software_attributionText", skip_serializing_if = "Vec::is_empty")]
    pub(super) attribution_text: Vec<&'a str>,
    #[serde(rename = "software_packageVersion", skip_serializing_if = "Option::is_none")]
    pub(super) package_version: Option<&'a str>,
    #[serde(rename = "software_packageUrl", skip_serializing_if = "Option::is_none")]
    pub(super) package_url: Option<&'a str>,
    #[serde(rename = "software_downloadLocation", skip_serializing_if = "Option::is_none")]
    pub(super) download_location: Option<String>,
    #[serde(rename = "software_homePage", skip_serializing_if = "Option::is_none")]
    pub(super) home_page: Option<String>,
    #[serde(rename = "software_sourceInfo", skip_serializing_if = "Option::is_none")]
    pub(super) source_info: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ExternalIdentifier", rename_all = "camelCase")]
pub(super) struct ExternalIdentifier<'a> {
    pub(super) external_identifier_type: &'static str,
    pub(super) identifier: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ExternalRef", rename_all = "camelCase")]
pub(super) struct ExternalRef<'a> {
    pub(super) external_ref_type: &'static str,
    pub(super) locator: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) struct Hash<'a> {
    pub(super) algorithm: &'static str,
    pub(super) hash_value: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "extension_CdxPropertiesExtension")]
pub(super) struct Extension<'a> {
    #[serde(rename = "extension_cdxProperty")]
    pub(super) properties: Vec<Property<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "extension_CdxPropertyEntry")]
pub(super) struct Property<'a> {
    #[serde(rename = "extension_cdxPropName")]
    pub(super) name: &'a str,
    #[serde(rename = "extension_cdxPropValue")]
    pub(super) value: std::borrow::Cow<'a, str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Relationship<'a> {
    pub(super) spdx_id: String,
    pub(super) creation_info: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<std::borrow::Cow<'a, str>>,
    pub(super) from: &'a str,
    pub(super) relationship_type: &'static str,
    pub(super) to: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) completeness: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LicenseExpression {
    pub(super) spdx_id: String,
    pub(super) creation_info: &'static str,
    #[serde(rename = "simplelicensing_licenseExpression")]
    pub(super) expression: String,
    #[serde(rename = "simplelicensing_customIdToUri", skip_serializing_if = "Vec::is_empty")]
    pub(super) custom: Vec<DictionaryEntry>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) struct DictionaryEntry {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LicensingText {
    pub(super) spdx_id: String,
    pub(super) creation_info: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(rename = "simplelicensing_licenseText")]
    pub(super) text: String,
}
