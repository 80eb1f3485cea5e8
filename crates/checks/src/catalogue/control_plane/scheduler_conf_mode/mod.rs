//! `KCV-0062`: the credentials of the scheduler, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "schedulerConfFilePermissions",
    file: "the mode of the credentials of the scheduler",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
