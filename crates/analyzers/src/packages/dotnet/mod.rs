//! .NET: NuGet lockfiles, package lists and deployed applications.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
