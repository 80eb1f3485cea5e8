//! `KCV-0054`: the manifest of etcd, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeEtcdSpecFilePermission",
    file: "the mode of the manifest of etcd",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
