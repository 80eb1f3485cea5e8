//! Java archives, with the archives inside them: `.jar`, `.war`, `.ear` and their relatives.
//!
//! <https://maven.apache.org/shared/maven-archiver/> for `META-INF/maven/<group>/<artifact>/pom.properties`, the manifest in [`manifest`].
//!
//! Every `pom.properties` with group, artifact and version is a package: a shaded archive has many. The archive itself is one of them when the file name
//! has its artifact, or when there is no other. If it is none, its name and version are guessed, from the manifest and from the file name
//! (`artifact-1.2.3.jar`), and the package is marked as guessed: its `digest` is the SHA-1 of the archive, by which an index of published archives knows
//! better. A guess without a group has a name without `:`, one without a version nobody can match. Jenkins' plugins say who they are in the manifest.
//!
//! The place of a package is the path of its archive, inner ones after the outer: `app.war/WEB-INF/lib/x-1.0.jar`.
//!
//! Odd: an inner archive that cannot be read, or that the budget leaves out, is a diagnostic, and the others stay. Licences come from the `pom.xml` beside
//! `pom.properties`, for the archive itself also from the manifest.
//!
//! Missing: licence texts in the archive are not read; packages that were shaded without their `pom.properties` leave no trace.

mod manifest;

use super::{JAR, license};
use crate::{
    packages::{tree, xml},
    text::{extension, file_name, hex},
    unit::{Run, Unit},
};
use manifest::Attributes;
use probity_model::{
    Capability, Diagnostic, Facts, Package, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};
use probity_vfs::zip::{Archive, ZipBudget, ZipError};
use sha1::{Digest, Sha1};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const ARCHIVE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/jar",
        version: 1,
        claims: &[
            Pattern::Suffix(".jar"),
            Pattern::Suffix(".war"),
            Pattern::Suffix(".ear"),
            Pattern::Suffix(".par"),
            Pattern::Suffix(".sar"),
            Pattern::Suffix(".jpi"),
            Pattern::Suffix(".hpi"),
            Pattern::Suffix(".nar"),
            Pattern::Suffix(".kar"),
            Pattern::Suffix(".aar"),
        ],
        provides: &[Capability::Packages],
        max_bytes: 1 << 30,
    },
    run: Run::Strict(archive),
};

const PROPERTIES_BYTES: u64 = 1 << 20;
const MANIFEST_BYTES: u64 = 10 << 20;
const POM_BYTES: u64 = 4 << 20;
/// Diagnostics about parts of one file; more are counted.
const MAX_SAID: usize = 20;

fn archive(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let budget = ZipBudget::default();
    let mut walk = Walk { budget: &budget, file: file.path, packages: Vec::new(), diagnostics: Vec::new(), unsaid: 0 };
    let result = walk.archive(file.bytes, file.path);
    let Walk { packages, mut diagnostics, unsaid, .. } = walk;
    let mut seen = BTreeSet::new();
    out.packages.extend(
        packages.into_iter().filter(|package| seen.insert((package.name.clone(), package.version.clone(), package.at.path.clone()))),
    );
    if unsaid > 0
        && let Some(last) = diagnostics.last_mut()
    {
        last.message.push_str(&format!(" (and {unsaid} more parts of the archive)"));
    }
    out.diagnostics.append(&mut diagnostics);
    result.map_err(|error| AnalyzeError::new(error.to_string()))
}

struct Walk<'a> {
    budget: &'a ZipBudget,
    /// The outermost file.
    file: &'a str,
    packages: Vec<Package>,
    diagnostics: Vec<Diagnostic>,
    unsaid: usize,
}

/// Group, artifact and version.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Coordinates {
    group: String,
    artifact: String,
    version: String,
}

impl Coordinates {
    fn is_complete(&self) -> bool {
        !self.group.is_empty() && !self.artifact.is_empty() && !self.version.is_empty()
    }

    fn name(&self) -> String {
        if self.group.is_empty() { self.artifact.clone() } else { format!("{}:{}", self.group, self.artifact) }
    }
}

impl Walk<'_> {
    fn say(&mut self, path: &str, error: &ZipError) {
        if self.diagnostics.len() >= MAX_SAID {
            self.unsaid += 1;
            return;
        }
        let inner = path.strip_prefix(self.file).unwrap_or(path).trim_start_matches('/');
        let inner = if inner.is_empty() { String::new() } else { format!("`{}` in it: ", crate::text::snippet(inner, 300)) };
        let reason = if error.is_limit() { Reason::SubjectTruncated } else { Reason::AnalyzerFailed };
        self.diagnostics.push(Diagnostic::warning(reason, format!("{inner}{error}")).at(self.file).affecting([Capability::Packages]));
    }

    /// Reads an archive; `path` is where it lies. An error means that nothing of it could be read.
    fn archive(&mut self, bytes: &[u8], path: &str) -> Result<(), ZipError> {
        let archive = Archive::open(bytes)?;
        let mut attributes = Attributes::default();
        let mut found: Vec<Coordinates> = Vec::new();
        let mut licenses: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        let mut poms: BTreeMap<(String, String), Coordinates> = BTreeMap::new();
        for entry in archive.entries(self.budget) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.say(path, &error);
                    break;
                }
            };
            let name = entry.name.as_ref();
            let cap = match file_name(name) {
                "pom.properties" => PROPERTIES_BYTES,
                "MANIFEST.MF" if name == "META-INF/MANIFEST.MF" => MANIFEST_BYTES,
                "pom.xml" if described(name).is_some() => POM_BYTES,
                _ if is_archive(name) => u64::MAX,
                _ => continue,
            };
            let inner_path = || entry.path().map(|inner| format!("{path}/{inner}"));
            let content = match inner_path().and_then(|_| archive.read_at_most(&entry, cap, self.budget)) {
                Ok(content) => content,
                Err(error) => {
                    self.say(&inner_path().unwrap_or_else(|_| path.to_owned()), &error);
                    continue;
                }
            };
            match file_name(name) {
                "pom.properties" => found.extend(Some(properties(&content)).filter(Coordinates::is_complete)),
                "MANIFEST.MF" => attributes = Attributes::read(&content),
                "pom.xml" => {
                    let project = xml::read(&tree::decode(&content)).root;
                    if let Some((group, artifact)) = described(name) {
                        let key = (group.to_owned(), artifact.to_owned());
                        licenses.insert(key.clone(), license::of_pom(&project));
                        let version = project.text_of("version").or_else(|| project.at(&["parent", "version"])?.text.as_str().into());
                        if let Some(version) = version.filter(|version| !version.is_empty() && !version.contains("${")) {
                            let (group, artifact) = key.clone();
                            poms.insert(key, Coordinates { group, artifact, version: version.to_owned() });
                        }
                    }
                }
                _ => {
                    let inner = inner_path()?;
                    // Budgets are shared, so that the depth is that of the outermost file.
                    let budget = self.budget;
                    match budget.descend(|| self.archive(&content, &inner)) {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) | Err(error) => self.say(&inner, &error),
                    }
                }
            }
        }
        // Some builds pack the `pom.xml` alone.
        let named: BTreeSet<(String, String)> = found.iter().map(|it| (it.group.clone(), it.artifact.clone())).collect();
        found.extend(poms.into_iter().filter(|(key, _)| !named.contains(key)).map(|(_, coordinates)| coordinates));
        self.settle(bytes, path, &attributes, found, &licenses);
        Ok(())
    }

    /// Makes packages of what an archive says.
    fn settle(
        &mut self,
        bytes: &[u8],
        path: &str,
        attributes: &Attributes,
        mut found: Vec<Coordinates>,
        licenses: &BTreeMap<(String, String), Vec<String>>,
    ) {
        let (stem, version) = split_name(file_name(path));
        let mut guessed = false;
        let own = found
            .iter()
            .position(|it| it.artifact == stem && Some(it.version.as_str()) == version)
            .or_else(|| found.iter().position(|it| it.artifact == stem))
            .or_else(|| if found.len() == 1 && version.is_none() { Some(0) } else { None });
        let own = own.unwrap_or_else(|| {
            let plugin = plugin(attributes);
            guessed = plugin.is_none();
            found.push(plugin.unwrap_or_else(|| guess(attributes, stem, version)));
            found.len() - 1
        });
        let of_archive = attributes.licenses();
        for (at, it) in found.into_iter().enumerate() {
            let mut licenses = licenses.get(&(it.group.clone(), it.artifact.clone())).cloned().unwrap_or_default();
            if at == own && licenses.is_empty() {
                licenses.clone_from(&of_archive);
            }
            let name = it.name();
            let id = if it.version.is_empty() { name.clone() } else { String::new() };
            self.packages.push(Package {
                name,
                id,
                version: it.version,
                licenses,
                digest: (at == own).then(|| format!("sha1:{}", hex(&Sha1::digest(bytes)))),
                guessed: at == own && guessed,
                at: Place::file(path),
                ..Package::of(&JAR)
            });
        }
    }
}

fn is_archive(name: &str) -> bool {
    matches!(extension(name).as_str(), "jar" | "war" | "ear" | "par" | "sar" | "rar" | "jpi" | "hpi" | "nar" | "kar" | "aar")
}

/// Group and artifact of `META-INF/maven/<group>/<artifact>/pom.xml`.
fn described(name: &str) -> Option<(&str, &str)> {
    let (group, artifact) = name.strip_prefix("META-INF/maven/")?.strip_suffix("/pom.xml")?.split_once('/')?;
    (!group.is_empty() && !artifact.is_empty() && !artifact.contains('/')).then_some((group, artifact))
}

/// `pom.properties`: lines of `key=value`, as `java.util.Properties` writes them.
fn properties(bytes: &[u8]) -> Coordinates {
    let mut out = Coordinates::default();
    for (_, line) in crate::text::lines(bytes) {
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        let value = value.trim().to_owned();
        match key.trim() {
            "groupId" => out.group = value,
            "artifactId" => out.artifact = value,
            "version" => out.version = value,
            _ => {}
        }
    }
    // A build that did not fill in its variables.
    if [&out.group, &out.artifact, &out.version].iter().any(|text| text.contains("${")) { Coordinates::default() } else { out }
}

/// Artifact and version of a file name: the version begins at the last hyphen before a digit.
fn split_name(name: &str) -> (&str, Option<&str>) {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut at = stem.len();
    while let Some(hyphen) = stem.get(..at).and_then(|stem| stem.rfind('-')) {
        let (artifact, version) = (stem.get(..hyphen).unwrap_or_default(), stem.get(hyphen + 1..).unwrap_or_default());
        if !artifact.is_empty() && version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(char::is_whitespace) {
            return (artifact, Some(version));
        }
        at = hyphen;
    }
    (stem, None)
}

/// What the manifest of a Jenkins plugin declares.
fn plugin(attributes: &Attributes) -> Option<Coordinates> {
    let it = Coordinates {
        group: attributes.get("group-id")?.to_owned(),
        artifact: attributes.first(&["artifact-id", "short-name"])?.to_owned(),
        version: attributes.get("plugin-version")?.split_whitespace().next()?.to_owned(),
    };
    it.is_complete().then_some(it)
}

/// The best guess of who an archive is. The file name is nearer to what was published than the manifest, whose titles and vendors are prose.
fn guess(attributes: &Attributes, stem: &str, version: Option<&str>) -> Coordinates {
    let bundle = attributes.bundle();
    let group = attributes
        .first_id(&["implementation-vendor-id"])
        .or_else(|| bundle.and_then(|bundle| bundle.rsplit_once('.')).map(|(group, _)| group))
        .or_else(|| bundle.or_else(|| attributes.first_id(&["implementation-vendor", "specification-vendor"])));
    let titles = ["implementation-title", "specification-title", "bundle-name"];
    let artifact = if version.is_some() { stem } else { attributes.first_id(&titles).unwrap_or(stem) };
    let version = version.or_else(|| attributes.first(&["implementation-version", "specification-version", "bundle-version"]));
    Coordinates {
        group: group.unwrap_or_default().to_owned(),
        artifact: artifact.to_owned(),
        version: version.filter(|version| !version.contains(char::is_whitespace)).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests;
