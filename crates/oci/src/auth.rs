//! Credentials: Docker's `config.json` and its credential helpers.
//!
//! <https://docs.docker.com/reference/cli/docker/login/>. The file is `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. A helper is a program
//! `docker-credential-<name>` on the PATH; it is asked only for registries that the user's own command line names.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::{
    collections::HashMap,
    fmt,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// What a registry is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    Basic {
        user: String,
        password: String,
    },
    /// A refresh token that is traded for an access token.
    Identity(String),
}

impl fmt::Debug for Credentials {
    /// Never shows a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { user, .. } => write!(f, "Basic({user}, …)"),
            Self::Identity(_) => f.write_str("Identity(…)"),
        }
    }
}

/// The parts of `config.json` that concern credentials.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Keychain {
    auths: HashMap<String, AuthEntry>,
    creds_store: Option<String>,
    cred_helpers: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AuthEntry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
}

impl fmt::Debug for AuthEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthEntry(…)")
    }
}

/// Where Docker's configuration is for this user.
fn default_path() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        return Some(PathBuf::from(folder).join("config.json"));
    }
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(".docker/config.json"))
}

/// Largest configuration that is read.
const MAX_CONFIG: u64 = 4 << 20;
/// How long a helper may take.
const HELPER_TIME: Duration = Duration::from_secs(30);
/// Largest answer of a helper.
const MAX_ANSWER: u64 = 1 << 20;

impl Keychain {
    /// The user's configuration; empty when there is none. An unreadable or broken file is an error: pulling without the credentials that the user
    /// set up would look like a missing image.
    pub fn from_user() -> Result<Self, String> {
        let Some(path) = default_path() else { return Ok(Self::default()) };
        let shown = path.display();
        #[expect(clippy::disallowed_types, reason = "the user's own configuration, not a scanned file; bounded below")]
        let file = match std::fs::File::open(&path) {
            Ok(file) => file,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(err) => return Err(format!("cannot read `{shown}`: {err}")),
        };
        let mut text = String::new();
        file.take(MAX_CONFIG).read_to_string(&mut text).map_err(|err| format!("cannot read `{shown}`: {err}"))?;
        Self::parse(&text).map_err(|err| format!("cannot read `{shown}`: {err}"))
    }

    /// Reads the text of a `config.json`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|err| err.to_string())
    }

    /// The credentials of a registry (`docker.io` for Docker Hub). A helper that fails is an error, one that knows nothing is not.
    pub fn credentials(&self, registry: &str) -> Result<Option<Credentials>, String> {
        let names = names(registry);
        for name in &names {
            if let Some(helper) = self.cred_helpers.get(name) {
                return ask(helper, name);
            }
        }
        for name in &names {
            if let Some(entry) = self.auths.iter().find(|(key, _)| same_registry(key, name)).map(|(_, entry)| entry)
                && let Some(found) = entry.credentials()?
            {
                return Ok(Some(found));
            }
        }
        let Some(store) = &self.creds_store else { return Ok(None) };
        for name in &names {
            if let Some(found) = ask(store, name)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The names that a registry may have in the file. Docker Hub is stored under the address of its first version.
fn names(registry: &str) -> Vec<String> {
    if registry == "docker.io" {
        ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"].map(str::to_owned).to_vec()
    } else {
        vec![registry.to_owned(), format!("https://{registry}")]
    }
}

/// Keys may be hosts or addresses: only the host and port count, and only all of them.
fn same_registry(key: &str, name: &str) -> bool {
    let host = |text: &str| {
        let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        text.split('/').next().unwrap_or_default().to_ascii_lowercase()
    };
    host(key) == host(name)
}

impl AuthEntry {
    fn credentials(&self) -> Result<Option<Credentials>, String> {
        if let Some(token) = self.identity_token.as_ref().filter(|token| !token.is_empty()) {
            return Ok(Some(Credentials::Identity(token.clone())));
        }
        if let Some(auth) = self.auth.as_ref().filter(|auth| !auth.is_empty()) {
            let decoded = STANDARD.decode(auth.trim()).map_err(|_| "an `auth` entry is not base64".to_owned())?;
            let text = String::from_utf8(decoded).map_err(|_| "an `auth` entry is not text".to_owned())?;
            let (user, password) = text.split_once(':').ok_or("an `auth` entry has no colon")?;
            return Ok(Some(Credentials::Basic { user: user.to_owned(), password: password.trim_end_matches('\0').to_owned() }));
        }
        Ok(match (&self.username, &self.password) {
            (Some(user), Some(password)) if !user.is_empty() => Some(Credentials::Basic { user: user.clone(), password: password.clone() }),
            _ => None,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Runs `docker-credential-<helper> get` with the registry's name on standard input.
fn ask(helper: &str, registry: &str) -> Result<Option<Credentials>, String> {
    if helper.is_empty() || !helper.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
        return Err(format!("`{helper}` is no name of a credential helper"));
    }
    let program = format!("docker-credential-{helper}");
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that runs a program: the user's own credential helper, for a registry the user named"
    )]
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|err| format!("cannot run the credential helper `{program}`: {err}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read its input has decided already; its answer counts.
        let _ = stdin.write_all(registry.as_bytes());
    }
    let stdout = child.stdout.take();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.map(|out| out.take(MAX_ANSWER).read_to_string(&mut text));
        let _ = send.send((matches!(read, Some(Ok(_))), text));
    });
    let Ok((read, text)) = receive.recv_timeout(HELPER_TIME) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("the credential helper `{program}` did not answer within {} seconds", HELPER_TIME.as_secs()));
    };
    let status = child.wait().map_err(|err| format!("the credential helper `{program}` failed: {err}"))?;
    if !read {
        return Err(format!("the credential helper `{program}` printed something that is not text"));
    }
    if !status.success() {
        return if text.contains("credentials not found") { Ok(None) } else { Err(format!("the credential helper `{program}` failed")) };
    }
    let answer: Answer =
        serde_json::from_str(&text).map_err(|_| format!("the credential helper `{program}` printed something that is no answer"))?;
    Ok(match answer {
        Answer { secret, .. } if secret.is_empty() => None,
        Answer { username, secret } if username == "<token>" => Some(Credentials::Identity(secret)),
        Answer { username, secret } => Some(Credentials::Basic { user: username, password: secret }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(user: &str, password: &str) -> Credentials {
        Credentials::Basic { user: user.into(), password: password.into() }
    }

    #[test]
    fn entries_are_found_by_host() {
        let auth = STANDARD.encode("ada:pa:ss");
        let text = format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}},"registry.example:5000":{{"username":"bob","password":"x"}},
            "https://ghcr.io/v2/":{{"identitytoken":"tok"}},"empty.example":{{}}}}}}"#
        );
        let keychain = Keychain::parse(&text).unwrap();
        assert_eq!(keychain.credentials("docker.io").unwrap(), Some(basic("ada", "pa:ss")));
        assert_eq!(keychain.credentials("registry.example:5000").unwrap(), Some(basic("bob", "x")));
        assert_eq!(keychain.credentials("ghcr.io").unwrap(), Some(Credentials::Identity("tok".into())));
        assert_eq!(keychain.credentials("registry.example").unwrap(), None, "the port is part of the name");
        assert_eq!(keychain.credentials("evil-registry.example:5000").unwrap(), None);
        assert_eq!(keychain.credentials("empty.example").unwrap(), None);
    }

    #[test]
    fn broken_files_and_helpers_are_errors() {
        assert!(Keychain::parse("{").is_err());
        assert!(Keychain::parse("").unwrap().credentials("x.example").unwrap().is_none());
        let keychain = Keychain::parse(r#"{"auths":{"x.example":{"auth":"!!"}}}"#).unwrap();
        assert!(keychain.credentials("x.example").unwrap_err().contains("base64"));
        let keychain = Keychain::parse(r#"{"credHelpers":{"x.example":"../../bin/sh"}}"#).unwrap();
        assert!(keychain.credentials("x.example").unwrap_err().contains("no name"));
        let keychain = Keychain::parse(r#"{"credHelpers":{"x.example":"surely-not-installed"}}"#).unwrap();
        assert!(keychain.credentials("x.example").unwrap_err().contains("cannot run"));
    }

    #[test]
    fn secrets_are_not_printed() {
        let shown = format!("{:?} {:?}", basic("ada", "hunter2"), Credentials::Identity("hunter2".into()));
        assert!(!shown.contains("hunter2"), "{shown}");
        let keychain = Keychain::parse(r#"{"auths":{"x.example":{"password":"hunter2"}}}"#).unwrap();
        assert!(!format!("{keychain:?}").contains("hunter2"));
    }
}
