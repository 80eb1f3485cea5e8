//! nginx: `ssl_protocols`, listeners without `ssl`, verification of upstreams.
//!
//! <https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_protocols>
//!
//! Statements end with `;` or open a block, so the file is read as words, not as lines. A `listen` inside `mail` or `stream` is not HTTP.

use super::{Settings, is_off, is_on, tls};
use crate::unit::{Run, SMALL, Unit};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::SettingKind,
};

pub(crate) const NGINX: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/nginx",
        version: 1,
        claims: &[
            Pattern::Name("nginx.conf"),
            Pattern::Below("etc/nginx", ".conf"),
            Pattern::Below("etc/nginx/sites-enabled", ""),
            Pattern::Below("etc/nginx/sites-available", ""),
            Pattern::Below("etc/nginx/http.d", ""),
            Pattern::Below("usr/local/openresty/nginx/conf", ".conf"),
            Pattern::Below("opt/bitnami/nginx/conf", ".conf"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(analyze),
};

/// Statements and block heads of an nginx configuration, with the line each begins on.
fn statements(text: &str) -> Vec<(u32, Vec<String>, char)> {
    let mut all = Vec::new();
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut line, mut start) = (1u32, 1u32);
    let mut quote = None;
    let mut comment = false;
    for c in text.chars() {
        if c == '\n' {
            line = line.saturating_add(1);
            comment = false;
        }
        if comment {
            continue;
        }
        match (c, quote) {
            (_, Some(open)) if c == open => quote = None,
            (_, Some(_)) => word.push(c),
            ('"' | '\'', None) if word.is_empty() => {
                if words.is_empty() {
                    start = line;
                }
                quote = Some(c);
            }
            ('#', None) if word.is_empty() => comment = true,
            (';' | '{' | '}', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                all.push((start, std::mem::take(&mut words), c));
            }
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, None) => {
                if words.is_empty() && word.is_empty() {
                    start = line;
                }
                word.push(c);
            }
        }
    }
    all
}

/// A block that is open.
#[derive(Default)]
struct Block {
    name: String,
    /// Listeners without TLS, unless the whole block has it.
    plain: Vec<(u32, String)>,
    /// `ssl on`, as it was written before version 1.15.
    ssl: bool,
}

fn analyze(file: &File<'_>, out: &mut Facts) {
    let text = String::from_utf8_lossy(file.bytes);
    let mut settings = Settings { server: "nginx", path: file.path, out };
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth_lost = 0usize;
    for (line, words, end) in statements(&text) {
        let said = words.join(" ");
        match end {
            '{' => {
                if blocks.len() < 100 {
                    blocks.push(Block { name: words.into_iter().next().unwrap_or_default(), ..Block::default() });
                } else {
                    depth_lost += 1;
                }
                continue;
            }
            '}' => {
                if depth_lost > 0 {
                    depth_lost -= 1;
                } else if let Some(block) = blocks.pop()
                    && block.name == "server"
                    && !block.ssl
                    && !blocks.iter().any(|outer| outer.name == "mail" || outer.name == "stream")
                {
                    for (line, text) in block.plain {
                        settings.add(line, SettingKind::PlainHttp, &text);
                    }
                }
                continue;
            }
            _ => {}
        }
        let Some((name, values)) = words.split_first() else { continue };
        match name.as_str() {
            "ssl_protocols" | "proxy_ssl_protocols" | "grpc_ssl_protocols" | "uwsgi_ssl_protocols" => {
                settings.tls(line, &said, tls::lowest(values.iter().map(String::as_str)));
            }
            "listen" => {
                let secure = values.iter().any(|value| value == "ssl" || value == "quic" || value == "http3");
                let local = values.first().is_some_and(|to| {
                    to.starts_with("unix:") || to.starts_with("127.") || to.starts_with("localhost") || to.starts_with("[::1]")
                });
                if !secure
                    && !local
                    && let Some(block) = blocks.last_mut()
                {
                    block.plain.push((line, said));
                }
            }
            "ssl" if values.first().is_some_and(|value| is_on(value)) => {
                if let Some(block) = blocks.last_mut() {
                    block.ssl = true;
                }
            }
            "proxy_ssl_verify" | "grpc_ssl_verify" | "uwsgi_ssl_verify" if values.first().is_some_and(|value| is_off(value)) => {
                settings.add(line, SettingKind::TlsVerifyOff, &said);
            }
            "error_log" if values.iter().any(|value| value == "debug") => settings.add(line, SettingKind::Debug, &said),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    const SAMPLE: &str = "# ssl_protocols SSLv3;
http {
  ssl_protocols TLSv1 TLSv1.1
      TLSv1.2; # old
  server {
    listen 80 default_server;
    listen [::]:443 ssl http2;
    listen unix:/run/x.sock;
    location / { proxy_pass https://b; proxy_ssl_verify off; }
  }
  server { listen 443; ssl on; ssl_protocols 'TLSv1.3'; }
}
stream { server { listen 5432; } }
";

    #[test]
    fn what_it_says() {
        check(
            &NGINX,
            "etc/nginx/nginx.conf",
            SAMPLE.as_bytes(),
            "nginx TlsVersions `ssl_protocols TLSv1 TLSv1.1 TLSv1.2` from Tls10 @3
             nginx TlsVerifyOff `proxy_ssl_verify off` @9
             nginx PlainHttp `listen 80 default_server` @6
             nginx TlsVersions `ssl_protocols TLSv1.3` from Tls13 @11",
        );
        robust(&NGINX, "etc/nginx/nginx.conf", SAMPLE.as_bytes());
    }
}
