//! A real registry: the program `docker-registry` (CNCF Distribution), when it is installed, on the loopback interface with a folder of its own.
//!
//! Images are pushed as the distribution specification says: a `POST` opens an upload, a `PUT` with the digest closes it, a manifest is put last.

use crate::registry::Content;
use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// What the registry asks for when it was started with a login: user, password, and both as `htpasswd -B` writes them.
const USER: &str = "ada";
const PASSWORD: &str = "Rose-Garden-4711";
const HTPASSWD: &str = "ada:$2y$05$abcdefghijklmnopqrstuufYatN46Wj66.uct3/qtoMes64KYV6ie\n";
/// Base64 of `ada:Rose-Garden-4711`.
const LOGIN: &str = "YWRhOlJvc2UtR2FyZGVuLTQ3MTE=";

/// A running registry; it stops when dropped.
#[derive(Debug)]
pub struct Distribution {
    /// `127.0.0.1:port`.
    pub host: String,
    child: Child,
    login: bool,
    _folder: TempDir,
}

impl Drop for Distribution {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Distribution {
    /// Starts a registry, which asks for a user and a password when `login`. `None`, and a line on standard error, when the program is not installed.
    ///
    /// # Panics
    ///
    /// When it is installed and does not start.
    pub fn start(login: bool) -> Option<Self> {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("the loopback interface has free ports").port();
        let host = format!("127.0.0.1:{port}");
        let config = configure(folder.path(), &host, login).expect("temporary files can be written");
        #[expect(clippy::disallowed_methods, reason = "a test's own server, not a part of the scanner")]
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            // Not `eprintln`, which the test harness would swallow.
            let _ = io::stderr().write_all(b"SKIPPED: docker-registry is not installed\n");
            return None;
        };
        let registry = Self { host, child, login, _folder: folder };
        for _ in 0..300 {
            if TcpStream::connect(&registry.host).is_ok() {
                return Some(registry);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("docker-registry is installed and did not start within 30 seconds");
    }

    /// Docker's `config.json` with the user's login.
    pub fn docker_config(&self) -> String {
        format!(r#"{{"auths":{{"{}":{{"username":"{USER}","password":"{PASSWORD}"}}}}}}"#, self.host)
    }

    /// Pushes an image, or an index with all that it names.
    ///
    /// # Panics
    ///
    /// When the registry refuses something.
    pub fn push(&self, repository: &str, tag: &str, content: &Content) {
        for (digest, bytes) in content.blobs() {
            self.upload(repository, digest, bytes);
        }
        // Manifests that an index names are there before it: by digest, and before anything that refers to them.
        let mut nested: Vec<(&str, &[u8])> = content.blobs().filter(|(_, bytes)| media_type(bytes).is_some()).collect();
        nested.sort_by_key(|(_, bytes)| media_type(bytes).is_some_and(|kind| kind.contains("index")));
        for (name, bytes) in nested.into_iter().chain([(tag, content.manifest())]) {
            let kind = media_type(bytes).expect("a manifest says what it is");
            let answer = self.send("PUT", &format!("/v2/{repository}/manifests/{name}"), &kind, bytes);
            assert_eq!(answer.status, 201, "{name}: {answer:?}");
        }
    }

    fn upload(&self, repository: &str, digest: &str, bytes: &[u8]) {
        let opened = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "application/octet-stream", b"");
        assert_eq!(opened.status, 202, "{opened:?}");
        let path = opened.location.split_once(&self.host).map_or(opened.location.as_str(), |(_, path)| path);
        let separator = if path.contains('?') { '&' } else { '?' };
        let closed = self.send("PUT", &format!("{path}{separator}digest={digest}"), "application/octet-stream", bytes);
        assert_eq!(closed.status, 201, "{closed:?}");
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        let login = if self.login { format!("Authorization: Basic {LOGIN}\r\n") } else { String::new() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{login}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        exchange(&self.host, head.as_bytes(), body).expect("the registry answers")
    }
}

fn configure(folder: &Path, host: &str, login: bool) -> io::Result<std::path::PathBuf> {
    let mut text = format!(
        "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: '{}'}}\nhttp: {{addr: '{host}'}}\n",
        folder.join("storage").display()
    );
    if login {
        let path = folder.join("htpasswd");
        std::fs::write(&path, HTPASSWD)?;
        text.push_str(&format!("auth:\n  htpasswd: {{realm: test, path: '{}'}}\n", path.display()));
    }
    let path = folder.join("config.yml");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn media_type(bytes: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    value.get("schemaVersion")?;
    Some(value.get("mediaType").and_then(|kind| kind.as_str()).unwrap_or("application/vnd.oci.image.manifest.v1+json").to_owned())
}

#[derive(Debug)]
struct Answer {
    status: u16,
    location: String,
    #[expect(dead_code, reason = "shown when a push is refused")]
    text: String,
}

fn exchange(host: &str, head: &[u8], body: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(head)?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let location = text
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default();
    Ok(Answer { status, location, text })
}
