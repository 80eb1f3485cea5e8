//! The client against a registry that misbehaves, on the loopback interface and over plain HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use probity_oci::{Client, ClientOptions, Error, Keychain, Reference};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One request as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    host: String,
    path: String,
    authorization: Option<String>,
    range: Option<String>,
}

type Handler = dyn Fn(&Seen, usize) -> Vec<u8> + Send + Sync;

/// A server that answers each request with what the handler returns for it and its number.
struct Server {
    host: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start(handler: impl Fn(&Seen, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let handler: Arc<Handler> = Arc::new(handler);
        let count = Arc::new(AtomicUsize::new(0));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, log, count) = (Arc::clone(&handler), Arc::clone(&log), Arc::clone(&count));
                std::thread::spawn(move || serve(stream.unwrap(), &handler, &log, &count));
            }
        });
        Self { host, seen }
    }

    fn reference(&self) -> Reference {
        format!("{}/acme/shop:1", self.host).parse().unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, handler: &Arc<Handler>, log: &Mutex<Vec<Seen>>, count: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).is_err() || !first.starts_with("GET") {
        return; // A TLS hello: this server does not speak it.
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut seen = Seen { host: String::new(), path, authorization: None, range: None };
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
        let (name, value) = line.split_once(':').unwrap();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => seen.authorization = Some(value.trim().to_owned()),
            "host" => value.trim().clone_into(&mut seen.host),
            "range" => seen.range = Some(value.trim().to_owned()),
            _ => {}
        }
        line.clear();
    }
    log.lock().unwrap().push(seen.clone());
    let number = count.fetch_add(1, Ordering::SeqCst);
    // The client may hang up on an answer that it does not want.
    let _ = stream.write_all(&handler(&seen, number));
}

fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

fn client(config: &str, mirrors: &[(String, String)]) -> Client {
    let options = ClientOptions { insecure: true, mirrors: mirrors.to_vec(), ..ClientOptions::default() };
    Client::with_keychain(options, Keychain::parse(config).unwrap()).unwrap()
}

const DIGEST: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"; // of "hello"

fn read(blob: Result<probity_oci::Blob<'_>, Error>) -> Result<String, String> {
    let mut text = String::new();
    blob.map_err(|err| err.to_string())?.read_to_string(&mut text).map_err(|err| err.to_string())?;
    Ok(text)
}

#[test]
fn a_manifest_comes_with_its_digest() {
    let server = Server::start(|_, _| answer("200 OK", &[("Content-Type", "application/x; charset=utf-8")], b"hello"));
    let manifest = client("", &[]).manifest(&server.reference()).unwrap();
    assert_eq!((manifest.digest.as_str(), manifest.media_type.as_str()), (DIGEST, "application/x"));
    assert_eq!(server.seen()[0].path, "/v2/acme/shop/manifests/1");
}

#[test]
fn a_manifest_with_another_digest_is_refused() {
    let server = Server::start(|_, _| answer("200 OK", &[], b"not hello"));
    let err = client("", &[]).manifest_of(&server.reference(), DIGEST).unwrap_err();
    assert!(matches!(err, Error::Protocol { .. }) && err.to_string().contains("has the digest"), "{err}");
}

#[test]
fn a_token_is_fetched_once_and_its_scope_is_ours() {
    let server = Server::start(|seen, _| {
        if seen.path.starts_with("/token") {
            return answer("200 OK", &[], br#"{"access_token":"T"}"#);
        }
        let challenge =
            format!("Bearer realm=\"http://{}/token\",service=\"s v\",scope=\"repository:acme/shop:pull,push,delete\"", seen.host);
        match seen.authorization.as_deref() {
            Some("Bearer T") => answer("200 OK", &[], b"hello"),
            _ => answer("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b""),
        }
    });
    let config = format!(r#"{{"auths":{{"{}":{{"username":"ada","password":"pw"}}}}}}"#, server.host);
    let client = client(&config, &[]);
    client.manifest(&server.reference()).unwrap();
    assert_eq!(read(client.blob(&server.reference(), DIGEST, Some(5))).unwrap(), "hello");
    let seen = server.seen();
    let tokens: Vec<&Seen> = seen.iter().filter(|seen| seen.path.starts_with("/token")).collect();
    assert_eq!(tokens.len(), 1, "{seen:?}");
    assert_eq!(tokens[0].path, "/token?service=s%20v&scope=repository%3Aacme%2Fshop%3Apull");
    assert_eq!(tokens[0].authorization.as_deref(), Some("Basic YWRhOnB3"));
}

#[test]
fn a_challenge_that_cannot_be_answered_is_one_clear_error() {
    for challenge in ["Bearer service=\"x\"", "Negotiate", ""] {
        let server = Server::start(move |_, _| answer("401 Unauthorized", &[("WWW-Authenticate", challenge)], b""));
        let err = client("", &[]).manifest(&server.reference()).unwrap_err();
        assert!(matches!(err, Error::Unauthorized { .. }), "{err}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn too_many_requests_are_waited_for() {
    let server = Server::start(|_, number| match number {
        0 | 1 => answer("429 Too Many Requests", &[("Retry-After", "0")], b""),
        _ => answer("200 OK", &[], b"hello"),
    });
    assert_eq!(client("", &[]).manifest(&server.reference()).unwrap().digest, DIGEST);
    assert_eq!(server.seen().len(), 3);

    let server = Server::start(|_, _| answer("429 Too Many Requests", &[("Retry-After", "0")], b""));
    let err = client("", &[]).manifest(&server.reference()).unwrap_err();
    assert!(matches!(err, Error::Status { status: 429, .. }) && err.hint().is_some(), "{err}");
}

#[test]
fn a_truncated_blob_is_resumed_where_it_broke() {
    let server = Server::start(|seen, number| match (number, seen.range.as_deref()) {
        (0, None) => b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe".to_vec(),
        (1, Some("bytes=2-")) => answer("206 Partial Content", &[("Content-Range", "bytes 2-4/5")], b"llo"),
        other => panic!("{other:?}"),
    });
    assert_eq!(read(client("", &[]).blob(&server.reference(), DIGEST, Some(5))).unwrap(), "hello");
}

#[test]
fn a_server_without_ranges_is_read_again_from_the_start() {
    let server = Server::start(|_, number| match number {
        0 => b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel".to_vec(),
        _ => answer("200 OK", &[], b"hello"),
    });
    assert_eq!(read(client("", &[]).blob(&server.reference(), DIGEST, Some(5))).unwrap(), "hello");
}

#[test]
fn a_blob_that_never_completes_is_an_error() {
    let server = Server::start(|_, _| answer("206 Partial Content", &[], b""));
    let err = read(client("", &[]).blob(&server.reference(), DIGEST, Some(5))).unwrap_err();
    assert!(err.contains("ended after 0 of 5 bytes"), "{err}");
}

#[test]
fn an_endless_body_is_cut_off_at_the_size_its_manifest_gives() {
    let server = Server::start(|_, _| {
        let mut out = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        out.resize(8 << 20, b'x');
        out
    });
    let err = read(client("", &[]).blob(&server.reference(), DIGEST, Some(5))).unwrap_err();
    assert!(err.contains("longer than its manifest says"), "{err}");
    let err = client("", &[])
        .manifest(
            &Server::start(|_, _| {
                let mut out = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
                out.resize(20 << 20, b'x');
                out
            })
            .reference(),
        )
        .unwrap_err();
    assert!(err.to_string().contains("more than"), "{err}");
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_host() {
    let cdn = Server::start(|_, _| answer("200 OK", &[], b"hello"));
    let to = format!("http://{}/signed?x=1", cdn.host);
    let server = Server::start(move |seen, _| match seen.authorization {
        None => answer("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"r\"")], b""),
        Some(_) => answer("307 Temporary Redirect", &[("Location", &to)], b""),
    });
    let config = format!(r#"{{"auths":{{"{}":{{"username":"ada","password":"pw"}}}}}}"#, server.host);
    assert_eq!(read(client(&config, &[]).blob(&server.reference(), DIGEST, Some(5))).unwrap(), "hello");
    assert!(server.seen().iter().any(|seen| seen.authorization.is_some()));
    assert!(cdn.seen().iter().all(|seen| seen.authorization.is_none()), "{:?}", cdn.seen());
}

#[test]
fn redirects_end() {
    let server = Server::start(|_, _| answer("302 Found", &[("Location", "/again")], b""));
    let err = client("", &[]).manifest(&server.reference()).unwrap_err();
    assert!(err.to_string().contains("redirects more than"), "{err}");
}

#[test]
fn a_mirror_is_asked_first_and_what_it_lacks_comes_from_the_registry() {
    let mirror =
        Server::start(
            |seen, _| if seen.path.contains("/manifests/") { answer("200 OK", &[], b"hello") } else { answer("404 Not Found", &[], b"") },
        );
    let server = Server::start(|_, _| answer("200 OK", &[], b"hello"));
    let client = client("", &[(server.host.clone(), mirror.host.clone())]);
    client.manifest(&server.reference()).unwrap();
    assert!(server.seen().is_empty());
    assert_eq!(read(client.blob(&server.reference(), DIGEST, Some(5))).unwrap(), "hello");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn without_insecure_nothing_is_sent_in_the_clear() {
    let server = Server::start(|_, _| answer("200 OK", &[], b"hello"));
    let client = Client::with_keychain(ClientOptions::default(), Keychain::default()).unwrap();
    assert!(matches!(client.manifest(&server.reference()).unwrap_err(), Error::Connect { .. }));
    assert!(server.seen().is_empty(), "{:?}", server.seen());
}
