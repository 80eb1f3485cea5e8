//! The program `probity`: arguments → request → engine → writer → exit code. The only place that prints or exits.

mod args;
mod artifact;
mod catalogue;
mod config;
mod convert;
mod database;
mod files;
mod frameworks;
mod nearest;
mod progress;
mod run;
mod settings;
mod suppressions;

use args::{CheckCommand, Cli, Color, Command, ComplianceCommand, DbCommand, FrameworkCommand};
use artifact::Kind;
use clap::{CommandFactory, FromArgMatches};
use probity_advisories::update::Artifact as Database;
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

/// Parsing and findings are many small allocations from several threads: measured, this allocator takes a third off the time of a thousand manifests.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes; their meaning is part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    /// Arguments, frameworks or policy files are wrong.
    Usage,
    /// Something that was asked for could not be examined.
    Incomplete,
    /// The gate's code, or the one that `--exit-code` names.
    Code(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Usage => Self::from(2),
            Exit::Incomplete => Self::from(3),
            Exit::Code(code) => Self::from(code),
        }
    }
}

/// What standard output is: colours and width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) color: bool,
    pub(crate) width: Option<usize>,
}

fn main() -> ExitCode {
    probity_engine::quiet_panics();
    match run() {
        Ok(exit) => exit.into(),
        Err(err) if is_broken_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            report_error(&err);
            Exit::Usage.into()
        }
    }
}

fn run() -> anyhow::Result<Exit> {
    let matches = Cli::command().get_matches();
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|err| err.exit());
    config::check_environment()?;
    config::apply(&mut cli)?;
    let terminal = terminal(cli.color.unwrap_or(Color::Auto));
    let quiet = cli.quiet.unwrap_or(false);
    match cli.command {
        Command::Compliance(compliance) => match &compliance.command {
            Some(ComplianceCommand::Advise { frameworks }) => frameworks::advise(&frameworks.framework),
            None => run::compliance(&compliance, terminal, quiet),
        },
        Command::Scan(args) => artifact::run(Kind::Scan, &args, terminal, quiet),
        Command::Image(args) => artifact::run(Kind::Image, &args, terminal, quiet),
        Command::Fs(args) => artifact::run(Kind::Filesystem, &args, terminal, quiet),
        Command::Rootfs(args) => artifact::run(Kind::Rootfs, &args, terminal, quiet),
        Command::Repo(args) => artifact::run(Kind::Repository, &args, terminal, quiet),
        Command::Sbom(args) => artifact::run(Kind::Sbom, &args, terminal, quiet),
        Command::Config(args) => artifact::run(Kind::Config, &args, terminal, quiet),
        Command::Db { command } => match command {
            DbCommand::Build { feeds, output, as_of } => database::build(&feeds, &database::folder(output.as_ref())?, as_of, quiet),
            DbCommand::Update { database, registry, java, force } => {
                let artifacts = [Database::Advisories, Database::JavaIndex];
                database::update(&database, &registry, artifacts.split_at(if java { 2 } else { 1 }).0, force, quiet)
            }
            DbCommand::Export { archive, java, cache_dir } => database::export(cache_dir.as_ref(), java, &archive),
            DbCommand::Import { archive, java, cache_dir } => database::import(cache_dir.as_ref(), java, &archive),
            DbCommand::Why { id, cache_dir } => database::why(cache_dir.as_ref(), &id),
            DbCommand::Diff { old, new } => database::diff(&old, &new),
            DbCommand::List { cache_dir } => database::list(cache_dir.as_ref()),
            DbCommand::Show { id, cache_dir } => database::show(cache_dir.as_ref(), &id),
        },
        Command::Clean(clean) => database::clean(clean.cache_dir.as_ref(), &clean),
        Command::Convert(args) => convert::run(&args, terminal, quiet),
        Command::Framework { command } => match command {
            FrameworkCommand::List => frameworks::list(terminal),
            FrameworkCommand::Show { framework } => frameworks::show(&framework, terminal),
            FrameworkCommand::Explain { framework, control } => frameworks::explain(&framework, &control, terminal),
            FrameworkCommand::Lint { frameworks } => frameworks::lint(&frameworks),
            FrameworkCommand::Test { frameworks } => frameworks::test(&frameworks, quiet),
        },
        Command::Check { command } => match command {
            CheckCommand::List => catalogue::list(terminal),
            CheckCommand::Show { id } => catalogue::show(&id),
        },
        Command::Version => print(&format!("probity {}\n", env!("CARGO_PKG_VERSION"))),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "probity", &mut script);
            print_bytes(&script)
        }
        Command::Schema => {
            let mut text = serde_json::to_string_pretty(&probity_report::json_schema())?;
            text.push('\n');
            print(&text)
        }
    }
}

pub(crate) fn print(text: &str) -> anyhow::Result<Exit> {
    print_bytes(text.as_bytes())
}

fn print_bytes(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}

/// `error: …`, its causes, and a hint on a line of its own.
fn report_error(err: &anyhow::Error) {
    let mut text = format!("error: {err}");
    for cause in err.chain().skip(1) {
        text.push_str(&format!("\n  caused by: {cause}"));
    }
    if let Some(hint) = run::hint_of(err) {
        text.push_str(&format!("\n  hint: {hint}"));
    }
    note(&text);
}

/// A line for people on standard error.
pub(crate) fn note(text: &str) {
    let mut line: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    line.push('\n');
    // There is nowhere left to say that standard error is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// The reader of our output left (`probity … | head`): nothing is wrong.
fn is_broken_pipe(err: &anyhow::Error) -> bool {
    err.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|err| err.kind() == std::io::ErrorKind::BrokenPipe)
}

/// `NO_COLOR` and `TERM=dumb` are honoured; the width is that of the terminal, or `COLUMNS`.
fn terminal(color: Color) -> Terminal {
    let is_terminal = std::io::stdout().is_terminal();
    let wanted = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    };
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns >= 40);
    let width = if is_terminal {
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).or_else(columns).or(Some(80))
    } else {
        columns()
    };
    Terminal { color: wanted, width }
}
