//! Specifications of installed gems: `specifications/*.gemspec`, and `specifications/default` for those that come with Ruby.
//!
//! <https://guides.rubygems.org/specification-reference/>
//!
//! A specification is a program, but RubyGems writes the installed ones itself, in one form: an attribute a line, values spelled out, often with
//! `.freeze` behind them (older ones: `%q{…}`). A comment at the top, `# stub: name version platform paths`, repeats name and version. Anything else,
//! such as a version that is computed, cannot be read and is an error. `*.gemspec` elsewhere are sources of gems and not looked at.

use super::GEMSPEC;
use crate::{
    text::{has_folder, lines},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const GEMSPEC_FILE: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/gemspec",
        version: 1,
        claims: &[Pattern::In("specifications", ".gemspec"), Pattern::In("default", ".gemspec")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(gemspec),
};

fn gemspec(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    if !has_folder(file.path, "specifications") {
        return Ok(());
    }
    let mut stub = (None, None);
    let (mut name, mut version, mut licenses) = (None, None, Vec::new());
    let mut open_list = false;
    for (_, line) in lines(file.bytes) {
        let line = line.trim();
        if open_list {
            licenses.extend(literals(line));
            open_list = !line.contains(']');
            continue;
        }
        if let Some(rest) = line.strip_prefix("# stub: ") {
            let mut words = rest.split(' ').map(str::to_owned);
            stub = (words.next(), words.next());
            continue;
        }
        let Some((attribute, value)) = attribute(line) else { continue };
        match attribute {
            "name" => name = name.or_else(|| literals(value).next()),
            "version" => version = version.or_else(|| literals(value).next()),
            "license" | "licenses" => {
                licenses.extend(literals(value));
                open_list = value.starts_with('[') && !value.contains(']');
            }
            _ => {}
        }
    }
    let filled = |value: &String| !value.is_empty();
    let (Some(name), Some(version)) = (name.or(stub.0).filter(filled), version.or(stub.1).filter(filled)) else {
        return Err(AnalyzeError::new("no name or version is spelled out"));
    };
    licenses.retain(filled);
    out.packages.push(Package { name, version, licenses, at: Place::file(file.path), ..Package::of(&GEMSPEC) });
    Ok(())
}

/// `s.name = "rake".freeze`: the attribute and its value.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let (left, value) = line.split_once('=')?;
    let (variable, attribute) = left.trim_end().split_once('.')?;
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name(variable) && is_name(attribute)).then(|| (attribute, value.trim_start()))
}

/// The strings of a line: `"…"`, `'…'`, `%q{…}`.
fn literals(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find(['"', '\'', '%', '#'])?;
            let from = rest.get(at..)?;
            let (open, close) = match from.get(..1)? {
                "#" => return None,
                "%" => {
                    let bracket = from.strip_prefix("%q").or_else(|| from.strip_prefix("%Q")).and_then(|rest| rest.chars().next());
                    let close = match bracket {
                        Some('{') => "}",
                        Some('<') => ">",
                        Some('(') => ")",
                        Some('[') => "]",
                        _ => {
                            rest = from.get(1..)?;
                            continue;
                        }
                    };
                    (3, close)
                }
                quote => (1, quote),
            };
            let (literal, after) = from.get(open..)?.split_once(close)?;
            rest = after;
            return Some(literal.to_owned());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, claims, robust};

    const SAMPLE: &str = "# -*- encoding: utf-8 -*-
# stub: json 2.6.3 ruby lib\0ext

Gem::Specification.new do |s|
  s.name = \"json\".freeze
  s.version = \"2.6.3\"

  s.required_rubygems_version = Gem::Requirement.new(\">= 0\".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { \"changelog_uri\" => \"https://gem.example/name\" } if s.respond_to? :metadata=
  s.licenses = [\"Ruby\".freeze, 'MIT']
  s.add_runtime_dependency(%q<other>.freeze, [\"~> 1.0\"])
end
";

    #[test]
    fn all_forms_that_rubygems_wrote() {
        let path = "usr/lib/ruby/gems/3.2.0/specifications/default/json-2.6.3.gemspec";
        check(&GEMSPEC_FILE, path, SAMPLE.as_bytes(), "gem json 2.6.3 - [Ruby, MIT]");
        check(
            &GEMSPEC_FILE,
            "gems/specifications/old.gemspec",
            b"Gem::Specification.new do |gem|\n  gem.name = %q{old}\n  gem.version = '0.9'\n  gem.licenses = [\n    %q<MIT>, # \"no\"\n  ]\nend\n",
            "gem old 0.9 - [MIT]",
        );
        check(
            &GEMSPEC_FILE,
            "gems/specifications/x.gemspec",
            b"# stub: x 1.0 java lib\nGem::Specification.new do |s|\n  s.name = NAME\n  s.version = X::VERSION\nend",
            "gem x 1.0 -",
        );
    }

    #[test]
    fn sources_of_gems_are_not_installed_and_programs_cannot_be_read() {
        assert!(!claims(&GEMSPEC_FILE, "project/x.gemspec"));
        check(&GEMSPEC_FILE, "config/default/x.gemspec", SAMPLE.as_bytes(), "");
        check(&GEMSPEC_FILE, "specifications/x.gemspec", b"s.version = X::VERSION", "error: no name or version is spelled out");
    }

    #[test]
    fn survives_broken_bytes() {
        robust(&GEMSPEC_FILE, "specifications/x.gemspec", SAMPLE.as_bytes());
    }
}
