//! `KCV-0059`: the data directory of etcd, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "etcdDataDirectoryOwnership",
    file: "the owner of the data directory of etcd",
    want: Access::Owner("etcd:etcd"),
    control_plane: true,
    may_be_missing: false,
};
