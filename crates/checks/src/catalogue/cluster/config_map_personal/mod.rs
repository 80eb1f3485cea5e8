//! `KSV-01010`: account names and personal contacts in config maps.

use crate::{
    catalogue::cluster::values::{self, Pair},
    native::check,
};

check!(Kubernetes, |object, _| values::judge(object, Pair::personal));
