//! `DS-0031`: secret is passed by ARG, ENV, RUN or a copied file.

use super::{
    shell::{self, Command},
    stages::{instructions, mentions, violation},
};
use crate::{catalogue::tally::Tally, native::check};
use probity_model::{
    check::{CheckSettings, Verdict},
    dockerfile::{Dockerfile, Instruction},
};

check!(Dockerfile, run);

/// Names that a secret is called by: all the words of one line, next to each other.
const NAMES: [&[&str]; 42] = [
    &["password"],
    &["passwd"],
    &["passphrase"],
    &["passcode"],
    &["pword"],
    &["secret"],
    &["secretkey"],
    &["token"],
    &["apikey"],
    &["apitoken"],
    &["accesskey"],
    &["accesstoken"],
    &["authtoken"],
    &["privatekey"],
    &["credential"],
    &["credentials"],
    &["dbpass"],
    &["mypass"],
    &["api", "key"],
    &["access", "key"],
    &["private", "key"],
    &["auth", "key"],
    &["encryption", "key"],
    &["encrypt", "key"],
    &["signing", "key"],
    &["master", "key"],
    &["account", "key"],
    &["deploy", "key"],
    &["session", "key"],
    &["jwt", "key"],
    &["hmac", "key"],
    &["ssh", "key"],
    &["app", "key"],
    &["rsa", "key"],
    &["storage", "key"],
    &["service", "key"],
    &["client", "key"],
    &["admin", "key"],
    &["webhook", "key"],
    &["license", "key"],
    &["pass"],
    &["pwd"],
];

/// A name that ends like this, or has one of these words, speaks about a secret and holds none.
const ABOUT: [&str; 62] = [
    "file",
    "files",
    "path",
    "paths",
    "url",
    "uri",
    "endpoint",
    "name",
    "names",
    "id",
    "ids",
    "host",
    "port",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "length",
    "len",
    "size",
    "limit",
    "min",
    "max",
    "count",
    "type",
    "algorithm",
    "alg",
    "policy",
    "enabled",
    "enable",
    "disabled",
    "disable",
    "required",
    "timeout",
    "version",
    "lifetime",
    "age",
    "days",
    "issuer",
    "audience",
    "header",
    "prefix",
    "suffix",
    "dir",
    "directory",
    "folder",
    "location",
    "mount",
    "ref",
    "arn",
    "provider",
    "manager",
    "store",
    "backend",
    "realm",
    "public",
    "allow",
    "empty",
    "random",
    "server",
    "rotation",
    "mode",
];

fn run(file: &Dockerfile, _: &CheckSettings) -> Verdict {
    let mut tally = Tally::default();
    for instruction in file.global_args.iter().chain(instructions(file)) {
        let found = match instruction.keyword.as_str() {
            "ARG" | "ENV" => variables(instruction),
            "RUN" => commands(instruction),
            "COPY" | "ADD" if instruction.flag("from").is_none() => copied(instruction),
            "LABEL" => instruction
                .pairs
                .iter()
                .filter_map(|(_, value)| value_kind(value.as_deref()?))
                .map(|kind| format!("a label holds {kind}"))
                .next(),
            _ => continue,
        };
        match found {
            Some(message) => tally.fail(violation(message, instruction)),
            None => tally.saw(),
        }
    }
    tally.verdict_or("the file sets no variables, runs and copies nothing")
}

fn variables(instruction: &Instruction) -> Option<String> {
    let is_arg = instruction.keyword == "ARG";
    instruction.pairs.iter().find_map(|(name, value)| {
        let value = value.as_deref().map(|value| value.trim().trim_matches(['"', '\'']));
        if let Some(kind) = value.and_then(value_kind) {
            return Some(format!("`{} {name}` holds {kind}", instruction.keyword));
        }
        let holds = match value {
            // What is passed on the command line, or a place for it.
            None | Some("") => is_arg,
            Some(value) => may_be_secret(value),
        };
        (holds && is_secret(name)).then(|| format!("`{} {name}` passes a secret", instruction.keyword))
    })
}

/// Whether a name is one that a secret is called by.
fn is_secret(name: &str) -> bool {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    if name.eq_ignore_ascii_case("AWS_ACCESS_KEY_ID") {
        return true;
    }
    if ABOUT.contains(&last)
        || words.iter().any(|word| matches!(word.as_str(), "public" | "max" | "min" | "allow" | "empty" | "gpg" | "pubkey" | "num"))
    {
        return false;
    }
    NAMES.iter().any(|name| match name {
        // `PWD` and `PASS` alone are something else.
        [word @ ("pass" | "pwd")] => words.len() > 1 && last == *word,
        name => words.windows(name.len()).any(|part| part.iter().eq(name.iter())),
    })
}

/// `DB_PASSWORD`, `dbPassword`, `db-password` in lower-case words.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Paths, addresses and switches are no secrets.
fn may_be_secret(value: &str) -> bool {
    let is_path = value.starts_with('/') && !value.contains(' ') || value.starts_with("./") || value.contains("://");
    let is_switch =
        matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "0" | "1" | "on" | "off" | "none" | "null");
    !is_path && !is_switch
}

/// What a value is by its form.
fn value_kind(value: &str) -> Option<&'static str> {
    if value.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if url_password(value) {
        return Some("an address with a password");
    }
    value.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-')).find_map(|word| {
        let long = |prefix: &str, length: usize| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= length);
        let is_upper = |rest: &str| rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if ["AKIA", "ASIA"].iter().any(|prefix| word.strip_prefix(prefix).is_some_and(is_upper)) {
            Some("an AWS access key")
        } else if ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].iter().any(|prefix| long(prefix, 36)) || long("github_pat_", 60) {
            Some("a GitHub token")
        } else if long("glpat-", 20) {
            Some("a GitLab token")
        } else if ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"].iter().any(|prefix| long(prefix, 10)) {
            Some("a Slack token")
        } else if long("sk_live_", 20) || long("rk_live_", 20) {
            Some("a Stripe key")
        } else if long("npm_", 36) {
            Some("an npm token")
        } else {
            None
        }
    })
}

/// `scheme://user:password@host` with a password that is written out.
fn url_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'')).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        authority
            .rsplit_once('@')
            .and_then(|(user, _)| user.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty() && !password.contains(['$', '<', '{', '*']) && !is_placeholder(password))
    })
}

fn is_placeholder(password: &str) -> bool {
    matches!(password.to_ascii_lowercase().as_str(), "password" | "pass" | "xxx" | "xxxx" | "token")
}

fn is_literal(value: &str) -> bool {
    !value.is_empty() && !value.contains(['$', '`']) && may_be_secret(value)
}

/// What a command line gives away.
fn commands(run: &Instruction) -> Option<String> {
    if let Some(kind) = run.value.iter().find_map(|text| value_kind(text)) {
        return Some(format!("`RUN` holds {kind}"));
    }
    if !mentions(run, &["=", "assw", "oken", "ecret", "-u", "--user", "_auth", "chpasswd", "-key"]) {
        return None;
    }
    let commands = shell::commands(run);
    commands.iter().find_map(|command| {
        let set = command.assignments.iter().chain(command.args().iter().filter(|_| command.name() == "export"));
        for assignment in set {
            if let Some((name, value)) = assignment.split_once('=')
                && is_literal(value)
                && is_secret(name)
            {
                return Some(format!("`RUN` sets `{name}` to a secret"));
            }
        }
        if let Some(option) = option_secret(command) {
            return Some(format!("`RUN` passes a secret to `{}` by `{option}`", command.name()));
        }
        let input = command.reads.filter(|_| command.name() == "chpasswd").and_then(|other| commands.get(other))?;
        let gives =
            input.args().iter().any(|word| word.split_once(':').is_some_and(|(user, password)| !user.is_empty() && is_literal(password)));
        gives.then(|| "`RUN` sets a password with `chpasswd`".to_owned())
    })
}

/// The option that a literal secret is given by.
fn option_secret(command: &Command) -> Option<&str> {
    let mut args = command.args().iter().peekable();
    while let Some(word) = args.next() {
        let (option, attached) = word.split_once('=').map_or((word.as_str(), None), |(option, value)| (option, Some(value)));
        let value = attached.or_else(|| args.peek().map(|next| next.as_str()).filter(|next| !next.starts_with('-'))).unwrap_or_default();
        let is_login = matches!(command.name(), "curl" | "wget") && matches!(option, "-u" | "--user" | "--proxy-user");
        if is_login && value.split_once(':').is_some_and(|(_, password)| is_literal(password)) {
            return Some(option);
        }
        if option.starts_with("--") && is_secret(option) && is_literal(value) && !value.starts_with('.') {
            return Some(option);
        }
        if option.ends_with(":_authToken") && is_literal(value) {
            return Some("_authToken");
        }
    }
    None
}

/// Files that are secrets by their name.
fn copied(copy: &Instruction) -> Option<String> {
    let (_, sources) = copy.value.split_last()?;
    let source = sources.iter().find(|source| {
        let mut parts = source.trim_end_matches('/').rsplit('/');
        let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let by_name = [
            "id_rsa",
            "id_dsa",
            "id_ecdsa",
            "id_ed25519",
            ".env",
            ".env.production",
            ".env.local",
            ".netrc",
            ".git-credentials",
            ".pgpass",
            ".dockercfg",
            ".vault-token",
            "kubeconfig",
        ];
        let by_folder = [(".aws", "credentials"), (".kube", "config"), (".docker", "config.json"), (".azure", "accessTokens.json")];
        by_name.contains(&name) || by_folder.contains(&(folder, name)) || by_ending(name)
    })?;
    Some(format!("`{}` copies `{source}`, a file of secrets", copy.keyword))
}

fn by_ending(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_key =
        ["key", "p12", "pfx"].iter().any(|key| extension.eq_ignore_ascii_case(key)) || (extension == "pem" && stem.ends_with("-key"));
    is_key && !stem.contains("pub")
}
