//! `DS-0004`: image exposes SSH.

use super::stages::{is_open, violation};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for expose in file.final_chain().iter().flat_map(|stage| &stage.instructions).filter(|i| i.keyword == "EXPOSE") {
        for port in &expose.value {
            let (ports, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
            if is_open(port) {
                tally.unknown(|| format!("the port is `{port}`, and the variable has no default"));
            } else if protocol.eq_ignore_ascii_case("tcp")
                && let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>())
                && (first..=last).contains(&22)
            {
                tally.fail(violation(format!("the image exposes SSH (`EXPOSE {port}`)"), expose));
            } else {
                tally.saw();
            }
        }
    }
    tally.verdict_or("the image exposes no port")
}
