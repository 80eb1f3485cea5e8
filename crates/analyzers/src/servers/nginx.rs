//! nginx: `ssl_protocols`, listeners without `ssl`, verification of upstreams.
//!
//! <https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_protocols>
//!
//! Statements end with `;` or open a block, so the file is read as words, not as lines. A `listen` inside `mail` or `stream` is not HTTP.

use super::{Settings, is_off, is_on, tls};
use crate::unit::{SMALL, Unit};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
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
    run: analyze,
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

fn analyze(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let text = String::from_utf8_lossy(file.bytes);
    let mut settings = Settings { server: "nginx", path: file.path, out };
    let mut blocks: Vec<(String, Vec<(u32, String)>, bool)> = Vec::new();
    let mut depth_lost = 0usize;
    for (line, words, end) in statements(&text) {
        let said = words.join(" ");
        match end {
            '{' => {
                if blocks.len() < 100 {
                    blocks.push((words.into_iter().next().unwrap_or_default(), Vec::new(), false));
                } else {
                    depth_lost += 1;
                }
                continue;
            }
            '}' => {
                if depth_lost > 0 {
                    depth_lost -= 1;
                } else if let Some((name, listeners, ssl_on)) = blocks.pop()
                    && name == "server"
                    && !ssl_on
                    && !blocks.iter().any(|(name, ..)| name == "mail" || name == "stream")
                {
                    for (line, text) in listeners {
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
                    && let Some((_, listeners, _)) = blocks.last_mut()
                {
                    listeners.push((line, said));
                }
            }
            "ssl" if values.first().is_some_and(|value| is_on(value)) => {
                if let Some((.., ssl_on)) = blocks.last_mut() {
                    *ssl_on = true;
                }
            }
            "proxy_ssl_verify" | "grpc_ssl_verify" | "uwsgi_ssl_verify" if values.first().is_some_and(|value| is_off(value)) => {
                settings.add(line, SettingKind::TlsVerifyOff, &said);
            }
            "error_log" if values.iter().any(|value| value == "debug") => settings.add(line, SettingKind::Debug, &said),
            _ => {}
        }
    }
    Ok(())
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
