//! A registry on the loopback interface, over plain HTTP, that answers as a test wants it to: rightly, wrongly, or not at all.
//!
//! The server reads one request for each connection and ignores what is not a `GET` (the first bytes of TLS, which it does not speak). Its threads
//! end with the test's process.

use crate::image::{Files, Member, digest};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One request as the server saw it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `host:port` that the client asked for.
    pub host: String,
    pub path: String,
    pub authorization: Option<String>,
    pub range: Option<String>,
}

type Handler = dyn Fn(&Request, usize) -> Vec<u8> + Send + Sync;

/// A server that answers each request with what a handler returns for it and its number.
#[derive(Debug)]
pub struct Server {
    /// `127.0.0.1:port`.
    pub host: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Listens on a free port.
    ///
    /// # Panics
    ///
    /// When the loopback interface cannot be listened on: no test can go on then.
    pub fn start(handler: impl Fn(&Request, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        let host = listener.local_addr().expect("a bound socket has an address").to_string();
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let handler: Arc<Handler> = Arc::new(handler);
        let count = Arc::new(AtomicUsize::new(0));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log, count) = (Arc::clone(&handler), Arc::clone(&log), Arc::clone(&count));
                std::thread::spawn(move || serve(stream, &*handler, &log, &count));
            }
        });
        Self { host, seen }
    }

    /// Serves what a layout holds, except where `instead` gives another answer.
    pub fn of(content: Content, instead: impl Fn(&Request, usize) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::start(move |request, number| instead(request, number).unwrap_or_else(|| content.answer(request)))
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut stream: TcpStream, handler: &Handler, log: &Mutex<Vec<Request>>, count: &AtomicUsize) {
    let Ok(input) = stream.try_clone() else { return };
    let mut input = BufReader::new(input);
    let mut line = String::new();
    if input.read_line(&mut line).is_err() || !line.starts_with("GET ") {
        return;
    }
    let mut request = Request { path: line.split(' ').nth(1).unwrap_or_default().to_owned(), ..Request::default() };
    line.clear();
    while input.read_line(&mut line).is_ok_and(|count| count > 2) {
        if let Some((name, value)) = line.split_once(':') {
            let value = value.trim().to_owned();
            match name.to_ascii_lowercase().as_str() {
                "host" => request.host = value,
                "authorization" => request.authorization = Some(value),
                "range" => request.range = Some(value),
                _ => {}
            }
        }
        line.clear();
    }
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let number = count.fetch_add(1, Ordering::SeqCst);
    // The client may hang up on an answer that it does not want.
    let _ = stream.write_all(&handler(&request, number));
}

/// A whole answer.
pub fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    claiming(status, headers, body, body.len() as u64)
}

/// An answer that says it has `length` bytes and then ends.
pub fn claiming(status: &str, headers: &[(&str, &str)], body: &[u8], length: u64) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

/// What a registry holds: the blobs and manifests of a layout, by digest, and the one that its tag names.
#[derive(Debug, Clone, Default)]
pub struct Content {
    blobs: BTreeMap<String, Vec<u8>>,
    /// Digest and media type of what every tag names.
    top: (String, String),
}

impl Content {
    /// The blobs of an OCI layout; every tag names the first entry of its `index.json`.
    pub fn of(layout: &Files) -> Self {
        let mut content = Self::default();
        for (path, member) in &layout.0 {
            let Member::Bytes(bytes) = member else { continue };
            if path.starts_with("blobs/") {
                content.blobs.insert(digest(bytes), bytes.clone());
            } else if path == "index.json" {
                let index: Value = serde_json::from_slice(bytes).unwrap_or_default();
                let text =
                    |name: &str| index.pointer(&format!("/manifests/0/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
                content.top = (text("digest"), text("mediaType"));
            }
        }
        content
    }

    /// The digest of what every tag names.
    pub fn digest(&self) -> &str {
        &self.top.0
    }

    /// The manifest that every tag names.
    pub fn manifest(&self) -> &[u8] {
        self.blobs.get(&self.top.0).map(Vec::as_slice).unwrap_or_default()
    }

    /// A blob.
    pub fn blob(&self, digest: &str) -> Option<&[u8]> {
        self.blobs.get(digest).map(Vec::as_slice)
    }

    /// Everything but the manifest that tags name.
    pub fn blobs(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.blobs.iter().filter(|(digest, _)| **digest != self.top.0).map(|(digest, bytes)| (digest.as_str(), bytes.as_slice()))
    }

    /// Digests of the layers, lowest first, of an image (not of an index).
    pub fn layers(&self) -> Vec<String> {
        let manifest: Value = serde_json::from_slice(self.manifest()).unwrap_or_default();
        let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
        layers.filter_map(|layer| Some(layer.get("digest")?.as_str()?.to_owned())).collect()
    }

    /// What an honest registry answers.
    pub fn answer(&self, request: &Request) -> Vec<u8> {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let is_manifest = request.path.contains("/manifests/");
        let wanted = if is_manifest && !name.starts_with("sha256:") { self.top.0.as_str() } else { name };
        let Some(bytes) = self.blobs.get(wanted) else {
            return answer("404 Not Found", &[("Content-Type", "application/json")], br#"{"errors":[{"code":"NOT_FOUND"}]}"#);
        };
        let stated: Option<String> =
            serde_json::from_slice::<Value>(bytes).ok().and_then(|value| Some(value.get("mediaType")?.as_str()?.to_owned()));
        let media_type = match stated {
            Some(media_type) if is_manifest => media_type,
            _ if is_manifest => self.top.1.clone(),
            _ => "application/octet-stream".to_owned(),
        };
        let from: Option<usize> = request.range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        match from.and_then(|from| bytes.get(from..)) {
            Some(rest) => answer("206 Partial Content", &[("Content-Type", &media_type)], rest),
            None => answer("200 OK", &[("Content-Type", &media_type)], bytes),
        }
    }
}
