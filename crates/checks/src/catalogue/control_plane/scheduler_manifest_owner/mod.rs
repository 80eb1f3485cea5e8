//! `KCV-0053`: the manifest of the scheduler, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeSchedulerSpecFileOwnership",
    file: "the owner of the manifest of the scheduler",
    want: Access::Owner("root:root"),
    control_plane: true,
    may_be_missing: false,
};
