//! Lockfiles of npm know most licences themselves, those of Yarn, pnpm and Bun none: installed packages do.

use super::{BUN, NODE_PKG, NPM, PNPM, YARN};
use crate::packages::lend::Lend;
use probity_model::Facts;

pub(super) fn assemble(facts: &mut Facts) {
    Lend { from: &NODE_PKG, to: &[&NPM, &YARN, &PNPM, &BUN], below: &["node_modules"] }.licenses(facts);
}

#[cfg(test)]
mod tests {
    use crate::testing::check_together;

    #[test]
    fn installed_packages_speak_for_the_nearest_lockfile() {
        let lock = br#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}, "b": {"version": "2.0.0"}}}"#;
        let installed = br#"{"name": "a", "version": "1.0.0", "license": "MIT"}"#;
        check_together(
            &[
                ("package-lock.json", lock),
                ("sub/package-lock.json", lock),
                ("sub/node_modules/x/node_modules/a/package.json", installed),
                ("node_modules/b/package.json", br#"{"name": "b", "version": "2.0.1", "license": "MIT"}"#),
            ],
            "npm a 1.0.0 - [MIT]
             npm b 2.0.1 - [MIT]
             npm a 1.0.0 - @1
             npm a 1.0.0 - [MIT] @1
             npm b 2.0.0 - @1
             npm b 2.0.0 - @1",
        );
    }
}
