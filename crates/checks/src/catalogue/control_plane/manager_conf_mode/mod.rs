//! `KCV-0064`: the credentials of the controller manager, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "controllerManagerConfFilePermissions",
    file: "the mode of the credentials of the controller manager",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
