//! `deno.lock`, versions 1 to 5.
//!
//! <https://docs.deno.com/runtime/fundamentals/modules/#integrity-checking-and-lock-files>
//!
//! Three worlds in one file: packages of the npm registry, packages of jsr.io, and modules that are loaded by their address. The first two have
//! resolved versions and edges; their place in the file moved with each version. An address is a package when a version stands in it
//! (`https://deno.land/std@0.200.0/fs/mod.ts` is `deno.land/std` 0.200.0), and all of its modules are one. Addresses without a version are listed
//! without one. From version 3 on `workspace` says what the project wants itself. The file does not know what is for development.

use super::{DENO, DENO_REMOTE, JSR, digest, split_name};
use crate::{
    packages::{
        json,
        listing::Listing,
        tree::{self, Data, Field, Value},
    },
    unit::{FirstError, LARGE, Run, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Lines, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    package::Relationship,
};
use std::collections::{BTreeSet, HashMap};

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/deno",
        version: 1,
        claims: &[Pattern::Name("deno.lock")],
        provides: &[Capability::Packages],
        max_bytes: LARGE,
    },
    run: Run::Strict(lock),
};

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let root = json::read(&text).or_note(&mut errors);
    let version = root.word_of("version").unwrap_or("1");
    if !matches!(version, "1" | "2" | "3" | "4" | "5") {
        errors.add(1, || format!("unknown lockfile version `{version}`, read like version 5"));
    }
    let (packages, specifiers) = match version {
        "2" => (&root, root.at(&["npm", "specifiers"])),
        "3" => (root.get("packages").unwrap_or(&root), root.at(&["packages", "specifiers"])),
        _ => (&root, root.get("specifiers")),
    };
    let npm = if version == "2" { root.at(&["npm", "packages"]) } else { packages.get("npm") };
    let specifiers = Specifiers::read(specifiers);
    let direct = specifiers.direct(root.get("workspace"));

    let mut lists = Lists { path: file.path, specifiers: &specifiers, direct: direct.as_ref(), errors: &mut errors };
    lists.read(&DENO, "npm", npm.map(Value::fields).unwrap_or_default(), out);
    lists.read(&JSR, "jsr", packages.fields_of("jsr"), out);
    // Version 1 is nothing but addresses.
    let remote = if root.get("version").is_none() { root.fields() } else { root.fields_of("remote") };
    remotes(file.path, remote, out);
    errors.into_result()
}

/// What the project and its packages ask for → what it was resolved to, `npm:chalk@5` → `npm:chalk@5.3.0`.
struct Specifiers {
    resolved: HashMap<String, String>,
}

impl Specifiers {
    /// Version 2 has no `npm:`, and from version 4 on only the resolved version stands on the right.
    fn read(value: Option<&Value<'_>>) -> Self {
        let mut resolved = HashMap::new();
        for field in value.map(Value::fields).unwrap_or_default() {
            let Some(target) = field.value.text() else { continue };
            let (world, wanted) = world(&field.key);
            let Some((name, _)) = split_name(wanted) else { continue };
            let target = self::world(target).1;
            let is_whole = target.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'));
            let target = if is_whole { target.to_owned() } else { format!("{name}@{target}") };
            resolved.insert(format!("{world}:{wanted}"), format!("{world}:{target}"));
        }
        Self { resolved }
    }

    /// The packages that the project wants itself; `None` when the file does not say so.
    fn direct(&self, workspace: Option<&Value<'_>>) -> Option<BTreeSet<String>> {
        let workspace = workspace?;
        let members = workspace.fields_of("members").iter().map(|field| &field.value);
        let mut direct = BTreeSet::new();
        for member in members.chain(std::iter::once(workspace)) {
            let lists = [Some(member), member.get("packageJson")].into_iter().flatten().map(|value| value.items_of("dependencies"));
            for wanted in lists.flatten().filter_map(Value::text) {
                let (world, wanted) = world(wanted);
                direct.extend(self.resolved.get(&format!("{world}:{wanted}")).cloned());
            }
        }
        Some(direct)
    }
}

fn world(specifier: &str) -> (&'static str, &str) {
    match specifier.strip_prefix("jsr:") {
        Some(rest) => ("jsr", rest),
        None => ("npm", specifier.strip_prefix("npm:").unwrap_or(specifier)),
    }
}

struct Lists<'d, 'e> {
    path: &'d str,
    specifiers: &'d Specifiers,
    direct: Option<&'d BTreeSet<String>>,
    errors: &'e mut FirstError,
}

impl Lists<'_, '_> {
    fn read(&mut self, ecosystem: &'static Ecosystem, own: &str, fields: &[Field<'_>], out: &mut Facts) {
        let mut listing = Listing::default();
        // Dependencies name a package without its version when there is only one.
        let mut ids: HashMap<String, Option<String>> = HashMap::new();
        for field in fields {
            let Some((name, version)) = split_name(&field.key) else { continue };
            // The peers that a package was resolved with follow its version.
            let id = format!("{name}@{}", version.split('_').next().unwrap_or(version));
            ids.insert(field.key.to_string(), Some(id.clone()));
            ids.entry(name.to_owned())
                .and_modify(|known| {
                    if known.as_ref().is_some_and(|known| *known != id) {
                        *known = None;
                    }
                })
                .or_insert(Some(id.clone()));
        }
        for field in fields {
            let Some((name, version)) = split_name(&field.key) else {
                self.errors.add(field.line, || format!("`{}` is no package with a version", field.key));
                continue;
            };
            let mut depends_on = Vec::new();
            for list in ["dependencies", "optionalDependencies"] {
                let Some(value) = field.value.get(list) else { continue };
                let wanted = match &value.data {
                    Data::List(items) => items.iter().filter_map(Value::text).collect::<Vec<_>>(),
                    _ => value.fields().iter().filter_map(|field| field.value.text()).collect(),
                };
                depends_on.extend(wanted.into_iter().filter_map(|wanted| self.find(own, wanted, &ids)));
            }
            let relationship = match self.direct {
                None => Relationship::Unknown,
                Some(direct) if direct.contains(&format!("{own}:{}", field.key)) => Relationship::Direct,
                Some(_) => Relationship::Indirect,
            };
            let package = Package {
                name: name.to_owned(),
                version: version.split('_').next().unwrap_or(version).to_owned(),
                relationship,
                depends_on,
                digest: field.value.text_of("integrity").and_then(integrity),
                at: Place::file(self.path),
                ..Package::of(ecosystem)
            };
            listing.put(package.on(field.value.lines));
        }
        listing.finish(out);
    }

    /// `chalk@5.3.0`, `chalk`, `alias@npm:chalk@5.3.0`, `jsr:@std/path@1`; edges to the other world are left out, ids are of one list.
    fn find(&self, own: &str, wanted: &str, ids: &HashMap<String, Option<String>>) -> Option<String> {
        let wanted = split_name(wanted).and_then(|(_, rest)| rest.strip_prefix("npm:")).unwrap_or(wanted);
        let (world, bare) = if wanted.contains(':') { world(wanted) } else { (own, wanted) };
        if world != own {
            return None;
        }
        let resolved = self.specifiers.resolved.get(&format!("{own}:{bare}")).map(|target| self::world(target).1);
        resolved.and_then(|key| ids.get(key)).or_else(|| ids.get(bare)).cloned().flatten()
    }
}

/// Subresource integrity for npm, bare hexadecimal SHA-256 for jsr.
fn integrity(text: &str) -> Option<String> {
    let is_hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex { Some(format!("sha256:{}", text.to_ascii_lowercase())) } else { digest(text) }
}

fn remotes(path: &str, fields: &[Field<'_>], out: &mut Facts) {
    let mut modules: HashMap<(&str, &str), Lines> = HashMap::new();
    let mut order = Vec::new();
    for field in fields {
        let Some((_, address)) = field.key.split_once("://") else { continue };
        let module = module(address);
        modules.entry(module).and_modify(|lines| *lines = lines.cover(field.lines())).or_insert_with(|| {
            order.push(module);
            field.lines()
        });
    }
    for module in order {
        let Some(lines) = modules.get(&module) else { continue };
        let (name, version) = module;
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            id: if version.is_empty() { name.to_owned() } else { String::new() },
            at: Place::file(path),
            ..Package::of(&DENO_REMOTE)
        };
        out.packages.push(package.on(*lines));
    }
}

/// `deno.land/x/oak@v12.0.0/mod.ts` is version `v12.0.0` of `deno.land/x/oak`.
fn module(address: &str) -> (&str, &str) {
    let address = address.split(['?', '#']).next().unwrap_or(address);
    let host = address.find('/').unwrap_or(address.len());
    for (at, _) in address.match_indices('@').filter(|(at, _)| *at > host) {
        let (name, rest) = (address.get(..at).unwrap_or_default(), address.get(at + 1..).unwrap_or_default());
        let version = rest.split('/').next().unwrap_or_default();
        if !name.ends_with('/') && version.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()) {
            return (name, version);
        }
    }
    (address, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn version_2() {
        check(
            &LOCK,
            "deno.lock",
            br#"{"version": "2",
"remote": {
"https://deno.land/std@0.200.0/fs/mod.ts": "00",
"https://deno.land/std@0.200.0/fs/walk.ts": "00",
"https://esm.sh/@s/a@1.2.3/x.js?dev": "00",
"https://example.com/a.ts": "00"},
"npm": {"specifiers": {"chalk@5": "chalk@5.3.0"},
"packages": {"chalk@5.3.0": {"integrity": "sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=", "dependencies": {"a": "a@1.0.0_b@2.0.0"}},
"a@1.0.0_b@2.0.0": {}}}}"#,
            "npm chalk 5.3.0 - @8 -> a@1.0.0 (sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3)
             npm a 1.0.0 - @9
             generic deno.land/std 0.200.0 - @3
             generic esm.sh/@s/a 1.2.3 - @5
             generic example.com/a.ts  - @6 id example.com/a.ts",
        );
    }

    #[test]
    fn version_3() {
        check(
            &LOCK,
            "deno.lock",
            br#"{"version": "3", "packages": {
"specifiers": {"jsr:@std/path@^1": "jsr:@std/path@1.0.2", "npm:chalk@5": "npm:chalk@5.3.0", "jsr:@std/x@1": "jsr:@std/x@1.0.0"},
"jsr": {
"@std/path@1.0.2": {"integrity": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "dependencies": ["jsr:@std/x@1", "npm:chalk@5"]},
"@std/x@1.0.0": {}},
"npm": {"chalk@5.3.0": {"dependencies": {}}}},
"remote": {}, "workspace": {"members": {"m": {"dependencies": ["jsr:@std/path@^1"]}}}}"#,
            "npm chalk 5.3.0 - @6 indirect
             jsr @std/path 1.0.2 - @4 direct -> @std/x@1.0.0 (sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08)
             jsr @std/x 1.0.0 - @5 indirect",
        );
    }

    const V5: &[u8] = br#"{"version": "5",
"specifiers": {"npm:chalk@5": "5.3.0", "npm:b@*": "2.0.0_a@1.0.0"},
"npm": {
"chalk@5.3.0": {"dependencies": ["a", "b@2.0.0_a@1.0.0", "alias@npm:b@3.0.0"], "optionalDependencies": ["gone"]},
"a@1.0.0": {}, "b@2.0.0_a@1.0.0": {}, "b@3.0.0": {}},
"workspace": {"packageJson": {"dependencies": ["npm:b@*"]}}}"#;

    #[test]
    fn version_5() {
        check(
            &LOCK,
            "deno.lock",
            V5,
            "npm chalk 5.3.0 - @4 indirect -> a@1.0.0, b@2.0.0, b@3.0.0
             npm a 1.0.0 - @5 indirect
             npm b 2.0.0 - @5 direct
             npm b 3.0.0 - @5 indirect",
        );
    }

    #[test]
    fn version_1_and_unknown_ones() {
        check(&LOCK, "deno.lock", br#"{"https://deno.land/x/oak@v12.0.0/mod.ts": "00"}"#, "generic deno.land/x/oak v12.0.0 - @1");
        check(&LOCK, "deno.lock", br#"{"version": "9"}"#, "error line 1: unknown lockfile version `9`, read like version 5");
    }

    #[test]
    fn never_panics() {
        robust(&LOCK, "deno.lock", V5);
    }
}
