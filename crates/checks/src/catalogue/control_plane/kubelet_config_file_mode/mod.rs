//! `KCV-0077`: the configuration file of the kubelet, mode.

use crate::{
    catalogue::control_plane::nodes::{self, Access, NodeFile},
    native::check,
};

check!(Manifests, |set, _| nodes::judge(set, &FILE));

const FILE: NodeFile = NodeFile {
    fact: "kubeletConfigYamlConfigurationFilePermission",
    file: "the mode of the configuration file of the kubelet",
    want: Access::Mode(0o600),
    control_plane: false,
    may_be_missing: false,
};
