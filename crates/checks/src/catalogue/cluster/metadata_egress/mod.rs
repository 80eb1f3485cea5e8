//! `PB-K8S-0109`: the metadata service of clouds.

use crate::{
    catalogue::cluster::{
        namespaces,
        policies::{self, Direction, Reach},
    },
    native::check,
};
use probity_model::{
    check::{CheckSettings, ManifestSet, Verdict},
    node::Node,
};
use std::{collections::BTreeSet, net::IpAddr};

check!(Manifests, run);

/// The address at every large cloud, and Amazon's for IPv6.
const METADATA: [IpAddr; 2] =
    [IpAddr::V4(std::net::Ipv4Addr::new(169, 254, 169, 254)), IpAddr::V6(std::net::Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254))];
const PORT: i64 = 80;

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let tenants = namespaces::tenants(set, |object| object.pod().is_some_and(policies::is_governed));
    if tenants.is_empty() {
        return policies::NO_WORKLOADS;
    }
    let mut limited: BTreeSet<Option<&str>> = BTreeSet::new();
    let mut violations = Vec::new();
    let mut examined = 0;
    for policy in policies::all(set).filter(|policy| policy.reach(Direction::Egress) != Reach::Untouched) {
        examined += 1;
        limited.insert(policy.namespace);
        let Some(spec) = policy.object.root.get("spec").filter(|_| policies::is_core(policy.object)) else { continue };
        for (number, rule) in spec.items_of("egress").iter().enumerate() {
            let mut report = |path: String, node: &Node| {
                let message = format!("policy `{}` lets pods reach the metadata service", policy.object.name);
                violations.push(namespaces::at(policy.index, message, path, node.lines));
            };
            if !allows_port(rule) {
                continue;
            }
            if rule.items_of("to").is_empty() {
                report(format!("spec.egress[{number}]"), rule);
            }
            for (peer, node) in rule.items_of("to").iter().enumerate() {
                if node.get("ipBlock").is_some_and(allows_address) {
                    report(format!("spec.egress[{number}].to[{peer}].ipBlock"), node);
                }
            }
        }
    }
    for (namespace, tenant) in &tenants {
        if !limited.contains(&None) && !limited.contains(&Some(*namespace)) {
            let message = format!("{} limits no egress, so its pods reach the metadata service", namespaces::describe(namespace, tenant));
            violations.push(namespaces::at_tenant(set, tenant, message));
        }
    }
    violations.sort_by_key(|violation| violation.object);
    Verdict::of(violations, examined.max(u32::try_from(tenants.len()).unwrap_or(u32::MAX)))
}

/// Whether a rule is about the port of the service, or about all. A port by name is one of the peer's, which the service does not have.
fn allows_port(rule: &Node) -> bool {
    let ports = rule.items_of("ports");
    ports.is_empty()
        || ports.iter().any(|port| {
            let tcp = port.text_of("protocol").is_none_or(|protocol| protocol == "TCP");
            let covers = match port.get("port") {
                None => true,
                Some(first) => first.as_i64().is_some_and(|first| {
                    let last = port.get("endPort").and_then(Node::as_i64).unwrap_or(first);
                    first <= PORT && PORT <= last
                }),
            };
            tcp && covers
        })
}

fn allows_address(block: &Node) -> bool {
    let cidr = block.text_of("cidr").unwrap_or_default();
    METADATA.into_iter().any(|address| {
        contains(cidr, address) && !block.items_of("except").iter().filter_map(Node::text).any(|except| contains(except, address))
    })
}

/// Whether a block in CIDR notation contains an address.
fn contains(cidr: &str, address: IpAddr) -> bool {
    let Some((base, length)) = cidr.split_once('/') else { return false };
    let (Ok(base), Ok(length)) = (base.trim().parse::<IpAddr>(), length.trim().parse::<u32>()) else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(base), IpAddr::V6(address)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_contain_addresses() {
        let [v4, v6] = METADATA;
        assert!(contains("0.0.0.0/0", v4) && contains("169.254.169.254/32", v4) && contains("169.254.0.0/16", v4) && contains("::/0", v6));
        assert!(
            !contains("169.254.169.253/32", v4) && !contains("10.0.0.0/8", v4) && !contains("0.0.0.0/0", v6) && !contains("0.0.0.0/99", v4)
        );
        assert!(!contains("", v4) && !contains("x/y", v4));
    }
}
