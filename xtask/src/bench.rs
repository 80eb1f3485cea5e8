//! `cargo xtask bench`: what the program costs on inputs that anyone can make, beside what it aims at. See docs/benchmarks.md.
//!
//! Each figure is that of a whole process, started anew. Aims are judged by the smallest CPU time of several runs and by the highest memory peak, so that
//! a busy machine changes little; a missed aim is printed and is not an error.

mod inputs;
mod measure;

use anyhow::{Context, Result, bail};
use inputs::Layer;
use measure::{Runs, Work, alternate, repeat};
use serde_json::Value;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const HELP: &str = "\
cargo xtask bench [--quick] [--image FILE] [--bin FILE] [--runs N] [NAME…]

NAME is nothing, manifest, manifests, image, frameworks or memory; without names all are measured.

--quick        fewer runs, no image of 2 GB
--image FILE   an image archive of yours in place of the generated ones
--bin FILE     measure this program; without it the release build is made and measured
--runs N       run everything N times
";

const NAMES: [&str; 6] = ["nothing", "manifest", "manifests", "image", "frameworks", "memory"];
const THREE: &str = "cis-kubernetes,pci-dss,pss-restricted";
const ONE: &str = "pci-dss";
const EIGHT: &str = "pss-baseline,pss-restricted,cis-docker,cis-kubernetes,cis-kubernetes@1.23,nsa-k8s,nist-800-190,pci-dss";
const OF_IMAGES: &str = "cis-docker";
/// Bytes of the layer that the aims for images were set with.
const IMAGE: u64 = 1_160_000_000;
/// An image below this size is too small for its aim.
const SMALL_IMAGE: u64 = 100_000_000;
const LARGE_IMAGE: u64 = 2_000_000_000;
const MIB: u64 = 1 << 20;
const MB: u64 = 1_000_000;

/// Starts a benchmark, or one of the two programs that it starts itself.
pub(crate) fn run(task: &str, arguments: Vec<OsString>) -> Result<()> {
    match task {
        "bench-measure" => measure::measure(&arguments),
        "bench-limit" => measure::limit(&arguments),
        _ => bench(arguments),
    }
}

#[derive(Default)]
struct Options {
    quick: bool,
    image: Option<PathBuf>,
    program: Option<PathBuf>,
    runs: Option<usize>,
    names: Vec<String>,
}

fn options(arguments: &[OsString]) -> Result<Option<Options>> {
    let mut options = Options::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{}` needs a value", word.to_string_lossy()));
        let file = |value: &OsString| fs::canonicalize(value).with_context(|| format!("no file `{}`", value.to_string_lossy()));
        match word.to_str().unwrap_or_default() {
            "--help" | "-h" => return Ok(None),
            "--quick" => options.quick = true,
            "--image" => options.image = Some(file(value()?)?),
            "--bin" => options.program = Some(file(value()?)?),
            "--runs" => {
                let runs = value()?.to_str().and_then(|text| text.parse().ok()).filter(|runs| *runs > 0);
                options.runs = Some(runs.context("`--runs` needs a number above 0")?);
            }
            name if NAMES.contains(&name) => options.names.push(name.to_owned()),
            other => bail!("unknown argument `{other}`\n{HELP}"),
        }
    }
    Ok(Some(options))
}

fn bench(arguments: Vec<OsString>) -> Result<()> {
    let Some(options) = options(&arguments)? else {
        print!("{HELP}");
        return Ok(());
    };
    // The directory that this build and the release build have in common.
    let own = std::env::current_exe()?;
    let target = own.parent().and_then(Path::parent).context("xtask does not lie in a target folder")?.to_path_buf();
    let release = target.join("release");
    let program = if let Some(program) = &options.program {
        program.clone()
    } else {
        build(&target, "probity")?;
        release.join("probity")
    };
    if cfg!(debug_assertions) {
        // The limit would be measured with libraries that are not optimised.
        build(&target, "xtask")?;
        let status = Command::new(release.join("xtask")).arg("bench").args(arguments).arg("--bin").arg(program).status()?;
        return if status.success() { Ok(()) } else { bail!("the benchmarks ended with {status}") };
    }
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    let peer = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).map(|path| path.join("trivy")).find(|path| path.is_file());
    let mut bench = Bench { options, program, own, folder, peer, rows: Vec::new(), notes: Vec::new() };
    let before = load();
    for (name, measure) in
        NAMES.iter().zip([Bench::nothing, Bench::manifest, Bench::manifests, Bench::image, Bench::frameworks, Bench::memory])
    {
        if bench.options.names.is_empty() || bench.options.names.iter().any(|wanted| wanted == name) {
            eprintln!("measuring {name}");
            if let Err(err) = measure(&mut bench) {
                bench.notes.push(format!("{name}: {err:#}"));
                bench.rows.push(Row { what: (*name).to_owned(), result: NOT_MEASURED.to_owned(), ..Row::default() });
            }
        }
    }
    bench.print(before, load());
    Ok(())
}

fn build(target: &Path, package: &str) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--package", package, "--target-dir"])
        .arg(target)
        .current_dir(crate::root())
        .status()?;
    if !status.success() {
        bail!("the release build of {package} ended with {status}");
    }
    Ok(())
}

struct Bench {
    options: Options,
    program: PathBuf,
    /// This program, which measures and knows the limit.
    own: PathBuf,
    folder: PathBuf,
    peer: Option<PathBuf>,
    rows: Vec<Row>,
    /// What went wrong, for below the table.
    notes: Vec<String>,
}

const NOT_MEASURED: &str = "not measured, see below";

/// A line of the table.
#[derive(Default)]
struct Row {
    what: String,
    runs: Option<Runs>,
    aim: String,
    /// Whether the aim is met, where there is one.
    met: Option<bool>,
    /// What else there is to say about the figure.
    result: String,
    peer: String,
}

impl Bench {
    fn nothing(&mut self) -> Result<()> {
        let runs = self.repeat(20, &self.command(&["version"], &[]))?;
        let met = runs.cpu_min() < ms(10) && runs.peak() < 15 * MIB;
        let peer = self.peer(3, &["version"], &[], "90 ms CPU, 112 MiB");
        self.rows.push(Row {
            what: "nothing to do".to_owned(),
            runs: Some(runs),
            aim: "CPU < 10 ms, peak < 15 MiB".to_owned(),
            met: Some(met),
            peer,
            ..Row::default()
        });
        Ok(())
    }

    fn manifest(&mut self) -> Result<()> {
        let file = inputs::first_manifest(&inputs::manifests(&self.folder, 100)?);
        let runs = self.repeat(20, &self.compliance(THREE, &file))?;
        let met = runs.cpu_min() < ms(20);
        let peer = self.peer_config(3, &file, "1.3 s");
        self.rows.push(Row {
            what: "1 manifest, 3 frameworks".to_owned(),
            runs: Some(runs),
            aim: "CPU < 20 ms".to_owned(),
            met: Some(met),
            peer,
            ..Row::default()
        });
        Ok(())
    }

    fn manifests(&mut self) -> Result<()> {
        let mut before: Option<Runs> = None;
        for (count, runs, peer_runs, recorded) in
            [(100, 10, 2, Some("6.1 s")), (1_000, 10, 1, Some("53 s CPU, 39 s wall")), (10_000, 4, 0, None)]
        {
            let folder = inputs::manifests(&self.folder, count)?;
            let runs = self.repeat(runs, &self.compliance(THREE, &folder))?;
            let growth = before.as_ref().map(|before| ratio(runs.cpu_min(), before.cpu_min()));
            let (aim, met) = match (count, growth) {
                (1_000, _) => ("CPU < 0.25 s", Some(runs.cpu_min() < ms(250))),
                (10_000, Some(growth)) => ("linear: at most 11 times 1,000", Some(growth <= 11.0)),
                _ => ("", None),
            };
            let peer = recorded.map_or_else(String::new, |recorded| self.peer_config(peer_runs, &folder, recorded));
            self.rows.push(Row {
                what: format!("{} manifests, 3 frameworks", thousands(count)),
                runs: Some(runs.clone()),
                aim: aim.to_owned(),
                met,
                result: growth.map_or_else(String::new, |growth| format!("{growth:.1} times the line above")),
                peer,
            });
            before = Some(runs);
        }
        Ok(())
    }

    fn image(&mut self) -> Result<()> {
        if let Some(file) = self.options.image.clone() {
            return self.one_image("your image", &file);
        }
        let gzip = inputs::image(&self.folder, IMAGE, Layer::Gzip, false)?;
        self.one_image("image, gzip layer", &gzip)?;
        let plain = inputs::image(&self.folder, IMAGE, Layer::Plain, false)?;
        self.one_image("image, plain layer", &plain)
    }

    /// The aim depends on what the layers are; that of one's own image shows when it is read.
    fn one_image(&mut self, what: &str, file: &Path) -> Result<()> {
        let limit = [self.own.clone().into_os_string(), "bench-limit".into(), file.into()];
        let output = Command::new(&self.own).args(limit.iter().skip(1)).output()?;
        let work: Work = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`{}` is no archive: {}", file.display(), String::from_utf8_lossy(&output.stderr).trim()))?;
        let bytes = work.hashed;
        let [limit, ours] = alternate(self.runs(3), &self.folder, [&limit, &self.compliance(OF_IMAGES, file)])?;
        let share = ratio(limit.cpu_min(), ours.cpu_min());
        let aimed = Duration::from_millis(1200).mul_f64(float(bytes) / float(IMAGE));
        let (aim, met, recorded) = if work.inflated > bytes / 2 {
            let met = share >= 0.75 && ours.peak() < 100 * MIB;
            ("3/4 of the limit's rate, peak < 100 MiB".to_owned(), met, "8.7 s CPU, 234 MiB")
        } else {
            (format!("CPU < 1.2 s for 1.16 GB (here {})", time(aimed)), ours.cpu_min() < aimed, "")
        };
        // With a small image one would measure how the program starts.
        let met = (bytes >= SMALL_IMAGE).then_some(met);
        let peer = self.peer(
            1,
            &[
                "image",
                "--compliance",
                "docker-cis-1.6.0",
                "--skip-db-update",
                "--skip-java-db-update",
                "--skip-check-update",
                "--offline-scan",
                "--input",
            ],
            &[file],
            recorded,
        );
        self.rows.push(Row {
            what: format!("limit of one core, {what}"),
            result: format!("{:.0} MB, {}", float(bytes) / 1e6, rate(bytes, limit.cpu_min())),
            runs: Some(limit),
            ..Row::default()
        });
        self.rows.push(Row {
            what: format!("{what}, {OF_IMAGES}"),
            result: format!("{}, {:.0} % of the limit", rate(bytes, ours.cpu_min()), share * 100.0),
            runs: Some(ours),
            aim,
            met,
            peer,
        });
        Ok(())
    }

    fn frameworks(&mut self) -> Result<()> {
        let folder = inputs::manifests(&self.folder, 5_000)?;
        let house = inputs::house_frameworks(&self.folder, &crate::root().join("crates/compliance/frameworks"))?;
        let ten = house.iter().fold(EIGHT.to_owned(), |list, path| format!("{list},@{}", path.display()));
        for (output, file) in [("table", false), ("table and report file", true)] {
            let command = |frameworks: &str| if file { self.compliance(frameworks, &folder) } else { self.table(frameworks, &folder) };
            let [one, all] = alternate(self.runs(5), &self.folder, [&command(ONE), &command(&ten)])?;
            let more = ratio(all.cpu_min(), one.cpu_min()) - 1.0;
            let mut result = format!("{:+.1} %", more * 100.0);
            if file {
                // The report of the last run lies there.
                let report: Value = serde_json::from_slice(&fs::read(self.folder.join(REPORT))?).context(REPORT)?;
                let evidence = report.get("evidence").and_then(Value::as_array).map_or(0, Vec::len);
                result.push_str(&format!(", {evidence} pieces of evidence"));
            }
            self.rows.push(Row { what: format!("5,000 manifests, 1 framework ({ONE}), {output}"), runs: Some(one), ..Row::default() });
            self.rows.push(Row {
                what: format!("5,000 manifests, 10 frameworks, {output}"),
                runs: Some(all),
                aim: "at most 5 % over one".to_owned(),
                met: Some(more <= 0.05),
                result,
                ..Row::default()
            });
        }
        Ok(())
    }

    fn memory(&mut self) -> Result<()> {
        if self.options.quick {
            self.rows.push(Row { what: "image of 2 GB".to_owned(), result: "skipped with --quick".to_owned(), ..Row::default() });
            return Ok(());
        }
        let file = inputs::image(&self.folder, LARGE_IMAGE, Layer::Plain, true)?;
        let runs = self.repeat(2, &self.compliance(OF_IMAGES, &file))?;
        let met = runs.peak() < 150 * MB;
        self.rows.push(Row {
            what: format!("image of 2 GB, {OF_IMAGES}"),
            runs: Some(runs),
            aim: "peak < 150 MB".to_owned(),
            met: Some(met),
            ..Row::default()
        });
        Ok(())
    }

    /// How often to run what is usually run `count` times.
    fn runs(&self, count: usize) -> usize {
        self.options.runs.unwrap_or(if self.options.quick { count.div_ceil(3) } else { count })
    }

    fn repeat(&self, count: usize, command: &[OsString]) -> Result<Runs> {
        repeat(self.runs(count), &self.folder, command)
    }

    fn command(&self, words: &[&str], paths: &[&Path]) -> Vec<OsString> {
        command(&self.program, words, paths)
    }

    fn table(&self, frameworks: &str, target: &Path) -> Vec<OsString> {
        self.command(&["compliance", "--framework", frameworks, "--exit-code", "0"], &[target])
    }

    /// A report as a pipeline makes it: the table, and the whole in a file.
    fn compliance(&self, frameworks: &str, target: &Path) -> Vec<OsString> {
        self.command(&["compliance", "--framework", frameworks, "--exit-code", "0", "--output", REPORT], &[target])
    }

    fn peer_config(&mut self, count: usize, target: &Path, recorded: &str) -> String {
        self.peer(count, &["config", "--skip-check-update"], &[target], recorded)
    }

    /// The peer's figure on the same input when it is installed, else the one that was recorded elsewhere.
    fn peer(&mut self, count: usize, words: &[&str], paths: &[&Path], recorded: &str) -> String {
        let Some(peer) = &self.peer else {
            return recorded.to_owned();
        };
        match repeat(count, &self.folder, &command(peer, words, paths)) {
            Ok(runs) => format!("{} CPU, {} wall, {}", time(runs.cpu_min()), time(runs.wall_min()), memory(runs.peak())),
            Err(err) => {
                self.notes.push(format!("{err:#}"));
                NOT_MEASURED.to_owned()
            }
        }
    }

    fn print(&self, before: Option<f64>, after: Option<f64>) {
        let peer = if self.peer.is_some() { "peer" } else { "peer (recorded)" };
        let mut table = vec![["", "CPU min", "CPU median", "wall min", "peak", "result", "aim", "met", peer].map(str::to_owned)];
        for row in &self.rows {
            let figure = |show: &dyn Fn(&Runs) -> String| row.runs.as_ref().map(show).unwrap_or_default();
            let met = match row.met {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            table.push([
                row.what.clone(),
                figure(&|runs| time(runs.cpu_min())),
                figure(&|runs| time(runs.cpu_median())),
                figure(&|runs| time(runs.wall_min())),
                figure(&|runs| memory(runs.peak())),
                row.result.clone(),
                row.aim.clone(),
                met.to_owned(),
                row.peer.clone(),
            ]);
        }
        print_table(&table);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        println!("\n{cores} cores, {} {}; {}", std::env::consts::OS, std::env::consts::ARCH, self.program.display());
        match &self.peer {
            Some(peer) => println!("Peer: {} on this machine and these inputs.", peer.display()),
            None => println!(
                "Peer (recorded): figures of Trivy that were recorded elsewhere, on a machine with 2 cores and its own inputs. Put `trivy` on the PATH to measure it here."
            ),
        }
        for note in &self.notes {
            println!("Not measured: {}", note.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if let (Some(before), Some(after)) = (before, after) {
            println!("Load of the machine (mean of one minute): {before:.1} before, {after:.1} after.");
            if before > 0.5 {
                println!("The machine was not quiet: other work makes all times longer, and wall times most.");
            }
        }
    }
}

/// Where each run leaves its report, below the folder of the inputs.
const REPORT: &str = "report.json";

fn command(program: &Path, words: &[&str], paths: &[&Path]) -> Vec<OsString> {
    let paths = paths.iter().map(OsString::from);
    std::iter::once(program.into()).chain(words.iter().map(OsString::from)).chain(paths).collect()
}

/// Aligned, and valid Markdown, so that it can be put where figures are discussed.
fn print_table(table: &[[String; 9]]) {
    let widths: [usize; 9] = std::array::from_fn(|column| {
        table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
    });
    for (number, row) in table.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("| {} |", cells.join(" | "));
        if number == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
}

/// Mean number of running processes of the last minute, where the system says it.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 0.1 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

fn thousands(count: u32) -> String {
    if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) }
}

fn memory(bytes: u64) -> String {
    format!("{:.1} MiB", float(bytes) / float(MIB))
}

fn rate(bytes: u64, time: Duration) -> String {
    format!("{:.0} MB/s", float(bytes) / 1e6 / time.as_secs_f64().max(1e-9))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-9)
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^53, shown with three digits")]
fn float(count: u64) -> f64 {
    count as f64
}
