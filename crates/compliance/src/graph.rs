//! An order in which derived controls can be evaluated, or the circle that prevents it. Iterative, so that depth costs no stack.

use std::collections::BTreeSet;

/// Positions such that everything a position needs comes before it; `None` when there is a circle.
pub(crate) fn order(needs: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let ready = orderable(needs);
    (ready.len() == needs.len()).then_some(ready)
}

/// All positions that are not on a circle and do not need one.
fn orderable(needs: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, of) in needs.iter().enumerate() {
        for other in of {
            if let Some(list) = needed_by.get_mut(*other) {
                list.push(at);
            }
        }
    }
    let mut ready: Vec<usize> = waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(at, _)| at).collect();
    let mut next = 0;
    while let Some(at) = ready.get(next).copied() {
        next += 1;
        for dependent in needed_by.get(at).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(*dependent) {
                *left -= 1;
                if *left == 0 {
                    ready.push(*dependent);
                }
            }
        }
    }
    ready
}

/// One circle, as the positions on it with the first repeated at the end.
pub(crate) fn circle(needs: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut left: BTreeSet<usize> = (0..needs.len()).collect();
    for at in orderable(needs) {
        left.remove(&at);
    }
    // Everything that is left needs something that is left: follow that until a position repeats.
    let mut at = *left.first()?;
    let mut path: Vec<usize> = Vec::new();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    while seen.insert(at) {
        path.push(at);
        at = *needs.get(at)?.iter().find(|other| left.contains(other))?;
    }
    let mut found: Vec<usize> = path.into_iter().skip_while(|on| *on != at).collect();
    found.push(at);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(edges: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        edges.iter().map(|of| of.iter().copied().collect()).collect()
    }

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(order(&needs(&[&[1, 2], &[2], &[]])), Some(vec![2, 1, 0]));
        assert_eq!(circle(&needs(&[&[1, 2], &[2], &[]])), None);
    }

    #[test]
    fn a_circle_is_named() {
        assert_eq!(circle(&needs(&[&[1], &[2], &[1], &[]])), Some(vec![1, 2, 1]));
        assert_eq!(circle(&needs(&[&[0]])), Some(vec![0, 0]));
    }
}
