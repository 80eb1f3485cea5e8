//! Maven projects with parents, imports and modules.

use super::*;
use crate::testing::{check, check_together, robust};

const APP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>com.example</groupId>
  <artifactId>app</artifactId>
  <version>1.0-SNAPSHOT</version>
  <licenses><license><name>MIT</name></license></licenses>
  <properties>
    <lib.version>2.0</lib.version>
    <again>${lib.version}</again>
    <loop>${loop}</loop>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.acme</groupId>
      <artifactId>lib</artifactId>
      <version>${again}.1</version>
    </dependency>
    <dependency>
      <groupId>org.acme</groupId>
      <artifactId>tests</artifactId>
      <version>[3.0]</version>
      <scope>test</scope>
    </dependency>
    <dependency>
      <groupId>${project.groupId}</groupId>
      <artifactId>sibling</artifactId>
      <version>${project.version}</version>
      <optional>true</optional>
    </dependency>
  </dependencies>
</project>
"#;

const OPAQUE: &str = "`pom.xml` names direct dependencies only: what";

#[test]
fn direct_dependencies_with_variables_and_scopes() {
    check_together(
        &[("a/pom.xml", APP.as_bytes())],
        &format!(
            "maven com.example:app 1.0-SNAPSHOT - [MIT] root -> com.example:sibling:1.0-SNAPSHOT, org.acme:lib:2.0.1
             maven com.example:sibling 1.0-SNAPSHOT - @24 direct
             maven org.acme:lib 2.0.1 - @13 direct
             maven org.acme:tests 3.0 - @18 direct dev
             diagnostic Warning {OPAQUE} 2 of them need themselves is not known
             error a/pom.xml: {OPAQUE} 2 of them need themselves is not known"
        ),
    );
}

const PARENT: &str = "<project><groupId>g</groupId><artifactId>parent</artifactId><version>7</version>
<properties><v>1</v><over>parent</over></properties>
<dependencies><dependency><groupId>g</groupId><artifactId>inherited</artifactId><version>${over}</version></dependency></dependencies>
<dependencyManagement><dependencies>
<dependency><groupId>g</groupId><artifactId>managed</artifactId><version>${v}.5</version></dependency>
<dependency><groupId>g</groupId><artifactId>managed-test</artifactId><version>4</version><scope>test</scope></dependency>
<dependency><groupId>b</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency>
</dependencies></dependencyManagement></project>";

const CHILD: &str = "<project><parent><groupId>g</groupId><artifactId>parent</artifactId><version>7</version></parent>
<artifactId>child</artifactId>
<properties><over>child</over></properties>
<dependencies>
<dependency><groupId>g</groupId><artifactId>managed</artifactId></dependency>
<dependency><groupId>g</groupId><artifactId>managed-test</artifactId></dependency>
<dependency><groupId>b</groupId><artifactId>imported</artifactId></dependency>
<dependency><groupId>b</groupId><artifactId>nowhere</artifactId></dependency>
</dependencies></project>";

const BOM: &str = "<project><groupId>b</groupId><artifactId>bom</artifactId><version>1</version><properties><v>9</v></properties>
<dependencyManagement><dependencies><dependency><groupId>b</groupId><artifactId>imported</artifactId><version>${v}</version></dependency>
</dependencies></dependencyManagement></project>";

#[test]
fn parents_and_imports_give_versions() {
    check_together(
        &[("pom.xml", PARENT.as_bytes()), ("child/pom.xml", CHILD.as_bytes()), ("m2/repository/b/bom/1/bom-1.pom", BOM.as_bytes())],
        &format!(
            "maven b:imported 9 - @7 direct
             maven b:nowhere  - @8 direct id b:nowhere
             maven g:child 7 - root -> b:imported:9, b:nowhere, g:inherited:child, g:managed:1.5
             maven g:inherited child - direct
             maven g:inherited parent - @3 direct
             maven g:managed 1.5 - @5 direct
             maven g:managed-test 4 - @6 direct dev
             maven g:parent 7 - root -> g:inherited:parent
             diagnostic Warning {OPAQUE} 4 of them need themselves is not known
             diagnostic Warning the versions of `b:nowhere` are not known: the version of the first is none
             error child/pom.xml: {OPAQUE} 4 of them need themselves is not known
             error child/pom.xml: the versions of `b:nowhere` are not known: the version of the first is none"
        ),
    );
}

#[test]
fn what_is_missing_is_named() {
    let named = "the versions of `g:managed`, `g:managed-test`, `b:imported`, `b:nowhere` are not known: `g:parent:7` is not among the scanned files";
    check_together(
        &[("pom.xml", CHILD.as_bytes())],
        &format!(
            "maven b:imported  - @7 direct id b:imported
             maven b:nowhere  - @8 direct id b:nowhere
             maven g:child 7 - root -> b:imported, b:nowhere, g:managed, g:managed-test
             maven g:managed  - @5 direct id g:managed
             maven g:managed-test  - @6 direct id g:managed-test
             diagnostic Warning {named}
             error pom.xml: {named}"
        ),
    );
}

#[test]
fn dependencies_of_dependencies_are_followed_where_their_files_are() {
    let pom = |name: &str, rest: &str| {
        format!("<project><groupId>g</groupId><artifactId>{name}</artifactId><version>1</version>{rest}</project>")
    };
    let need = |name: &str, rest: &str| {
        format!("<dependency><groupId>g</groupId><artifactId>{name}</artifactId><version>1</version>{rest}</dependency>")
    };
    let app = pom(
        "app",
        &format!(
            "<dependencies>{}{}</dependencies><dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>c</artifactId><version>2</version></dependency></dependencies></dependencyManagement>",
            need("a", "<exclusions><exclusion><groupId>*</groupId><artifactId>gone</artifactId></exclusion></exclusions>"),
            need("b", ""),
        ),
    );
    let a = pom(
        "a",
        &format!(
            "<licenses><license><url>http://www.apache.org/licenses/LICENSE-2.0</url></license></licenses><dependencies>{}{}{}{}</dependencies>",
            need("c", ""),
            need("gone", ""),
            need("opt", "<optional>true</optional>"),
            need("test", "<scope>test</scope>")
        ),
    );
    let b = pom("b", &format!("<dependencies>{}</dependencies>", need("a", "")));
    let c = "<project><groupId>g</groupId><artifactId>c</artifactId><version>2</version></project>";
    check_together(
        &[("pom.xml", app.as_bytes()), (".m2/a-1.pom", a.as_bytes()), (".m2/b-1.pom", b.as_bytes()), (".m2/c-2.pom", c.as_bytes())],
        "maven g:a 1 - [Apache-2.0] @1 direct -> g:c:2
         maven g:app 1 - root -> g:a:1, g:b:1
         maven g:b 1 - @1 direct -> g:a:1
         maven g:c 2 - indirect",
    );
}

#[test]
fn hostile_projects_end() {
    let own_parent = "<project><parent><groupId>g</groupId><artifactId>x</artifactId><version>1</version><relativePath>pom.xml</relativePath></parent><artifactId>x</artifactId></project>";
    let import = "<project><groupId>g</groupId><artifactId>x</artifactId><version>1</version><dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId><version>1</version><scope>import</scope></dependency></dependencies></dependencyManagement></project>";
    let billion =
        (1..40).fold("<project><artifactId>x</artifactId><version>${p39}</version><properties><p0>ha</p0>".to_owned(), |all, n| {
            format!("{all}<p{n}>${{p{}}}${{p{}}}</p{n}>", n - 1, n - 1)
        }) + "</properties></project>";
    for text in [own_parent, import, &billion] {
        let mut facts = Facts::default();
        project(&File { path: "pom.xml", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() }, &mut facts).unwrap();
        assemble(&mut facts);
        assert_eq!(facts.packages.len(), 1);
    }
    check(&PROJECT, "pom.xml", b"<html/>", "manifest java/pom - -\nerror line 1: not a Maven project: its element is `html`");
    robust(&PROJECT, "pom.xml", APP.as_bytes());
}
