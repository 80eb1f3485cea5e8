//! `KCV-0075`: the authority for clients of the kubelet, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "certificateAuthoritiesFilePermissions",
    file: "the mode of the authority for clients of the kubelet",
    want: Access::Mode(0o644),
    control_plane: false,
    may_be_missing: false,
};
