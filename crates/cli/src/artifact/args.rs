//! The flags of `image`, `fs`, `rootfs`, `repo`, `sbom`, `config` and `scan`: the words that users of today's scanners have in their pipelines.
//!
//! Flags that make no sense here are known too, hidden, and answered with what to do instead: [`Unsupported`].

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// A switch that may be written `--flag`, `--flag=true` or `--flag=false`.
macro_rules! switches {
    ($(#[$outer:meta])* $visibility:vis struct $name:ident { $($(#[doc = $doc:literal])+ $field:ident : $long:literal $(, $env:literal)?;)* }) => {
        $(#[$outer])*
        $visibility struct $name {
            $(
                $(#[doc = $doc])+
                #[arg(long = $long, $(env = $env,)? num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true, hide_possible_values = true)]
                $visibility $field: Option<bool>,
            )*
        }
    };
}

/// Everything that these commands take.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Artifact {
    /// Image reference, archive, layout, folder, file or bill of materials; what is not meant for the command is an error
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Image archive instead of a reference
    #[arg(long, value_name = "FILE", env = "PROBITY_INPUT")]
    pub(crate) input: Option<String>,
    #[command(flatten)]
    pub(crate) scan: ScanFlags,
    #[command(flatten)]
    pub(crate) database: DatabaseFlags,
    #[command(flatten)]
    pub(crate) vulnerabilities: VulnerabilityFlags,
    #[command(flatten)]
    pub(crate) misconfigurations: MisconfigurationFlags,
    #[command(flatten)]
    pub(crate) report: ReportFlags,
    #[command(flatten)]
    pub(crate) registry: RegistryFlags,
    #[command(flatten)]
    pub(crate) limits: crate::args::LimitArgs,
    #[command(flatten)]
    pub(crate) unsupported: Unsupported,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Scan")]
pub(crate) struct ScanFlags {
    /// What to look for: vuln, misconfig, secret, license [default: vuln,secret; config: misconfig; scan: all]
    #[arg(long, visible_alias = "security-checks", value_name = "LIST", value_delimiter = ',', env = "PROBITY_SCANNERS")]
    pub(crate) scanners: Vec<String>,
    /// Folders to leave out (globs); they are listed in the report
    #[arg(long, value_name = "GLOB", value_delimiter = ',', env = "PROBITY_SKIP_DIRS")]
    pub(crate) skip_dirs: Vec<String>,
    /// Files to leave out (globs); they are listed in the report
    #[arg(long, value_name = "GLOB", value_delimiter = ',', env = "PROBITY_SKIP_FILES")]
    pub(crate) skip_files: Vec<String>,
    /// Threads; 0 chooses [default: one for each core]
    #[arg(long, visible_alias = "threads", value_name = "N", env = "PROBITY_PARALLEL")]
    pub(crate) parallel: Option<usize>,
    /// Judge packages of the operating system as if it were this one: `family/version`
    #[arg(long, value_name = "FAMILY/VERSION", env = "PROBITY_DISTRO")]
    pub(crate) distro: Option<String>,
    /// `precise` reports what is certain, `comprehensive` also what a wanted range allows
    #[arg(long, value_enum, value_name = "PRIORITY", env = "PROBITY_DETECTION_PRIORITY")]
    pub(crate) detection_priority: Option<DetectionPriority>,
    /// What proves a package: database, installed, binary, lockfile, manifest, sbom; `all` [default: everything but lockfiles and manifests for images and
    /// root file systems, everything for folders]
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_EVIDENCE")]
    pub(crate) evidence: Vec<String>,
    /// Of an archive with several images, only this one (tag, name or digest)
    #[arg(long, value_name = "NAME", env = "PROBITY_IMAGE")]
    pub(crate) image: Option<String>,
    /// Of an index with several platforms, only this one (`linux/arm64`)
    #[arg(long, value_name = "OS/ARCH", env = "PROBITY_PLATFORM")]
    pub(crate) platform: Option<String>,
    /// Rules for secrets: custom ones, rules to disable, paths to allow
    #[arg(long, value_name = "FILE", env = "PROBITY_SECRET_CONFIG")]
    pub(crate) secret_config: Option<PathBuf>,
    /// What to look for in the image's configuration: misconfig, secret; both are always looked for here
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_IMAGE_CONFIG_SCANNERS")]
    pub(crate) image_config_scanners: Vec<String>,
    #[command(flatten)]
    pub(crate) switches: ScanSwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct ScanSwitches {
        /// Ask nobody on the network; not even registries when a database is stale
        offline_scan: "offline-scan", "PROBITY_OFFLINE_SCAN";
        /// Open no connection at all, not even to the registry of an image
        offline: "offline", "PROBITY_OFFLINE";
        /// Development dependencies too
        include_dev_deps: "include-dev-deps", "PROBITY_INCLUDE_DEV_DEPS";
        /// Also judge packages that are not the distribution's own as if they were
        third_party: "third-party", "PROBITY_THIRD_PARTY";
        /// Read every layer of an image anew, and keep nothing of it for the next scan
        no_cache: "no-cache", "PROBITY_NO_CACHE";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DetectionPriority {
    Precise,
    Comprehensive,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Vulnerability database")]
pub(crate) struct DatabaseFlags {
    /// Where the database and the cache are [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Repositories to pull the database from, in order
    #[arg(long, value_name = "REPOSITORY", value_delimiter = ',', env = "PROBITY_DB_REPOSITORY")]
    pub(crate) db_repository: Vec<String>,
    /// Repositories to pull the index of Java archives from, in order
    #[arg(long, value_name = "REPOSITORY", value_delimiter = ',', env = "PROBITY_JAVA_DB_REPOSITORY")]
    pub(crate) java_db_repository: Vec<String>,
    /// An older database is not used to conclude that nothing is vulnerable: `7d`, `36h`
    #[arg(long, value_name = "AGE", env = "PROBITY_MAX_DB_AGE")]
    pub(crate) max_db_age: Option<String>,
    #[command(flatten)]
    pub(crate) switches: DatabaseSwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct DatabaseSwitches {
        /// Use the database that is there
        skip_db_update: "skip-db-update", "PROBITY_SKIP_DB_UPDATE";
        /// Use the index of Java archives that is there
        skip_java_db_update: "skip-java-db-update", "PROBITY_SKIP_JAVA_DB_UPDATE";
        /// Update the database and stop
        download_db_only: "download-db-only", "PROBITY_DOWNLOAD_DB_ONLY";
        /// Update the index of Java archives and stop
        download_java_db_only: "download-java-db-only", "PROBITY_DOWNLOAD_JAVA_DB_ONLY";
        /// No progress
        no_progress: "no-progress", "PROBITY_NO_PROGRESS";
        /// Checks are part of the program: there is nothing to update
        skip_check_update: "skip-check-update", "PROBITY_SKIP_CHECK_UPDATE";
        /// Nobody is asked for newer versions
        skip_version_check: "skip-version-check", "PROBITY_SKIP_VERSION_CHECK";
        /// Nothing is ever sent
        disable_telemetry: "disable-telemetry", "PROBITY_DISABLE_TELEMETRY";
    }
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Vulnerabilities")]
pub(crate) struct VulnerabilityFlags {
    /// Whose severity counts, in order: `nvd`, `ghsa`, `redhat` …, `auto` [default: auto]
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_VULN_SEVERITY_SOURCE")]
    pub(crate) vuln_severity_source: Vec<String>,
    /// Statuses to leave out: affected, will_not_fix, fix_deferred, end_of_life …
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_IGNORE_STATUS")]
    pub(crate) ignore_status: Vec<String>,
    /// VEX documents: OpenVEX, CycloneDX, CSAF files
    #[arg(long, value_name = "FILE", value_delimiter = ',', env = "PROBITY_VEX")]
    pub(crate) vex: Vec<String>,
    /// Packages to list: os, library
    #[arg(long, visible_alias = "vuln-type", value_name = "LIST", value_delimiter = ',', env = "PROBITY_PKG_TYPES")]
    pub(crate) pkg_types: Vec<String>,
    /// Packages to list: unknown, root, workspace, direct, indirect
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_PKG_RELATIONSHIPS")]
    pub(crate) pkg_relationships: Vec<String>,
    #[command(flatten)]
    pub(crate) switches: VulnerabilitySwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct VulnerabilitySwitches {
        /// Leave out what nobody has fixed
        ignore_unfixed: "ignore-unfixed", "PROBITY_IGNORE_UNFIXED";
        /// There is no VEX repository to update
        skip_vex_repo_update: "skip-vex-repo-update", "PROBITY_SKIP_VEX_REPO_UPDATE";
    }
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Misconfigurations")]
pub(crate) struct MisconfigurationFlags {
    /// Kinds of files to judge: dockerfile, kubernetes, compose, helm … [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_MISCONFIG_SCANNERS")]
    pub(crate) misconfig_scanners: Vec<String>,
    /// Registries and repositories that images may come from; comma-separated
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', env = "PROBITY_TRUSTED_REGISTRIES")]
    pub(crate) trusted_registries: Vec<String>,
    /// Kubernetes version that manifests are meant for [default: 1.35]
    #[arg(long, visible_alias = "k8s-version", value_name = "VERSION", env = "PROBITY_KUBERNETES_VERSION")]
    pub(crate) kubernetes_version: Option<String>,
    /// Namespaces of Rego checks; the built-in checks are native and always run
    #[arg(
        long,
        visible_alias = "namespaces",
        alias = "policy-namespaces",
        value_name = "LIST",
        value_delimiter = ',',
        env = "PROBITY_CHECK_NAMESPACES"
    )]
    pub(crate) check_namespaces: Vec<String>,
    #[command(flatten)]
    pub(crate) switches: MisconfigurationSwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct MisconfigurationSwitches {
        /// Passed checks too
        include_non_failures: "include-non-failures", "PROBITY_INCLUDE_NON_FAILURES";
        /// There are no deprecated checks
        include_deprecated_checks: "include-deprecated-checks", "PROBITY_INCLUDE_DEPRECATED_CHECKS";
    }
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportFlags {
    /// Format: table, json, cyclonedx, spdx, spdx-json … [default: table, or by the output file's extension]
    #[arg(long, short, value_name = "FORMAT", env = "PROBITY_FORMAT")]
    pub(crate) format: Option<String>,
    /// Write the report here; may be given several times
    #[arg(long, short, value_name = "FILE", env = "PROBITY_OUTPUT")]
    pub(crate) output: Vec<PathBuf>,
    /// Show only these severities: UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL
    #[arg(long, short, value_name = "LIST", value_delimiter = ',', env = "PROBITY_SEVERITY")]
    pub(crate) severity: Vec<String>,
    /// Exit with this code when a finding is shown [default: 0]
    #[arg(long, value_name = "N", env = "PROBITY_EXIT_CODE")]
    pub(crate) exit_code: Option<u8>,
    /// Exit with this code when the operating system is not supported any more
    #[arg(long, value_name = "N", env = "PROBITY_EXIT_ON_EOL")]
    pub(crate) exit_on_eol: Option<u8>,
    /// Accepted findings: `.trivyignore`, `.trivyignore.yaml`, `.probityignore.yaml` [default: those of the current folder]
    #[arg(long, value_name = "FILE", env = "PROBITY_IGNOREFILE")]
    pub(crate) ignorefile: Option<PathBuf>,
    /// Tables: summary, detailed
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_TABLE_MODE")]
    pub(crate) table_mode: Vec<String>,
    /// `all` or `summary`
    #[arg(long, value_name = "KIND", env = "PROBITY_REPORT")]
    pub(crate) report: Option<String>,
    /// Judge ages and expiries at this moment (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "PROBITY_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// What counts for `--exit-code`: `severity=HIGH`, `kev`, `fixable`, `epss=0.5`, `eol`, `not-assessed`; may be given several times
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "PROBITY_FAIL_ON")]
    pub(crate) fail_on: Vec<String>,
    #[command(flatten)]
    pub(crate) switches: ReportSwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct ReportSwitches {
        /// Every package, also those without findings [default: true]
        list_all_pkgs: "list-all-pkgs", "PROBITY_LIST_ALL_PKGS";
        /// Show accepted findings too, as such
        show_suppressed: "show-suppressed", "PROBITY_SHOW_SUPPRESSED";
        /// How vulnerable packages come into the project
        dependency_tree: "dependency-tree", "PROBITY_DEPENDENCY_TREE";
        /// Everything, also what passed and what was not assessed
        all: "all", "PROBITY_ALL";
    }
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Registry")]
pub(crate) struct RegistryFlags {
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, visible_alias = "cacert", value_name = "FILE", env = "PROBITY_CA_CERT")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Ask this registry before the one a reference names: `docker.io=mirror.example`; may be given several times
    #[arg(long, value_name = "HOST=MIRROR", env = "PROBITY_REGISTRY_MIRROR")]
    pub(crate) registry_mirror: Vec<String>,
    /// Where images come from: only `remote` is there; archives and layouts are given as targets
    #[arg(long, value_name = "LIST", value_delimiter = ',', env = "PROBITY_IMAGE_SRC")]
    pub(crate) image_src: Vec<String>,
    #[command(flatten)]
    pub(crate) switches: RegistrySwitches,
}

switches! {
    #[derive(Debug, Clone, Default, Args)]
    pub(crate) struct RegistrySwitches {
        /// Speak plain HTTP to registries and accept any certificate
        insecure: "insecure", "PROBITY_INSECURE";
        /// More messages on standard error
        debug: "debug", "PROBITY_DEBUG";
    }
}

macro_rules! unsupported {
    ($($field:ident : $long:literal => $why:literal;)*) => {
        /// Flags of other scanners that this one does not have, with the reason.
        #[derive(Debug, Clone, Default, Args)]
        pub(crate) struct Unsupported {
            $(
                #[arg(long = $long, hide = true, num_args = 0..=1, default_missing_value = "", value_name = "VALUE")]
                $field: Vec<String>,
            )*
        }

        impl Unsupported {
            /// The first that was given, and why it is not there.
            pub(crate) fn first(&self) -> Option<(&'static str, &'static str)> {
                $( if !self.$field.is_empty() { return Some(($long, $why)); } )*
                None
            }
        }
    };
}

unsupported! {
    server: "server" => "there is no client and server mode yet: run the scan where the artifact is";
    token: "token" => "there is no client and server mode yet";
    token_header: "token-header" => "there is no client and server mode yet";
    custom_headers: "custom-headers" => "there is no client and server mode yet";
    cache_backend: "cache-backend" => "the cache is a folder that any number of processes share without locks: use `--cache-dir`";
    cache_ttl: "cache-ttl" => "the cache is content-addressed and does not expire: use `probity clean`";
    redis_ca: "redis-ca" => "the cache is a folder: use `--cache-dir`";
    redis_cert: "redis-cert" => "the cache is a folder: use `--cache-dir`";
    redis_key: "redis-key" => "the cache is a folder: use `--cache-dir`";
    redis_tls: "redis-tls" => "the cache is a folder: use `--cache-dir`";
    ignore_policy: "ignore-policy" => "policies in Rego are not there yet: use an ignore file or VEX";
    config_check: "config-check" => "checks in Rego are not there yet";
    config_data: "config-data" => "checks in Rego are not there yet";
    trace_rego: "trace-rego" => "checks in Rego are not there yet";
    rego_error_limit: "rego-error-limit" => "checks in Rego are not there yet";
    template: "template" => "templates are not there yet: use `--format json` and a program of yours";
    output_plugin_arg: "output-plugin-arg" => "there are no plugins: use a pipe";
    sbom_sources: "sbom-sources" => "bills of materials of registries are not asked for yet: scan the image itself";
    rekor_url: "rekor-url" => "transparency logs are not asked for yet";
    removed_pkgs: "removed-pkgs" => "use `--all`: what later layers deleted is in the inventory";
    docker_host: "docker-host" => "daemons are not asked yet: use `docker save IMAGE | probity image -`";
    podman_host: "podman-host" => "daemons are not asked yet: use `podman save IMAGE | probity image -`";
    license_full: "license-full" => "licence texts are not classified yet; licences that packages declare are in every report";
    license_confidence_level: "license-confidence-level" => "licence texts are not classified yet";
    ignored_licenses: "ignored-licenses" => "use an ignore file";
    file_patterns: "file-patterns" => "files are recognised by their content and name: name the file as a target of its own";
    max_image_size: "max-image-size" => "use `--max-total-bytes`";
    helm_values: "helm-values" => "charts are not rendered yet: render them and scan the result";
    helm_set: "helm-set" => "charts are not rendered yet: render them and scan the result";
    helm_set_file: "helm-set-file" => "charts are not rendered yet: render them and scan the result";
    helm_set_string: "helm-set-string" => "charts are not rendered yet: render them and scan the result";
    helm_api_versions: "helm-api-versions" => "charts are not rendered yet: render them and scan the result";
    helm_kube_version: "helm-kube-version" => "charts are not rendered yet: render them and scan the result";
    tf_vars: "tf-vars" => "Terraform is not evaluated yet";
    tf_exclude: "tf-exclude-downloaded-modules" => "Terraform is not evaluated yet";
    cf_params: "cf-params" => "CloudFormation is not evaluated yet";
    ansible_extra_vars: "ansible-extra-vars" => "Ansible is not evaluated yet";
    ansible_inventory: "ansible-inventory" => "Ansible is not evaluated yet";
    ansible_playbook: "ansible-playbook" => "Ansible is not evaluated yet";
    checks_bundle: "checks-bundle-repository" => "checks are part of the program";
    config_file_schemas: "config-file-schemas" => "checks in Rego are not there yet";
    raw_config_scanners: "raw-config-scanners" => "checks in Rego are not there yet";
    render_cause: "render-cause" => "Terraform is not evaluated yet";
    enable_modules: "enable-modules" => "there are no WebAssembly modules";
    module_dir: "module-dir" => "there are no WebAssembly modules";
    branch: "branch" => "repositories are read from the disk: check the branch out first";
    commit: "commit" => "repositories are read from the disk: check the commit out first";
    tag: "tag" => "repositories are read from the disk: check the tag out first";
    username: "username" => "credentials come from the Docker configuration: `docker login`, or a credential helper";
    password: "password" => "credentials come from the Docker configuration: `docker login`, or a credential helper";
    password_stdin: "password-stdin" => "credentials come from the Docker configuration: `docker login`, or a credential helper";
    registry_token: "registry-token" => "credentials come from the Docker configuration: put the token there as `registrytoken`";
    compliance: "compliance" => "use `probity compliance --framework ID`";
    vm: "aws-region" => "virtual machine images are not read yet";
}
