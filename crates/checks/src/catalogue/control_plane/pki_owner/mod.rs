//! `KCV-0066`: the directory of the cluster's certificates and its files, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubePKIDirectoryFileOwnership",
    file: "the owner of the directory of the cluster's certificates and its files",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
