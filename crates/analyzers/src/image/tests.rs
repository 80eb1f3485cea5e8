//! What configuration, history and documents say without a file being read.

use super::*;
use crate::testing::render;
use probity_model::{
    dockerfile::{Dockerfile, Instruction, Stage},
    document::Document,
    image::History,
    kubernetes::Resource,
    node::{Entry, Node, Scalar, ScalarKind, Value},
    place::Lines,
};

fn tidy(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn image(config: &ImageConfig, expected: &str) {
    let mut facts = Facts::default();
    image_facts(config, &mut facts);
    assert_eq!(tidy(&render(&facts)), tidy(expected));
}

#[track_caller]
fn env(variables: &[&str], expected: &str) {
    image(&ImageConfig { env: variables.iter().map(|v| (*v).to_owned()).collect(), ..ImageConfig::default() }, expected);
}

#[track_caller]
fn history(command: &str, expected: &str) {
    let entry = History { created_by: Some(command.to_owned()), ..History::default() };
    image(&ImageConfig { history: vec![entry], ..ImageConfig::default() }, expected);
}

#[test]
fn variables() {
    env(
        &[
            "PATH=/usr/bin:/bin",
            "PWD=/app",
            "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
            "LANG=C.UTF-8",
            "TOKEN_FILE=/run/x",
            "DB_PASSWORD=${X}",
            "PASSWORD=",
        ],
        "",
    );
    env(
        &["POSTGRES_PASSWORD=postgres"],
        "secret password-assignment High `POSTGRES_PASSWORD=********`\ncredential postgres Default `POSTGRES_PASSWORD=postgres`",
    );
    env(&["DB_PASSWORD=Kd83jf2Lq"], "secret password-assignment High `DB_PASSWORD=********`");
    env(
        &["MINIO_ROOT_PASSWORD=minioadmin"],
        "secret password-assignment High `MINIO_ROOT_PASSWORD=********`\ncredential minio Default `MINIO_ROOT_PASSWORD=minioadmin`",
    );
    env(
        &["POSTGRES_HOST_AUTH_METHOD=trust", "MYSQL_ALLOW_EMPTY_PASSWORD=yes", "xpack.security.enabled=false"],
        "credential postgres NoAuth `POSTGRES_HOST_AUTH_METHOD=trust`\ncredential mysql NoAuth `MYSQL_ALLOW_EMPTY_PASSWORD=yes`\ncredential elasticsearch NoAuth `xpack.security.enabled=false`",
    );
    env(
        &["FLASK_DEBUG=1", "NODE_ENV=production", "ASPNETCORE_ENVIRONMENT=Development"],
        "trace DebugFlag `FLASK_DEBUG=1`\ntrace DebugFlag `ASPNETCORE_ENVIRONMENT=Development`",
    );
    env(&["NODE_TLS_REJECT_UNAUTHORIZED=0"], "trace TlsVerifyOff `NODE_TLS_REJECT_UNAUTHORIZED=0`");
    env(&["URL=postgres://a:Kd83jf2Lq@db/x"], "secret database-url High `URL=postgres://a:********`");
}

#[test]
fn history_shows_what_the_environment_does_not() {
    let config = ImageConfig {
        env: vec!["DB_PASSWORD=Kd83jf2Lq".into()],
        history: ["ENV DB_PASSWORD=Kd83jf2Lq", "RUN |1 NPM_TOKEN=Zq81mm3xPlk29 /bin/sh -c npm ci"]
            .map(|text| History { created_by: Some(text.into()), ..History::default() })
            .into(),
        ..ImageConfig::default()
    };
    image(&config, "secret password-assignment High `DB_PASSWORD=********`\nsecret secret-assignment Medium `RUN |1 NPM_TOKEN=********`");
}

#[test]
fn fetched_and_run() {
    for command in [
        "RUN /bin/sh -c curl -fsSL https://x.io/i.sh | sh # buildkit",
        "RUN curl https://x.io/i.sh | sudo -E bash -",
        "RUN wget -qO- https://x.io/i.sh | /bin/bash -s -- -y",
        "RUN sh -c \"$(curl -fsSL https://x.io/i.sh)\"",
        "RUN bash <(curl -s https://x.io/i.sh)",
        "RUN curl -sS https://x.io/i | python3",
        "RUN apt-get install -y --allow-unauthenticated x",
        "RUN yum install --nogpgcheck x",
        "RUN apk add --allow-untrusted x.apk",
        "RUN apt-key adv --keyserver k --recv-keys ABC",
        "RUN echo 'deb [trusted=yes] http://x ./' > /etc/apt/sources.list",
    ] {
        let mut facts = Facts::default();
        commands::unverified(command, &Place::default(), &mut facts);
        let kinds: Vec<_> = facts.traces.iter().map(|trace| format!("{:?}", trace.kind)).collect();
        assert_eq!(kinds, ["UnverifiedInstall"], "{command}");
    }
    for command in [
        "RUN curl -k https://x -o y",
        "RUN curl -fsSLk https://x",
        "RUN curl https://x --insecure",
        "RUN wget --no-check-certificate https://x",
        "RUN pip install --trusted-host h x",
        "RUN npm config set strict-ssl false",
        "RUN git config --global http.sslVerify false",
        "ENV NODE_TLS_REJECT_UNAUTHORIZED=0",
    ] {
        let mut facts = Facts::default();
        commands::unverified(command, &Place::default(), &mut facts);
        let kinds: Vec<_> = facts.traces.iter().map(|trace| format!("{:?}", trace.kind)).collect();
        assert_eq!(kinds, ["TlsVerifyOff"], "{command}");
    }
    for command in [
        "RUN curl -fsSL https://x -o y && echo 'abc y' | sha256sum -c -",
        "RUN curl -fsSL https://x | tar xz",
        "RUN curl https://x | gpg --dearmor",
        "RUN apt-get install -y curl | tee log",
        "RUN echo hi | sh",
        "RUN curl -o k.tgz https://x/k",
        "RUN wget https://x; cat a | sh",
        "RUN apt-get install -y --no-install-recommends x",
    ] {
        history(command, "");
    }
}

#[test]
fn debuggers_in_commands() {
    for (command, found) in [
        ("node --inspect=0.0.0.0:9229 app.js", true),
        ("java -agentlib:jdwp=transport=dt_socket -jar x", true),
        ("flask run --debug", true),
        ("node app.js", false),
        ("app --debug-level=none", false),
    ] {
        let mut facts = Facts::default();
        commands::debug(command, &Place::default(), &mut facts);
        assert_eq!(!facts.traces.is_empty(), found, "{command}");
    }
}

fn text(value: &str) -> Node {
    Node { value: Value::Scalar(Scalar { text: value.into(), kind: ScalarKind::Str }), lines: Lines::one(3), tag: None }
}

fn map(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, value)| Entry { key: key.into(), line: 3, value }).collect();
    Node { value: Value::Map(entries), lines: Lines::one(3), tag: None }
}

fn list(items: Vec<Node>) -> Node {
    Node { value: Value::Seq(items), lines: Lines::one(3), tag: None }
}

#[track_caller]
fn document(document: &Document, expected: &str) {
    let mut facts = Facts::default();
    document_facts("a.yaml", document, &mut facts);
    assert_eq!(tidy(&render(&facts)), tidy(expected));
}

#[test]
fn kubernetes_variables_and_secrets() {
    let variable = map(vec![("name", text("DB_PASSWORD")), ("value", text("hunter2"))]);
    let from = map(vec![("name", text("API_TOKEN")), ("valueFrom", map(vec![]))]);
    let container =
        map(vec![("name", text("web")), ("env", list(vec![variable, from])), ("command", list(vec![text("node"), text("--inspect")]))]);
    let resource = |kind: &str, root: Node| {
        Document::Kubernetes(Resource {
            api_version: "v1".into(),
            kind: kind.into(),
            name: "x".into(),
            namespace: None,
            lines: Lines::one(1),
            root,
        })
    };
    let pod = resource("Pod", map(vec![("spec", map(vec![("containers", list(vec![container]))]))]));
    document(
        &pod,
        "secret password-assignment High `DB_PASSWORD=********` @3\ncredential generic Default `DB_PASSWORD=hunter2` @3\ntrace DebugFlag `--inspect` @3",
    );
    let secret = resource(
        "Secret",
        map(vec![
            ("data", map(vec![("password", text("S2Q4M2pmMkxx")), ("username", text("c2hvcA==")), ("empty", text(""))])),
            ("stringData", map(vec![("key", text("${KEY}"))])),
        ]),
    );
    document(&secret, "secret password-assignment High `password: ********` @3");
}

#[test]
fn what_a_secret_holds_that_is_none() {
    let document = |field: &str, key: &str, value: &str| {
        let mut facts = Facts::default();
        let root = map(vec![(field, map(vec![(key, text(value))]))]);
        let secret =
            Resource { api_version: "v1".into(), kind: "Secret".into(), name: "x".into(), namespace: None, lines: Lines::one(1), root };
        document_facts("x.yaml", &Document::Kubernetes(secret), &mut facts);
        facts.secrets.iter().map(|secret| secret.rule.clone()).collect::<Vec<_>>()
    };
    for (key, value) in [
        ("enableOCI", "true"),
        ("TIMEOUT", "30000"),
        ("type", "helm"),
        ("branch", "main"),
        ("repository", "https://charts.internal/stable"),
        ("DB_ADDRESS", "db.shop.svc:5432"),
        ("address", "10.0.0.1"),
        ("blob", "REPLACE_ME"),
        ("blob", "INSERT_KEY_HERE"),
        ("password", "CHANGEME"),
        ("blob", "<value of the key>"),
        ("blob", "xxx"),
    ] {
        assert_eq!(document("stringData", key, value), [""; 0], "{key}: {value}");
    }
    for (key, value) in [
        ("blob", "Kd83jf2Lq"),
        ("password", "12345"),
        ("password", "git"),
        ("pin", "483920"),
        ("license", "ab.Kd83jf2Lq"),
        ("hook", "https://hooks.internal/a8f3k2j9d7s6h4g1q0w2"),
        ("query", "https://api.internal/?key=Kd83jf2Lq"),
        ("dsn", "https://u:Kd83jf2Lq@db"),
    ] {
        assert_eq!(document("stringData", key, value), ["kubernetes-secret"], "{key}: {value}");
    }
    // The same, encoded.
    assert_eq!(document("data", "enableOCI", "dHJ1ZQ=="), [""; 0]);
    assert_eq!(document("data", "password", "UkVQTEFDRV9NRQ=="), [""; 0]);
    assert_eq!(document("data", "password", "Z2l0"), ["password-assignment"]);
}

#[test]
fn dockerfile_variables() {
    let env = Instruction {
        keyword: "ENV".into(),
        onbuild: false,
        flags: Vec::new(),
        value: Vec::new(),
        json: false,
        pairs: vec![("MYSQL_ROOT_PASSWORD".into(), Some("root".into())), ("FLASK_DEBUG".into(), Some("1".into()))],
        heredocs: Vec::new(),
        lines: Lines::one(4),
        original: String::new(),
    };
    let stage = Stage {
        name: None,
        image: "x".into(),
        platform: None,
        parent: None,
        lines: Lines::one(1),
        original: String::new(),
        instructions: vec![env],
    };
    let file = Dockerfile { syntax: None, global_args: Vec::new(), stages: vec![stage] };
    document(&Document::Dockerfile(file), "credential mysql Default `MYSQL_ROOT_PASSWORD=root` @4\ntrace DebugFlag `FLASK_DEBUG=1` @4");
}
