//! `KCV-0078`: the configuration file of the kubelet, owner.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeletConfigYamlConfigurationFileOwnership",
    file: "the owner of the configuration file of the kubelet",
    want: Access::Owner("root:root"),
    control_plane: false,
    may_be_missing: false,
};
