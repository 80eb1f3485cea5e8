//! The command line. Every option can also be set in `probity.yaml` (same names) and as `PROBITY_<NAME>`; the command line wins over the
//! environment, the environment over the file.

use crate::artifact::args::{Artifact, DatabaseFlags, RegistryFlags};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Tells what cloud-native artifacts can and cannot prove about their security and compliance
#[derive(Debug, Parser)]
#[command(name = "probity", version, propagate_version = true, max_term_width = 110, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, gate satisfied · 1 gate failed · 2 usage, framework or policy file wrong · 3 incomplete · 4 expired waiver \
or stale attestation (with --fail-on expired) · 5 internal error"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Read settings from this file instead of `probity.yaml` in the current folder
    #[arg(long, global = true, value_name = "FILE", env = "PROBITY_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", env = "PROBITY_COLOR")]
    pub(crate) color: Option<Color>,
    /// No progress and no notes on standard error
    #[arg(long, short, global = true, env = "PROBITY_QUIET", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) quiet: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge artifacts by one or more frameworks in one pass
    ///
    /// Targets are image archives, OCI layouts, image references, folders, files, or `-` for an archive on standard input; several in one run are
    /// judged together.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Compliance(Box<Compliance>),
    /// Show facts and findings of anything, without a framework
    Scan(Box<Artifact>),
    /// Scan a container image: a reference, an archive or a layout
    #[command(visible_alias = "i")]
    Image(Box<Artifact>),
    /// Scan a folder: lockfiles, installed packages, secrets, configuration
    #[command(visible_alias = "filesystem")]
    Fs(Box<Artifact>),
    /// Scan the root of an operating system
    Rootfs(Box<Artifact>),
    /// Scan a repository that is on the disk
    #[command(visible_alias = "repository")]
    Repo(Box<Artifact>),
    /// Scan a bill of materials
    Sbom(Box<Artifact>),
    /// Judge configuration files
    #[command(visible_alias = "conf")]
    Config(Box<Artifact>),
    /// Get, build and look into the vulnerability database
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Remove databases and what was kept of earlier scans
    Clean(Clean),
    /// Write a JSON report of a scan in another format
    Convert(Box<Artifact>),
    /// List, show, explain and lint frameworks
    Framework {
        #[command(subcommand)]
        command: FrameworkCommand,
    },
    /// List and show checks
    Check {
        #[command(subcommand)]
        command: CheckCommand,
    },
    /// Print the version
    Version,
    /// Print a completion script
    Completions { shell: clap_complete::Shell },
    /// Print the JSON Schema of the JSON report
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct Compliance {
    #[command(subcommand)]
    pub(crate) command: Option<ComplianceCommand>,
    #[command(flatten)]
    pub(crate) frameworks: FrameworkArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ComplianceCommand {
    /// Say which inputs answer how many controls of a framework
    Advise {
        #[command(flatten)]
        frameworks: FrameworkArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FrameworkArgs {
    /// Frameworks: `id`, `id@version`, `id:profile`, or `@path` of a specification file; comma-separated
    #[arg(long, short, alias = "compliance", value_name = "ID", value_delimiter = ',', env = "PROBITY_FRAMEWORK")]
    pub(crate) framework: Vec<String>,
    /// Correct mappings that are known to be wrong in specifications of the older format; what was changed is in the report
    #[arg(long, env = "PROBITY_FIX_KNOWN_SPECS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) fix_known_specs: Option<bool>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// Tailoring file: parameters, exclusions, inherited controls; may be given several times
    #[arg(long, value_name = "FILE", env = "PROBITY_TAILORING")]
    pub(crate) tailoring: Vec<PathBuf>,
    /// Waiver file
    #[arg(long, value_name = "FILE", env = "PROBITY_WAIVERS")]
    pub(crate) waivers: Option<PathBuf>,
    /// Attestation file
    #[arg(long, value_name = "FILE", env = "PROBITY_ATTESTATIONS")]
    pub(crate) attestations: Option<PathBuf>,
    /// Crosswalk file: relations to controls of another framework, added to the report; may be given several times
    #[arg(long, value_name = "FILE", env = "PROBITY_CROSSWALK")]
    pub(crate) crosswalk: Vec<PathBuf>,
    /// Parameter of a framework: `name=value` or `framework/name=value`; may be given several times
    #[arg(long, value_name = "NAME=VALUE", env = "PROBITY_PARAMS")]
    pub(crate) params: Vec<String>,
    /// Judge ages and expiries at this moment (RFC 3339, or a date) instead of now
    #[arg(long, value_name = "TIME", env = "PROBITY_AS_OF")]
    pub(crate) as_of: Option<String>,
    /// Longest life of a waiver in days [default: 180]
    #[arg(long, value_name = "DAYS", env = "PROBITY_MAX_WAIVER_DAYS")]
    pub(crate) max_waiver_days: Option<u32>,
    /// A partial pass stays MANUAL until somebody attests it
    #[arg(long, env = "PROBITY_STRICT_CLAIMS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) strict_claims: Option<bool>,
    /// Warnings about a framework file are errors
    #[arg(long, env = "PROBITY_STRICT_SPEC", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) strict_spec: Option<bool>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// When to fail: `severity=HIGH`, `control=pci-dss/8.6.2`, `not-assessed`, `expired`; may be given several times [default: severity=HIGH]
    #[arg(long, value_name = "RULE", value_delimiter = ',', env = "PROBITY_FAIL_ON")]
    pub(crate) fail_on: Vec<String>,
    /// Exit with this code when the gate fails; 0 only reports [default: 1]
    #[arg(long, value_name = "N", env = "PROBITY_EXIT_CODE")]
    pub(crate) exit_code: Option<u8>,
    /// Exit 3 when a framework's coverage (assessed controls / all controls, 0 to 1) is lower
    #[arg(long, value_name = "RATIO", env = "PROBITY_MIN_COVERAGE")]
    pub(crate) min_coverage: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Image archive, OCI layout, image reference, folder, file, or `-` for standard input
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Folder or file with Kubernetes manifests; one more target
    #[arg(long, value_name = "PATH", env = "PROBITY_K8S")]
    pub(crate) k8s: Vec<String>,
    /// Compose file; one more target
    #[arg(long, value_name = "FILE", env = "PROBITY_COMPOSE")]
    pub(crate) compose: Vec<String>,
    /// Of an archive with several images, only this one (tag, name or digest)
    #[arg(long, value_name = "NAME", env = "PROBITY_IMAGE")]
    pub(crate) image: Option<String>,
    /// Of an index with several platforms, only this one (`linux/arm64`)
    #[arg(long, value_name = "OS/ARCH", env = "PROBITY_PLATFORM")]
    pub(crate) platform: Option<String>,
    /// Files to leave out (globs); they are listed in the report
    #[arg(long, value_name = "GLOB", value_delimiter = ',', env = "PROBITY_SKIP_FILES")]
    pub(crate) skip_files: Vec<String>,
    /// Folders to leave out (globs); they are listed in the report
    #[arg(long, value_name = "GLOB", value_delimiter = ',', env = "PROBITY_SKIP_DIRS")]
    pub(crate) skip_dirs: Vec<String>,
    /// Registries and repositories that images may come from; comma-separated
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', env = "PROBITY_TRUSTED_REGISTRIES")]
    pub(crate) trusted_registries: Vec<String>,
    /// Kubernetes version that manifests are meant for [default: 1.35]
    #[arg(long, value_name = "VERSION", env = "PROBITY_KUBERNETES_VERSION")]
    pub(crate) kubernetes_version: Option<String>,
    /// Speak plain HTTP to registries and accept any certificate
    #[arg(long, env = "PROBITY_INSECURE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) insecure: Option<bool>,
    /// Certificates (PEM) to trust besides the system's when talking to registries
    #[arg(long, value_name = "FILE", env = "PROBITY_CA_CERT")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Ask this registry before the one a reference names: `docker.io=mirror.example`; may be given several times
    #[arg(long, value_name = "HOST=MIRROR", env = "PROBITY_REGISTRY_MIRROR")]
    pub(crate) registry_mirror: Vec<String>,
    /// Where layers of images that were seen before are kept [default: the user's cache folder]
    #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Read every layer of an image anew, and keep nothing of it for the next scan
    #[arg(long, env = "PROBITY_NO_CACHE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) no_cache: Option<bool>,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N", env = "PROBITY_THREADS")]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Budgets (what they cut off is listed in the report)")]
pub(crate) struct LimitArgs {
    /// Largest file that is read whole
    #[arg(long, value_name = "BYTES", env = "PROBITY_MAX_FILE_BYTES")]
    pub(crate) max_file_bytes: Option<u64>,
    /// Most bytes of one target after decompression
    #[arg(long, value_name = "BYTES", env = "PROBITY_MAX_TOTAL_BYTES")]
    pub(crate) max_total_bytes: Option<u64>,
    /// Most entries of one layer or folder
    #[arg(long, value_name = "N", env = "PROBITY_MAX_ENTRIES")]
    pub(crate) max_entries: Option<u64>,
    /// Deepest nesting of folders, archives and documents
    #[arg(long, value_name = "N", env = "PROBITY_MAX_DEPTH")]
    pub(crate) max_depth: Option<u32>,
    /// Highest ratio of decompressed to compressed bytes
    #[arg(long, value_name = "RATIO", env = "PROBITY_MAX_RATIO")]
    pub(crate) max_ratio: Option<u64>,
    /// Longest time for reading one target: seconds, or a duration like `5m` or `1m30s`
    #[arg(long, value_name = "DURATION", env = "PROBITY_TIMEOUT")]
    pub(crate) timeout: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write the report here; the format follows the extension; may be given several times
    #[arg(long, short, value_name = "FILE", env = "PROBITY_OUTPUT")]
    pub(crate) output: Vec<PathBuf>,
    /// Format of standard output, and of outputs without a known extension: table, json [default: table]
    #[arg(long, value_name = "FORMAT", env = "PROBITY_FORMAT")]
    pub(crate) format: Option<String>,
    /// Show only findings and controls at or above this severity; never changes a verdict
    #[arg(long, value_name = "LEVEL", env = "PROBITY_SEVERITY")]
    pub(crate) severity: Option<String>,
    /// Show every control and note, also what passed and what was not assessed
    #[arg(long, env = "PROBITY_ALL", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", require_equals = true)]
    pub(crate) all: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FrameworkCommand {
    /// List the frameworks, their controls, and which inputs answer how many
    List,
    /// Show the controls of a framework
    Show { framework: String },
    /// Explain one control: what it asks, what is looked at, what a pass means
    Explain { framework: String, control: String },
    /// Check framework files for mistakes
    Lint {
        /// Ids or paths; all shipped frameworks when empty
        frameworks: Vec<String>,
    },
    /// Run the tests that framework files have: examples beside them, and the statuses that are expected
    Test {
        /// Paths of framework files
        #[arg(required = true)]
        frameworks: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Download the newest database from a registry
    Update {
        #[command(flatten)]
        database: DatabaseFlags,
        #[command(flatten)]
        registry: RegistryFlags,
        /// The index of Java archives too
        #[arg(long)]
        java: bool,
        /// Also when what is there is fresh
        #[arg(long)]
        force: bool,
    },
    /// Write a database into an archive, for a machine without a network
    Export {
        archive: PathBuf,
        /// The index of Java archives instead
        #[arg(long)]
        java: bool,
        #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        cache_dir: Option<PathBuf>,
    },
    /// Take a database from an archive
    Import {
        archive: PathBuf,
        /// The index of Java archives instead
        #[arg(long)]
        java: bool,
        #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        cache_dir: Option<PathBuf>,
    },
    /// Show which packages a vulnerability affects, and how the database knows
    Why {
        id: String,
        #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        cache_dir: Option<PathBuf>,
    },
    /// Show what differs between two databases: cache folders, or folders with the two files
    Diff { old: PathBuf, new: PathBuf },
    /// Make a database of advisory feeds: folders, archives and files
    Build {
        /// OSV, RustSec, RubySec, FriendsOfPHP, Alpine, Debian, Red Hat, Amazon, Oracle, SUSE, Photon, Arch, CISA KEV, EPSS, endoflife …
        feeds: Vec<PathBuf>,
        /// The cache folder that gets it [default: the user's cache folder]
        #[arg(long, visible_alias = "cache-dir", value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        output: Option<PathBuf>,
        /// When the database says it was made [default: the newest date in the feeds]
        #[arg(long, value_name = "TIME", env = "PROBITY_AS_OF")]
        as_of: Option<String>,
    },
    /// Show which databases are there, their feeds and how fresh they are
    List {
        #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        cache_dir: Option<PathBuf>,
    },
    /// Show what is published about a vulnerability
    Show {
        id: String,
        #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
        cache_dir: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Clean {
    /// Everything
    #[arg(long, short)]
    pub(crate) all: bool,
    /// The vulnerability database
    #[arg(long)]
    pub(crate) vuln_db: bool,
    /// The index of Java archives
    #[arg(long)]
    pub(crate) java_db: bool,
    /// What was kept of earlier scans
    #[arg(long)]
    pub(crate) scan_cache: bool,
    /// Checks are part of the program: there is nothing to remove
    #[arg(long)]
    pub(crate) checks_bundle: bool,
    /// VEX repositories are not kept: there is nothing to remove
    #[arg(long)]
    pub(crate) vex_repo: bool,
    #[arg(long, value_name = "FOLDER", env = "PROBITY_CACHE_DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    /// List the checks
    List,
    /// Show one check: why it matters, what to change, examples
    Show { id: String },
}
