//! `KCV-0060`: the credentials of the administrator, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "adminConfFilePermissions",
    file: "the mode of the credentials of the administrator",
    want: Access::Mode(0o600),
    control_plane: true,
    may_be_missing: false,
};
