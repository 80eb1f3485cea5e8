//! What a command costs: CPU time, wall time and peak memory, read from the kernel's accounts of finished children.
//!
//! `getrusage(RUSAGE_CHILDREN)` adds up the time of all children and keeps the highest peak of any, so every measured run gets a parent of its own:
//! xtask starts itself as `bench-measure`, which starts the command, waits, and prints the accounts. The parent in between must stay small, because
//! the kernel counts the memory of whoever started a program towards the program's peak.

#![expect(clippy::disallowed_types, reason = "a benchmark opens its own inputs")]

use anyhow::{Context, Result, bail};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    ffi::OsString,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// One run of a command.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Run {
    /// User and system, all threads.
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// Largest resident set, bytes.
    pub(super) peak: u64,
    /// Exit code; none when a signal ended the command.
    pub(super) exit: Option<i32>,
}

/// Several runs of a command, at least one.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs(Vec<Run>);

impl Runs {
    pub(super) fn cpu_min(&self) -> Duration {
        self.0.iter().map(|run| run.cpu).min().unwrap_or_default()
    }

    pub(super) fn cpu_median(&self) -> Duration {
        let mut times: Vec<Duration> = self.0.iter().map(|run| run.cpu).collect();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    pub(super) fn wall_min(&self) -> Duration {
        self.0.iter().map(|run| run.wall).min().unwrap_or_default()
    }

    /// The highest of all runs: memory is not disturbed by what else the machine does.
    pub(super) fn peak(&self) -> u64 {
        self.0.iter().map(|run| run.peak).max().unwrap_or_default()
    }
}

/// Runs commands in turn, `count` times each, so that a busy minute of the machine hits all of them.
pub(super) fn alternate<const N: usize>(count: usize, folder: &Path, commands: [&[OsString]; N]) -> Result<[Runs; N]> {
    let mut all: [Runs; N] = std::array::from_fn(|_| Runs::default());
    for _ in 0..count.max(1) {
        for (command, runs) in commands.iter().zip(&mut all) {
            runs.0.push(once(folder, command)?);
        }
    }
    Ok(all)
}

/// Runs one command `count` times.
pub(super) fn repeat(count: usize, folder: &Path, command: &[OsString]) -> Result<Runs> {
    let [runs] = alternate(count, folder, [command])?;
    Ok(runs)
}

fn once(folder: &Path, command: &[OsString]) -> Result<Run> {
    let mut process = Command::new(std::env::current_exe()?);
    process.arg("bench-measure").args(command).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit());
    // Settings of the developer's shell would change what is measured.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PROBITY_")) {
        process.env_remove(name);
    }
    let output = process.output()?;
    let shown = || command.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    if !output.status.success() {
        bail!("cannot measure `{}`", shown());
    }
    let run: Run = serde_json::from_slice(&output.stdout).context("bench-measure did not print its accounts")?;
    match run.exit {
        Some(0) => Ok(run),
        Some(code) => bail!("exit code {code} of `{}`", shown()),
        None => bail!("a signal ended `{}`", shown()),
    }
}

/// `xtask bench-measure PROGRAM [ARGUMENT…]`: runs the program silently and prints a [`Run`] as JSON.
pub(crate) fn measure(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().context("bench-measure needs a program")?;
    let start = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{}`", program.to_string_lossy()))?;
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    // Apple's kernel counts bytes, the others kibibytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let run = Run {
        cpu: duration(usage.user_time()) + duration(usage.system_time()),
        wall,
        peak: u64::try_from(usage.max_rss()).unwrap_or_default() * unit,
        exit: status.code(),
    };
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

fn duration(time: TimeVal) -> Duration {
    Duration::from_secs(u64::try_from(time.tv_sec()).unwrap_or_default())
        + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or_default())
}

/// What the limit did.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Work {
    /// Bytes that were hashed.
    pub(super) hashed: u64,
    /// Those of them that were inflated before.
    pub(super) inflated: u64,
}

/// `xtask bench-limit ARCHIVE`: does only what nobody who verifies an image can avoid, on one core, with the libraries of the scanner: every
/// compressed member of the archive is inflated, and what comes out is hashed. Prints [`Work`] as JSON.
pub(crate) fn limit(arguments: &[OsString]) -> Result<()> {
    let path = Path::new(arguments.first().context("bench-limit needs an archive")?);
    let file = BufReader::with_capacity(BUFFER, File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?);
    let (file, packed) = inflated(file)?;
    let mut archive = tar::Archive::new(file);
    let mut work = Work::default();
    for entry in archive.entries()? {
        let entry = entry?;
        if entry.header().entry_type().is_file() {
            let (content, packed_itself) = inflated(BufReader::with_capacity(BUFFER, entry))?;
            let bytes = hash(content)?;
            work.hashed += bytes;
            work.inflated += if packed || packed_itself { bytes } else { 0 };
        }
    }
    println!("{}", serde_json::to_string(&work)?);
    Ok(())
}

const BUFFER: usize = 256 << 10;

/// The content, and whether it was compressed.
fn inflated<'a, R: BufRead + 'a>(mut reader: R) -> Result<(Box<dyn Read + 'a>, bool)> {
    let gzip = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok((if gzip { Box::new(flate2::bufread::MultiGzDecoder::new(reader)) } else { Box::new(reader) }, gzip))
}

fn hash(mut reader: impl Read) -> Result<u64> {
    let (mut sha, mut total, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
    loop {
        let count = reader.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        sha.update(bytes);
        total += bytes.len() as u64;
    }
    // Without a use of the digest the compiler might leave out the work.
    std::hint::black_box(sha.finalize());
    Ok(total)
}
