//! `KCV-0058`: the data directory of etcd, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "etcdDataDirectoryPermissions",
    file: "the mode of the data directory of etcd",
    want: Access::Mode(0o700),
    control_plane: true,
    may_be_missing: false,
};
