//! What must hold of every scheme whatever it is fed: orders are orders, ranges agree with them, and nothing panics.

use std::cmp::Ordering;

use probity_versions::Scheme;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What versions are made of. Every scheme refuses some of what comes out, which its laws do not speak of.
const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "10",
    "01",
    "00",
    "123456789012345678901",
    ".",
    ".",
    ".",
    ".0",
    ".1",
    "-",
    "-",
    "_",
    "~",
    "^",
    "+",
    "!",
    ":",
    "*",
    "a",
    "b",
    "z",
    "A",
    "alpha",
    "beta",
    "rc",
    "rc1",
    "pre",
    "sp",
    "ga",
    "final",
    "snapshot",
    "dev",
    "post",
    "x",
    "v",
    "go",
    "1:",
    "1!",
    "_p",
    "_rc",
    "-r1",
    "-dev",
    ".x-dev",
    "-1",
    "c",
    "é",
];

fn version() -> impl Strategy<Value = String> {
    (select(&["0", "1", "1.0", "1.2", "v1", "go1.21", "1.0-", "1.0.", "2", ""][..]), vec(select(PIECES), 0..6))
        .prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

/// Versions that have much in common, since circles are made of small differences.
fn relatives() -> impl Strategy<Value = Vec<String>> {
    vec(select(PIECES), 2..6).prop_flat_map(|pieces| {
        let relative = vec(select(pieces), 0..5).prop_map(|pieces| "1".to_owned() + &pieces.concat());
        vec(relative, 5)
    })
}

/// The same versions in every run: a failure can be repeated, and does not come by chance.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn orders_are_total() {
    for scheme in Scheme::ALL {
        let outcome = runner(250).run(&(relatives(), vec(version(), 1)), |(relatives, others)| {
            let versions = [relatives, others].concat();
            let versions: Vec<&str> = versions.iter().map(String::as_str).filter(|version| scheme.check(version).is_ok()).collect();
            let order = |a: &str, b: &str| scheme.compare(a, b).unwrap();
            for a in &versions {
                prop_assert_eq!(order(a, a), Ordering::Equal, "{} {}", scheme, a);
                for b in &versions {
                    prop_assert_eq!(order(a, b), order(b, a).reverse(), "{} {} {}", scheme, a, b);
                    for c in &versions {
                        if order(a, b).is_le() && order(b, c).is_le() {
                            let expected = order(a, b).then(order(b, c));
                            prop_assert_eq!(order(a, c), expected, "{}: {} {:?} {} {:?} {}", scheme, a, order(a, b), b, order(b, c), c);
                        }
                    }
                }
            }
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{scheme}: {failure}");
        }
    }
}

#[test]
fn ranges_agree_with_the_order() {
    for scheme in Scheme::ALL {
        let outcome = runner(250).run(&(version(), version()), |(bound, version)| {
            if scheme.check(&bound).is_err() || scheme.check(&version).is_err() {
                return Ok(());
            }
            let holds = |operator: &str| Some(scheme.constraint(&format!("{operator} {bound}")).ok()?.matches(&version));
            // A bound that reads as something else in a range, such as a wildcard, has no such answers.
            let (Some(less), Some(at_most), Some(at_least)) = (holds("<"), holds("<="), holds(">=")) else { return Ok(()) };
            let (Ok(less), Ok(at_most), Ok(at_least)) = (less, at_most, at_least) else { return Ok(()) };
            prop_assert!(!less || at_most, "{} {} {}", scheme, bound, version);
            prop_assert!(at_most || at_least, "{} {} {}", scheme, bound, version);
            prop_assert_eq!(less, !at_least, "{} {} {}", scheme, bound, version);
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{scheme}: {failure}");
        }
    }
}

#[test]
fn nothing_panics() {
    let range = vec(
        select(
            &["<", ">", "=", "!", "~", "^", "[", "]", "(", ")", ",", "|", "||", " ", " - ", "1", "1.2", "1.x", "*", "a", "&&", "é", "9"][..],
        ),
        0..10,
    );
    let text = (any::<String>(), version(), range);
    for scheme in Scheme::ALL {
        let outcome = runner(120).run(&text, |(any, version, range)| {
            let range = range.concat();
            for (a, b) in [(&any, &version), (&version, &any), (&any, &any)] {
                prop_assert_eq!(scheme.compare(a, b).is_ok(), scheme.check(a).is_ok() && scheme.check(b).is_ok());
            }
            for text in [&any, &range, &format!(">={any}"), &format!("~{version}"), &format!("^{version}"), &format!("~={version}")] {
                if let Ok(constraint) = scheme.constraint(text) {
                    prop_assert_eq!(constraint.text(), text);
                    for version in [&any, &version] {
                        prop_assert!(constraint.matches(version) != Ok(false) || scheme.check(version).is_ok());
                    }
                }
            }
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{scheme}: {failure}");
        }
    }
}

#[test]
fn long_input_is_bounded() {
    for scheme in Scheme::ALL {
        let (big, bigger) = (format!("1.{}", "9".repeat(4000)), format!("1.1{}", "0".repeat(4000)));
        if scheme.check(&big).is_ok() {
            assert_eq!(
                scheme.compare(&big, &bigger).unwrap(),
                if *scheme == Scheme::Cpan { Ordering::Greater } else { Ordering::Less },
                "{scheme}"
            );
        }
        let error = scheme.check(&"1".repeat(4097)).unwrap_err();
        assert_eq!(error.reason(), "it is longer than 4096 bytes");
        assert!(error.to_string().len() < 300);
        // Whatever repeats must not take time that grows with its square.
        for piece in ["0.", "1.", "0-", "a.", "a1", "-", "~", "_p", ".0.a", "0_", "*", "0+", "9", "x."] {
            let (a, b) = (format!("1.{}1", piece.repeat(4000 / piece.len())), format!("1.{}2", piece.repeat(4000 / piece.len())));
            for _ in 0..4 {
                let _ = scheme.compare(&a, &b);
            }
            if let Ok(constraint) = scheme.constraint(&format!("<{a}")) {
                let _ = constraint.matches(&b);
            }
        }
        let long = vec!["<1"; 20_000].join("||");
        if let Ok(constraint) = scheme.constraint(&long) {
            assert!(!constraint.matches("2").unwrap_or(false));
        }
        assert!(scheme.constraint(&"<1,".repeat(100_000)).is_err());
    }
}
