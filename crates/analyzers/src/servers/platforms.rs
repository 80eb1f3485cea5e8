//! OpenSSL, Java, the Docker daemon, Jupyter, PHP, Grafana, Django: settings of runtimes that programs inherit.

use super::{Settings, is_on, key_value, tls, without_comment};
use crate::{
    text::{file_name, lines, unquote},
    unit::{Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    facts::{CredentialKind, SettingKind},
};

pub(crate) const OPENSSL: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/openssl",
        version: 1,
        claims: &[
            Pattern::Name("openssl.cnf"),
            Pattern::Name("openssl.conf"),
            Pattern::Name("opensslcnf.config"),
            Pattern::Path("etc/crypto-policies/back-ends/opensslcnf.config"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(openssl),
};

pub(crate) const JAVA_SECURITY: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/java-security",
        version: 1,
        claims: &[Pattern::Name("java.security")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(java_security),
};

pub(crate) const DOCKER_DAEMON: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/docker-daemon",
        version: 1,
        claims: &[Pattern::Path("etc/docker/daemon.json"), Pattern::Name("daemon.json")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Strict(docker_daemon),
};

pub(crate) const JUPYTER: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/jupyter",
        version: 1,
        claims: &[
            Pattern::Name("jupyter_notebook_config.py"),
            Pattern::Name("jupyter_server_config.py"),
            Pattern::Name("jupyter_lab_config.py"),
            Pattern::Name("jupyter_notebook_config.json"),
            Pattern::Name("jupyter_server_config.json"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(jupyter),
};

pub(crate) const PHP: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/php",
        version: 1,
        claims: &[Pattern::Name("php.ini"), Pattern::Below("usr/local/etc/php/conf.d", ".ini"), Pattern::Below("etc/php", ".ini")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(php),
};

pub(crate) const GRAFANA: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/grafana",
        version: 1,
        claims: &[Pattern::Name("grafana.ini"), Pattern::Path("usr/share/grafana/conf/custom.ini")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(grafana),
};

pub(crate) const DJANGO: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "servers/django",
        version: 1,
        claims: &[Pattern::Name("settings.py")],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(django),
};

/// `MinProtocol = TLSv1.2`, and `TLS.MinProtocol` of crypto policies; `None` means every version that was built in.
fn openssl(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "openssl", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim();
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let value = value.trim();
        match name.trim() {
            "MinProtocol" | "TLS.MinProtocol" => {
                let lowest =
                    if value.eq_ignore_ascii_case("none") { Some(probity_model::facts::TlsVersion::Ssl3) } else { tls::version(value) };
                settings.tls(number, line, lowest);
            }
            "Protocol" if value.contains("TLS") || value.contains("SSL") || value.contains("ALL") => {
                settings.tls(number, line, tls::signed(value));
            }
            _ => {}
        }
    }
}

/// `jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, …`, continued with backslashes.
fn java_security(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "java", path: file.path, out };
    let mut value: Option<(u32, String)> = None;
    let mut open = false;
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if open {
            if let Some((_, value)) = &mut value {
                value.push_str(line.trim_end_matches('\\'));
            }
        } else if let Some(rest) = line.strip_prefix("jdk.tls.disabledAlgorithms=") {
            value = Some((number, rest.trim_end_matches('\\').to_owned()));
        } else {
            continue;
        }
        open = line.ends_with('\\');
    }
    if let Some((number, value)) = value {
        let disabled: Vec<_> = value.split(',').filter_map(|word| tls::version(word.trim())).collect();
        settings.tls(number, &format!("jdk.tls.disabledAlgorithms={value}"), tls::lowest_without(&disabled));
    }
}

fn docker_daemon(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let parsed: serde_json::Value = serde_json::from_slice(file.bytes)
        .map_err(|err| AnalyzeError { message: format!("is no JSON: {err}"), line: u32::try_from(err.line()).ok() })?;
    let mut settings = Settings { server: "docker", path: file.path, out };
    let text = String::from_utf8_lossy(file.bytes);
    let line_of = |needle: &str| lines(text.as_bytes()).find(|(_, line)| line.contains(needle)).map_or(1, |(number, _)| number);
    let list = |key: &str| parsed.get(key).and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let verified = parsed.get("tlsverify").and_then(serde_json::Value::as_bool) == Some(true);
    for host in list("hosts").iter().filter_map(serde_json::Value::as_str) {
        if host.starts_with("tcp://") && !verified {
            settings.add(line_of(host), SettingKind::NoAuth, &format!("hosts {host}"));
        }
    }
    for registry in list("insecure-registries").iter().filter_map(serde_json::Value::as_str) {
        settings.add(line_of(registry), SettingKind::TlsVerifyOff, &format!("insecure-registries {registry}"));
    }
    if parsed.get("debug").and_then(serde_json::Value::as_bool) == Some(true) {
        settings.add(line_of("\"debug\""), SettingKind::Debug, "debug true");
    }
    Ok(())
}

fn jupyter(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "jupyter", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = line.trim().trim_end_matches(',');
        let Some((name, value)) = line.split_once(['=', ':']).filter(|_| !line.starts_with('#')) else { continue };
        let name = unquote(name);
        let field = name.rsplit('.').next().unwrap_or(name);
        let value = value.trim().trim_start_matches(['u', 'b', 'r']);
        if matches!(field, "token" | "disable_check_xsrf") && (matches!(value, "''" | "\"\"") || field != "token" && is_on(value)) {
            settings.add(number, SettingKind::NoAuth, line);
        }
    }
}

fn php(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "php", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = line.split(';').next().unwrap_or_default().trim();
        let Some((name, value)) = key_value(line) else { continue };
        let debug = match name {
            "display_errors" | "display_startup_errors" | "xdebug.remote_enable" => is_on(value),
            "xdebug.mode" => value.contains("debug"),
            _ => false,
        };
        if debug {
            settings.add(number, SettingKind::Debug, line);
        }
    }
}

fn grafana(file: &File<'_>, out: &mut Facts) {
    let mut settings = Settings { server: "grafana", path: file.path, out };
    let mut section = String::new();
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        }
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with([';', '#'])) else { continue };
        let value = unquote(value);
        match (section.as_str(), name.trim()) {
            ("security", "admin_password") if value == "admin" => {
                settings.credential(number, CredentialKind::Default, "admin_password admin");
            }
            ("auth.anonymous", "enabled") if is_on(value) => settings.add(number, SettingKind::NoAuth, line),
            ("server", "protocol") if value == "http" => settings.add(number, SettingKind::PlainHttp, line),
            _ => {}
        }
    }
}

/// `DEBUG = True` of a settings module that is Django's: other programs have a file of that name too.
fn django(file: &File<'_>, out: &mut Facts) {
    if memchr::memmem::find(file.bytes, b"INSTALLED_APPS").is_none() {
        return;
    }
    debug_assert!(file_name(file.path) == "settings.py", "only such files are claimed");
    let mut settings = Settings { server: "django", path: file.path, out };
    for (number, line) in lines(file.bytes) {
        let line = without_comment(&line).trim_end();
        if let Some((name, value)) = line.split_once('=')
            && name.trim_end() == "DEBUG"
            && value.trim() == "True"
        {
            settings.add(number, SettingKind::Debug, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn openssl_floor() {
        let text = b"[system_default_sect]\n#MinProtocol = TLSv1.3\nMinProtocol = TLSv1.2\n[other]\nMinProtocol = None\n";
        check(
            &OPENSSL,
            "etc/ssl/openssl.cnf",
            text,
            "openssl TlsVersions `MinProtocol = TLSv1.2` from Tls12 @3\nopenssl TlsVersions `MinProtocol = None` from Ssl3 @5",
        );
        robust(&OPENSSL, "etc/ssl/openssl.cnf", text);
    }

    #[test]
    fn java_floor() {
        let text = b"# jdk.tls.disabledAlgorithms=x\njdk.tls.disabledAlgorithms=SSLv3, TLSv1, \\\n    TLSv1.1, RC4\n";
        check(
            &JAVA_SECURITY,
            "opt/java/conf/security/java.security",
            text,
            "java TlsVersions `jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4` from Tls12 @2",
        );
        robust(&JAVA_SECURITY, "java.security", text);
    }

    #[test]
    fn docker_hosts() {
        let text = b"{\n \"hosts\": [\"unix:///x\", \"tcp://0.0.0.0:2375\"],\n \"insecure-registries\": [\"r:5000\"]\n}";
        check(
            &DOCKER_DAEMON,
            "etc/docker/daemon.json",
            text,
            "docker NoAuth `hosts tcp://0.0.0.0:2375` @2\ndocker TlsVerifyOff `insecure-registries r:5000` @3",
        );
        check(&DOCKER_DAEMON, "etc/docker/daemon.json", b"{", "error line 1: is no JSON: EOF while parsing an object at line 1 column 1");
        robust(&DOCKER_DAEMON, "etc/docker/daemon.json", text);
    }

    #[test]
    fn applications() {
        check(
            &JUPYTER,
            "root/.jupyter/jupyter_notebook_config.py",
            b"# c.NotebookApp.token = ''\nc.NotebookApp.token = ''\n",
            "jupyter NoAuth `c.NotebookApp.token = ''` @2",
        );
        check(&PHP, "usr/local/etc/php/php.ini", b"; display_errors = On\ndisplay_errors = On ; x\n", "php Debug `display_errors = On` @2");
        check(
            &GRAFANA,
            "etc/grafana/grafana.ini",
            b"[security]\n;admin_password = admin\nadmin_password = admin\n[auth.anonymous]\nenabled = true\n",
            "grafana NoAuth `enabled = true` @5\ncredential grafana Default `admin_password admin` @3",
        );
        check(&DJANGO, "app/shop/settings.py", b"DEBUG = True\nINSTALLED_APPS = []\n", "django Debug `DEBUG = True` @1");
        check(&DJANGO, "app/other/settings.py", b"DEBUG = True\n", "");
        for unit in [&JUPYTER, &PHP, &GRAFANA] {
            robust(unit, "x", b"[a]\nb = \"c\"\n");
        }
    }
}
