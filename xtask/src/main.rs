//! Development tasks. `cargo xtask help` lists them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a development tool talks to its developer")]
#![expect(clippy::disallowed_methods, reason = "the scanner's rules about files and processes are not for tools around it")]

#[cfg(unix)]
mod bench;
mod example;
mod schema;
mod tidy;

use std::{path::PathBuf, process::ExitCode};

const HELP: &str = "\
cargo xtask example   build the example image and judge the example service
cargo xtask bench     measure speed and memory (docs/benchmarks.md); `--help` shows its options
cargo xtask image     build the example image only: target/shop.tar
cargo xtask tidy      house rules: layers, module docs, decision records, licences of texts
cargo xtask schema    write docs/schema/report-v1.json from the types
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let result = match task.as_str() {
        #[cfg(unix)]
        "bench" | "bench-measure" | "bench-limit" => bench::run(&task, std::env::args_os().skip(2).collect()),
        "example" => example::run(),
        "image" => example::build().map(|path| println!("{}", path.display())),
        "tidy" => tidy::run(),
        "schema" => schema::run(),
        "help" | "--help" | "" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("unknown task `{other}`\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("error: {err:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}
