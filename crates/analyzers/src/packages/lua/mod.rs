//! Lua: rocks that LuaRocks installed, `rocks-5.4/<name>/<version>/<name>-<version>.rockspec` in its tree.
//!
//! <https://github.com/luarocks/luarocks/blob/main/docs/rockspec_format.md>
//!
//! A rockspec is a Lua program of assignments. Name and version stand in the path; the licence is read where it is a plain string. The version ends with
//! the revision of the rockspec, `-1`. Rockspecs elsewhere belong to sources.

use super::Group;
use crate::{
    packages::listing::folder,
    text::{file_name, lines, unquote},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Package, Place,
    analyzer::{AnalyzerMeta, File, Pattern},
    ecosystem::Evidence,
};

/// Nobody publishes advisories about rocks.
pub(crate) static LUAROCKS: Ecosystem =
    Ecosystem { id: "luarocks", purl_type: "luarocks", heading: Some("Lua"), evidence: Evidence::Installed, ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&LUAROCKS], analyzers: &[&ROCKSPEC] };

pub(crate) const ROCKSPEC: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/luarocks",
        version: 1,
        claims: &[Pattern::Suffix(".rockspec")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Lenient(rockspec),
};

fn rockspec(file: &File<'_>, out: &mut Facts) {
    let here = folder(file.path);
    let (version, above) = (file_name(here), folder(here));
    let (name, tree) = (file_name(above), file_name(folder(above)));
    let is_installed = tree == "rocks" || tree.starts_with("rocks-");
    if !is_installed || name.is_empty() || file_name(file.path).strip_suffix(".rockspec") != Some(format!("{name}-{version}").as_str()) {
        return;
    }
    let license = lines(file.bytes).find_map(|(_, line)| {
        let value = line.trim().strip_prefix("license")?.trim_start().strip_prefix('=')?.trim().trim_end_matches(',');
        let text = unquote(value);
        (text.len() < value.len() && !text.is_empty()).then(|| text.to_owned())
    });
    out.packages.push(Package {
        name: name.to_owned(),
        version: version.to_owned(),
        licenses: license.into_iter().collect(),
        at: Place::file(file.path),
        ..Package::of(&LUAROCKS)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn installed_rocks() {
        let path = "usr/local/lib/luarocks/rocks-5.4/lua-cjson/2.1.0-1/lua-cjson-2.1.0-1.rockspec";
        let sample = b"package = \"lua-cjson\"\nversion = \"2.1.0-1\"\ndescription = {\n  license = \"MIT\",\n}\n";
        check(&ROCKSPEC, path, sample, "luarocks lua-cjson 2.1.0-1 - [MIT]");
        check(&ROCKSPEC, "src/lua-cjson-2.1.0-1.rockspec", sample, "");
        check(&ROCKSPEC, "x.rockspec", b"", "");
        robust(&ROCKSPEC, path, sample);
    }
}
