//! `DS-0019`: cache of dnf stays in the layer.

use super::stages::{Manager, leaves_cache};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

const MANAGER: Manager = Manager {
    programs: &["dnf", "dnf5", "tdnf"],
    verbs: &["install", "update", "upgrade", "reinstall", "localinstall", "groupinstall", "swap", "builddep", "distro-sync"],
    clean: &["clean"],
    cache: "/var/cache/dnf",
    without: &[],
};

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    leaves_cache(file, &MANAGER)
}
