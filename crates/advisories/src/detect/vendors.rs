//! Whose package it is, where a package manager also installs packages of others.
//!
//! A distribution's advisories say nothing about a package of another vendor that has the same name and other versions. rpm has a field for the
//! vendor, so that distributions are listed; Debian's format has none, so that well-known other vendors are, by their maintainer. A package that
//! says nothing is taken to be the distribution's.

use probity_model::{ecosystem::Evidence, package::Package};

/// Starts of rpm's `Vendor`.
const DISTRIBUTIONS: &[&str] = &[
    "Amazon Linux",
    "Amazon.com",
    "CentOS",
    "Fedora Project",
    "Oracle America",
    "Red Hat",
    "AlmaLinux",
    "CloudLinux",
    "VMware",
    "Broadcom",
    "SUSE",
    "openSUSE",
    "Microsoft Corporation",
    "Rocky",
    "Bottlerocket",
];

/// Parts of Debian's `Maintainer`.
const OTHERS: &[&str] = &[
    "support@docker.com",
    "@nvidia.com",
    "Google Cloud CLI Authors",
    "sapmachine@sap.com",
    "@hashicorp.com",
    "@microsoft.com",
    "@mongodb.com",
    "developers@lists.mariadb.org",
    "dev@couchdb.apache.org",
    "info@elastic.co",
    "nginx-packaging@f5.com",
    "@konghq.com",
    "@cloudflare.com",
    "support@influxdb.com",
    "support@gitlab.com",
    "contact@grafana.com",
    "@datadoghq.com",
    "@nodesource.com",
    "info@tailscale.com",
    "@openrobotics.org",
    "@osrfoundation.org",
];

/// Whole `Maintainer` fields.
const OTHERS_WHOLE: &[&str] = &["GitHub", "HashiCorp"];

pub(super) fn is_third_party(package: &Package) -> bool {
    let Some(who) = package.maintainer.as_deref().map(str::trim).filter(|who| !who.is_empty() && *who != "(none)") else { return false };
    match package.ecosystem.purl_type {
        // What a bill of materials calls the supplier is not rpm's field.
        "rpm" => package.ecosystem.evidence != Evidence::Sbom && !DISTRIBUTIONS.iter().any(|vendor| who.starts_with(vendor)),
        "deb" => OTHERS_WHOLE.contains(&who) || OTHERS.iter().any(|part| who.contains(part)),
        _ => false,
    }
}
