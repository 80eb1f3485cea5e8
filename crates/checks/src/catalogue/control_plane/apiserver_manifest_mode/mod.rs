//! `KCV-0048`: the manifest of the API server, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeAPIServerSpecFilePermission",
    file: "the mode of the manifest of the API server",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
