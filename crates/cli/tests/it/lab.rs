//! A folder to run the program in, and what comes of a run.

use serde_json::Value;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Arguments that most runs share: a moment to judge at.
pub(crate) const AS_OF: &str = "--as-of 2026-06-01";

/// A pod that satisfies the restricted profile.
pub(crate) const GOOD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: good
  namespace: shop
spec:
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: app
      image: registry.example/shop/app:1.2@sha256:2f3a1c0d9e8b7a6f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      resources:
        requests: {cpu: 50m, memory: 64Mi}
        limits: {cpu: 100m, memory: 128Mi}
";

/// A pod that fails `baseline.privileged` (CRITICAL) and several others.
pub(crate) const BAD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: bad
  namespace: shop
spec:
  containers:
    - name: app
      image: registry.example/shop/app:1.2
      securityContext:
        privileged: true
";

/// A pod that fails only controls below HIGH: a fixed host port (MEDIUM).
pub(crate) fn mediocre() -> String {
    GOOD.replace("      resources:\n", "      ports:\n        - {containerPort: 8080, hostPort: 8080}\n      resources:\n")
}

/// A folder with files, in which the program runs.
pub(crate) struct Lab {
    folder: TempDir,
    /// Not among the files that are scanned.
    cache: TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Lab {
    /// With `good.yaml` and `bad.yaml`.
    pub(crate) fn new() -> Self {
        let lab = Self { folder: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
        lab.put("good.yaml", GOOD);
        lab.put("bad.yaml", BAD);
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs with arguments that are separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        self.run_with(arguments, &[], b"")
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_probity"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_CACHE_HOME", self.cache.path())
            .env("DOCKER_CONFIG", self.folder.path())
            .env("PROBITY_OFFLINE_SCAN", "true");
        command
    }

    /// The exit code of a run whose standard output nobody reads.
    pub(crate) fn code_without_reader(&self, arguments: &str) -> i32 {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = self.command(arguments).stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).status().unwrap();
        status.code().expect("the program ends by itself")
    }

    /// Runs with more environment, and with something on standard input.
    pub(crate) fn run_with(&self, arguments: &str, environment: &[(&str, &str)], input: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program that does not want its input closes it.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran {
            code: output.status.code().expect("the program ends by itself"),
            out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    /// Runs, expects no usage error, and parses the JSON on standard output.
    pub(crate) fn json(&self, arguments: &str) -> Value {
        let format = if arguments.starts_with("scan") { "probity-json" } else { "json" };
        let ran = self.run(&format!("{arguments} --format {format}"));
        assert!(!ran.out.is_empty(), "{arguments}: {ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    }
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard error:\n{}\nstandard output:\n{}", self.err, self.out);
        self
    }

    /// Asserts that standard error says something.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.err.contains(part), "`{part}` is not in:\n{}", self.err);
        self
    }
}

/// All controls of the first framework of a report.
pub(crate) fn controls(report: &Value) -> &[Value] {
    report["frameworks"][0]["controls"].as_array().unwrap()
}

/// The status of one control of the first framework.
pub(crate) fn status<'a>(report: &'a Value, id: &str) -> &'a str {
    controls(report).iter().find(|control| control["id"] == id).unwrap_or_else(|| panic!("no control {id}"))["status"].as_str().unwrap()
}

/// A report without what may differ between two runs.
pub(crate) fn body(mut report: Value) -> Value {
    report.as_object_mut().unwrap().shift_remove("run");
    report
}
