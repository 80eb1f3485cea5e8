//! `KCV-0051`: the manifest of the controller manager, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeControllerManagerSpecFileOwnership",
    file: "the owner of the manifest of the controller manager",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
