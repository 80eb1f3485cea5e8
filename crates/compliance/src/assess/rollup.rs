//! Three-valued logic, with error and "does not apply" beside it.
//!
//! | | all | any |
//! |---|---|---|
//! | one fails | fail | goes on |
//! | one holds | goes on | holds |
//! | one is in error | error | error |
//! | one was not assessed | not assessed | not assessed |
//! | none applies | does not apply | does not apply |
//!
//! Read from the top; the first line that decides wins.

use super::compile::{Expectation, Node};
use probity_model::assessment::RuleOutcome;

/// What `population` and `matched` say. `gap`: something was not examined, so that the absence of a match proves nothing.
pub(crate) fn judge(expect: Expectation, matched: u64, population: u64, gap: bool) -> RuleOutcome {
    match expect {
        Expectation::AtMost(most) if matched > most => RuleOutcome::Fail,
        Expectation::AtLeast(least) if matched >= least && matched > 0 => RuleOutcome::Pass,
        _ if gap => RuleOutcome::NotAssessed,
        _ if population == 0 => RuleOutcome::NotApplicable,
        Expectation::AtMost(_) => RuleOutcome::Pass,
        Expectation::AtLeast(least) => {
            if matched >= least {
                RuleOutcome::Pass
            } else {
                RuleOutcome::Fail
            }
        }
        Expectation::Ratio(share) => {
            #[expect(clippy::cast_precision_loss, reason = "counts of facts stay far below 2^52")]
            let holds = matched as f64 >= share * population as f64;
            if holds { RuleOutcome::Pass } else { RuleOutcome::Fail }
        }
    }
}

/// The worst of several things that must all hold: also how subjects roll up.
pub(crate) fn all(outcomes: impl IntoIterator<Item = RuleOutcome>) -> RuleOutcome {
    outcomes
        .into_iter()
        .max_by_key(|outcome| match outcome {
            RuleOutcome::NotApplicable => 0,
            RuleOutcome::Pass => 1,
            RuleOutcome::NotAssessed => 2,
            RuleOutcome::Error => 3,
            RuleOutcome::Fail => 4,
        })
        .unwrap_or(RuleOutcome::NotApplicable)
}

fn any(outcomes: impl IntoIterator<Item = RuleOutcome>) -> RuleOutcome {
    outcomes
        .into_iter()
        .max_by_key(|outcome| match outcome {
            RuleOutcome::NotApplicable => 0,
            RuleOutcome::Fail => 1,
            RuleOutcome::NotAssessed => 2,
            RuleOutcome::Error => 3,
            RuleOutcome::Pass => 4,
        })
        .unwrap_or(RuleOutcome::NotApplicable)
}

/// An optional rule that could not be assessed is left out, unless nothing else is left to stand on.
struct Weighed {
    outcome: RuleOutcome,
    optional: bool,
}

/// The outcome of a tree, given each leaf's outcome and whether it is optional. Depth is that of the specification.
pub(crate) fn combine(node: &Node, leaf: &dyn Fn(usize) -> (RuleOutcome, bool)) -> RuleOutcome {
    let weigh = |child: &Node| match child {
        Node::Leaf(at) => {
            let (outcome, optional) = leaf(*at);
            Weighed { outcome, optional }
        }
        inner => Weighed { outcome: combine(inner, leaf), optional: false },
    };
    match node {
        Node::Leaf(_) => weigh(node).outcome,
        Node::Not(inner) => match weigh(inner).outcome {
            RuleOutcome::Pass => RuleOutcome::Fail,
            RuleOutcome::Fail => RuleOutcome::Pass,
            other => other,
        },
        Node::All(children) => {
            let weighed: Vec<Weighed> = children.iter().map(weigh).collect();
            let unknown = |w: &Weighed| matches!(w.outcome, RuleOutcome::NotAssessed | RuleOutcome::Error);
            let kept = all(weighed.iter().filter(|w| !(w.optional && unknown(w))).map(|w| w.outcome));
            if kept == RuleOutcome::NotApplicable { all(weighed.iter().map(|w| w.outcome)) } else { kept }
        }
        Node::Any(children) => any(children.iter().map(|child| weigh(child).outcome)),
    }
}

/// Visits the leaves whose failure makes the tree fail.
pub(crate) fn failing(node: &Node, leaf: &dyn Fn(usize) -> (RuleOutcome, bool), visit: &mut dyn FnMut(usize)) {
    if combine(node, leaf) != RuleOutcome::Fail {
        return;
    }
    match node {
        Node::Leaf(at) => visit(*at),
        Node::All(children) | Node::Any(children) => {
            for child in children {
                failing(child, leaf, visit);
            }
        }
        // What is under `not` held: it has no failing evidence of its own, but the reader should see which rule it was.
        Node::Not(inner) => leaves(inner, visit),
    }
}

fn leaves(node: &Node, visit: &mut dyn FnMut(usize)) {
    match node {
        Node::Leaf(at) => visit(*at),
        Node::All(children) | Node::Any(children) => children.iter().for_each(|child| leaves(child, visit)),
        Node::Not(inner) => leaves(inner, visit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RuleOutcome::{Error, Fail, NotApplicable, NotAssessed, Pass};

    const ALL: [RuleOutcome; 5] = [Pass, Fail, NotAssessed, NotApplicable, Error];

    fn tree(kind: fn(Vec<Node>) -> Node) -> Node {
        kind(vec![Node::Leaf(0), Node::Leaf(1)])
    }

    fn on(node: &Node, outcomes: [RuleOutcome; 2], optional: [bool; 2]) -> RuleOutcome {
        combine(node, &|at| (outcomes[at], optional[at]))
    }

    #[test]
    fn all_is_the_worst() {
        for (a, b, expected) in [
            (Pass, Pass, Pass),
            (Pass, Fail, Fail),
            (Error, Fail, Fail),
            (NotAssessed, Fail, Fail),
            (NotAssessed, Error, Error),
            (Pass, NotAssessed, NotAssessed),
            (Pass, NotApplicable, Pass),
            (NotApplicable, NotApplicable, NotApplicable),
        ] {
            assert_eq!(on(&tree(Node::All), [a, b], [false; 2]), expected, "{a:?} {b:?}");
            assert_eq!(on(&tree(Node::All), [b, a], [false; 2]), expected, "{b:?} {a:?}");
        }
    }

    #[test]
    fn any_is_the_best_and_unknown_hides_a_failure() {
        for (a, b, expected) in [
            (Pass, Fail, Pass),
            (Pass, NotAssessed, Pass),
            (Fail, NotAssessed, NotAssessed),
            (Fail, Fail, Fail),
            (Fail, NotApplicable, Fail),
            (NotApplicable, NotApplicable, NotApplicable),
        ] {
            assert_eq!(on(&tree(Node::Any), [a, b], [false; 2]), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn nothing_becomes_a_pass_by_knowing_less() {
        for kind in [Node::All as fn(Vec<Node>) -> Node, Node::Any] {
            for a in ALL {
                for b in ALL {
                    let before = on(&tree(kind), [a, b], [false; 2]);
                    let after = on(&tree(kind), [NotAssessed, b], [false; 2]);
                    assert!(after != Pass || before == Pass || b == Pass, "{a:?} {b:?}: {before:?} became a pass");
                }
            }
        }
    }

    #[test]
    fn optional_rules_do_not_hold_back_and_do_not_carry() {
        assert_eq!(on(&tree(Node::All), [Pass, NotAssessed], [false, true]), Pass);
        assert_eq!(on(&tree(Node::All), [Pass, Fail], [false, true]), Fail);
        assert_eq!(on(&tree(Node::All), [NotAssessed, NotAssessed], [true, true]), NotAssessed);
        assert_eq!(on(&tree(Node::All), [NotApplicable, NotAssessed], [false, true]), NotAssessed);
    }

    #[test]
    fn not_turns_round_and_keeps_the_unknown() {
        let not = |outcome| combine(&Node::Not(Box::new(Node::Leaf(0))), &|_| (outcome, false));
        assert_eq!(
            (not(Pass), not(Fail), not(NotAssessed), not(NotApplicable), not(Error)),
            (Fail, Pass, NotAssessed, NotApplicable, Error)
        );
    }

    #[test]
    fn a_population_of_nothing_never_passes() {
        for expect in
            [Expectation::AtMost(0), Expectation::AtMost(9), Expectation::AtLeast(0), Expectation::AtLeast(1), Expectation::Ratio(0.0)]
        {
            assert_eq!(judge(expect, 0, 0, false), NotApplicable, "{expect:?}");
            assert_eq!(judge(expect, 0, 0, true), NotAssessed, "{expect:?}");
        }
    }

    #[test]
    fn expectations() {
        assert_eq!(judge(Expectation::AtMost(0), 1, 5, true), Fail);
        assert_eq!(judge(Expectation::AtMost(0), 0, 5, true), NotAssessed);
        assert_eq!(judge(Expectation::AtMost(2), 2, 5, false), Pass);
        assert_eq!(judge(Expectation::AtLeast(1), 1, 5, true), Pass);
        assert_eq!(judge(Expectation::AtLeast(1), 0, 5, false), Fail);
        assert_eq!(judge(Expectation::AtLeast(0), 0, 5, false), Pass);
        assert_eq!(judge(Expectation::Ratio(0.8), 4, 5, false), Pass);
        assert_eq!(judge(Expectation::Ratio(0.81), 4, 5, false), Fail);
    }
}
