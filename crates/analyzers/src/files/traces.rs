//! Files whose presence says what an artifact is or carries: credentials of clusters and clouds, process managers, leftovers of tests.
//!
//! Test files below folders of installed libraries are theirs, not the application's, and are passed over.

use crate::{
    text::{file_name, lines, snippet},
    unit::{Run, SMALL, Unit},
};
use memchr::memmem;
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzerMeta, File, Pattern},
    facts::{Trace, TraceKind},
};

pub(crate) const KUBECONFIG: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "files/kubeconfig",
        version: 1,
        claims: &[
            Pattern::Suffix(".kubeconfig"),
            Pattern::Name("kubeconfig"),
            Pattern::Name("kubelet.conf"),
            Pattern::Name("admin.conf"),
            Pattern::Name("controller-manager.conf"),
            Pattern::Name("scheduler.conf"),
            Pattern::Name("super-admin.conf"),
            Pattern::Name("config"),
            Pattern::Name("kubeconfig.yaml"),
            Pattern::Name("kubeconfig.yml"),
            Pattern::Name("k3s.yaml"),
            Pattern::Path("var/run/secrets/kubernetes.io/serviceaccount/token"),
            Pattern::Path("run/secrets/kubernetes.io/serviceaccount/token"),
        ],
        provides: &[Capability::Secrets],
        max_bytes: SMALL,
    },
    run: Run::Lenient(kubeconfig),
};

pub(crate) const CLOUD_CREDENTIALS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "files/cloud-credentials",
        version: 1,
        claims: &[
            Pattern::Name("credentials"),
            Pattern::Name("application_default_credentials.json"),
            Pattern::Name("adc.json"),
            Pattern::Name("credentials.db"),
            Pattern::Name("access_tokens.db"),
            Pattern::Name("accessTokens.json"),
            Pattern::Name("azureProfile.json"),
            Pattern::Name("msal_token_cache.json"),
            Pattern::Name("msal_token_cache.bin"),
            Pattern::Name("service_principal_entries.json"),
            Pattern::Name("credentials.tfrc.json"),
            Pattern::Name(".boto"),
            Pattern::Name(".s3cfg"),
            Pattern::Name(".passwd-s3fs"),
            Pattern::Name("config.yaml"),
            Pattern::Name("config"),
        ],
        provides: &[Capability::Secrets],
        max_bytes: SMALL,
    },
    run: Run::Lenient(cloud_credentials),
};

pub(crate) const PROCESS_MANAGERS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "files/process-managers",
        version: 1,
        claims: &[
            Pattern::Name("supervisord.conf"),
            Pattern::Below("etc/supervisor", ".conf"),
            Pattern::Below("etc/supervisor.d", ""),
            Pattern::Below("etc/supervisord.d", ""),
            Pattern::Below("etc/s6-overlay", "/run"),
            Pattern::Below("etc/services.d", "/run"),
            Pattern::Below("etc/s6", "/run"),
            Pattern::Below("etc/service", "/run"),
            Pattern::Below("etc/sv", "/run"),
            Pattern::Below("etc/runit", ""),
            Pattern::Name("ecosystem.config.js"),
            Pattern::Name("circus.ini"),
            Pattern::Name("monitrc"),
            Pattern::Name("Procfile"),
        ],
        provides: &[Capability::ServerConfig],
        max_bytes: SMALL,
    },
    run: Run::Lenient(process_managers),
};

pub(crate) const TEST_ARTIFACTS: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "files/test-artifacts",
        version: 1,
        claims: &[
            Pattern::Name("HEAD"),
            Pattern::Name(".env.test"),
            Pattern::Name(".env.testing"),
            Pattern::Name(".env.development"),
            Pattern::Name(".env.local"),
            Pattern::Name("docker-compose.test.yml"),
            Pattern::Name("docker-compose.test.yaml"),
            Pattern::Name("docker-compose.dev.yml"),
            Pattern::Name(".coverage"),
            Pattern::Name("coverage.xml"),
            Pattern::Name("lcov.info"),
            Pattern::Name("conftest.py"),
            Pattern::Name("pytest.ini"),
            Pattern::Name("phpunit.xml"),
            Pattern::Name("phpunit.xml.dist"),
            Pattern::Name("cypress.config.js"),
            Pattern::Name("cypress.json"),
            Pattern::Name("jest.config.js"),
            Pattern::Name("jest.config.ts"),
            Pattern::Name(".rspec"),
            Pattern::Name("CACHEDIR.TAG"),
            Pattern::Name("web.xml"),
            Pattern::Suffix("info.php"),
        ],
        provides: &[Capability::FileModes],
        max_bytes: SMALL,
    },
    run: Run::Lenient(test_artifacts),
};

fn trace(out: &mut Facts, file: &File<'_>, kind: TraceKind, what: &str) {
    out.traces.push(Trace { kind, what: snippet(what, 160), at: Place::file(file.path) });
}

fn kubeconfig(file: &File<'_>, out: &mut Facts) {
    if file.path.ends_with("serviceaccount/token") {
        if file.bytes.starts_with(b"eyJ") {
            trace(out, file, TraceKind::Kubeconfig, "service account token");
        }
        return;
    }
    let has = |word: &str| memmem::find(file.bytes, word.as_bytes()).is_some();
    if has("clusters") && has("contexts") && (has("kind: Config") || has("\"Config\"")) {
        let with = ["client-key-data", "client-key", "token", "password", "exec", "auth-provider"]
            .into_iter()
            .find(|word| has(&format!("{word}:")) || has(&format!("\"{word}\"")));
        trace(
            out,
            file,
            TraceKind::Kubeconfig,
            &with.map_or_else(|| "kubeconfig without credentials".to_owned(), |with| format!("kubeconfig with {with}")),
        );
    }
}

fn cloud_credentials(file: &File<'_>, out: &mut Facts) {
    let (parent, name) = file.path.rsplit_once('/').unwrap_or(("", file.path));
    let parent = file_name(parent);
    let has = |word: &str| memmem::find(file.bytes, word.as_bytes()).is_some();
    let cloud = match name {
        "credentials" if parent == ".aws" || has("aws_secret_access_key") => "AWS",
        "config" if parent == ".aws" && has("aws_secret_access_key") => "AWS",
        "config" if parent == ".oci" => "Oracle Cloud",
        "config.yaml" if parent == "doctl" && has("access-token") => "DigitalOcean",
        ".boto" | ".s3cfg" | ".passwd-s3fs" => "object storage",
        "credentials.tfrc.json" => "HCP Terraform",
        "accessTokens.json" | "azureProfile.json" | "msal_token_cache.json" | "msal_token_cache.bin" | "service_principal_entries.json"
            if parent == ".azure" =>
        {
            "Azure"
        }
        "application_default_credentials.json" | "adc.json" => "Google Cloud",
        "credentials.db" | "access_tokens.db" if file.path.contains("gcloud") => "Google Cloud",
        _ => return,
    };
    if !file.bytes.is_empty() {
        trace(out, file, TraceKind::CloudCredentials, &format!("{cloud} credentials"));
    }
}

fn process_managers(file: &File<'_>, out: &mut Facts) {
    let name = file_name(file.path);
    let service = || file.path.rsplit('/').nth(1).unwrap_or_default();
    if file.path.contains("supervisor") || name == "circus.ini" {
        let manager = if name == "circus.ini" { "circus" } else { "supervisord" };
        let programs: Vec<String> = lines(file.bytes)
            .filter_map(|(_, line)| {
                let section = line.trim().strip_prefix('[')?.split(']').next()?.to_owned();
                let (kind, name) = section.split_once(':')?;
                matches!(kind, "program" | "eventlistener" | "watcher").then(|| name.trim().to_owned())
            })
            .take(50)
            .collect();
        if !programs.is_empty() {
            trace(out, file, TraceKind::ProcessManager, &format!("{manager}: {}", programs.join(", ")));
        } else if name == "supervisord.conf" {
            trace(out, file, TraceKind::ProcessManager, &format!("{manager} without programs of its own"));
        }
    } else if name == "run" {
        let manager = if file.path.starts_with("etc/service/") || file.path.starts_with("etc/sv/") || file.path.starts_with("etc/runit/") {
            "runit"
        } else {
            "s6"
        };
        trace(out, file, TraceKind::ProcessManager, &format!("{manager}: {}", service()));
    } else if name == "ecosystem.config.js" && memmem::find(file.bytes, b"apps").is_some() && memmem::find(file.bytes, b"script").is_some()
    {
        trace(out, file, TraceKind::ProcessManager, "pm2");
    } else if name == "monitrc" {
        trace(out, file, TraceKind::ProcessManager, "monit");
    } else if name == "Procfile" {
        let programs: Vec<String> = lines(file.bytes)
            .filter_map(|(_, line)| line.split_once(':').map(|(name, _)| name.trim().to_owned()))
            .filter(|name| !name.starts_with('#'))
            .take(50)
            .collect();
        if programs.len() > 1 {
            trace(out, file, TraceKind::ProcessManager, &format!("Procfile: {}", programs.join(", ")));
        }
    }
}

/// Folders of installed software.
fn is_library(path: &str) -> bool {
    ["usr/lib/", "usr/share/", "usr/local/lib/", "usr/local/share/", "usr/src/", "usr/local/go/", "root/.cargo/"]
        .iter()
        .any(|folder| path.starts_with(folder))
        || ["node_modules/", "site-packages/", "dist-packages/", "/vendor/", "/gems/", "/pkg/mod/", "/registry/src/"]
            .iter()
            .any(|folder| path.contains(folder))
}

fn test_artifacts(file: &File<'_>, out: &mut Facts) {
    let name = file_name(file.path);
    if is_library(file.path) {
        return;
    }
    let what = match name {
        "HEAD" => {
            let repository = file.path == ".git/HEAD" || file.path.ends_with("/.git/HEAD");
            let valid = file.bytes.starts_with(b"ref:") || file.bytes.len() >= 40 && file.bytes.iter().take(40).all(u8::is_ascii_hexdigit);
            if !(repository && valid) {
                return;
            }
            "git repository with its history".to_owned()
        }
        "CACHEDIR.TAG" if !file.path.contains(".pytest_cache") => return,
        "CACHEDIR.TAG" => "cache of pytest".to_owned(),
        "web.xml" => {
            let sample = ["webapps/examples/", "webapps/docs/", "webapps/host-manager/", "webapps/manager/"]
                .into_iter()
                .find(|sample| file.path.contains(sample));
            let Some(sample) = sample else { return };
            format!("sample or management application {}", sample.trim_end_matches('/'))
        }
        _ if name.ends_with("info.php") => {
            if memmem::find(file.bytes, b"phpinfo(").is_none() {
                return;
            }
            "page that shows the PHP configuration".to_owned()
        }
        _ => format!("`{name}`"),
    };
    trace(out, file, TraceKind::TestArtifact, &what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn credentials_of_clusters() {
        let config = b"apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers:\n- user:\n    token: x\n";
        check(&KUBECONFIG, "root/.kube/config", config, "trace Kubeconfig `kubeconfig with token`");
        check(&KUBECONFIG, "etc/kubernetes/kubelet.conf", config, "trace Kubeconfig `kubeconfig with token`");
        check(&KUBECONFIG, "app/.git/config", b"[core]\n", "");
        check(&KUBECONFIG, "var/run/secrets/kubernetes.io/serviceaccount/token", b"eyJx", "trace Kubeconfig `service account token`");
        robust(&KUBECONFIG, "root/.kube/config", config);
    }

    #[test]
    fn credentials_of_clouds() {
        check(&CLOUD_CREDENTIALS, "root/.aws/credentials", b"[default]\n", "trace CloudCredentials `AWS credentials`");
        check(
            &CLOUD_CREDENTIALS,
            "home/a/.config/gcloud/application_default_credentials.json",
            b"{}",
            "trace CloudCredentials `Google Cloud credentials`",
        );
        check(&CLOUD_CREDENTIALS, "app/.git/config", b"[core]\n", "");
        check(&CLOUD_CREDENTIALS, "app/config.yaml", b"a: b\n", "");
        robust(&CLOUD_CREDENTIALS, "root/.aws/credentials", b"[default]\n");
    }

    #[test]
    fn managers_and_their_programs() {
        check(
            &PROCESS_MANAGERS,
            "etc/supervisor/conf.d/app.conf",
            b"[program:nginx]\ncommand=x\n[program:php-fpm]\n",
            "trace ProcessManager `supervisord: nginx, php-fpm`",
        );
        check(&PROCESS_MANAGERS, "etc/services.d/web/run", b"#!/bin/sh\n", "trace ProcessManager `s6: web`");
        check(&PROCESS_MANAGERS, "etc/sv/sshd/run", b"#!/bin/sh\n", "trace ProcessManager `runit: sshd`");
        check(&PROCESS_MANAGERS, "app/Procfile", b"web: a\nworker: b\n", "trace ProcessManager `Procfile: web, worker`");
        robust(&PROCESS_MANAGERS, "etc/supervisor/supervisord.conf", b"[program:nginx]\n");
    }

    #[test]
    fn leftovers() {
        check(&TEST_ARTIFACTS, "app/.git/HEAD", b"ref: refs/heads/main\n", "trace TestArtifact `git repository with its history`");
        check(&TEST_ARTIFACTS, "app/x/HEAD", b"ref: x\n", "");
        check(&TEST_ARTIFACTS, "app/.env.test", b"", "trace TestArtifact ``.env.test``");
        check(&TEST_ARTIFACTS, "usr/lib/python3/dist-packages/x/conftest.py", b"", "");
        check(
            &TEST_ARTIFACTS,
            "usr/local/tomcat/webapps/examples/WEB-INF/web.xml",
            b"",
            "trace TestArtifact `sample or management application webapps/examples`",
        );
        check(&TEST_ARTIFACTS, "var/www/info.php", b"<?php phpinfo(); ?>", "trace TestArtifact `page that shows the PHP configuration`");
        robust(&TEST_ARTIFACTS, "app/.git/HEAD", b"ref: refs/heads/main\n");
    }
}
