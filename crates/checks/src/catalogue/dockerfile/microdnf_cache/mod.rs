//! `DS-0027`: cache of microdnf stays in the layer.

use super::stages::{Manager, leaves_cache};
use crate::native::check;
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::Dockerfile,
};

check!(Dockerfile, run);

const MANAGER: Manager = Manager {
    programs: &["microdnf"],
    verbs: &["install", "update", "upgrade", "reinstall", "localinstall", "groupinstall", "swap", "builddep", "distro-sync"],
    clean: &["clean"],
    cache: "/var/cache/yum",
    without: &[],
};

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    leaves_cache(file, &MANAGER)
}
