//! Java: archives, Maven, Gradle, sbt.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
