//! Module files and what stands beside them.

use super::*;
use crate::testing::{check, check_together, robust};

const MODERN: &str = "module example.com/app

go 1.22

toolchain go1.22.5-vendor

require (
\texample.com/direct v1.2.3
\texample.com/twice v1.0.0
\texample.com/twice v1.1.0
)

require example.com/indirect v0.0.0-20240101000000-abcdefabcdef // indirect; for a reason

exclude example.com/direct v1.2.4
retract [v1.0.0, v1.1.0] // a mistake
tool example.com/direct/cmd/x
";

#[test]
fn a_modern_file_lists_everything() {
    check(
        &GO_MOD,
        "app/go.mod",
        MODERN.as_bytes(),
        "golang example.com/app  - @1 root id example.com/app
         golang example.com/direct v1.2.3 - @8 direct
         golang example.com/indirect v0.0.0-20240101000000-abcdefabcdef - @13 indirect
         golang example.com/twice v1.1.0 - @10 direct
         golang stdlib v1.22.5 - @5 direct
         manifest go/mod example.com/app -",
    );
    check_together(
        &[("app/go.mod", MODERN.as_bytes()), ("app/go.sum", b"example.com/old v1.0.0 h1:x=\n")],
        "golang stdlib v1.22.5 - @5 direct
         golang example.com/app  - @1 root id example.com/app -> example.com/direct@v1.2.3, example.com/indirect@v0.0.0-20240101000000-abcdefabcdef, example.com/twice@v1.1.0
         golang example.com/direct v1.2.3 - @8 direct
         golang example.com/indirect v0.0.0-20240101000000-abcdefabcdef - @13 indirect
         golang example.com/twice v1.1.0 - @10 direct",
    );
}

#[test]
fn the_go_line_says_what_builds_it_since_1_21() {
    for (text, expected) in [
        ("go 1.21", Some("v1.21.0")),
        ("go 1.22.3", Some("v1.22.3")),
        ("go 1.23rc1", Some("v1.23rc1")),
        ("go 1.20", None),
        ("go 1.21\ntoolchain default", Some("v1.21.0")),
        ("module x", None),
    ] {
        let mut facts = Facts::default();
        let file = File { path: "go.mod", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
        go_mod(&file, &mut facts).unwrap();
        let found = facts.packages.iter().find(|package| package.name == STDLIB).map(|package| package.version.as_str());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn replacements_change_path_and_version_or_lose_it() {
    let text = "module m
go 1.20
require (
\ta.example/x v1.0.0
\tb.example/y v1.0.0
\tc.example/z v1.0.0 // indirect
\td.example/w v1.0.0
)
replace a.example/x => fork.example/x v1.0.1
replace b.example/y v1.0.0 => ./local/y
replace c.example/z v2.0.0 => c.example/z v2.0.1
replace unused.example => ../unused
";
    check_together(
        &[("go.mod", text.as_bytes())],
        "golang b.example/y  - @5 direct id b.example/y
         golang c.example/z v1.0.0 - @6 indirect
         golang d.example/w v1.0.0 - @7 direct
         golang fork.example/x v1.0.1 - @4 direct
         golang m  - @1 root id m -> b.example/y, c.example/z@v1.0.0, d.example/w@v1.0.0, fork.example/x@v1.0.1",
    );
}

const OLD: &[u8] = b"module m\n\ngo 1.15\n\nrequire (\n\ta.example/x v1.0.0\n\ta.example/raised v1.0.0 // indirect\n)\n";
const SUM_FILE: &[u8] = b"a.example/x v1.0.0 h1:1=
a.example/x v1.0.0/go.mod h1:2=
a.example/raised v1.0.0 h1:3=
a.example/raised v1.4.0 h1:3=
a.example/deep v0.1.0 h1:4=
a.example/only-looked-at v0.1.0/go.mod h1:5=
";

#[test]
fn an_old_file_is_completed_by_its_sums() {
    check_together(
        &[("a/go.mod", OLD), ("a/go.sum", SUM_FILE), ("b/go.sum", b"b.example/other v1.0.0 h1:1=\n")],
        "golang a.example/deep v0.1.0 - indirect
         golang a.example/raised v1.4.0 - @7 indirect
         golang a.example/x v1.0.0 - @6 direct
         golang m  - @1 root id m -> a.example/deep@v0.1.0, a.example/raised@v1.4.0, a.example/x@v1.0.0",
    );
    check_together(
        &[("go.mod", OLD)],
        "golang a.example/raised v1.0.0 - @7 indirect
         golang a.example/x v1.0.0 - @6 direct
         golang m  - @1 root id m -> a.example/raised@v1.0.0, a.example/x@v1.0.0",
    );
}

#[test]
fn vendored_modules_say_it_exactly() {
    let vendored = b"# a.example/x v1.0.0
## explicit
a.example/x
a.example/x/sub
# a.example/raised v1.2.0 => b.example/fork v1.2.1
## explicit; go 1.17
a.example/raised
# a.example/local v1.0.0 => ./here
a.example/local
# a.example/unused v1.0.0
## explicit
# a.example/raised => b.example/fork v1.2.1
";
    check_together(
        &[("go.mod", OLD), ("go.sum", SUM_FILE), ("vendor/modules.txt", vendored)],
        "golang a.example/local  - indirect id a.example/local
         golang a.example/raised v1.0.0 - @7 indirect
         golang a.example/x v1.0.0 - @6 direct
         golang b.example/fork v1.2.1 - indirect
         golang m  - @1 root id m -> a.example/local, a.example/raised@v1.0.0, a.example/x@v1.0.0, b.example/fork@v1.2.1",
    );
    check_together(
        &[("srv/vendor/modules.txt", vendored)],
        "golang a.example/local  - @8 id a.example/local
         golang a.example/x v1.0.0 - @1
         golang b.example/fork v1.2.1 - @5",
    );
    check(&VENDOR, "kernel/modules.txt", b"not of Go at all\n", "");
}

#[test]
fn a_workspace_replaces_in_its_members() {
    check_together(
        &[
            ("w/go.work", b"go 1.22\n\nuse (\n\t./one\n\t./gone\n)\n\nreplace a.example/x v1.0.0 => a.example/x v1.0.9\n"),
            ("w/one/go.mod", b"module one\ngo 1.20\nrequire a.example/x v1.0.0\n"),
            ("w/two/go.mod", b"module two\ngo 1.20\nrequire a.example/x v1.0.0\n"),
        ],
        "golang a.example/x v1.0.0 - @3 direct
         golang a.example/x v1.0.9 - @3 direct
         golang one  - @1 root id one -> a.example/x@v1.0.9
         golang two  - @1 root id two -> a.example/x@v1.0.0",
    );
}

#[test]
fn cached_modules_give_the_edges() {
    check_together(
        &[
            ("app/go.mod", b"module m\ngo 1.20\nrequire github.com/Up/case v1.0.0\nrequire a.example/deep v0.1.0 // indirect\n"),
            (
                "go/pkg/mod/github.com/!up/case@v1.0.0/go.mod",
                b"module github.com/Up/case\nrequire a.example/deep v0.0.1\nrequire gone v1\n",
            ),
        ],
        "golang a.example/deep v0.1.0 - @4 indirect
         golang github.com/Up/case v1.0.0 - @3 direct -> a.example/deep@v0.1.0
         golang m  - @1 root id m -> github.com/Up/case@v1.0.0",
    );
}

#[test]
fn what_is_wrong_is_said_and_the_rest_stays() {
    check(
        &GO_MOD,
        "go.mod",
        b"module m\r\ngo 1.20\r\nrequire a.example/x\r\nrequire a.example/y v1.0.0\r\nnonsense x\r\nreplace a b\r\n",
        "golang a.example/y v1.0.0 - @4 direct
         golang m  - @1 root id m
         manifest go/mod m -
         error line 3: not a `require` directive: expected a module and its version (and 2 more)",
    );
    check(
        &GO_SUM,
        "go.sum",
        b"a v1 h1:x=\nbroken\n",
        "manifest go/sum - -\nwants a v1 Runtime\nerror line 2: not a module, a version and a hash",
    );
    check(&GO_WORK, "go.work", b"use ./a\nwhat", "manifest go/work - -\nerror line 2: unknown directive `what`");
    robust(&GO_MOD, "go.mod", MODERN.as_bytes());
    robust(&GO_SUM, "go.sum", SUM_FILE);
    robust(&GO_WORK, "go.work", b"use (\n./a\n)\nreplace a => b v1\n");
    robust(&VENDOR, "vendor/modules.txt", b"# a v1\n## explicit\na\n");
}
