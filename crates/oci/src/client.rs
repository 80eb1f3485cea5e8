//! The client: manifests, and blobs as streams that resume.

use crate::{
    auth::{Credentials, Keychain},
    challenge::{self, Challenge},
    reference::{Reference, is_digest},
    retry::{self, ATTEMPTS},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};
use std::{
    collections::HashMap,
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use ureq::{
    Agent, Body, Proxy,
    http::{Response, Uri, header},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// How to talk to registries.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// Plain HTTP is tried when HTTPS fails, and certificates are not verified. Only when the user asked for it.
    pub insecure: bool,
    /// PEM certificates to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
    /// `(registry, mirror)`: the mirror is asked first, for `docker.io` or `ghcr.io` as people write it.
    pub mirrors: Vec<(String, String)>,
    /// Gives up after one attempt and few seconds: for what can be done without.
    pub impatient: bool,
    /// No socket is ever opened.
    pub offline: bool,
}

/// Why a pull failed. Never contains credentials.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Setup(String),
    #[error("cannot reach `{host}`: {message}")]
    Connect { host: String, message: String },
    #[error("`{host}` wants credentials: {message}")]
    Unauthorized { host: String, message: String },
    #[error("`{host}` does not have {what}")]
    NotFound { host: String, what: String },
    #[error("`{host}` answered {status} for {what}")]
    Status { host: String, status: u16, what: String },
    #[error("`{host}` sent something that is not what was asked for: {message}")]
    Protocol { host: String, message: String },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized { .. } => {
                Some("log in with `docker login`, or set DOCKER_CONFIG to the folder of a config.json that has the credentials")
            }
            Self::Connect { .. } => {
                Some("check the name and the network; a registry without TLS or with an unknown certificate needs --insecure or --ca-cert")
            }
            Self::NotFound { .. } => Some("check the name and the tag; a private repository looks like a missing one to strangers"),
            Self::Status { status: 429, .. } => Some("the registry limits how often it is asked: log in, wait, or use --registry-mirror"),
            _ => None,
        }
    }
}

/// A manifest or index as sent.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub bytes: Vec<u8>,
    pub media_type: String,
    /// Computed from `bytes`; equal to the digest that was asked for, when one was.
    pub digest: String,
}

/// Largest manifest; the specification asks registries to take 4 MiB.
const MAX_MANIFEST: u64 = 16 << 20;
const MAX_TOKEN: u64 = 1 << 20;
const MAX_REDIRECTS: u32 = 10;
const IMPATIENT: Duration = Duration::from_secs(3);
const CONNECT_TIME: Duration = Duration::from_secs(20);
const ANSWER_TIME: Duration = Duration::from_mins(1);
/// A stream that gives nothing for so long is broken.
const READ_TIME: Duration = Duration::from_mins(1);

const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// A client for any number of registries; shared by threads.
pub struct Client {
    agent: Agent,
    options: ClientOptions,
    keychain: Keychain,
    /// Ready `Authorization` values by registry and repository.
    tokens: Mutex<HashMap<(String, String), Arc<str>>>,
    /// Registries that turned out to speak plain HTTP.
    plain: Mutex<HashMap<String, bool>>,
}

impl Client {
    /// Reads the user's Docker configuration and the system's certificates. Proxies come from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let keychain = Keychain::from_user().map_err(Error::Setup)?;
        Self::with_keychain(options, keychain)
    }

    /// With credentials from elsewhere.
    pub fn with_keychain(options: ClientOptions, keychain: Keychain) -> Result<Self, Error> {
        if options.offline {
            return Err(Error::Setup("no registry is asked with --offline".to_owned()));
        }
        let tls = TlsConfig::builder().root_certs(root_certs(&options)?).disable_verification(options.insecure).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(Proxy::try_from_env())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(if options.impatient { IMPATIENT } else { CONNECT_TIME }))
            .timeout_resolve(options.impatient.then_some(IMPATIENT))
            .timeout_recv_response(Some(if options.impatient { IMPATIENT * 3 } else { ANSWER_TIME }))
            .timeout_per_read(Some(READ_TIME))
            .accept_encoding("identity")
            .user_agent(concat!("probity/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, options, keychain, tokens: Mutex::default(), plain: Mutex::default() })
    }

    /// The manifest that a reference names. Mirrors are asked first; what they lack, the registry itself is asked.
    pub fn manifest(&self, reference: &Reference) -> Result<Manifest, Error> {
        self.manifest_of(reference, reference.version())
    }

    /// The manifest of a repository by tag or digest.
    pub fn manifest_of(&self, reference: &Reference, version: &str) -> Result<Manifest, Error> {
        let path = format!("manifests/{version}");
        let what = format!("a manifest `{version}` of `{}`", reference.repository);
        self.ask_all(reference, |host| {
            let mut response = self.get(host, &reference.repository, &path, &what, None)?;
            let media_type = text_header(&response, "content-type").unwrap_or_default();
            let bytes =
                read_capped(response.body_mut(), MAX_MANIFEST).map_err(|message| Error::Protocol { host: host.to_owned(), message })?;
            let wanted = Some(version).filter(|version| is_digest(version)).map(str::to_owned);
            let algorithm = if wanted.as_deref().is_some_and(|digest| digest.starts_with("sha512:")) { "sha512" } else { "sha256" };
            let digest = digest_of(algorithm, &bytes);
            if let Some(wanted) = wanted.filter(|wanted| *wanted != digest) {
                return Err(Error::Protocol { host: host.to_owned(), message: format!("manifest `{wanted}` has the digest `{digest}`") });
            }
            let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
            Ok(Manifest { bytes, media_type, digest })
        })
    }

    /// A blob as a stream of at most `size` bytes that resumes when the connection breaks. More or fewer bytes than `size` are an error of the
    /// stream; the digest is for the reader to verify.
    pub fn blob(&self, reference: &Reference, digest: &str, size: Option<u64>) -> Result<Blob<'_>, Error> {
        if !is_digest(digest) {
            return Err(Error::Protocol { host: reference.registry.clone(), message: format!("`{digest}` is no digest") });
        }
        self.ask_all(reference, |host| {
            let mut blob = Blob {
                client: self,
                host: host.to_owned(),
                repository: reference.repository.clone(),
                digest: digest.to_owned(),
                size,
                offset: 0,
                failures: 0,
                body: None,
            };
            blob.open()?;
            Ok(blob)
        })
    }

    /// Asks mirrors, then the registry.
    fn ask_all<T>(&self, reference: &Reference, ask: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
        let name = reference.registry_name();
        for (_, mirror) in self.options.mirrors.iter().filter(|(registry, _)| registry == name || *registry == reference.registry) {
            // A mirror that fails is no failure of the pull: the digest is verified whoever answers.
            if let Ok(found) = ask(mirror) {
                return Ok(found);
            }
        }
        ask(&reference.registry)
    }

    /// A GET of the distribution API with authentication, retries and redirects.
    fn get(&self, host: &str, repository: &str, path: &str, what: &str, from: Option<u64>) -> Result<Response<Body>, Error> {
        let url = format!("{}://{host}/v2/{repository}/{path}", self.scheme(host));
        let mut authorization = self.known_token(host, repository);
        let mut asked_again = false;
        loop {
            let response = self.send(&url, authorization.as_deref(), from, host)?;
            let status = response.status().as_u16();
            if status == 401 && !asked_again {
                asked_again = true;
                authorization = Some(self.authorize(host, repository, &response)?);
                continue;
            }
            return match status {
                200 | 206 => Ok(response),
                401 | 403 => Err(Error::Unauthorized { host: host.to_owned(), message: format!("it answered {status} for {what}") }),
                404 => Err(Error::NotFound { host: host.to_owned(), what: what.to_owned() }),
                status => Err(Error::Status { host: host.to_owned(), status, what: what.to_owned() }),
            };
        }
    }

    /// HTTPS, unless the user allowed HTTP and the host does not speak HTTPS. Asked once for each host.
    fn scheme(&self, host: &str) -> &'static str {
        if !self.options.insecure {
            return "https";
        }
        let known = self.plain.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        let plain = if let Some(plain) = known {
            plain
        } else {
            let plain = self.agent.get(format!("https://{host}/v2/")).call().is_err();
            self.plain.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), plain);
            plain
        };
        if plain { "http" } else { "https" }
    }

    /// One request with retries; follows redirects. Credentials go to the first origin only.
    fn send(&self, url: &str, authorization: Option<&str>, from: Option<u64>, host: &str) -> Result<Response<Body>, Error> {
        let mut failure = String::new();
        let attempts = if self.options.impatient { 1 } else { ATTEMPTS };
        for attempt in 1..=attempts {
            match self.follow(url, authorization, from) {
                Ok(response) if retry::is_transient(response.status().as_u16()) && attempt < attempts => {
                    let asked = text_header(&response, "retry-after");
                    std::thread::sleep(retry::wait(attempt, asked.as_deref()));
                }
                Ok(response) => return Ok(response),
                Err(Failure::Final(message)) => return Err(Error::Protocol { host: host.to_owned(), message }),
                Err(Failure::Connection { message, again }) => {
                    failure = message;
                    if !again {
                        break;
                    }
                    if attempt < attempts {
                        std::thread::sleep(retry::wait(attempt, None));
                    }
                }
            }
        }
        Err(Error::Connect { host: host.to_owned(), message: failure })
    }

    fn follow(&self, url: &str, authorization: Option<&str>, from: Option<u64>) -> Result<Response<Body>, Failure> {
        let mut current: Uri = url.parse().map_err(|_| Failure::Final(format!("`{url}` is no address")))?;
        let origin = origin_of(&current);
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(current.clone()).header(header::ACCEPT, ACCEPT);
            if let Some(value) = authorization
                && origin_of(&current) == origin
            {
                request = request.header(header::AUTHORIZATION, value);
            }
            if let Some(from) = from.filter(|from| *from > 0) {
                request = request.header(header::RANGE, format!("bytes={from}-"));
            }
            let response = request.call().map_err(|err| connection_failure(&err))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let location = text_header(&response, "location").ok_or_else(|| Failure::Final("a redirect says not where to".to_owned()))?;
            let next =
                join(&current, &location).ok_or_else(|| Failure::Final(format!("it redirects to `{location}`, which is no address")))?;
            if next.scheme_str() != Some("https") && !(next.scheme_str() == Some("http") && self.options.insecure) {
                return Err(Failure::Final(format!("it redirects to `{}` without TLS", next.host().unwrap_or_default())));
            }
            current = next;
        }
        Err(Failure::Final(format!("it redirects more than {MAX_REDIRECTS} times")))
    }

    fn known_token(&self, host: &str, repository: &str) -> Option<Arc<str>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&(host.to_owned(), repository.to_owned())).cloned()
    }

    /// Answers a challenge. The user's credentials for a host go to that host, or over TLS to the token service that it names.
    fn authorize(&self, host: &str, repository: &str, response: &Response<Body>) -> Result<Arc<str>, Error> {
        let unauthorized = |message: String| Error::Unauthorized { host: host.to_owned(), message };
        let headers = response.headers().get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenge =
            challenge::parse(headers).ok_or_else(|| unauthorized("it answered 401 and does not say how to log in".to_owned()))?;
        let name = if host == "registry-1.docker.io" { "docker.io" } else { host };
        let credentials = self.keychain.credentials(name).map_err(Error::Setup)?;
        let value: Arc<str> = match (challenge, credentials) {
            (Challenge::Basic, Some(Credentials::Basic { user, password })) => basic(&user, &password).into(),
            (Challenge::Basic, _) => return Err(unauthorized("it wants a user and a password, and none are configured".to_owned())),
            (Challenge::Bearer { realm, service, .. }, credentials) => {
                let token = self.token(host, repository, &realm, service.as_deref(), credentials.as_ref())?;
                format!("Bearer {token}").into()
            }
        };
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert((host.to_owned(), repository.to_owned()), Arc::clone(&value));
        Ok(value)
    }

    /// Trades credentials, or nothing, for a token that may pull one repository. The scope is ours: a registry cannot ask for more.
    fn token(
        &self,
        host: &str,
        repository: &str,
        realm: &str,
        service: Option<&str>,
        credentials: Option<&Credentials>,
    ) -> Result<String, Error> {
        let protocol = |message: String| Error::Protocol { host: host.to_owned(), message };
        let uri: Uri = realm.parse().map_err(|_| protocol("its token service has no valid address".to_owned()))?;
        if uri.scheme_str() != Some("https") && !(uri.scheme_str() == Some("http") && self.options.insecure) {
            return Err(protocol(format!("its token service `{}` is not reached over TLS", uri.host().unwrap_or_default())));
        }
        let scope = format!("repository:{repository}:pull");
        let authorization = match credentials {
            Some(Credentials::Basic { user, password }) => Some(basic(user, password)),
            _ => None,
        };
        let mut response = if let Some(Credentials::Identity(refresh)) = credentials {
            let form = [
                ("grant_type", "refresh_token"),
                ("service", service.unwrap_or_default()),
                ("scope", &scope),
                ("client_id", "probity"),
                ("refresh_token", refresh),
            ];
            self.agent
                .post(uri.clone())
                .send_form(form)
                .map_err(|err| Error::Connect { host: uri.host().unwrap_or_default().to_owned(), message: short(&err) })?
        } else {
            let separator = if uri.query().is_some() { '&' } else { '?' };
            let service = service.map(|service| format!("service={}&", encode(service))).unwrap_or_default();
            let url = format!("{realm}{separator}{service}scope={}", encode(&scope));
            self.send(&url, authorization.as_deref(), None, uri.host().unwrap_or_default())?
        };
        let status = response.status().as_u16();
        if status != 200 {
            let message = format!("the token service `{}` answered {status}", uri.host().unwrap_or_default());
            return Err(Error::Unauthorized { host: host.to_owned(), message });
        }
        let bytes = read_capped(response.body_mut(), MAX_TOKEN).map_err(protocol)?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| protocol("its token service sent no token".to_owned()))?;
        let token = answer.token.or(answer.access_token).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| protocol("its token service sent no token".to_owned()))?;
        if token.bytes().any(|b| b.is_ascii_control()) {
            return Err(protocol("its token service sent a token that is no header value".to_owned()));
        }
        Ok(token)
    }
}

/// What a token service answers.
#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

enum Failure {
    /// Asking again will not help.
    Final(String),
    Connection {
        message: String,
        again: bool,
    },
}

fn connection_failure(err: &ureq::Error) -> Failure {
    let again = matches!(err, ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed);
    // A certificate that is not trusted stays so.
    let tls = matches!(err, ureq::Error::Io(io) if io.kind() == io::ErrorKind::InvalidData);
    Failure::Connection { message: short(err), again: again && !tls }
}

/// The message without addresses, whose query may hold a signature.
fn short(err: &ureq::Error) -> String {
    match err {
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        other => other.to_string().chars().take(200).collect(),
    }
}

/// A stream of a blob's bytes.
pub struct Blob<'a> {
    client: &'a Client,
    host: String,
    repository: String,
    digest: String,
    size: Option<u64>,
    offset: u64,
    /// Broken connections since the last byte that arrived.
    failures: u32,
    body: Option<ureq::BodyReader<'static>>,
}

impl Blob<'_> {
    fn open(&mut self) -> Result<(), Error> {
        let path = format!("blobs/{}", self.digest);
        let what = format!("the blob `{}`", self.digest);
        let response = self.client.get(&self.host, &self.repository, &path, &what, Some(self.offset))?;
        let status = response.status().as_u16();
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        if self.offset > 0 && status != 206 {
            // The server starts anew: skip what was already read.
            let skipped = io::copy(&mut body.by_ref().take(self.offset), &mut io::sink())
                .map_err(|err| Error::Connect { host: self.host.clone(), message: err.to_string() })?;
            if skipped < self.offset {
                return Err(Error::Protocol { host: self.host.clone(), message: format!("{what} became shorter") });
            }
        }
        self.body = Some(body);
        Ok(())
    }

    fn failed(&self, message: &str) -> io::Error {
        io::Error::new(io::ErrorKind::UnexpectedEof, format!("blob `{}` from `{}` {message}", self.digest, self.host))
    }
}

impl Read for Blob<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.body.is_none()
                && let Err(err) = self.open()
            {
                return Err(io::Error::other(err.to_string()));
            }
            let Some(body) = &mut self.body else { return Ok(0) };
            let trouble = match body.read(buffer) {
                Ok(0) if buffer.is_empty() => return Ok(0),
                Ok(0) => match self.size {
                    Some(size) if self.offset < size => format!("ended after {} of {size} bytes", self.offset),
                    _ => return Ok(0),
                },
                Ok(count) => {
                    self.offset += count as u64;
                    if self.size.is_some_and(|size| self.offset > size) {
                        return Err(self.failed("is longer than its manifest says"));
                    }
                    self.failures = 0;
                    return Ok(count);
                }
                Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
                Err(err) => format!("broke off: {err}"),
            };
            self.failures += 1;
            if self.failures >= ATTEMPTS {
                return Err(self.failed(&trouble));
            }
            self.body = None;
            std::thread::sleep(retry::wait(self.failures, None));
        }
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Scheme, host and port with the scheme's default filled in.
fn origin_of(uri: &Uri) -> (String, String, u16) {
    let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
    let port = uri.port_u16().unwrap_or(if scheme == "http" { 80 } else { 443 });
    (scheme, uri.host().unwrap_or_default().to_ascii_lowercase(), port)
}

/// Resolves a `Location` against the address that sent it.
fn join(base: &Uri, location: &str) -> Option<Uri> {
    if location.starts_with("//") {
        return format!("{}:{location}", base.scheme_str()?).parse().ok();
    }
    if location.starts_with('/') {
        return format!("{}://{}{location}", base.scheme_str()?, base.authority()?).parse().ok();
    }
    let uri: Uri = location.parse().ok()?;
    if uri.scheme().is_some() && uri.host().is_some() {
        return Some(uri);
    }
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{}://{}{folder}/{location}", base.scheme_str()?, base.authority()?).parse().ok()
}

/// Percent-encodes everything but unreserved characters.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn text_header(response: &Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn read_capped(body: &mut Body, max: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    body.with_config().limit(u64::MAX).reader().take(max + 1).read_to_end(&mut bytes).map_err(|err| err.to_string())?;
    if bytes.len() as u64 > max { Err(format!("it sent more than {max} bytes")) } else { Ok(bytes) }
}

fn digest_of(algorithm: &str, bytes: &[u8]) -> String {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            text.push_str(&format!("{byte:02x}"));
            text
        })
    };
    match algorithm {
        "sha512" => format!("sha512:{}", hex(&Sha512::digest(bytes))),
        _ => format!("sha256:{}", hex(&Sha256::digest(bytes))),
    }
}

/// The system's certificates and the user's; those that ship with the TLS library when the system has none.
fn root_certs(options: &ClientOptions) -> Result<RootCerts, Error> {
    let mut certs: Vec<Certificate<'static>> =
        rustls_native_certs::load_native_certs().certs.into_iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()).collect();
    let system = !certs.is_empty();
    if let Some(path) = &options.ca_cert {
        let loaded = rustls_native_certs::load_certs_from_paths(Some(path), None);
        if loaded.certs.is_empty() {
            let why = loaded.errors.first().map_or_else(|| "it holds no certificate".to_owned(), ToString::to_string);
            return Err(Error::Setup(format!("cannot read certificates from `{}`: {why}", path.display())));
        }
        certs.extend(loaded.certs.into_iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()));
    }
    Ok(if system || options.ca_cert.is_some() { RootCerts::new_with_certs(&certs) } else { RootCerts::WebPki })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_resolved_and_origins_compared() {
        let base: Uri = "https://r.example/v2/a/blobs/x".parse().unwrap();
        for (location, expected) in [
            ("https://cdn.example/x?sig=1", "https://cdn.example/x?sig=1"),
            ("/elsewhere", "https://r.example/elsewhere"),
            ("//cdn.example/y", "https://cdn.example/y"),
            ("z", "https://r.example/v2/a/blobs/z"),
        ] {
            assert_eq!(join(&base, location).unwrap().to_string(), expected);
        }
        let origin = |text: &str| origin_of(&text.parse().unwrap());
        assert_eq!(origin("https://R.example/a"), origin("https://r.example:443/b"));
        assert_ne!(origin("https://r.example/"), origin("https://r.example:8443/"));
        assert_ne!(origin("https://r.example/"), origin("http://r.example/"));
        assert_ne!(origin("https://r.example/"), origin("https://r.example.evil/"));
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(encode("repository:a/b:pull"), "repository%3Aa%2Fb%3Apull");
    }
}
