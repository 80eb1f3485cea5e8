//! `DS-0008`: port is out of range.

use super::stages::{is_open, violation, with_keyword};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for expose in with_keyword(file, "EXPOSE") {
        for port in &expose.value {
            let ports = port.split('/').next().unwrap_or_default();
            if is_open(ports) {
                tally.unknown(|| format!("the port is `{port}`, and the variable has no default"));
            } else if ports.split('-').any(is_out_of_range) {
                tally.fail(violation(format!("`{port}` is no port"), expose));
            } else {
                tally.saw();
            }
        }
    }
    tally.verdict_or("the file exposes no port")
}

fn is_out_of_range(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u32>().map_or(true, |port| port > 65535)
}
