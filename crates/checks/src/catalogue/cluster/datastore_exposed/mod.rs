//! `PB-K8S-0108`: datastores that the outside reaches.
//!
//! Pods are indexed by their labels, and a service is compared with those that carry its rarest label; a budget bounds what hostile
//! manifests could make of it.

use crate::{
    catalogue::cluster::{
        exposure::{self, Exposure},
        namespaces,
    },
    native::check,
};
use probity_model::{
    Reason,
    check::{CheckSettings, ManifestSet, Verdict},
    kubernetes::{Container, Pod, Resource},
    node::{Entry, Node},
};
use std::collections::{BTreeMap, HashMap};

check!(Manifests, run);

/// How many comparisons of a selector with a pod a run may cost.
const BUDGET: usize = 2_000_000;

/// Last parts of the names of images that are datastores.
const DATASTORES: &[&str] = &[
    "aerospike-server",
    "arangodb",
    "cassandra",
    "clickhouse",
    "clickhouse-server",
    "cockroach",
    "cockroachdb",
    "couchbase",
    "couchdb",
    "dgraph",
    "dragonfly",
    "elasticsearch",
    "etcd",
    "ferretdb",
    "influxdb",
    "keydb",
    "mariadb",
    "mariadb-galera",
    "memcached",
    "minio",
    "mongo",
    "mongodb",
    "mongodb-community-server",
    "mongodb-enterprise-server",
    "mongodb-sharded",
    "mysql",
    "mysql-server",
    "neo4j",
    "opensearch",
    "oracledb",
    "percona",
    "percona-server",
    "pgvector",
    "postgis",
    "postgres",
    "postgresql",
    "postgresql-ha",
    "postgresql-repmgr",
    "questdb",
    "redis",
    "redis-cluster",
    "redis-stack",
    "redis-stack-server",
    "rethinkdb",
    "scylla",
    "solr",
    "spilo-15",
    "spilo-16",
    "spilo-17",
    "surrealdb",
    "tidb",
    "timescaledb",
    "timescaledb-ha",
    "valkey",
    "weaviate",
];

/// A pod that holds data.
struct Store<'a> {
    object: &'a Resource,
    image: &'a str,
    labels: Option<&'a Node>,
}

#[derive(Default)]
struct Index<'a> {
    stores: Vec<Store<'a>>,
    /// Positions in `stores`, by namespace, label and value.
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

fn run(set: &ManifestSet<'_>, _: &CheckSettings) -> Verdict {
    let mut index = Index::default();
    for object in set.objects.iter().copied() {
        if let Some(pod) = object.pod()
            && let Some(image) = datastore(pod)
        {
            index.add(object, pod, image);
        }
    }
    if index.stores.is_empty() {
        return Verdict::NotApplicable { why: "the manifests run no datastore that is known by its image" };
    }
    let mut budget = BUDGET;
    let mut violations = Vec::new();
    let mut services: BTreeMap<(&str, &str), &Node> = BTreeMap::new();
    for (position, object) in set.of_kind("Service").filter(|(_, object)| object.group().is_empty()) {
        let Some(spec) = object.root.get("spec") else { continue };
        let Some(selector) = spec.get("selector") else { continue };
        let namespace = namespaces::of(object);
        services.insert((namespace, &object.name), selector);
        if let Some(Exposure { entry, field, what }) = exposure::of_service(spec)
            && let Some(store) = index.find(namespace, selector, &mut budget)
        {
            let message = format!("service `{}` exposes {} to {what}", object.name, store.describe());
            violations.push(namespaces::at(position, message, format!("spec.{field}"), entry.lines()));
        }
    }
    for (position, object) in set.of_kind("Ingress") {
        exposure::each_backend(object, |path, entry| {
            let service = entry.value.at(&["service", "name"]).or_else(|| entry.value.get("serviceName")).and_then(Node::text);
            let namespace = namespaces::of(object);
            if let Some(selector) = service.and_then(|service| services.get(&(namespace, service)))
                && let Some(store) = index.find(namespace, selector, &mut budget)
            {
                let message = format!("ingress `{}` exposes {}", object.name, store.describe());
                violations.push(namespaces::at(position, message, path, Entry::lines(entry)));
            }
        });
    }
    if budget == 0 && violations.is_empty() {
        return Verdict::NotAssessed {
            reason: Reason::SubjectTruncated,
            why: "too many services and datastores share labels to compare all of them".to_owned(),
        };
    }
    violations.sort_by_key(|violation| violation.object);
    Verdict::of(violations, u32::try_from(index.stores.len()).unwrap_or(u32::MAX))
}

impl<'a> Index<'a> {
    fn add(&mut self, object: &'a Resource, pod: Pod<'a>, image: &'a str) {
        let labels = pod.metadata.and_then(|metadata| metadata.get("labels"));
        let at = self.stores.len();
        for entry in labels.map_or(&[][..], Node::entries) {
            let value = entry.value.text().unwrap_or_default();
            self.by_label.entry((namespaces::of(object), &entry.key, value)).or_default().push(at);
        }
        self.stores.push(Store { object, image, labels });
    }

    /// A datastore of the namespace that a selector selects.
    fn find(&self, namespace: &str, selector: &Node, budget: &mut usize) -> Option<&Store<'a>> {
        let wanted = selector.entries();
        let mut rarest: Option<&Vec<usize>> = None;
        for entry in wanted {
            let found = self.by_label.get(&(namespace, &*entry.key, entry.value.text().unwrap_or_default()))?;
            if rarest.is_none_or(|rarest| found.len() < rarest.len()) {
                rarest = Some(found);
            }
        }
        for store in rarest?.iter().filter_map(|at| self.stores.get(*at)) {
            *budget = budget.checked_sub(1)?;
            let has = |entry: &Entry| store.labels.and_then(|labels| labels.text_of(&entry.key)) == entry.value.text();
            if wanted.iter().all(has) {
                return Some(store);
            }
        }
        None
    }
}

impl Store<'_> {
    fn describe(&self) -> String {
        format!("the datastore `{}` of {} `{}`", self.image, self.object.kind, self.object.name)
    }
}

/// The image of the first container that is a datastore.
fn datastore(pod: Pod<'_>) -> Option<&str> {
    pod.containers().filter_map(Container::image).find(|image| {
        let name = image.split('@').next().unwrap_or(image);
        let last = name.rsplit('/').next().unwrap_or(name);
        let last = last.split(':').next().unwrap_or(last);
        DATASTORES.binary_search(&last).is_ok() || name.contains("mssql/server") || name.contains("database/express")
    })
}

#[cfg(test)]
mod tests {
    use super::DATASTORES;

    #[test]
    fn names_are_sorted() {
        assert!(DATASTORES.is_sorted());
    }
}
