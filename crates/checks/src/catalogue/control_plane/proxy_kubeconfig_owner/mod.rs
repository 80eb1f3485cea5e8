//! `KCV-0072`: the credentials of kube-proxy, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeconfigFileExistsOwnership",
    file: "the owner of the credentials of kube-proxy",
    want: Access::Owner("root:root"),
    control_plane: false,
    may_be_missing: true,
};
