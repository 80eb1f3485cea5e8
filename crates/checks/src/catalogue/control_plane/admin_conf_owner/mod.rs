//! `KCV-0061`: the credentials of the administrator, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "adminConfFileOwnership",
    file: "the owner of the credentials of the administrator",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
