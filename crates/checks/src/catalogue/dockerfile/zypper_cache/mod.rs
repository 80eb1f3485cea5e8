//! `DS-0020`: cache of zypper stays in the layer.

use super::stages::{Manager, leaves_cache};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

const MANAGER: Manager = Manager {
    programs: &["zypper"],
    verbs: &["install", "in", "update", "up", "patch", "dup", "dist-upgrade", "refresh", "ref", "source-install", "si"],
    clean: &["clean", "cc"],
    cache: "/var/cache/zypp",
    without: &[],
};

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    leaves_cache(file, &MANAGER)
}
