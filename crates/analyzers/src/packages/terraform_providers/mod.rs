//! `.terraform.lock.hcl`: the providers that Terraform and OpenTofu chose.
//!
//! <https://developer.hashicorp.com/terraform/language/files/dependency-lock>
//!
//! Blocks `provider "host/namespace/name"` with `version`, `constraints` and `hashes`. The file is written by a program in one form, which is what is
//! read; a provider that the public registry serves is named without its host.

use super::Group;
use crate::{
    packages::{listing::Listing, tree},
    text::unquote,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Ecosystem, Facts, Lines, Package, Place, Purl,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

/// Nobody publishes advisories about providers.
pub(crate) static TERRAFORM_PROVIDERS: Ecosystem = Ecosystem { id: "terraform-providers", purl_type: "terraform", ..Ecosystem::LANGUAGE };

pub(crate) static GROUP: Group = Group { ecosystems: &[&TERRAFORM_PROVIDERS], analyzers: &[&LOCK] };

pub(crate) const LOCK: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/terraform-providers",
        version: 1,
        claims: &[Pattern::Name(".terraform.lock.hcl")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(lock),
};

/// Registries whose providers are known without them.
const PUBLIC: [&str; 2] = ["registry.terraform.io/", "registry.opentofu.org/"];

fn lock(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let mut listing = Listing::default();
    // Address, version and first line of the block that is open.
    let mut block: Option<(&str, Option<&str>, u32)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
            errors.add(number, || "a merge conflict is not resolved".to_owned());
        } else if let Some(label) = line.strip_prefix("provider ").and_then(|rest| rest.trim().strip_suffix('{')) {
            unfinished(block.take(), &mut errors);
            block = Some((unquote(label), None, number));
        } else if let Some((_, version, _)) = &mut block
            && let Some(value) = line.strip_prefix("version").and_then(|rest| rest.trim_start().strip_prefix('='))
        {
            *version = Some(unquote(value));
        } else if line == "}"
            && let Some((address, version, start)) = block.take()
        {
            match version.filter(|version| !version.is_empty() && !address.is_empty()) {
                Some(version) => {
                    listing.put(package(address, version, file.path).on(Lines::new(start, number)));
                }
                None => unfinished(Some((address, None, start)), &mut errors),
            }
        }
    }
    unfinished(block, &mut errors);
    listing.finish(out);
    errors.into_result()
}

fn package(address: &str, version: &str, path: &str) -> Package {
    let name = PUBLIC.iter().find_map(|host| address.strip_prefix(host)).unwrap_or(address);
    let (namespace, last) = name.rsplit_once('/').unwrap_or(("", name));
    let purl = Purl {
        kind: TERRAFORM_PROVIDERS.purl_type.to_owned(),
        namespace: namespace.to_owned(),
        name: last.to_owned(),
        version: Some(version.to_owned()),
        ..Purl::default()
    };
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        purl: purl.to_string(),
        at: Place::file(path),
        ..Package::of(&TERRAFORM_PROVIDERS)
    }
}

/// Says that a provider cannot be listed.
fn unfinished(block: Option<(&str, Option<&str>, u32)>, errors: &mut FirstError) {
    if let Some((address, _, line)) = block {
        errors.add(line, || format!("`{}` has no version", crate::text::snippet(address, 80)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = r#"# This file is maintained automatically
provider "registry.terraform.io/hashicorp/aws" {
  version     = "4.67.0"
  constraints = "~> 4.0"
  hashes = [
    "h1:aa",
  ]
}

provider "registry.example/acme/thing" {
  version = "1.0.0"
}

provider "registry.terraform.io/hashicorp/none" {
}
provider "open/x" {
"#;

    #[test]
    fn providers() {
        check(
            &LOCK,
            "infra/.terraform.lock.hcl",
            SAMPLE.as_bytes(),
            "terraform hashicorp/aws 4.67.0 - @2
             terraform registry.example/acme/thing 1.0.0 - @10
             error line 14: `registry.terraform.io/hashicorp/none` has no version (and 1 more)",
        );
        assert_eq!(package("registry.example/acme/thing", "1", "x").purl, "pkg:terraform/registry.example/acme/thing@1");
        robust(&LOCK, ".terraform.lock.hcl", SAMPLE.as_bytes());
    }
}
