//! `KCV-0052`: the manifest of the scheduler, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeSchedulerSpecFilePermission",
    file: "the mode of the manifest of the scheduler",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
