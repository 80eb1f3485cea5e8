//! `environment.yml`: what an environment should have.
//!
//! <https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html#sharing-an-environment>
//!
//! `numpy`, `numpy=1.26`, `numpy==1.26.4`, `numpy 1.26.4 py312_0`, `conda-forge::numpy=1.26.4=py312_0`. A range leaves the version open; the package is
//! listed without one. `numpy=1.26` means any 1.26; 1.26 is listed.

use crate::{
    packages::{
        listing::Listing,
        python::{CONDA_ENVIRONMENT, PIP, Wanted},
        tree::{self, Data},
        yaml,
    },
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Package, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const ENVIRONMENT: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/conda-environment",
        version: 1,
        claims: &[Pattern::Name("environment.yml"), Pattern::Name("environment.yaml")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(environment),
};

fn environment(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let mut errors = FirstError::default();
    let documents = yaml::read(&text).or_note(&mut errors);
    let (mut conda, mut pip) = (Listing::default(), Listing::default());
    for item in documents.first().map(|root| root.items_of("dependencies")).unwrap_or_default() {
        match &item.data {
            Data::Text(spec) => match of_spec(spec) {
                Some((name, version)) => {
                    let package = Package {
                        name: name.to_owned(),
                        version: version.to_owned(),
                        at: Place::file(file.path),
                        ..Package::of(&CONDA_ENVIRONMENT)
                    };
                    conda.put(package.on(item.lines));
                }
                None => errors.add(item.lines.start, || format!("`{spec}` is no package")),
            },
            Data::Map(fields) => {
                for wanted in fields.iter().filter(|field| field.key == "pip").flat_map(|field| field.value.items()) {
                    let found = wanted.text().and_then(Wanted::read);
                    if let Some((found, version)) = found.and_then(|found| Some((found, found.exact()?))) {
                        let package = Package {
                            name: found.name.to_owned(),
                            version: version.to_owned(),
                            at: Place::file(file.path),
                            ..Package::of(&PIP)
                        };
                        pip.put(package.on(wanted.lines));
                    }
                }
            }
            Data::Null => {}
            _ => errors.add(item.lines.start, || "not a package".to_owned()),
        }
    }
    conda.finish(out);
    pip.finish(out);
    errors.into_result()
}

fn of_spec(spec: &str) -> Option<(&str, &str)> {
    let spec = spec.rsplit_once("::").map_or(spec, |(_, spec)| spec).trim();
    let end = spec.find(|c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '!' | '~' | '[')).unwrap_or(spec.len());
    let (name, rest) = spec.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
    let version = rest.split(|c: char| c.is_whitespace() || matches!(c, '=' | '[')).next().unwrap_or_default();
    let exact = !version.is_empty() && !version.contains(['*', '<', '>', '!', '~', ',', '|']);
    Some((name, if exact { version } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = b"name: x
channels: [conda-forge]
dependencies:
  - python=3.12
  - conda-forge::numpy=1.26.4=py312_0
  - b ==1.8.1
  - c 1.8.1 py27_0
  - d>=1,<2
  - e=1.*
  - f
  - pip:
    - Flask==2.0.0
    - g>=1
  - [x]
prefix: /opt/x
";

    #[test]
    fn specs() {
        check(
            &ENVIRONMENT,
            "environment.yml",
            SAMPLE,
            "conda python 3.12 - @4
             conda numpy 1.26.4 - @5
             conda b 1.8.1 - @6
             conda c 1.8.1 - @7
             conda d  - @8 id d
             conda e  - @9 id e
             conda f  - @10 id f
             pypi Flask 2.0.0 - @12
             error line 14: not a package",
        );
    }

    #[test]
    fn never_panics() {
        robust(&ENVIRONMENT, "environment.yaml", SAMPLE);
    }
}
