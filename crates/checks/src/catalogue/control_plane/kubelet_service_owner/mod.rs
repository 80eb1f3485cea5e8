//! `KCV-0070`: the service file of the kubelet, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeletServiceFileOwnership",
    file: "the owner of the service file of the kubelet",
    want: Access::Owner("root:root"),
    control_plane: false,
    may_be_missing: true,
};
