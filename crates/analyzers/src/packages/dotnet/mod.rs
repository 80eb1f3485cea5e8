//! .NET: NuGet's lockfiles and lists, project files, deployed applications and assemblies.
//!
//! Names of packages are compared in lower case.

pub(crate) mod assembly;
pub(crate) mod deps;
pub(crate) mod msbuild;
pub(crate) mod nuget;

use super::Group;
use probity_model::{
    Ecosystem,
    ecosystem::{Evidence, lower_case},
};
use probity_versions::Scheme;

const DOTNET: Ecosystem =
    Ecosystem { purl_type: "nuget", versions: Scheme::Nuget, advisories: "nuget", normalize: lower_case, ..Ecosystem::LANGUAGE };

pub(crate) static NUGET: Ecosystem = Ecosystem { id: "nuget", assemble: Some(nuget::assemble), ..DOTNET };
pub(crate) static DOTNET_CORE: Ecosystem = Ecosystem { id: "dotnet-core", evidence: Evidence::Installed, id_separator: '/', ..DOTNET };
/// Versions that a solution manages in one place.
pub(crate) static PACKAGES_PROPS: Ecosystem =
    Ecosystem { id: "packages-props", evidence: Evidence::Manifest, assemble: Some(msbuild::assemble), ..DOTNET };
/// Versions that a project file asks for.
pub(crate) static MSBUILD: Ecosystem = Ecosystem { id: "msbuild", evidence: Evidence::Manifest, ..DOTNET };
pub(crate) static ASSEMBLY: Ecosystem =
    Ecosystem { id: "dotnet-assembly", evidence: Evidence::Binary, heading: Some(".NET"), assemble: Some(assembly::assemble), ..DOTNET };

pub(crate) static GROUP: Group = Group {
    ecosystems: &[&NUGET, &DOTNET_CORE, &PACKAGES_PROPS, &MSBUILD, &ASSEMBLY],
    analyzers: &[
        &nuget::LOCKFILE,
        &nuget::CONFIG,
        &nuget::ASSETS,
        &nuget::NUSPEC,
        &deps::DEPS,
        &deps::BUNDLE,
        &msbuild::PROPS,
        &msbuild::PROJECT,
        &assembly::ASSEMBLIES,
    ],
};

/// The folder of a file, without a slash at its end.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
