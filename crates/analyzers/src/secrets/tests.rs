//! What is a secret, what only looks like one, and what the sample may show.

use super::*;
use crate::testing::{check, robust};
use std::collections::BTreeSet;

/// Characters that look random and belong to nobody; `alphabet` says which.
fn noise(len: usize, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 0x2545_f491_u32;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            letters[state as usize % letters.len()]
        })
        .collect()
}

const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The rules that fire on `text` in a file of this name, each with its line.
#[track_caller]
fn rules(path: &str, text: &str, expected: &str) {
    let mut facts = Facts::default();
    let file = File { path, meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
    analyze(&file, &mut facts);
    let found: Vec<String> = facts.secrets.iter().map(|secret| format!("{}@{}", secret.rule, secret.at.lines.unwrap().start)).collect();
    assert_eq!(found.join(" "), expected, "{path}: {text}\n{:#?}", facts.secrets);
}

#[test]
fn formats_with_a_prefix() {
    let cases = [
        ("aws-access-key-id", "AK", "IA", noise(16, UPPER)),
        ("github-pat", "gh", "p_", noise(36, ALNUM)),
        ("github-oauth", "gh", "o_", noise(36, ALNUM)),
        ("github-app-token", "gh", "s_", noise(36, ALNUM)),
        ("github-refresh-token", "gh", "r_", noise(76, ALNUM)),
        ("github-fine-grained-pat", "github_", "pat_", format!("{}_{}", noise(22, ALNUM), noise(59, ALNUM))),
        ("gitlab-pat", "gl", "pat-", noise(20, ALNUM)),
        ("gitlab-token", "gl", "rt-", noise(20, ALNUM)),
        ("slack-access-token", "xo", "xb-", format!("{}-{}", noise(12, "0123456789"), noise(24, ALNUM))),
        ("stripe-secret-token", "sk_", "live_", noise(24, ALNUM)),
        ("stripe-publishable-token", "pk_", "test_", noise(24, ALNUM)),
        ("shopify-token", "shp", "at_", noise(32, HEX)),
        ("pypi-upload-token", "pypi-", "AgE", noise(150, ALNUM)),
        ("npm-access-token", "np", "m_", noise(36, ALNUM)),
        ("rubygems-api-token", "ruby", "gems_", noise(48, HEX)),
        ("docker-hub-pat", "dckr", "_pat_", noise(27, ALNUM)),
        ("gcp-api-key", "AI", "za", noise(35, ALNUM)),
        ("gcp-oauth-client-secret", "GOC", "SPX-", noise(28, ALNUM)),
        ("alibaba-access-key-id", "LT", "AI", noise(20, ALNUM)),
        ("digitalocean-token", "dop", "_v1_", noise(64, HEX)),
        ("hashicorp-vault-token", "hv", "s.", noise(95, ALNUM)),
        ("hugging-face-access-token", "h", "f_", noise(34, ALNUM)),
        ("openai-project-api-key", "sk-", "proj-", noise(100, ALNUM)),
        ("openai-service-account-key", "sk-", "svcacct-", noise(100, ALNUM)),
        ("anthropic-api-key", "sk-", "ant-", noise(95, ALNUM)),
        ("sendgrid-api-token", "S", "G.", format!("{}.{}", noise(22, ALNUM), noise(43, ALNUM))),
        ("age-secret-key", "AGE-SECRET", "-KEY-1", noise(58, UPPER)),
        ("databricks-api-token", "da", "pi", noise(32, HEX)),
        ("dynatrace-api-token", "dt0", "c01.", format!("{}.{}", noise(24, UPPER), noise(64, UPPER))),
        ("grafana-api-token", "gl", "sa_", format!("{}_{}", noise(32, ALNUM), noise(8, HEX))),
        ("new-relic-user-api-key", "NR", "AK-", noise(27, UPPER)),
        ("pulumi-api-token", "pu", "l-", noise(40, HEX)),
        ("postman-api-token", "PM", "AK-", format!("{}-{}", noise(24, HEX), noise(34, HEX))),
        ("atlassian-api-token", "ATA", "TT3", noise(186, ALNUM)),
        ("planetscale-password", "pscale_", "pw_", noise(43, ALNUM)),
    ];
    for (rule, a, b, rest) in cases {
        let secret = format!("{a}{b}{rest}");
        let expected = format!("{rule}@2");
        rules("app/notes.md", &format!("first line\nuse {secret} for it.\n"), &expected);
        rules("app/main.js", &format!("\nconst x='{secret}'\n"), &expected);
        rules("app/x.json", &format!("\n{{\"a\":\"line\\n{secret}\\n\"}}"), &expected);
        // Part of a longer word, and cut short.
        rules("app/main.js", &format!("\nconst x='Q{secret}'\n"), "");
        rules("app/main.js", &format!("\n'{}'\n", &secret[..secret.len().min(a.len() + b.len() + 8)]), "");
    }
}

#[test]
fn formats_with_a_fixed_part() {
    let base64 = noise(86, ALNUM) + "==";
    rules(
        "a.conf",
        &format!("DefaultEndpointsProtocol=https;AccountName=x;{}{base64};EndpointSuffix=y", "AccountKey="),
        "azure-storage-account-key@1",
    );
    rules(
        "a.conf",
        &format!("Endpoint=sb://x/;SharedAccessKeyName=y;{}{}=", "SharedAccessKey=", noise(43, ALNUM)),
        "azure-shared-access-key@1",
    );
    rules("a.conf", &format!("v {}8Q~{}", noise(3, ALNUM), noise(34, ALNUM)), "azure-entra-client-secret@1");
    rules("a.conf", &format!("v {}AZDO{}", noise(76, ALNUM), noise(4, ALNUM)), "azure-devops-pat@1");
    rules("a.md", &format!("https://x.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig={}%3D", noise(43, ALNUM)), "azure-sas-token@1");
    rules("a.md", &format!("Endpoint=https://x.azconfig.io;Id=ab;Secret={}", noise(44, ALNUM)), "azure-app-config-connection-string@1");
    rules("a.md", &format!("sk-{}T3Blbk{}{}", noise(20, ALNUM), "FJ", noise(20, ALNUM)), "openai-legacy-api-key@1");
    rules(
        "a.md",
        &format!("https://hooks.slack.com/services/{}/{}/{}", noise(9, UPPER), noise(9, UPPER), noise(24, ALNUM)),
        "slack-web-hook@1",
    );
    rules("a.md", &format!("https://discord.com/api/webhooks/{}/{}", noise(18, "123456789"), noise(68, ALNUM)), "discord-webhook@1");
    rules("a.md", &format!("bot: {}:AAH{}", noise(10, "123456789"), noise(32, ALNUM)), "telegram-bot-token@1");
    rules("a.py", &format!("twilio = Client('{}{}')", "SK", noise(32, HEX)), "twilio-api-key@1");
    rules("a.md", &format!("discord: M{}.{}.{}", noise(23, ALNUM), noise(6, ALNUM), noise(27, ALNUM)), "discord-api-token@1");
}

#[test]
fn json_web_tokens() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    let token = |header: &str, claims: &str| format!("{}.{}.{}", B64.encode(header), B64.encode(claims), noise(43, ALNUM));
    rules("a.txt", &token(r#"{"alg":"HS256"}"#, r#"{"sub":"nobody-at-all"}"#), "jwt-token@1");
    rules("a.txt", &token(r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"sub":"1234567890","name":"John Doe","iat":1}"#), "");
    rules("a.txt", &token(r#"{"notalg":"x"}"#, r#"{"sub":"nobody-at-all"}"#), "");
}

/// A block with the form of a key and a body that is none.
fn key_block(label: &str) -> String {
    format!("-----BEGIN {label}-----\nMIIB{}\n{}\n-----END {label}-----\n", noise(60, ALNUM), noise(40, ALNUM))
}

#[test]
fn private_keys() {
    for label in ["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let block = key_block(label);
        rules("app/tests/key.pem", &format!("x\n{block}"), "private-key@2");
        rules("app/a.go", &format!("const k = `{block}`"), "private-key@1");
        rules("app/a.json", &format!("{{\"k\":\"{}\"}}", block.replace('\n', "\\n")), "private-key@1");
        rules(
            "app/a.yaml",
            &format!("k: |\n{}", block.lines().fold(String::new(), |text, line| text + "    " + line + "\n")),
            "private-key@2",
        );
    }
    rules("app/a.md", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", "");
    rules(
        "app/a.c",
        "#define B \"-----BEGIN RSA PRIVATE KEY-----\"\n#define E \"-----END RSA PRIVATE KEY-----\"\nint main() { return 0; }\n",
        "",
    );
    rules("app/a.pem", &key_block("CERTIFICATE"), "");
    rules("app/a.pem", &key_block("PUBLIC KEY"), "");
    let account = format!("{{\"type\": \"service_account\",\n\"private_key\": \"{}\"}}", key_block("PRIVATE KEY").replace('\n', "\\n"));
    rules("app/sa.json", &account, "gcp-service-account@2 private-key@2");
}

#[test]
fn the_same_key_has_one_fingerprint() {
    let block = key_block("PRIVATE KEY");
    let print = |text: &str| {
        let mut facts = Facts::default();
        let file = File { path: "x", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
        analyze(&file, &mut facts);
        facts.secrets[0].fingerprint.clone()
    };
    assert_eq!(print(&block), print(&block.replace('\n', "\r\n")));
    assert_eq!(print(&block), print(&block.replace('\n', "\\n")));
}

#[test]
fn addresses_with_passwords() {
    rules("app/config.yaml", "url: postgres://shop:Kd83jf2Lq@db:5432/shop", "database-url@1");
    rules("app/.env", "DATABASE_URL=mysql://root:root@db/x", "database-url@1");
    rules("app/config.yaml", "url: mongodb+srv://u:Kd83jf2Lq@c.mongodb.net", "database-url@1");
    rules("app/config.yaml", "url: redis://:Kd83jf2Lq@cache:6379", "database-url@1");
    rules("app/config.yaml", "url: amqp://guest:guest@mq", "database-url@1");
    rules("etc/pip.conf", "index-url = https://ci:Kd83jf2Lq@pypi.internal/simple", "basic-auth-url@1");
    for text in [
        "postgres://user:password@host/db",
        "postgres://${USER}:${PASS}@db",
        "postgres://u:{{ .pass }}@db",
        "postgres://u:<password>@db",
        "https://example.com:443/@x",
        "postgres://u@db",
        "https://u:xxxx@host.internal",
        "postgres://u:$DB_PASSWORD@db",
        "http://[::1]:80/a@b",
        "postgres://user:%s@%s",
    ] {
        rules("app/config.yaml", text, "");
    }
    rules("lib/a.py", "# e.g. postgres://scott:tiger@localhost/test", "");
}

#[test]
fn values_of_names_in_configuration() {
    for (path, text) in [
        ("a.yaml", "db_password: Kd83jf-2Lq"),
        ("a.yaml", "POSTGRES_PASSWORD: hunter2"),
        ("a.yml", "password: \"correcthorse\""),
        ("a.json", "{\"password\": \"Kd83jf2Lq\"}"),
        ("a.properties", "spring.datasource.password=Kd83jf2Lq"),
        ("a.ini", "password = Kd83jf2Lq ; why"),
        ("a.sh", "export DB_PASSWORD='Kd83jf2Lq'"),
        ("a.sh", "mysql -uroot --password=Kd83jf2Lq shop"),
        ("a.toml", "passwd = \"Kd83jf2Lq\""),
        ("a.xml", "<password>Kd83jf2Lq</password>"),
        ("a.xml", "<x password=\"Kd83jf2Lq\"/>"),
        ("wp-config.php", "define( 'DB_PASSWORD', 'Kd83jf2Lq' );"),
        ("app/config.php", "'password' => 'Kd83jf2Lq',"),
        ("app/settings.py", "EMAIL_HOST_PASSWORD = 'Kd83jf2Lq'"),
        (".env", "SMTP_PASS=Kd83"),
        (".env", "PASSWORD=password"),
        ("jdbc.properties", "url=jdbc:mysql://db/shop?user=x&password=Kd83jf2Lq"),
        ("a.py", "connect(password=\"Kd83jf2Lq5\")"),
    ] {
        rules(path, text, "password-assignment@1");
    }
    for (path, text) in [
        ("a.yaml", "apiKey: 9f86d081884c7d659a2f"),
        ("a.json", "{\"client_secret\": \"9f86d081884c7d659a2f\"}"),
        (".npmrc", "//registry.internal/:_authToken=9f86d081-884c-7d65-9a2f-aaaa0123bbbb"),
        (".env", "SESSION_SECRET=keyboardcat"),
        ("a.js", "const API_KEY = '9f86d081884c7d659a2feaa0c55ad015'"),
    ] {
        rules(path, text, "secret-assignment@1");
    }
    rules("a.env", &format!("AWS_SECRET_ACCESS_KEY={}", noise(40, ALNUM)), "aws-secret-access-key@1");
    rules("a.ini", &format!("aws_secret_access_key = {}", noise(40, ALNUM)), "aws-secret-access-key@1");
    rules("root/.docker/config.json", "{\"auths\":{\"r\":{\"auth\":\"bm9ib2R5OktkODNqZg==\"}}}", "dockerconfig-secret@1");
    rules("root/.m2/settings.xml", "<password>Kd83jf2Lq</password>", "maven-settings-password@1");
    rules("root/.netrc", "machine git.internal\n  login ci\n  password Kd83jf2Lq\n", "netrc-password@3");
    rules("a.env", &format!("HEROKU_API_KEY={}", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"), "heroku-api-key@1");
}

#[test]
fn what_is_no_secret() {
    for (path, text) in [
        ("a.yaml", "password: ${DB_PASSWORD}"),
        ("a.yaml", "password: {{ .Values.password }}"),
        ("a.yaml", "password: <password>"),
        ("a.yaml", "password: changeme"),
        ("a.yaml", "password: xxxxxxxx"),
        ("a.yaml", "password: your_password_here"),
        ("a.yaml", "password: The password to use for logins"),
        ("a.yaml", "passwordSecret: web-tls-2"),
        ("a.yaml", "secretName: Kd83jf2LqKd83jf2Lq"),
        ("a.yaml", "password_file: /run/secrets/Kd83jf2Lq"),
        ("a.yaml", "password: /run/secrets/db"),
        ("a.yaml", "password: ENC(Kd83jf2LqKd83)"),
        ("a.yaml", "# password: Kd83jf2Lq"),
        ("a.yaml", "image: app:Kd83jf2Lq"),
        ("a.sh", "PASSWORD=$(cat /run/secret)"),
        ("a.sh", "if [ \"$PASSWORD\" == Kd83jf2Lq ]"),
        ("a.sh", "PASSWORD=\"$1\""),
        ("a.py", "password = get_password(user2)"),
        ("a.py", "password=self.config.password2"),
        ("a.py", "password='password123'.lower2()"),
        ("a.js", "token: this.tokenizer.next2()"),
        ("a.js", "passwordField: 'userPasswordField'"),
        ("a.js", "const token = 'next-page-token'"),
        ("a.go", "Token: tokenKind42,"),
        ("a.c", "#define TOKEN 123456"),
        (".env", "PASSWORD="),
        (".env", "PASSWORD=${OTHER}"),
        (".env", "PASSWORD=<password>"),
        (".env", "TOKEN_TTL=3600"),
        (".env", "DEBUG_TOKEN=true"),
        ("lib.txt", "libcrypto3=3.1.4-r1"),
        ("a.yaml", "token: 3.1.4-r1"),
        ("messages.properties", "login.password=Passwort"),
        ("etc/nsswitch.conf", "passwd:         files systemd"),
        ("a.ini", &format!("aws_secret_access_key = {}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
        ("a.ini", &format!("aws_access_key_id = {}{}", "AKIA", "IOSFODNN7EXAMPLE")),
    ] {
        rules(path, text, "");
    }
}

#[test]
fn sealed_values_are_no_secrets() {
    rules("a.yaml", &format!("spec:\n  encryptedData:\n    password: AgB{}\n", noise(400, ALNUM)), "");
    rules("a.yaml", &format!("data:\n  password: Bg{}\n", noise(400, ALNUM)), "password-assignment@2");
}

#[test]
fn samples_show_no_secret() {
    let token = format!("gh{}{}", "p_", noise(36, ALNUM));
    check(
        &SECRETS,
        "a.yaml",
        format!("token: {token} # for ci\n").as_bytes(),
        "secret github-pat Critical `token: ****************************************` @1",
    );
    // Two on a line hide each other.
    check(
        &SECRETS,
        "a.yaml",
        format!("a: {token} password=Kd83jf2Lq\n").as_bytes(),
        "secret github-pat Critical `a: ****************************************` @1
         secret password-assignment High `a: ******** password=********` @1",
    );
    // What stands behind the value is not shown, whatever its length; a closing quote is.
    for (text, sample) in [
        ("PASSWORD=hunter2hunter # was hunter1hunter\n", "PASSWORD=********"),
        ("{\"password\": \"Kd83jf-2Lq\", \"user\": \"toor\"}\n", "{\"password\": \"********\""),
        ("password='Kd83jf2LqKd83jf2LqKd83jf2Lq' toor\n", "password='********'"),
        ("password=Kd83jf2Lq;toor\n", "password=********"),
    ] {
        check(&SECRETS, "a.env", text.as_bytes(), &format!("secret password-assignment High `{sample}` @1"));
    }
    assert_eq!(mask_text("PASSWORD=hunter2hunter # was hunter1hunter"), "PASSWORD=********");
    let long = format!("{}{}{}", "x ".repeat(100_000), token, " y".repeat(100_000));
    let mut facts = Facts::default();
    search_value(&long, Strictness::Literal, &Place::default(), &mut facts);
    assert_eq!(facts.secrets.len(), 1);
    assert!(facts.secrets[0].masked.chars().count() <= 120 && facts.secrets[0].masked.contains("****"), "{}", facts.secrets[0].masked);
    assert!(!mask_text(&format!("curl -H 'x: {token}' y")).contains(&token));
}

#[test]
fn many_findings_are_counted_and_bounded() {
    let text = (0..200).fold(String::new(), |text, n| text + "password=Kd83jf2Lq" + &n.to_string() + "\n");
    let mut facts = Facts::default();
    let file = File { path: "a.ini", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
    analyze(&file, &mut facts);
    assert_eq!(facts.secrets.len(), MAX_PER_RULE);
    assert_eq!(facts.diagnostics[0].message, "`password-assignment` matches 200 times; the first 50 are listed");
}

#[test]
fn long_lines_cost_linear_time() {
    // Keywords without end on one line: each looks at a bounded window.
    for word in [
        "password",
        "password=",
        "eyJ",
        "://",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "\"auth\":\"",
        "service_account",
        "twilio",
        "discord",
        "&sig=",
        "key-",
        "secret:\"a",
    ] {
        let text = word.repeat(2_000_000 / word.len());
        let mut facts = Facts::default();
        let file = File { path: "a.min.js", meta: probity_model::analyzer::FileMeta::default(), bytes: text.as_bytes() };
        analyze(&file, &mut facts);
        crate::crypto::pem::blocks(text.as_bytes()).count();
    }
}

#[test]
fn utf16_is_searched() {
    let text: Vec<u8> = [0xff, 0xfe].into_iter().chain("password=Kd83jf2Lq\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    check(&SECRETS, "a.ini", &text, "secret password-assignment High `password=********` @1");
}

#[test]
fn rule_ids_are_unique() {
    let ids: BTreeSet<_> = rules::ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules::ALL.len());
}

#[test]
fn never_panics() {
    let token = format!("token: gh{}{}\n", "p_", noise(36, ALNUM));
    let text =
        format!("{token}{}postgres://u:Kd83jf2Lq@h\n\"auth\": \"bm9ib2R5OktkODNqZg==\"\npassword: 'a\\'b'\n", key_block("PRIVATE KEY"));
    robust(&SECRETS, "a.yaml", text.as_bytes());
    robust(&crate::crypto::pem_files::PEM, "a.pem", key_block("RSA PRIVATE KEY").as_bytes());
}

#[test]
fn runs_are_found_wherever_they_start() {
    let token = format!("gh{}{}", "p_", noise(36, ALNUM));
    for before in 0..200 {
        for after in [0, 1, 300] {
            let text = format!("{}{token}{}", " ".repeat(before), " ".repeat(after));
            rules("a.txt", &text, "github-pat@1");
        }
    }
    let short = format!("AK{}{}", "IA", noise(16, UPPER));
    for before in 0..200 {
        rules("a.txt", &format!("{}{short} x", "a ".repeat(before)), "aws-access-key-id@1");
    }
}
