//! `KCV-0056`: the configuration of the pod network, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "containerNetworkInterfaceFilePermissions",
    file: "the mode of the configuration of the pod network",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
