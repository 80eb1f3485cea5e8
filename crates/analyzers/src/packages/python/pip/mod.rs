//! `requirements.txt`, and files named like it.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
//!
//! Only what has one version (`==`, `===`, an archive with a version in its name) is a package; what pip would choose for the rest is not written
//! anywhere, and a note names it. Included files (`-r`, `-c`) are read when they are named like requirements, otherwise the note names them too.
//! Not all files of such a name are lists: one whose lines are mostly something else is left alone, unless it is `requirements.txt`.

use super::{PIP, Wanted, of_archive};
use crate::{
    packages::{listing::Listing, tree},
    text::{file_name, snippet},
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Diagnostic, Facts, Lines, Package, Place, Reason,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
};

pub(crate) const REQUIREMENTS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "packages/pip",
        version: 1,
        claims: &[Pattern::Like("requirements", ".txt")],
        provides: &[Capability::Packages],
        max_bytes: SMALL,
    },
    run: Run::Strict(requirements),
};

/// What a line says.
enum Line<'t> {
    Package {
        name: &'t str,
        version: &'t str,
    },
    /// A package without one version.
    Open(&'t str),
    Include(&'t str),
    /// An option of pip.
    Option,
    Other,
}

fn requirements(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = tree::decode(file.bytes);
    let lines = logical_lines(&text);
    let read: Vec<_> = lines.iter().map(|(number, line)| (*number, line, read(line))).collect();
    let others = read.iter().filter(|(.., line)| matches!(line, Line::Other)).count();
    if file_name(file.path) != "requirements.txt" && others * 2 > read.len() {
        return Ok(());
    }
    let mut errors = FirstError::default();
    let mut listing = Listing::default();
    let (mut open, mut included) = (Vec::new(), Vec::new());
    for (number, text, line) in read {
        match line {
            Line::Package { name, version } => {
                let package = Package {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    digest: digest(text),
                    at: Place::file(file.path),
                    ..Package::of(&PIP)
                };
                listing.put(package.on(Lines::one(number)));
            }
            Line::Open(name) => open.push((name, number)),
            Line::Include(path) => included.push((path, number)),
            Line::Option => {}
            Line::Other => errors.add(number, || format!("not a requirement: `{}`", snippet(text, 60))),
        }
    }
    listing.finish(out);
    note(file.path, &open, "has no exact version and is not listed", "have no exact versions and are not listed", out);
    included.retain(|(path, _)| !is_requirements(path));
    note(file.path, &included, "is not read from here", "are not read from here", out);
    errors.into_result()
}

fn note(path: &str, what: &[(&str, u32)], one: &str, many: &str, out: &mut Facts) {
    let Some((_, line)) = what.first() else { return };
    let mut names: Vec<String> = what.iter().take(5).map(|(name, _)| format!("`{}`", snippet(name, 60))).collect();
    if what.len() > 5 {
        names.push(format!("{} more", what.len() - 5));
    }
    let message = format!("{} {}", names.join(", "), if what.len() == 1 { one } else { many });
    let note = Diagnostic::note(Reason::TargetKindMissing, message).at(path).on(Lines::one(*line), None);
    out.diagnostics.push(note.hint("a lockfile says which versions are installed"));
}

/// Lines that end in `\` are joined with the next; comments are removed. With the number of their first line.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let comment = line.starts_with('#').then_some(0).or_else(|| line.find(" #")).or_else(|| line.find("\t#"));
        let content = line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim();
        let (content, more) = match content.strip_suffix('\\') {
            Some(content) => (content.trim_end(), true),
            None => (content, false),
        };
        if goes_on && let Some((_, last)) = lines.last_mut() {
            last.push(' ');
            last.push_str(content);
        } else if !content.is_empty() {
            lines.push((number, content.to_owned()));
        } else {
            continue;
        }
        goes_on = more;
    }
    lines
}

fn read(line: &str) -> Line<'_> {
    if let Some(option) = line.strip_prefix('-') {
        let (name, value) = option.split_once([' ', '=']).unwrap_or((option, ""));
        let value = value.trim();
        return match name {
            "r" | "-requirement" | "c" | "-constraint" => Line::Include(value),
            "e" | "-editable" => Line::Open(egg(value).unwrap_or(value)),
            _ => match option.strip_prefix(['r', 'c']).filter(|_| !option.starts_with('-') && value.is_empty()) {
                // `-rbase.txt`
                Some(path) if !path.is_empty() => Line::Include(path),
                _ => Line::Option,
            },
        };
    }
    // Hashes and options of one requirement.
    let line = line.find(" --").and_then(|at| line.get(..at)).unwrap_or(line).trim();
    if let Some(wanted) = Wanted::read(line).filter(|wanted| wanted.url.is_some() || of_path(line).is_none()) {
        return match (wanted.exact(), wanted.url.and_then(of_archive)) {
            (Some(version), _) | (None, Some((_, version))) => Line::Package { name: wanted.name, version },
            _ => Line::Open(wanted.name),
        };
    }
    match of_path(line) {
        Some((name, version)) => Line::Package { name, version },
        None if line.contains("://") || line.starts_with(['.', '/']) => Line::Open(egg(line).unwrap_or(line)),
        None => Line::Other,
    }
}

/// An archive that is named by its path or address alone.
fn of_path(line: &str) -> Option<(&str, &str)> {
    of_archive(line.split(';').next().unwrap_or(line).trim())
}

/// `git+https://…#egg=name`
fn egg(url: &str) -> Option<&str> {
    let name = url.split_once("egg=")?.1;
    name.split(['&', '[', ' ']).next().filter(|name| !name.is_empty())
}

/// The one hash of a requirement; with several nobody knows which archive is installed.
fn digest(line: &str) -> Option<String> {
    let mut hashes = line.split("--hash=").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let hash = hashes.next().filter(|_| hashes.next().is_none())?;
    let (algorithm, value) = hash.split_once(':')?;
    let is_hex = !value.is_empty() && value.bytes().all(|b| b.is_ascii_hexdigit());
    (is_hex && matches!(algorithm, "sha256" | "sha384" | "sha512")).then(|| format!("{algorithm}:{}", value.to_ascii_lowercase()))
}

/// Whether a path is of a file that is read for itself.
fn is_requirements(path: &str) -> bool {
    file_name(path).strip_prefix("requirements").is_some_and(|rest| rest.strip_suffix(".txt").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &[u8] = b"# comment
-i https://pypi.example/simple
Flask==2.0.0 # web
a [x] == 1.0 ; python_version < '3.9'
b==3.1.0 \\
    --hash=sha256:9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \\
    # a comment ends it
c==1.0 --hash=sha256:00 --hash=sha256:01
d>=2,<3
-e git+https://example.com/e.git@v1#egg=e
f @ https://example.com/f-1.2-py3-none-any.whl
./wheels/g-2.0-py3-none-any.whl
https://example.com/h.git
-r base.in
-r requirements-dev.txt
Flask==2.0.0
what is this
";

    #[test]
    fn only_exact_versions_are_packages() {
        check(
            &REQUIREMENTS,
            "requirements.txt",
            SAMPLE,
            "pypi Flask 2.0.0 - @3 @16
             pypi a 1.0 - @4
             pypi b 3.1.0 - @5 (sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08)
             pypi c 1.0 - @8
             pypi f 1.2 - @11
             pypi g 2.0 - @12
             diagnostic Note `d`, `e`, `https://example.com/h.git` have no exact versions and are not listed
             diagnostic Note `base.in` is not read from here
             error line 17: not a requirement: `what is this`",
        );
    }

    #[test]
    fn windows_writes_utf_16() {
        let wide: Vec<u8> = "\u{feff}a==1.0\r\nb===2.0\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&REQUIREMENTS, "requirements.txt", &wide, "pypi a 1.0 - @1\npypi b 2.0 - @2");
    }

    #[test]
    fn prose_is_no_list() {
        check(&REQUIREMENTS, "requirements-of-users.txt", b"The system shall scan.\nIt shall be fast.\n", "");
        check(&REQUIREMENTS, "requirements-dev.txt", b"a==1\n", "pypi a 1 - @1");
    }

    #[test]
    fn never_panics() {
        robust(&REQUIREMENTS, "requirements.txt", SAMPLE);
    }
}
