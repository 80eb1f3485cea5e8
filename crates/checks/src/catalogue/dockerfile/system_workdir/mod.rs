//! `DS-0030`: wORKDIR is a system folder.

use super::stages::{violation, with_keyword};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

/// Nothing below these is an application's.
const WHOLE: [&str; 4] = ["proc", "sys", "dev", "boot"];

/// Folders of programs and settings; folders below them may be an application's.
const ITSELF: [&str; 10] = ["bin", "sbin", "lib", "lib64", "etc", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "usr"];

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    let mut current: Vec<String> = Vec::new();
    for workdir in with_keyword(file, "WORKDIR") {
        let path = workdir.value.first().map_or("", String::as_str).trim_matches(['"', '\'']);
        if path.starts_with('$') {
            tally.unknown(|| format!("the path is `{path}`, and the variable has no default"));
            continue;
        }
        if path.starts_with('/') {
            current.clear();
        }
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    current.pop();
                }
                part => current.push(part.to_owned()),
            }
        }
        let whole = current.join("/");
        let top = current.first().map_or("", String::as_str);
        if WHOLE.contains(&top) || ITSELF.contains(&whole.as_str()) {
            tally.fail(violation(format!("the working folder is `/{whole}`"), workdir));
        } else {
            tally.saw();
        }
    }
    tally.verdict_or("the file has no `WORKDIR`")
}
