//! `DS-0025`: cache of apk stays in the layer.

use super::stages::{Manager, leaves_cache};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

const MANAGER: Manager =
    Manager { programs: &["apk"], verbs: &["add", "upgrade"], clean: &[], cache: "/var/cache/apk", without: &["--no-cache"] };

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    leaves_cache(file, &MANAGER)
}
