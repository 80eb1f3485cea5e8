//! `KSV-0109`: credentials in config maps.

use crate::{
    catalogue::cluster::values::{self, Pair},
    native::check,
};

check!(Kubernetes, |object, _| values::judge(object, Pair::credential));
