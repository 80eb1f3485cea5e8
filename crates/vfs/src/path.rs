//! Paths of archive members, made safe to compare.
//!
//! The result is relative, separated by `/`, and has no `.`, `..` or empty component. `..` never climbs above the root: what tries is clamped, as
//! container runtimes do, and reported. Backslashes are ordinary characters. Bytes that are not UTF-8 become U+FFFD.

use std::borrow::Cow;

/// Longest path that is read, Linux's `PATH_MAX`.
pub const MAX_PATH_BYTES: usize = 4096;

/// What was odd about a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NormalPath {
    /// It tried to leave the root and was clamped.
    pub escaped: bool,
    /// Number of components of the result.
    pub depth: u32,
    /// Longer than [`MAX_PATH_BYTES`].
    pub too_long: bool,
}

/// Normalises into a buffer of the caller's, replacing its content.
pub fn normalise_into(raw: &[u8], out: &mut String) -> NormalPath {
    out.clear();
    let text = String::from_utf8_lossy(raw);
    let mut state = NormalPath { too_long: text.len() > MAX_PATH_BYTES, ..NormalPath::default() };
    if state.too_long {
        // Kept recognisable for the message; the entry is not used.
        out.extend(text.chars().take(80));
        return state;
    }
    for component in text.split('/') {
        match component {
            "" | "." => {}
            ".." => match out.rfind('/') {
                _ if out.is_empty() => state.escaped = true,
                Some(at) => {
                    out.truncate(at);
                    state.depth -= 1;
                }
                None => {
                    out.clear();
                    state.depth = 0;
                }
            },
            _ => {
                if !out.is_empty() {
                    out.push('/');
                }
                out.push_str(component);
                state.depth += 1;
            }
        }
    }
    state
}

/// Normalises text; borrows when nothing changes.
pub fn normalise(raw: &str) -> Cow<'_, str> {
    let normal = |component: &str| !matches!(component, "" | "." | "..");
    if raw.len() <= MAX_PATH_BYTES && raw.split('/').all(normal) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    normalise_into(raw.as_bytes(), &mut out);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &[u8], expected: &str, escaped: bool) {
        let mut out = String::from("left over");
        let state = normalise_into(raw, &mut out);
        assert_eq!((out.as_str(), state.escaped), (expected, escaped), "{raw:?}");
        assert_eq!(state.depth as usize, if expected.is_empty() { 0 } else { expected.split('/').count() }, "{raw:?}");
        if let Ok(text) = std::str::from_utf8(raw) {
            assert_eq!(normalise(text), expected);
        }
    }

    #[test]
    fn paths_become_relative_and_stay_inside() {
        check(b"a/b", "a/b", false);
        check(b"./a//b/./c/", "a/b/c", false);
        check(b"/etc/passwd", "etc/passwd", false);
        check(b"a/../b", "b", false);
        check(b"a/b/../../c", "c", false);
        check(b"../../etc/shadow", "etc/shadow", true);
        check(b"a/../../x", "x", true);
        check(b"./", "", false);
        check(b"", "", false);
        check(b"..", "", true);
        check(b"a\\..\\b", "a\\..\\b", false);
        check(b"...", "...", false);
        check(b"caf\xe9/x", "caf\u{fffd}/x", false);
    }

    #[test]
    fn long_paths_are_flagged() {
        let mut out = String::new();
        assert!(normalise_into(&vec![b'a'; MAX_PATH_BYTES + 1], &mut out).too_long);
        assert!(out.len() < 100);
        assert!(!normalise_into(&vec![b'a'; MAX_PATH_BYTES], &mut out).too_long);
    }
}
