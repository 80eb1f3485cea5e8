//! `KCV-0055`: the manifest of etcd, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeEtcdSpecFileOwnership",
    file: "the owner of the manifest of etcd",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
