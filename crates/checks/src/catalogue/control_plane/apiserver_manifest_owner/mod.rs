//! `KCV-0049`: the manifest of the API server, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeAPIServerSpecFileOwnership",
    file: "the owner of the manifest of the API server",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
