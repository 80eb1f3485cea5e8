//! Ranges in the words of advisories.

use probity_versions::Scheme;

#[track_caller]
fn range(scheme: Scheme, text: &str, inside: &[&str], outside: &[&str]) {
    let constraint = scheme.constraint(text).unwrap_or_else(|error| panic!("{error}"));
    for (versions, expected) in [(inside, true), (outside, false)] {
        for version in versions {
            assert_eq!(constraint.matches(version), Ok(expected), "{scheme}: {version} in {text}");
        }
    }
}

#[track_caller]
fn unreadable(scheme: Scheme, texts: &[&str]) {
    for text in texts {
        assert!(scheme.constraint(text).is_err(), "{scheme} reads {text:?}");
    }
}

const SEMANTIC: &[Scheme] = &[
    Scheme::Semver,
    Scheme::Npm,
    Scheme::Composer,
    Scheme::Nuget,
    Scheme::Hex,
    Scheme::Conan,
    Scheme::Go,
    Scheme::Swift,
    Scheme::Julia,
    Scheme::Pub,
    Scheme::Bitnami,
];

#[test]
fn comparisons_in_every_scheme() {
    // In Perl `1.5` is a decimal number and `1.4.9` is none.
    range(Scheme::Cpan, ">= 1.2, < 1.5", &["1.2", "1.34", "v1.499.9"], &["1.1", "1.5", "1.4.9", "2.0"]);
    for scheme in Scheme::ALL.iter().filter(|scheme| **scheme != Scheme::Cpan) {
        range(*scheme, ">= 1.2, < 1.5", &["1.2", "1.3", "1.4.9"], &["1.1", "1.5", "1.50", "2.0"]);
        range(*scheme, ">=1.2 <1.5 || >=3", &["1.2", "1.4", "3", "3.1"], &["1.1", "1.5", "2.9"]);
        range(*scheme, ">=1.2,<1.5||>=3", &["1.4", "3.1"], &["2.9"]);
        range(*scheme, "<=1.5", &["1.4"], &["1.6"]);
        range(*scheme, ">1.5", &["1.6"], &["1.4"]);
        range(*scheme, "!=1.5", &["1.4", "1.6"], &["1.5"]);
        range(*scheme, "=1.5.2", &["1.5.2"], &["1.5.1", "1.5.3"]);
        range(*scheme, "1.5.2", &["1.5.2"], &["1.5.1", "1.5.3"]);
        range(*scheme, "1.5.2 || 1.6.0", &["1.5.2", "1.6.0"], &["1.5.1"]);
        range(*scheme, ">=0", &["0", "1.5", "10.1"], &[]);
        range(*scheme, "*.x", &["1.5"], &[]);
        range(*scheme, "*", &["0", "1.5", "10.1"], &[]);
        range(*scheme, "[1.0,2.0)", &["1.0", "1.9"], &["0.9", "2.0", "2.1"]);
        range(*scheme, "(,1.0]", &["0.9", "1.0"], &["1.1"]);
        range(*scheme, "(1.0,)", &["1.1", "2.0"], &["0.9", "1.0"]);
        range(*scheme, "(,1.0],[1.2,1.3)", &["0.9", "1.0", "1.2"], &["1.1", "1.3"]);
        range(*scheme, "[1.5]", &["1.5"], &["1.4"]);
    }
    for scheme in Scheme::ALL {
        unreadable(
            *scheme,
            &[
                "",
                " ",
                "||",
                "1.0 ||",
                "<",
                ">= ",
                "<1.0 >",
                "<>< 1",
                "[1.0",
                "[1.0,2.0",
                "(1.0)",
                "[1,2,3]",
                "[1.0,2.0)x",
                "<*",
                "=1.0 ^^2",
            ],
        );
    }
}

#[test]
fn pre_releases_are_compared_like_all_versions() {
    for scheme in SEMANTIC {
        if *scheme != Scheme::Bitnami {
            range(*scheme, "< 1.5.0", &["1.4.0-beta", "1.5.0-beta"], &["1.5.0"]);
            range(*scheme, ">= 1.5.0", &["1.5.0", "1.6.0-beta"], &["1.5.0-beta"]);
        }
    }
    range(Scheme::Pep440, "<1.5", &["1.5rc1", "1.5.dev1", "1.4.post1"], &["1.5", "1.5.post1", "1.5+local"]);
    range(Scheme::Pep440, "<=1.5", &["1.5+local", "1.5"], &["1.5.post1"]);
    range(Scheme::Pep440, ">1.5", &["1.6.dev0", "1.5.1"], &["1.5", "1.5.post1", "1.5+local"]);
    range(Scheme::RubyGems, "< 1.5", &["1.5.rc1"], &["1.5.0"]);
    range(Scheme::Maven, "< 1.5", &["1.5-rc1", "1.5-SNAPSHOT"], &["1.5", "1.5.Final", "1.5-sp1"]);
    range(Scheme::Bitnami, "< 1.5.0-3", &["1.5.0", "1.5.0-2"], &["1.5.0-3", "1.5.0-10", "1.5.1"]);
}

#[test]
fn abbreviations() {
    for scheme in SEMANTIC {
        range(*scheme, "^1.2", &["1.2.0", "1.9.9"], &["1.1.9", "2.0.0", "2.0.0-alpha"]);
        range(*scheme, "^0.2.3", &["0.2.3", "0.2.9"], &["0.2.2", "0.3.0"]);
        range(*scheme, "1.2.*", &["1.2.0", "1.2.9"], &["1.1.9", "1.3.0", "1.3.0-alpha"]);
        range(*scheme, "1.x", &["1.0.0", "1.9"], &["0.9", "2.0.0"]);
        range(*scheme, "~1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3.0", "1.3.0-alpha"]);
        range(*scheme, "1.0.0 - 1.5.0", &["1.0.0", "1.5.0"], &["0.9.0", "1.5.1"]);
    }
    for scheme in SEMANTIC.iter().filter(|scheme| **scheme != Scheme::Pub) {
        range(*scheme, "^0.0.3", &["0.0.3"], &["0.0.2", "0.0.4", "0.1.0"]);
    }
    range(Scheme::Pub, "^0.0.3", &["0.0.3", "0.0.4"], &["0.1.0"]);
    range(Scheme::Composer, "~1.2", &["1.2.0", "1.9"], &["2.0"]);
    range(Scheme::Npm, "~1.2", &["1.2.0", "1.2.9"], &["1.3.0"]);
    for scheme in [Scheme::RubyGems, Scheme::Semver, Scheme::Hex, Scheme::Composer, Scheme::Go] {
        range(scheme, "~> 2.1", &["2.1", "2.9.9"], &["2.0.9", "3.0"]);
        range(scheme, "~> 2.1.4, >= 2.1.4.1", &["2.1.4.1", "2.1.5"], &["2.1.4", "2.2"]);
    }
    range(Scheme::RubyGems, "~> 2.1", &["2.1"], &["3.0.a", "3.0.0.rc1"]);
    range(Scheme::Pep440, "~=2.1", &["2.1", "2.9", "2.9rc1"], &["3.0.dev1", "2.0"]);
    range(Scheme::Hackage, "^>=1.2.3", &["1.2.3", "1.2.9"], &["1.3", "1.2.2"]);
    range(Scheme::Hackage, ">=1.2 && <1.5 || ==2.0.*", &["1.4", "2.0.1"], &["1.5", "2.1"]);
    range(Scheme::Hackage, "-any", &["1.4"], &[]);
    range(Scheme::Hex, ">= 1.2.0 and < 1.5.0 or >= 3.0.0", &["1.4.0", "3.1.0"], &["1.5.0"]);
    range(Scheme::Pub, "any", &["1.4.0"], &[]);
    range(Scheme::Conda, ">=1.2,<1.5|=3.0", &["1.4", "3.0.1"], &["1.5", "3.1"]);
    range(Scheme::Conan, "[>=1.2 <1.5, include_prerelease]", &["1.4"], &["1.5"]);
    range(Scheme::Apk, "~1.2", &["1.2", "1.2.3", "1.2-r5", "1.2_rc1"], &["1.20", "1.3"]);
    range(Scheme::Go, "< v2.8.0", &["v2.7.9", "2.8.0-rc1", "v2.0.0+incompatible"], &["v2.8.0"]);
    range(Scheme::Go, ">=1.21.0-0, <1.21.8", &["go1.21rc1", "go1.21.7", "1.21.0"], &["go1.21.8", "go1.20.14"]);
}

#[test]
fn releases_that_a_bound_leaves_open() {
    range(Scheme::Rpm, "< 1.2", &["1.1-9"], &["1.2-1", "1.2"]);
    range(Scheme::Rpm, "<= 1.2", &["1.2-1"], &["1.3-1"]);
    range(Scheme::Rpm, "< 1.2-3", &["1.2-2"], &["1.2-3"]);
    range(Scheme::Rpm, "< 0:4.18.0-553.el8_10", &["4.18.0-513.el8"], &["4.18.0-553.el8_10", "1:1.0-1"]);
    range(Scheme::Pacman, "= 1.2", &["1.2-1", "1.2-2"], &["1.3-1"]);
    range(Scheme::Deb, "<< 1:1.2-3+deb12u1", &["1:1.2-3", "2.0"], &["1:1.2-3+deb12u1"]);
    range(Scheme::Deb, "< 1.2~rc1", &["1.2~beta1"], &["1.2~rc1", "1.2"]);
}

#[test]
fn branches_have_no_place_in_a_range() {
    let constraint = Scheme::Composer.constraint(">=1.0, <2.0").unwrap();
    assert!(constraint.matches("dev-main").is_err());
    assert!(Scheme::Composer.constraint("^1.0").unwrap().matches("dev-main").is_err());
    range(Scheme::Composer, "=dev-main", &["dev-main"], &["dev-other"]);
}

#[test]
fn what_a_scheme_does_not_have_is_an_error() {
    for scheme in [Scheme::Deb, Scheme::Rpm, Scheme::Pacman, Scheme::Maven, Scheme::Cpan] {
        unreadable(scheme, &["^1.2", "~=1.2", "=1.2.*", "1.0 - 2.0", "===1.0"]);
    }
    unreadable(Scheme::RubyGems, &["^1.2", "~1.2", "~=1.2"]);
    unreadable(Scheme::Pep440, &["^1.2", "~>1.2", "~=1", "<1.0.x.y", "=1.0,<foo"]);
    unreadable(Scheme::Npm, &["===1.2.3", "~=1.2", "latest", "<1.2.3.4", "1.2.3 - ", "http://example.invalid/a.tgz"]);
}

#[test]
fn versions_that_cannot_be_read_are_errors_not_answers() {
    for scheme in Scheme::ALL {
        let constraint = scheme.constraint(">=1.0").unwrap();
        assert!(constraint.matches("").is_err(), "{scheme}");
        assert!(constraint.matches(&"9".repeat(5000)).is_err(), "{scheme}");
    }
    assert!(Scheme::Npm.constraint("<2").unwrap().matches("latest").is_err());
    // All versions are affected, whatever this one is.
    assert_eq!(Scheme::Npm.constraint("<2 || *").unwrap().matches("latest"), Ok(true));
    assert_eq!(Scheme::Composer.constraint("<2 || *").unwrap().matches("dev-main"), Ok(true));
}

#[test]
fn upper_bounds_name_the_fixes() {
    let bounds =
        |scheme: Scheme, text: &str| scheme.constraint(text).unwrap().exclusive_upper_bounds().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(bounds(Scheme::Semver, ">=1.0, <1.5.2 || >=2.0, < v2.3"), ["1.5.2", "v2.3"]);
    assert_eq!(bounds(Scheme::Maven, "[1.0,1.5.2),(1.6,1.7],[2.0,2.3)"), ["1.5.2", "2.3"]);
    assert_eq!(bounds(Scheme::Npm, "^1.2 || <=3.0.0 || <4"), ["4"]);
    assert!(bounds(Scheme::RubyGems, "~> 1.2").is_empty());
    let constraint = Scheme::Deb.constraint("<< 1.2-3").unwrap();
    assert_eq!((constraint.scheme(), constraint.text(), constraint.to_string().as_str()), (Scheme::Deb, "<< 1.2-3", "<< 1.2-3"));
}

#[test]
fn errors_say_what_was_not_read() {
    let error = Scheme::Deb.constraint("^1.2").unwrap_err();
    assert_eq!(error.to_string(), "cannot read `^1.2` as a range of versions of scheme `deb`: this scheme has no such operator");
    assert_eq!((error.scheme(), error.text()), (Scheme::Deb, "^1.2"));
}
