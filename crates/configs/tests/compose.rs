//! Compose files, one by one and together.

mod common;
use common::check;
use probity_configs::{Limits, link, parse};

/// Parses files, links them, renders all.
#[track_caller]
fn check_project(files: &[(&str, &str)], expected: &str) {
    let mut out = String::new();
    let mut parsed = Vec::new();
    for (path, text) in files {
        let result = parse(path, text.as_bytes(), &Limits::default());
        for diagnostic in &result.diagnostics {
            common::render_diagnostic(diagnostic, &mut out);
        }
        parsed.extend(result.file);
    }
    let mut diagnostics = Vec::new();
    link(&mut parsed, &mut diagnostics);
    for diagnostic in &diagnostics {
        out.push_str(&format!("{}: ", diagnostic.path.as_deref().unwrap_or("-")));
        common::render_diagnostic(diagnostic, &mut out);
    }
    for file in &parsed {
        out.push_str(&format!("# {}\n", file.path));
        common::render_file(file, &mut out);
    }
    assert_eq!(out.trim(), common::unindent(expected).trim(), "\n--- got\n{out}---");
}

#[test]
fn services_with_anchors_profiles_and_variables() {
    check(
        "deploy/docker-compose.prod.yml",
        "name: shop
x-common: &common
  restart: unless-stopped
  privileged: ${PRIVILEGED:-true}
services:
  web:
    <<: *common
    image: \"web:${TAG:-1.0}\"
    ports: [\"${PORT:-8080}:80\", \"$EXTRA\"]
    profiles: [a, b]
    env_file:
      - .env.web
      - path: other.env
        required: false
  db:
    image: postgres:${PG:?set PG}
    env_file: db.env
    environment:
      PRICE: 5$$
    restart: no
    read_only: yes

networks:
  front:
",
        r#"
        project shop
        service web @6-14 profiles=a,b env_files=.env.web,other.env
          image@8: "web:1.0" @8
          ports@9: @9
            - "8080:80" @9
            - "$EXTRA" @9
          profiles@10: @10
            - "a" @10
            - "b" @10
          env_file@11: @12-14
            - ".env.web" @12
            - @13-14
              path@13: "other.env" @13
              required@14: false @14
          restart@3: "unless-stopped" @3
          privileged@4: true @4
        service db @15-21 env_files=db.env
          image@16: "postgres:${PG}" @16
          env_file@17: "db.env" @17
          environment@18: @19
            PRICE@19: "5$" @19
          restart@20: "no" @20
          read_only@21: true @21
        "#,
    );
}

#[test]
fn extends_in_the_same_file() {
    check(
        "compose.yaml",
        "services:
  base:
    image: a
    cap_add: [NET_ADMIN]
    command: [old]
    environment:
      - A=1
      - B=2
    volumes:
      - ./data:/data:ro
  middle:
    extends: base
    build: .
  web:
    extends:
      service: middle
    cap_add: [SYS_TIME]
    command: new
    environment:
      B: 3
    volumes:
      - /other:/data
",
        r#"
        project -
        service base @2-10
          image@3: "a" @3
          cap_add@4: @4
            - "NET_ADMIN" @4
          command@5: @5
            - "old" @5
          environment@6: @7-8
            - "A=1" @7
            - "B=2" @8
          volumes@9: @10
            - "./data:/data:ro" @10
        service middle @11-13
          image@3: "a" @3
          cap_add@4: @4
            - "NET_ADMIN" @4
          command@5: @5
            - "old" @5
          environment@6: @7-8
            - "A=1" @7
            - "B=2" @8
          volumes@9: @10
            - "./data:/data:ro" @10
          extends@12: "base" @12
          build@13: "." @13
        service web @14-22
          image@3: "a" @3
          cap_add@17: @17
            - "NET_ADMIN" @4
            - "SYS_TIME" @17
          command@18: "new" @18
          environment@19: @20
            A@7: "1" @7
            B@20: 3 @20
          volumes@21: @22
            - "/other:/data" @22
          extends@15: @16
            service@16: "middle" @16
          build@13: "." @13
        "#,
    );
}

#[test]
fn extends_that_do_not_work() {
    check(
        "compose.yaml",
        "services:
  a:
    extends: b
    image: a
  b:
    extends: {service: a}
    image: b
  c:
    extends: missing
    image: c
",
        r#"
        warning @6 analyzer-failed: `extends` does not end: a → b → a [compose]
        warning @3 analyzer-failed: `extends` does not end: b → a → b [compose]
        warning @9 analyzer-failed: `extends` names the service `missing`, which does not exist [compose]
        project -
        service a @2-4
          extends@3: "b" @3
          image@4: "a" @4
        service b @5-7
          extends@6: @6
            service@6: "a" @6
          image@7: "b" @7
        service c @8-10
          extends@9: "missing" @9
          image@10: "c" @10
        "#,
    );
}

#[test]
fn extends_of_other_files() {
    check_project(
        &[
            (
                "app/compose.yml",
                "services:
  web:
    extends:
      file: ../common/services.yml
      service: base
    image: web
  gone:
    extends: {file: missing.yml, service: x}
    image: gone
  out:
    extends: {file: ../../x.yml, service: x}
    image: out
",
            ),
            (
                "common/services.yml",
                "services:
  base:
    extends: {file: ../app/compose.yml, service: plain}
    build: .
    privileged: true
",
            ),
        ],
        r#"
        app/compose.yml: warning @3-5 analyzer-failed: `extends` names the service `plain`, which does not exist [compose]
        app/compose.yml: warning @8 target-kind-missing: `missing.yml` is not among the Compose files that were scanned, so what it adds was not judged [compose]
        app/compose.yml: warning @11 target-kind-missing: `../../x.yml` lies outside of what is scanned, so what it adds was not judged [compose]
        common/services.yml: warning @3 analyzer-failed: `extends` names the service `plain`, which does not exist [compose]
        # app/compose.yml
        project -
        service web @2-6
          extends@3: @4-5
            file@4: "../common/services.yml" @4
            service@5: "base" @5
          build@3: "." @3-5
          privileged@3: true @3-5
          image@6: "web" @6
        service gone @7-9
          extends@8: @8
            file@8: "missing.yml" @8
            service@8: "x" @8
          image@9: "gone" @9
        service out @10-12
          extends@11: @11
            file@11: "../../x.yml" @11
            service@11: "x" @11
          image@12: "out" @12
        # common/services.yml
        project -
        service base @2-5
          extends@3: @3
            file@3: "../app/compose.yml" @3
            service@3: "plain" @3
          build@4: "." @4
          privileged@5: true @5
        "#,
    );
}

#[test]
fn override_files_and_includes() {
    check_project(
        &[
            (
                "compose.yaml",
                "include:
  - other/compose.yaml
  - path: [gone.yaml]
  - https://example.com/repo.git
services:
  web:
    image: a
    ports: [\"80:80\"]
    environment: {A: 1}
",
            ),
            (
                "compose.override.yaml",
                "services:
  web:
    ports: !reset []
    privileged: true
    environment: [B=2]
  extra:
    image: b
",
            ),
            ("other/compose.yaml", "services:\n  o: {image: o}\n"),
        ],
        r#"
        compose.yaml: warning @3 target-kind-missing: `gone.yaml` is not among the Compose files that were scanned, so what it adds was not judged [compose]
        compose.yaml: warning @4 target-kind-missing: `https://example.com/repo.git` is not among the Compose files that were scanned, so what it adds was not judged [compose]
        # compose.yaml
        project -
        service web @6-9
          image@7: "a" @7
          environment@6: @6
            A@9: 1 @9
            B@6: "2" @6
          privileged@6: true @6
        # compose.override.yaml
        project -
        service extra @6-7
          image@7: "b" @7
        # other/compose.yaml
        project -
        service o @2
          image@2: "o" @2
        "#,
    );
}

#[test]
fn recognition() {
    check("services.yaml", "services:\n  App\\Mailer:\n    arguments: [x]\n", "");
    check(
        "stack.yml",
        "services:\n  a:\n    image: x\n",
        r#"
        project -
        service a @2-3
          image@3: "x" @3
        "#,
    );
    check(
        "docker-compose.yml",
        "web:\n  image: x\ndb:\n  image: y\n",
        r#"
        project -
        service web @1-2
          image@2: "x" @2
        service db @3-4
          image@4: "y" @4
        "#,
    );
    check(
        "compose.yaml",
        "foo: bar\n",
        r"
        warning @1 analyzer-failed: has no `services` [compose]
        ",
    );
    check("compose.yaml", "", "");
    check("composer.json", "{\"services\": {\"a\": 1}}", "");
    check(
        "compose.yaml",
        "services:\n  a: [\n",
        r"
        warning @2:6 analyzer-failed: cannot be read as YAML: unclosed bracket '[' [compose]
        ",
    );
}

#[test]
fn override_files_reach_what_services_share() {
    let sources = [
        ("compose.yaml", "services:\n  web: {image: a}\nnetworks:\n  back: {driver: bridge}\n"),
        ("compose.override.yaml", "services:\n  web: {read_only: true}\nnetworks:\n  back: {internal: true}\nvolumes:\n  data:\n"),
    ];
    let mut files: Vec<_> = sources.iter().filter_map(|(path, text)| parse(path, text.as_bytes(), &Limits::default()).file).collect();
    link(&mut files, &mut Vec::new());
    assert!(files[1].documents.is_empty());
    let [probity_model::document::Document::Compose(project)] = files[0].documents.as_slice() else { panic!("no project") };
    let mut out = String::new();
    common::node(&project.root, 0, &mut out);
    let expected = r#"
        services@1: @2
          web@2: @2
            image@2: "a" @2
        networks@3: @4
          back@3: @3
            driver@4: "bridge" @4
            internal@3: true @3
        volumes@1: @1
          data@1: null @1
    "#;
    assert_eq!(out.trim(), common::unindent(expected).trim(), "\n--- got\n{out}---");
}
