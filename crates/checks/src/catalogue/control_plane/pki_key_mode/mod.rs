//! `KCV-0067`: a private key of the cluster, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubePKIKeyFilePermissions",
    file: "the mode of a private key of the cluster",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
