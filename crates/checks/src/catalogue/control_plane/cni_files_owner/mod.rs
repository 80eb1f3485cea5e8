//! `KCV-0057`: the configuration of the pod network, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "containerNetworkInterfaceFileOwnership",
    file: "the owner of the configuration of the pod network",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
