//! JavaScript: npm, Yarn, pnpm, Bun, Deno, and what they install.

use super::Group;

pub(crate) static GROUP: Group = Group { ecosystems: &[], analyzers: &[] };
