//! `KCV-0063`: the credentials of the scheduler, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "schedulerConfFileOwnership",
    file: "the owner of the credentials of the scheduler",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
