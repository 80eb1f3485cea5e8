//! Names of one vulnerability: which of them it is listed by.
//!
//! A CVE id wins, because every publisher knows it. A notice without one is listed by the CVE of another notice that shares a name with it: PyPA's
//! `PYSEC-…` whose `GHSA-…` GitHub gives a CVE. A notice that names several CVEs is about several vulnerabilities and is listed by each. Where nobody
//! knows a CVE, one name stands for all: GitHub's, else the first of the alphabet. Two CVEs are never brought together: sharing a third name is how
//! publishers say "see also".

use crate::sources::Advisory;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A notice that is listed by more names than this says nothing about any of them.
const MAX_NAMES: usize = 64;

/// Who is who.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names that are no CVE: the group each belongs to.
    group: HashMap<String, usize>,
    parent: Vec<usize>,
    /// By the root of a group.
    cves: BTreeMap<usize, BTreeSet<String>>,
    members: BTreeMap<usize, BTreeSet<String>>,
    /// The one that stands for all where nobody knows a CVE.
    chosen: BTreeMap<usize, String>,
}

pub(super) fn is_cve(id: &str) -> bool {
    id.starts_with("CVE-")
}

impl Names {
    pub(super) fn new<'a>(advisories: impl Iterator<Item = &'a Advisory> + Clone) -> Self {
        let mut names = Self::default();
        for advisory in advisories.clone() {
            let mut first = None;
            for id in ids(advisory).filter(|id| !is_cve(id)) {
                let at = names.number(id);
                match first {
                    None => first = Some(at),
                    Some(first) => names.unite(first, at),
                }
            }
        }
        names.flatten();
        for advisory in advisories {
            let cves: Vec<&str> = ids(advisory).filter(|id| is_cve(id)).collect();
            let Some(root) = ids(advisory).find(|id| !is_cve(id)).and_then(|id| names.group.get(id).copied()).map(|at| names.root(at))
            else {
                continue;
            };
            names.cves.entry(root).or_default().extend(cves.into_iter().map(str::to_owned));
        }
        let all: BTreeMap<String, usize> = names.group.iter().map(|(id, at)| (id.clone(), *at)).collect();
        for (id, at) in all {
            let root = names.root(at);
            names.members.entry(root).or_default().insert(id);
        }
        for (root, members) in &names.members {
            let chosen = members.iter().find(|id| id.starts_with("GHSA-")).or_else(|| members.first());
            names.chosen.extend(chosen.map(|id| (*root, id.clone())));
        }
        names
    }

    fn number(&mut self, id: &str) -> usize {
        if let Some(at) = self.group.get(id) {
            return *at;
        }
        let at = self.parent.len();
        self.parent.push(at);
        self.group.insert(id.to_owned(), at);
        at
    }

    /// Of a finished group: every name points at its root.
    fn root(&self, at: usize) -> usize {
        self.parent.get(at).copied().unwrap_or(at)
    }

    /// While groups grow: halves the way on each walk, so that ways stay short.
    fn find(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.parent.get(at) {
            if up == at {
                break;
            }
            let over = self.parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = over;
            }
            at = over;
        }
        at
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    /// Points every name at its root: a root has the smallest number of its group, so what is above was done before.
    fn flatten(&mut self) {
        for at in 0..self.parent.len() {
            let root = self.find(at);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = root;
            }
        }
    }

    /// The names that a notice is listed by; at least one.
    pub(super) fn listed_by(&self, advisory: &Advisory) -> Vec<String> {
        let own: BTreeSet<&str> = ids(advisory).filter(|id| is_cve(id)).collect();
        if !own.is_empty() {
            return own.into_iter().take(MAX_NAMES).map(str::to_owned).collect();
        }
        let Some(root) = self.group.get(&advisory.id).map(|at| self.root(*at)) else { return vec![advisory.id.clone()] };
        if let Some(cves) = self.cves.get(&root).filter(|cves| !cves.is_empty()) {
            return cves.iter().take(MAX_NAMES).cloned().collect();
        }
        vec![self.chosen.get(&root).unwrap_or(&advisory.id).clone()]
    }

    /// Every other name of a notice: its own, and those that others give it.
    pub(super) fn others(&self, advisory: &Advisory, listed_by: &str) -> BTreeSet<String> {
        let mut out: BTreeSet<String> = ids(advisory).map(str::to_owned).collect();
        if let Some(root) = self.group.get(&advisory.id).map(|at| self.root(*at)) {
            out.extend(self.members.get(&root).into_iter().flatten().take(MAX_NAMES).cloned());
        }
        // Another CVE is another vulnerability.
        out.retain(|id| id != listed_by && !is_cve(id));
        out
    }
}

fn ids(advisory: &Advisory) -> impl Iterator<Item = &str> {
    std::iter::once(advisory.id.as_str()).chain(advisory.aliases.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(lists: &[&[&str]]) -> Vec<String> {
        let advisories: Vec<Advisory> = lists
            .iter()
            .map(|ids| Advisory {
                id: ids[0].to_owned(),
                aliases: ids[1..].iter().map(|id| (*id).to_owned()).collect(),
                ..Advisory::default()
            })
            .collect();
        let names = Names::new(advisories.iter());
        advisories.iter().map(|advisory| names.listed_by(advisory).join("+")).collect()
    }

    #[test]
    fn a_cve_is_found_through_other_publishers() {
        assert_eq!(names(&[&["PYSEC-1", "GHSA-a"], &["GHSA-a", "CVE-2020-0001"]]), ["CVE-2020-0001", "CVE-2020-0001"]);
        assert_eq!(names(&[&["GO-1", "GHSA-b"], &["RUSTSEC-1", "GHSA-b", "OSV-2"], &["OSV-2", "CVE-2020-0002"]]), ["CVE-2020-0002"; 3]);
    }

    #[test]
    fn without_a_cve_one_name_stands_for_all() {
        assert_eq!(names(&[&["PYSEC-1", "GHSA-a"], &["OSV-1", "PYSEC-1"]]), ["GHSA-a", "GHSA-a"]);
        assert_eq!(names(&[&["RUSTSEC-2"], &["RUSTSEC-1"]]), ["RUSTSEC-2", "RUSTSEC-1"]);
    }

    #[test]
    fn two_cves_stay_two() {
        assert_eq!(
            names(&[&["GO-1", "CVE-2020-0001", "CVE-2020-0002"], &["GHSA-a", "CVE-2020-0001"]]),
            ["CVE-2020-0001+CVE-2020-0002", "CVE-2020-0001"]
        );
        assert_eq!(names(&[&["CVE-2020-0001", "GHSA-a"], &["CVE-2020-0002", "GHSA-a"]]), ["CVE-2020-0001", "CVE-2020-0002"]);
    }

    #[test]
    fn long_chains_are_followed_and_quick() {
        let ids: Vec<String> = (0..20_000).map(|n| format!("X-{n:05}")).collect();
        let advisories: Vec<Advisory> = ids
            .windows(2)
            .rev()
            .map(|pair| Advisory { id: pair[0].clone(), aliases: vec![pair[1].clone()], ..Advisory::default() })
            .collect();
        let names = Names::new(advisories.iter());
        assert!(advisories.iter().all(|advisory| names.listed_by(advisory) == ["X-00000"]));
    }
}
