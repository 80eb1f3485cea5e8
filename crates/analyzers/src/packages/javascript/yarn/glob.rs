//! Globs of workspaces, `packages/*`, `libs/**`, `!libs/old`, `{apps,tools}/*`.

/// Whether a folder, relative to the workspace's root, is one of its members. A later glob overrides the earlier ones.
pub(in super::super) fn is_member(globs: &[&str], folder: &str) -> bool {
    let mut member = false;
    for glob in globs.iter().take(256) {
        let (glob, includes) = glob.strip_prefix('!').map_or((*glob, true), |rest| (rest, false));
        let glob = glob.trim_start_matches("./").trim_matches('/');
        if member != includes && alternatives(glob).iter().any(|glob| matches(glob, folder)) {
            member = includes;
        }
    }
    member && !folder.split('/').any(|component| component == "node_modules")
}

/// Braces written out; of very many only the first.
fn alternatives(glob: &str) -> Vec<String> {
    let mut open = vec![glob.to_owned()];
    let mut done = Vec::new();
    while let Some(glob) = open.pop() {
        let parts = glob.split_once('{').and_then(|(head, rest)| rest.split_once('}').map(|(inner, tail)| (head, inner, tail)));
        match parts {
            Some((head, inner, tail)) if open.len() < 64 => open.extend(inner.split(',').map(|word| format!("{head}{word}{tail}"))),
            _ => done.push(glob),
        }
        if done.len() > 64 {
            break;
        }
    }
    done
}

fn matches(glob: &str, folder: &str) -> bool {
    let glob: Vec<&str> = glob.split('/').take(32).collect();
    let folder: Vec<&str> = folder.split('/').collect();
    // Which prefixes of the glob fit the components so far.
    let mut states = vec![false; glob.len() + 1];
    let close = |states: &mut Vec<bool>| {
        for (index, part) in glob.iter().enumerate() {
            if *part == "**" && states.get(index) == Some(&true) {
                set(states, index + 1);
            }
        }
    };
    set(&mut states, 0);
    close(&mut states);
    for component in folder {
        let mut next = vec![false; glob.len() + 1];
        for (index, part) in glob.iter().enumerate() {
            if states.get(index) != Some(&true) {
                continue;
            }
            if *part == "**" {
                set(&mut next, index);
            } else if word(part, component) {
                set(&mut next, index + 1);
            }
        }
        close(&mut next);
        states = next;
    }
    states.last() == Some(&true)
}

fn set(states: &mut [bool], index: usize) {
    if let Some(state) = states.get_mut(index) {
        *state = true;
    }
}

/// One component: `*` is any text in it.
fn word(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_member;

    #[test]
    fn members() {
        for (globs, folder, expected) in [
            (&["packages/*"][..], "packages/a", true),
            (&["packages/*"], "packages/a/b", false),
            (&["packages/**"], "packages/a/b", true),
            (&["**"], "packages/a/node_modules/b", false),
            (&["./docs/"], "docs", true),
            (&["packages/*", "!packages/old"], "packages/old", false),
            (&["{apps,libs/*}/x-*"], "libs/b/x-1", true),
            (&["{apps,libs/*}/x-*"], "libs/b/y-1", false),
            (&["a/**/z"], "a/z", true),
            (&["a/**/z"], "a/b/c/z", true),
            (&["a*b*c"], "aXbXXc", true),
            (&["a*b*c"], "acb", false),
            (&[], "a", false),
        ] {
            assert_eq!(is_member(globs, folder), expected, "{globs:?} {folder}");
        }
    }
}
