//! VEX documents: what a product's maker says about vulnerabilities in it. OpenVEX 0.0.1–0.2.0, CSAF 2.0 (VEX profile), CycloneDX; JSON.
//!
//! Only `not_affected` and `fixed` accept a finding, as a disposition with the maker's statement. A statement about a product holds for a package
//! below it only when every way from the package up to a root of its file leads through that product: what else pulls the package in is not
//! excused. Of several statements about one vulnerability the last one counts.

use super::suppressions::{SuppressionError, covers, package};
use probity_model::{
    Diagnostic, Inventory, Package, Purl, Reason,
    finding::{Disposition, Ledger},
    package::Relationship,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One document.
#[derive(Debug, Clone)]
pub(super) struct Vex {
    source_name: String,
    /// Oldest first.
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, Default)]
struct Statement {
    /// Upper case.
    vulnerabilities: Vec<String>,
    products: Vec<Product>,
    /// `not_affected`, `affected`, `fixed`, `under_investigation`.
    status: String,
    reason: Option<String>,
    timestamp: String,
}

#[derive(Debug, Clone, Default)]
struct Product {
    purl: Option<Purl>,
    /// An id that is no package URL: a bom-ref, a digest, an image reference.
    id: String,
    subcomponents: Vec<Purl>,
}

/// Nested branches of a CSAF product tree.
const MAX_DEPTH: usize = 64;

impl Vex {
    pub(super) fn parse(text: &str, source_name: &str) -> Result<Self, SuppressionError> {
        let wrong = |message: String| SuppressionError::new(source_name, message);
        let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|err| wrong(format!("no JSON: {err}")))?;
        let has = |key: &str| document.get(key).is_some();
        let context = document.get("@context").map(ToString::to_string).unwrap_or_default();
        let mut statements = if context.contains("openvex") || has("statements") {
            open_vex(&document).map_err(|err| wrong(format!("no OpenVEX document: {err}")))?
        } else if document.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
            cyclonedx(&document)
        } else if has("document") && has("product_tree") {
            csaf(&document)
        } else {
            return Err(wrong("neither OpenVEX, CSAF nor CycloneDX".to_owned()));
        };
        statements.sort_by(|a, b| a.timestamp.cmp(&b.timestamp));
        Ok(Self { source_name: source_name.to_owned(), statements })
    }

    /// Marks the findings that the document excuses, and says which statements are about nothing here.
    pub(super) fn apply(&self, inventories: &[Inventory], ledger: &mut Ledger) {
        let mut used = vec![false; self.statements.len()];
        let mut ways: HashMap<(usize, &str), Graph<'_>> = HashMap::new();
        for found in &mut ledger.vulnerabilities {
            let Some(at) = inventories.iter().position(|inventory| inventory.subject.id == found.subject) else { continue };
            let (Some(inventory), Some(package)) = (inventories.get(at), package(inventories, found)) else { continue };
            let mut last = None;
            for (index, statement) in self.statements.iter().enumerate() {
                let named = |id: &str| statement.vulnerabilities.iter().any(|known| known.eq_ignore_ascii_case(id));
                if !named(&found.id) && !found.aliases.iter().any(|alias| named(alias)) {
                    continue;
                }
                let graph = ways.entry((at, &package.at.path)).or_insert_with(|| Graph::new(inventory, &package.at.path));
                if statement.products.iter().any(|product| product.holds(inventory, package, graph)) {
                    last = Some(statement);
                    if let Some(used) = used.get_mut(index) {
                        *used = true;
                    }
                }
            }
            let Some(statement) = last.filter(|statement| matches!(statement.status.as_str(), "not_affected" | "fixed")) else { continue };
            found.disposition.get_or_insert_with(|| Disposition {
                source: "vex",
                at: self.source_name.clone(),
                reason: statement.reason.clone(),
                until: None,
                status: Some(statement.status.clone()),
            });
        }
        for (statement, _) in self.statements.iter().zip(used).filter(|(_, used)| !used) {
            let ids = statement.vulnerabilities.join(", ");
            let message = format!("the statement about `{ids}` ({}) concerns nothing that was found", statement.status);
            ledger.diagnostics.push(Diagnostic::note(Reason::AnalyzerDisabled, message).at(&self.source_name));
        }
    }
}

impl Product {
    fn holds(&self, inventory: &Inventory, package: &Package, graph: &Graph<'_>) -> bool {
        let own = Purl::parse(&package.purl);
        let is = |wanted: &Purl| own.as_ref().is_some_and(|purl| covers(wanted, purl));
        if !self.subcomponents.is_empty() && !self.subcomponents.iter().any(is) {
            return false;
        }
        if self.is_artifact(inventory) {
            return true;
        }
        let Some(product) = &self.purl else { return false };
        if self.subcomponents.is_empty() && is(product) {
            return true;
        }
        graph.only_through(package, product)
    }

    /// The image itself: by its package URL (`pkg:oci/name@sha256:…`), digest or reference; or whatever is scanned, by its name.
    fn is_artifact(&self, inventory: &Inventory) -> bool {
        let subject = &inventory.subject;
        let digests = || [&subject.digest, &subject.config_digest].into_iter().flatten();
        if let Some(purl) = self.purl.as_ref().filter(|purl| purl.kind == "oci" || purl.kind == "docker") {
            let names = subject.references.iter().chain([&subject.name]);
            let called = names.clone().any(|reference| {
                let name = reference.split('@').next().unwrap_or_default();
                let name = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
                let url = purl.qualifier("repository_url");
                url.map_or_else(
                    || name.rsplit('/').next() == Some(purl.name.as_str()),
                    |url| url == name || format!("{url}/{}", purl.name) == name,
                )
            });
            return match &purl.version {
                Some(version) if version.contains(':') => {
                    digests().any(|digest| digest == version) || names.clone().any(|reference| reference.ends_with(&format!("@{version}")))
                }
                Some(tag) => called && names.clone().any(|reference| reference.ends_with(&format!(":{tag}"))),
                None => called,
            };
        }
        self.purl.is_none()
            && !self.id.is_empty()
            && (subject.name == self.id || subject.references.contains(&self.id) || digests().any(|digest| *digest == self.id))
    }
}

/// Who depends on whom in one file.
struct Graph<'a> {
    parents: HashMap<String, Vec<&'a Package>>,
    roots: Vec<&'a Package>,
}

impl<'a> Graph<'a> {
    fn new(inventory: &'a Inventory, path: &str) -> Self {
        let mut parents: HashMap<String, Vec<&'a Package>> = HashMap::new();
        let mut roots = Vec::new();
        for package in inventory.facts.packages.iter().filter(|package| *package.at.path == *path) {
            for dependency in &package.depends_on {
                parents.entry(dependency.clone()).or_default().push(package);
            }
            if matches!(package.relationship, Relationship::Root | Relationship::Workspace) {
                roots.push(package);
            }
        }
        Self { parents, roots }
    }

    /// Whether every way from `package` up passes a package that `product` means. Where the file has a root and does not say who pulls a package in,
    /// the root does.
    fn only_through(&self, package: &Package, product: &Purl) -> bool {
        let is_product = |package: &Package| Purl::parse(&package.purl).is_some_and(|purl| covers(product, &purl));
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut todo: Vec<&Package> = vec![package];
        while let Some(current) = todo.pop() {
            if !seen.insert(current.key()) {
                continue;
            }
            if is_product(current) {
                continue;
            }
            match self.parents.get(&current.key()) {
                Some(parents) => todo.extend(parents),
                None if self.roots.iter().any(|root| root.key() == current.key()) || self.roots.is_empty() => return false,
                None => todo.extend(&self.roots),
            }
        }
        true
    }
}

#[derive(Deserialize)]
struct OpenVex {
    #[serde(default)]
    timestamp: String,
    statements: Vec<OpenVexStatement>,
}

#[derive(Deserialize)]
struct OpenVexStatement {
    vulnerability: Value,
    #[serde(default)]
    products: Vec<Value>,
    #[serde(default)]
    subcomponents: Vec<Value>,
    status: String,
    #[serde(default)]
    justification: Option<String>,
    #[serde(default)]
    impact_statement: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
}

fn open_vex(document: &Value) -> Result<Vec<Statement>, serde_json::Error> {
    let vex = OpenVex::deserialize(document)?;
    let statement = |statement: OpenVexStatement| {
        let inherited: Vec<Purl> = statement.subcomponents.iter().flat_map(purls).collect();
        let products = statement.products.iter().map(|product| {
            let own = product.get("subcomponents").and_then(Value::as_array).into_iter().flatten().flat_map(purls);
            Product {
                purl: purls(product).into_iter().next(),
                id: id_of(product).unwrap_or_default().to_owned(),
                subcomponents: own.chain(inherited.iter().cloned()).collect(),
            }
        });
        let mut vulnerabilities: Vec<String> = Vec::new();
        match &statement.vulnerability {
            Value::String(id) => vulnerabilities.push(last_part(id)),
            other => {
                for key in ["name", "@id"] {
                    vulnerabilities.extend(other.get(key).and_then(Value::as_str).map(last_part));
                }
                let aliases = other.get("aliases").and_then(Value::as_array).into_iter().flatten();
                vulnerabilities.extend(aliases.filter_map(Value::as_str).map(last_part));
            }
        }
        vulnerabilities.sort_unstable();
        vulnerabilities.dedup();
        Statement {
            products: products.collect(),
            vulnerabilities,
            status: statement.status,
            reason: join([statement.justification, statement.impact_statement]),
            timestamp: statement.timestamp.unwrap_or_else(|| vex.timestamp.clone()),
        }
    };
    Ok(vex.statements.into_iter().map(statement).collect())
}

/// `https://nvd.nist.gov/vuln/detail/CVE-2024-1` is `CVE-2024-1`.
fn last_part(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

fn id_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("@id").and_then(Value::as_str))
}

/// The package URLs that identify a component.
fn purls(value: &Value) -> Vec<Purl> {
    let identifiers = value.get("identifiers");
    let purl = identifiers.and_then(|identifiers| identifiers.get("purl")).and_then(Value::as_str);
    id_of(value).into_iter().chain(purl).filter_map(Purl::parse).collect()
}

fn join<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// `vulnerabilities[].analysis` of a bill of materials or a document of its own whose `affects` are BOM-Links.
fn cyclonedx(document: &Value) -> Vec<Statement> {
    let mut refs: HashMap<&str, &str> = HashMap::new();
    let root = document.get("metadata").and_then(|metadata| metadata.get("component"));
    for component in list(document, "components").chain(root) {
        refs.insert(text(component, "bom-ref"), text(component, "purl"));
    }
    let vulnerability = |vulnerability: &Value| {
        let analysis = vulnerability.get("analysis")?;
        let status = match text(analysis, "state") {
            "not_affected" | "false_positive" => "not_affected",
            "resolved" | "resolved_with_pedigree" => "fixed",
            "exploitable" => "affected",
            "in_triage" => "under_investigation",
            _ => return None,
        };
        let products = list(vulnerability, "affects").map(|affected| {
            let reference = text(affected, "ref");
            // `urn:cdx:serial/version#bom-ref`
            let own =
                if reference.starts_with("urn:cdx:") { reference.split_once('#').map_or(reference, |(_, own)| own) } else { reference };
            let decoded = Purl::parse(own).or_else(|| Purl::parse(&percent_decoded(own)));
            let purl = refs.get(own).copied().and_then(Purl::parse).or(decoded);
            Product { purl, id: own.to_owned(), subcomponents: Vec::new() }
        });
        let alike = list(vulnerability, "references").map(|reference| text(reference, "id").to_owned()).filter(|id| !id.is_empty());
        Some(Statement {
            vulnerabilities: std::iter::once(text(vulnerability, "id").to_owned()).chain(alike).collect(),
            products: products.collect(),
            status: status.to_owned(),
            reason: join([Some(text(analysis, "justification").to_owned()), Some(text(analysis, "detail").to_owned())]),
            timestamp: text(vulnerability, "updated").to_owned(),
        })
    };
    list(document, "vulnerabilities").filter_map(vulnerability).collect()
}

fn percent_decoded(reference: &str) -> String {
    let mut out = Vec::with_capacity(reference.len());
    let mut bytes = reference.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                bytes.nth(1);
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Product ids are resolved through the product tree: branches with identification helpers, and relationships that put a component into a product.
fn csaf(document: &Value) -> Vec<Statement> {
    let mut products: BTreeMap<String, Product> = BTreeMap::new();
    if let Some(tree) = document.get("product_tree") {
        let mut todo: Vec<(&Value, usize)> = list(tree, "branches").map(|branch| (branch, 0)).collect();
        let mut full_names: Vec<&Value> = list(tree, "full_product_names").collect();
        while let Some((branch, depth)) = todo.pop() {
            full_names.extend(branch.get("product"));
            if depth < MAX_DEPTH {
                todo.extend(list(branch, "branches").map(|inner| (inner, depth + 1)));
            }
        }
        for name in full_names {
            let helper = name.get("product_identification_helper");
            let purl = helper.and_then(|helper| helper.get("purl").or_else(|| list(helper, "purls").next())).and_then(Value::as_str);
            let product = Product { purl: purl.and_then(Purl::parse), id: text(name, "name").to_owned(), subcomponents: Vec::new() };
            products.insert(text(name, "product_id").to_owned(), product);
        }
        for relationship in list(tree, "relationships") {
            let (part, whole) = (text(relationship, "product_reference"), text(relationship, "relates_to_product_reference"));
            let Some(id) = relationship.get("full_product_name").map(|name| text(name, "product_id").to_owned()) else { continue };
            let (Some(part), Some(whole)) = (products.get(part).cloned(), products.get(whole).cloned()) else { continue };
            // A component of a product without a package URL (an operating system) is meant wherever it is.
            let product = match (&whole.purl, part.purl.clone()) {
                (Some(_), Some(purl)) => Product { subcomponents: vec![purl], ..whole },
                _ => part,
            };
            products.insert(id, product);
        }
    }
    let tracking = document.get("document").and_then(|document| document.get("tracking"));
    let timestamp = tracking.map(|tracking| text(tracking, "current_release_date")).unwrap_or_default();
    let mut statements = Vec::new();
    for vulnerability in list(document, "vulnerabilities") {
        let ids = list(vulnerability, "ids").map(|id| text(id, "text"));
        let vulnerabilities: Vec<String> =
            std::iter::once(text(vulnerability, "cve")).chain(ids).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let Some(status) = vulnerability.get("product_status") else { continue };
        for (key, word) in [
            ("known_not_affected", "not_affected"),
            ("fixed", "fixed"),
            ("first_fixed", "fixed"),
            ("known_affected", "affected"),
            ("under_investigation", "under_investigation"),
        ] {
            let named: Vec<&str> = list(status, key).filter_map(Value::as_str).collect();
            if named.is_empty() {
                continue;
            }
            let concerns = |item: &&Value| list(item, "product_ids").filter_map(Value::as_str).any(|id| named.contains(&id));
            let flag = list(vulnerability, "flags").find(concerns).map(|flag| text(flag, "label").to_owned());
            let threat = list(vulnerability, "threats").find(concerns).map(|threat| text(threat, "details").to_owned());
            statements.push(Statement {
                vulnerabilities: vulnerabilities.clone(),
                products: named.iter().filter_map(|id| products.get(*id).cloned()).collect(),
                status: word.to_owned(),
                reason: join([flag, threat]),
                timestamp: timestamp.to_owned(),
            });
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use probity_model::{Ecosystem, Facts, Place, Subject, SubjectId, SubjectKind, vulnerability::DetectedVulnerability};
    use std::sync::Arc;

    static GO: Ecosystem = Ecosystem { id: "gomod", purl_type: "golang", ..Ecosystem::LANGUAGE };

    /// A root that depends on `a` and `b`; both pull `c` in.
    fn world() -> (Inventory, Ledger) {
        let package = |name: &str, relationship, depends_on: &[&str]| {
            let mut package = Package {
                name: name.into(),
                version: "v1".into(),
                relationship,
                depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
                at: Place::file("go.mod"),
                ..Package::of(&GO)
            };
            package.purl = Purl::of(&package, None).unwrap().to_string();
            package
        };
        let packages = vec![
            package("acme/root", Relationship::Root, &["acme/a@v1", "acme/b@v1"]),
            package("acme/a", Relationship::Direct, &["acme/c@v1"]),
            package("acme/b", Relationship::Direct, &["acme/c@v1"]),
            package("acme/c", Relationship::Indirect, &[]),
        ];
        let inventory = Inventory {
            subject: Subject {
                id: SubjectId(0),
                kind: SubjectKind::Image,
                name: "shop:1".into(),
                source: "test".into(),
                digest: Some("sha256:aa".into()),
                config_digest: None,
                platform: None,
                references: vec!["registry.example/acme/shop:1".into()],
                layers: Vec::new(),
                image: None,
            },
            os: None,
            end_of_life: false,
            facts: Facts { packages, ..Facts::default() },
            unowned: Vec::new(),
            package_database: false,
            deleted: Vec::new(),
            file_count: 1,
            layer_count: 1,
            files: Vec::new(),
        };
        let found = DetectedVulnerability {
            subject: SubjectId(0),
            package: 3,
            id: "CVE-2024-1".into(),
            aliases: vec!["GHSA-1".into()],
            vendor_ids: Vec::new(),
            fixed_version: String::new(),
            status: probity_model::vulnerability::FixStatus::default(),
            severity: probity_model::Severity::default(),
            severity_source: None,
            source: None,
            evidence: probity_model::vulnerability::MatchEvidence::default(),
            detail: Arc::default(),
            disposition: None,
        };
        (inventory, Ledger { vulnerabilities: vec![found], ..Ledger::default() })
    }

    /// The status that a document gives to the vulnerability of `c`.
    fn judged(document: &str) -> Option<String> {
        let (inventory, mut ledger) = world();
        Vex::parse(document, "v.json").unwrap().apply(&[inventory], &mut ledger);
        let unused = ledger.diagnostics.len();
        let status = ledger.vulnerabilities[0].disposition.as_ref().and_then(|disposition| disposition.status.clone());
        assert!(status.is_none() || unused == 0, "{:?}", ledger.diagnostics);
        status
    }

    fn open(products: &str, status: &str) -> String {
        format!(
            r#"{{"@context":"https://openvex.dev/ns/v0.2.0","timestamp":"2026-01-01T00:00:00Z","statements":[{{"vulnerability":{{"name":"CVE-2024-1"}},"products":[{products}],"status":"{status}","justification":"component_not_present"}}]}}"#
        )
    }

    #[test]
    fn a_statement_holds_for_what_it_names_and_for_what_only_that_pulls_in() {
        let id = |purl: &str| format!(r#"{{"@id":"{purl}"}}"#);
        for (products, expected) in [
            (id("pkg:golang/acme/c@v1"), true),
            (id("pkg:golang/acme/c@v2"), false),
            (id("pkg:golang/acme/root"), true),
            (id("pkg:golang/acme/a"), false),
            (format!("{},{}", id("pkg:golang/acme/a"), id("pkg:golang/acme/root")), true),
            (r#"{"@id":"pkg:golang/acme/root","subcomponents":[{"@id":"pkg:golang/acme/c@v1"}]}"#.to_owned(), true),
            (r#"{"@id":"pkg:golang/acme/root","subcomponents":[{"@id":"pkg:golang/acme/b"}]}"#.to_owned(), false),
            (
                r#"{"@id":"pkg:oci/shop?repository_url=registry.example/acme","subcomponents":[{"@id":"pkg:golang/acme/c"}]}"#.to_owned(),
                true,
            ),
            (id("pkg:oci/shop@sha256:aa"), true),
            (id("pkg:oci/shop@sha256:bb"), false),
            (id("registry.example/acme/shop:1"), true),
        ] {
            assert_eq!(judged(&open(&products, "not_affected")).is_some(), expected, "{products}");
        }
        assert_eq!(judged(&open(&id("pkg:golang/acme/c"), "affected")), None);
        assert_eq!(judged(&open(&id("pkg:golang/acme/c"), "fixed")).as_deref(), Some("fixed"));
    }

    #[test]
    fn the_last_statement_counts_and_old_forms_are_read() {
        let two = r#"{"@context":"https://openvex.dev/ns","statements":[
            {"vulnerability":"CVE-2024-1","products":["pkg:golang/acme/c"],"status":"affected","timestamp":"2026-02-01T00:00:00Z"},
            {"vulnerability":"GHSA-1","products":["pkg:golang/acme/c"],"status":"not_affected","timestamp":"2026-01-01T00:00:00Z"}]}"#;
        assert_eq!(judged(two), None);
        let newer = two.replace("2026-02-01", "2025-02-01");
        assert_eq!(judged(&newer).as_deref(), Some("not_affected"));
    }

    #[test]
    fn cyclonedx_and_csaf_say_the_same() {
        let cyclonedx = r#"{"bomFormat":"CycloneDX","vulnerabilities":[{"id":"CVE-2024-1","analysis":{"state":"not_affected","justification":"code_not_reachable"},
            "affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Agolang%2Facme%2Fc%40v1"}]}]}"#;
        assert_eq!(judged(cyclonedx).as_deref(), Some("not_affected"));
        let csaf = r#"{"document":{"category":"csaf_vex","tracking":{"current_release_date":"2026-01-01T00:00:00Z"}},
            "product_tree":{"branches":[{"branches":[{"product":{"product_id":"R","name":"root","product_identification_helper":{"purl":"pkg:golang/acme/root"}}},
                {"product":{"product_id":"C","name":"c","product_identification_helper":{"purl":"pkg:golang/acme/c@v1"}}}]}],
              "relationships":[{"category":"default_component_of","product_reference":"C","relates_to_product_reference":"R","full_product_name":{"product_id":"RC","name":"c in root"}}]},
            "vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"known_not_affected":["RC"]},"flags":[{"label":"vulnerable_code_not_present","product_ids":["RC"]}]}]}"#;
        assert_eq!(judged(csaf).as_deref(), Some("not_affected"));
        assert_eq!(judged(&csaf.replace("known_not_affected", "known_affected")), None);
    }

    #[test]
    fn other_documents_are_refused_with_their_name() {
        for text in ["", "[]", "{}", "{\"statements\": 3}", "not json"] {
            let err = Vex::parse(text, "x.json").unwrap_err().to_string();
            assert!(err.starts_with("cannot read `x.json`"), "{err}");
        }
    }
}
