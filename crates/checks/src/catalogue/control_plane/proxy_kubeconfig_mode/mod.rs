//! `KCV-0071`: the credentials of kube-proxy, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeconfigFileExistsPermissions",
    file: "the mode of the credentials of kube-proxy",
    want: Access::Mode(0o600),
    control_plane: false,
    may_be_missing: true,
};
