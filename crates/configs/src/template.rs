//! Files that are templates of a configuration, not the configuration.
//!
//! What a Helm chart says depends on values that are not in the file, so judging its text would be guessing. Rendering is not done here.

use memchr::memmem;
use probity_model::{Capability, Diagnostic, InputKind, Lines, Reason};

/// Whether the file is a template of a Helm chart, even if it happens to be readable as YAML.
///
/// Braces alone do not say so: alerts and workflows have `"{{ $labels.pod }}"` and `"{{inputs.parameters.x}}"` in their strings.
pub(crate) fn is_chart_template(path: &str, text: &str) -> bool {
    let below_templates = path.split('/').rev().skip(1).any(|folder| folder == "templates");
    actions(text).any(|action| {
        let action = action.strip_prefix('-').unwrap_or(action).trim_start();
        let of_chart = [".Values", ".Release", ".Chart", ".Capabilities", "include \"", "template \"", "tpl "];
        let of_language = [".", "$", "if ", "range ", "with ", "define ", "end", "else", "/*", "toYaml ", "printf ", "default "];
        of_chart.iter().any(|start| action.starts_with(start))
            || (below_templates && of_language.iter().any(|start| action.starts_with(start)))
    })
}

/// The first line with template syntax of Go, Helm or Jinja.
pub(crate) fn first_line(text: &str) -> Option<u32> {
    let at = [b"{{", b"{%"].into_iter().filter_map(|open| memmem::find(text.as_bytes(), open)).min()?;
    let before = text.as_bytes().get(..at)?;
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).ok()
}

/// The template was not judged.
pub(crate) fn unrendered(text: &str) -> Diagnostic {
    let diagnostic = Diagnostic::warning(Reason::AnalyzerFailed, "is a template that is not rendered, so its objects were not judged")
        .hint("render it (`helm template CHART > rendered.yaml`) and scan the output")
        .affecting([Capability::Documents(InputKind::KubernetesManifest)]);
    match first_line(text) {
        Some(line) => diagnostic.on(Lines::one(line), None),
        None => diagnostic,
    }
}

/// What follows each `{{`.
fn actions(text: &str) -> impl Iterator<Item = &str> {
    memmem::find_iter(text.as_bytes(), b"{{").filter_map(|at| text.get(at + 2..)).map(str::trim_start)
}
