//! What a reader of the documentation would expect of each scheme, and all there is for those whose tool could not be asked
//! (Julia, Pub, Swift): chains of versions, each compared with every other one.

use std::cmp::Ordering;

use probity_versions::Scheme;

/// Checks `a < b = c < d`.
#[track_caller]
fn chain(scheme: Scheme, text: &str) {
    let mut versions: Vec<(usize, &str)> = Vec::new();
    let mut rank = 0;
    for word in text.split_whitespace() {
        match word {
            "<" => rank += 1,
            "=" => {}
            version => versions.push((rank, version)),
        }
    }
    for (rank, a) in &versions {
        for (other, b) in &versions {
            assert_eq!(scheme.compare(a, b), Ok(rank.cmp(other)), "{scheme}: {a} and {b}");
        }
    }
}

#[track_caller]
fn unreadable(scheme: Scheme, versions: &[&str]) {
    for version in versions {
        assert!(scheme.check(version).is_err(), "{scheme} reads {version:?}");
    }
}

#[test]
fn distributions() {
    chain(Scheme::Deb, "1.0~~ < 1.0~rc1 < 1.0 = 1.0-0 = 0:1.00 < 1.0-1~bpo1 < 1.0-1 < 1.0-1+b1 < 1.0a < 1.0+dfsg < 1.0.1 < 1.10 < 1:0");
    chain(Scheme::Rpm, "1.0~rc1 < 1.0 < 1.0-1.el9 < 1.0-1.el9_2 = 1.0-1.el9.2 < 1.0^git1-1 < 1.0a < 1.0.1 < 1:0.1");
    chain(Scheme::Rpm, "1.0 = 1_0 = 01.00 = 0:1.0 = :1.0");
    chain(
        Scheme::Apk,
        "1_alpha < 1_beta < 1_pre < 1_rc < 1_rc1 < 1 < 1-r0 < 1-r1 < 1_cvs < 1_svn < 1_git < 1_hg < 1_p < 1a < 1.00 < 1.01 < 1.010 < 1.1 < 1.9 < 1.10",
    );
    chain(Scheme::Pacman, "1.0a < 1.0b < 1.0beta < 1.0p < 1.0pre < 1.0rc < 1.0 = 1_0 < 1.0-1 < 1.0-2 < 1.0.a < 1.0.1 < 1..0 < 1:0");
    unreadable(Scheme::Deb, &["", " ", "a:1", ":1", "1:", "1-", "-1", "1 0", "1é"]);
    unreadable(Scheme::Rpm, &["", "1 0"]);
    unreadable(Scheme::Apk, &["", "a", "1.", "1..2", "1_foo", "1-1", "1ab", "1-r", "1-r1-r2", "1A"]);
    unreadable(Scheme::Pacman, &["", "1.", "1-", "1.0-1."]);
}

#[test]
fn semantic_versions() {
    let semver = "0.0.0 < 1.0.0-0 < 1.0.0-2 < 1.0.0-10 < 1.0.0-A < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta.2 < 1.0.0-beta.11 \
                  < 1.0.0 = 1 = v1.0 = 1.0.0+build < 1.0.1 < 1.2.0 < 1.10.0 < 18446744073709551616.0.0 < 99999999999999999999999.0.0";
    for scheme in [Scheme::Semver, Scheme::Npm, Scheme::Hex, Scheme::Swift, Scheme::Go] {
        chain(scheme, semver);
    }
    for scheme in
        [Scheme::Semver, Scheme::Npm, Scheme::Hex, Scheme::Swift, Scheme::Go, Scheme::Julia, Scheme::Pub, Scheme::Nuget, Scheme::Bitnami]
    {
        unreadable(scheme, &["", "a", "latest", "1..0", ".1", "1.", "1.0.x", "1.0.0.Final", "1.0.0-a..b", "1 2", "1.0.0-é"]);
    }
    chain(Scheme::Semver, "1.2 < 1.2.0.1 < 1.2.3rc1 = 1.2.3-rc1 < 1.2.3 = 01.02.03");
    chain(Scheme::Semver, "v1.27.3-eks-a5565ad < v1.27.3-gke.100 < v1.27.3 = v1.27.3+k3s1");
    chain(
        Scheme::Julia,
        "1.0.0- < 1.0.0-0 < 1.0.0-alpha < 1.0.0rc1 = 1.0.0-rc1 < 1.0.0 = v1 < 1.0.0+ < 1.0.0+0 < 1.0.0+1 < 1.0.0+10 < 1.0.0+a < 1.0.1",
    );
    chain(
        Scheme::Pub,
        "1.0.0-1 < 1.0.0-dev.1 < 1.0.0-dev.1+1 < 1.0.0 < 1.0.0+0 < 1.0.0+1 < 1.0.0+1.foo < 1.0.0+2 < 1.0.0+10 < 1.0.0+foo < 1.0.1",
    );
    chain(Scheme::Nuget, "1.0.0-alpha = 1.0-ALPHA < 1.0.0-alpha.2 < 1.0.0-alpha.10 < 1.0.0-Beta < 1.0 = 1.0.0.0 = 1+b < 1.0.0.1");
    chain(Scheme::Bitnami, "1.2.3 = 1.2.3+b < 1.2.3-0 < 1.2.3-4 < 1.2.3-10 < 1.2.3-r1 < 1.2.4");
    chain(
        Scheme::Conan,
        "1.0-rc.1 = 1.0-rc.1.0 < 1.0 = 1.0.0 < 1.0+1 < 1.0+2 < 1.1.1 < 1.1.1a < 1.1.1w < 1.1.2 < 1.1.10 < cci.20200101 < cci.20210101",
    );
}

#[test]
fn go_toolchains_and_pseudo_versions() {
    chain(
        Scheme::Go,
        "go1.20rc1 < go1.20 = 1.20.0 < go1.21 < go1.21rc1 = 1.21rc1 = 1.21.0-rc.1 < go1.21rc2 < go1.21rc10 < go1.21.0 = 1.21 < go1.21.3 = go1.21.3-vendor",
    );
    chain(
        Scheme::Go,
        "v0.0.0-20200101000000-abcdefabcdef < v0.0.0-20210101000000-000000000000 < v0.0.0 < v1.2.4-0.20191109021931-daa7c04131f5 < v1.2.4",
    );
    chain(Scheme::Go, "v2.0.0 = 2.0.0+incompatible < v10.0.0");
    assert_eq!(Scheme::Go.compare("go1.22.1 X:nocoverageredesign", "1.22.1"), Ok(Ordering::Equal));
    unreadable(Scheme::Go, &["devel", "go", "go1.", "go1.21rc1x", "v1.0.0-", "(devel)"]);
}

#[test]
fn languages() {
    chain(
        Scheme::Pep440,
        "1.0.dev1 < 1.0a1.dev1 < 1.0a1 = 1.0-ALPHA.1 < 1.0a1.post1 < 1.0a10 < 1.0b1 < 1.0c1 = 1.0rc1 = 1.0preview1 < 1.0 = v1.0.0 = 1 < 1.0+abc < 1.0+1 \
         < 1.0+1.1 < 1.0.post1.dev1 < 1.0-1 = 1.0.post1 = 1.0r1 < 1.0.1 < 1.10 < 1!0.1",
    );
    chain(
        Scheme::Maven,
        "1-alpha = 1a0 < 1-alpha-1 = 1a1 < 1-beta < 1-milestone < 1-rc = 1-cr < 1-SNAPSHOT < 1 = 1.0 = 1-ga = 1.Final = 1-release < 1-sp < 1-abc = 1.abc \
         < 1-xyz < 1-1 < 1-2 < 1.1",
    );
    chain(Scheme::Maven, "31.1-android < 31.1-jre < 32.0-android");
    chain(Scheme::RubyGems, "1.0.a = 1.a < 1.0.a.1 < 1.0.b1 < 1.0-1 = 1.0.pre.1 < 1.0.rc2 < 1.0.rc10 < 1.0 = 1 = 1.0.0 < 1.0.1 < 1.10");
    chain(
        Scheme::Composer,
        "dev-feature < dev-main < 1.0-dev < 1.0-alpha1 = 1.0a1 < 1.0-beta2 = v1.0.0b2 < 1.0-RC1 < 1.0 = 1.0.0.0-stable = 1.0+x < 1.0-p1 = 1.0pl1 < 1.0.1 \
         < 1.0.x-dev < 1.1 < 1.x-dev < 2.0",
    );
    chain(Scheme::Cran, "0.9 < 1.0 = 1-0 = 1.0.0 < 1.0-1 = 1.0.1 < 1.0-10 < 1.1");
    chain(Scheme::Cpan, "1 = 1.000 = v1 < 1.10 = 1.1 < 1.2 = 1.200 = v1.200 < 1.9 < v1.1000 < 2 = 2.0.0");
    chain(Scheme::Cpan, "5.6.0 = 5.006 < 5.10.1 = 5.010001 = 5.010_001");
    chain(Scheme::Hackage, "0.9 < 0.10 < 1 < 1.0 < 1.0.0 < 1.0.1 < 1.2");
    chain(
        Scheme::Conda,
        "1.0* < 1.0dev < 1.0_ < 1.0a1 < 1.0rc1 < 1.0 = 1 = 1.0.0 < 1.0+1 < 1.0.post1 = 1.0.0post1 < 1.0post1 < 1.1 < 1!0.1",
    );
    chain(Scheme::Conda, "1.1.1_ < 1.1.1a < 1.1.1b < 1.1.1");
    unreadable(Scheme::Pep440, &["", "a", "1.0-", "1..0", "1.0x", "1.0+", "a!1", "1.0+a..b"]);
    unreadable(Scheme::RubyGems, &["", "a", "1.", "1..0", "1_0"]);
    unreadable(Scheme::Composer, &["", "foo", "1.0-foo", "1.x", "1 2"]);
    unreadable(Scheme::Cran, &["", "1.", "1.a", "-1"]);
    unreadable(Scheme::Cpan, &["", ".", "1a", "1__0", "v"]);
    unreadable(Scheme::Hackage, &["", "1-0", "1.", "1.0-beta"]);
    unreadable(Scheme::Conda, &["", "1..0", "1.", "1!1!1", "1+1+1", "+1", "1-0_0"]);
}

#[test]
fn white_space_around_is_not_part_of_it() {
    for scheme in Scheme::ALL {
        assert_eq!(scheme.compare(" 1.0\n", "1.0"), Ok(Ordering::Equal), "{scheme}");
    }
}

#[test]
fn words_name_schemes() {
    for scheme in Scheme::ALL {
        assert_eq!(Scheme::parse(scheme.as_str()), Some(*scheme));
        assert_eq!(scheme.to_string(), scheme.as_str());
    }
    assert_eq!(Scheme::parse("Deb"), None);
    assert_eq!(Scheme::parse(""), None);
}

#[test]
fn errors_say_what_was_not_read() {
    let error = Scheme::Pep440.compare("1.0", "not a version").unwrap_err();
    assert_eq!((error.scheme(), error.version()), (Scheme::Pep440, "not a version"));
    assert_eq!(error.to_string(), "cannot read `not a version` as a version of scheme `pep440`: it does not begin with a number");
}
