//! `KCV-0068`: a certificate of the cluster, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubernetesPKICertificateFilePermissions",
    file: "the mode of a certificate of the cluster",
    want: Access::Mode(0o644),
    control_plane: true,
    may_be_missing: false,
};
