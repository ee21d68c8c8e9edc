//! The command line: what can be asked of the program, and which function answers.
//!
//! Flags and environment variables become [`Overrides`]; everything behind the dispatch sees only a checked [`Config`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::config::{Config, Overrides};
use crate::locale::{Locale, NumberStyle};
use crate::palette::Theme;
use crate::scene::Profile;
use crate::{doctor, launch};

/// The wall of a district's grid-governance command centre. Without a subcommand: opens the wall.
#[derive(Parser, Debug)]
#[command(name = "gridwall", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    wall: WallFlags,
    #[command(flatten)]
    window: WindowFlags,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Render one complete frame to a PNG, without a window or a display.
    Snapshot(SnapshotFlags),
    /// Run the reference platform alone.
    Serve(ServeFlags),
    /// Read areas and tickets from files into a database for `serve --db` and `--db`.
    Import(ImportFlags),
    /// Measure this machine: the heat map beside what others do, or the whole wall.
    Bench(BenchFlags),
    /// Open the wall and start it again whenever it ends, hangs or shows nothing new.
    Supervise(SuperviseFlags),
    /// Run the whole wall without a window for hours, with a fault a minute, and tell what grows.
    Soak(SoakFlags),
    /// Check this machine, the configuration and the platform; each line says ok or what to do.
    Doctor(WallFlags),
}

/// What the wall shows and where it comes from.
#[derive(Args, Debug, Clone, Default)]
pub struct WallFlags {
    /// Configuration file (default: ./gridwall.toml, the user's and the system's configuration folder)
    #[arg(long, env = "GRIDWALL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Base URL of the platform (default: the reference platform in this process)
    #[arg(long, env = "GRIDWALL_PLATFORM", value_name = "URL")]
    platform: Option<String>,
    /// District of the reference platform: haicheng, pidu, nanshan, laoshan or STREETSxCOMMUNITIESxGRIDS
    #[arg(long, env = "GRIDWALL_DISTRICT")]
    district: Option<String>,
    /// Seed of the reference platform
    #[arg(long, env = "GRIDWALL_SEED")]
    seed: Option<u64>,
    /// Speed of the reference platform's time, 0 to 100000
    #[arg(long, env = "GRIDWALL_SPEED")]
    speed: Option<f64>,
    /// Database to show instead of a synthetic district, made by `gridwall import`
    #[arg(long, env = "GRIDWALL_DB", value_name = "FILE")]
    db: Option<PathBuf>,
    /// Moment at which the reference platform's clock stands still, e.g. 2026-11-21T14:32:05+08:00
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// Language
    #[arg(long, env = "GRIDWALL_LOCALE")]
    locale: Option<Locale>,
    /// How large numbers are written: 12,345 or, in Chinese, 1.23 万
    #[arg(long, env = "GRIDWALL_NUMBERS")]
    numbers: Option<NumberStyle>,
    /// Colours
    #[arg(long, env = "GRIDWALL_THEME")]
    theme: Option<Theme>,
    /// Wall (read from metres away) or desk
    #[arg(long, env = "GRIDWALL_PROFILE")]
    profile: Option<Profile>,
    /// Folder with scene files of your own, which add to the shipped scenes or replace them
    #[arg(long, env = "GRIDWALL_SCENES_DIR", value_name = "DIR")]
    scenes_dir: Option<PathBuf>,
    /// A drill: the map carries a watermark
    #[arg(long)]
    drill: bool,
}

#[derive(Args, Debug, Clone, Default)]
struct WindowFlags {
    /// Size of the window, e.g. 1600x900
    #[arg(long, value_parser = size, value_name = "WxH")]
    window: Option<(u32, u32)>,
    /// Open as a full-screen wall (F11 switches)
    #[arg(long)]
    full_screen: bool,
    /// Show one scene after another, each for so many seconds
    #[arg(long, value_name = "SECONDS")]
    rotate: Option<u64>,
    /// The plainest wall: one scene, nothing kept, a software adapter where there is one
    #[arg(long)]
    safe: bool,
    /// Tell metrics (OpenMetrics) at this address of this machine, e.g. 127.0.0.1:9464
    #[arg(long, env = "GRIDWALL_METRICS", value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Set by `gridwall supervise`: tell it by stdout that pictures are shown, end when stdin does; so many restarts so far
    #[arg(long, hide = true, value_name = "N")]
    supervised: Option<u32>,
}

/// What `gridwall soak` takes.
#[derive(Args, Debug, Clone)]
struct SoakFlags {
    /// How long
    #[arg(long, default_value_t = 2.0, value_name = "H", value_parser = clap::value_parser!(f64))]
    hours: f64,
    /// Platform seconds per real second
    #[arg(long, default_value_t = 60.0, value_name = "X")]
    speed: f64,
    /// District of the reference platform
    #[arg(long, default_value = "haicheng")]
    district: String,
    /// Seconds between two lines of the table
    #[arg(long, default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(5..))]
    interval: u64,
    /// Seconds between two faults
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(5..))]
    fault_every: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `gridwall supervise` takes.
#[derive(Args, Debug, Clone)]
struct SuperviseFlags {
    /// A wall that has shown nothing new for so many seconds hangs and is started again
    #[arg(long, default_value_t = 8, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(2..=600))]
    hang_after: u64,
    /// A wall that has shown nothing at all so many seconds after its start is started again
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(5..=3600))]
    start_within: u64,
    /// Arguments of the wall, behind `--`
    #[arg(last = true, value_name = "ARGS")]
    wall: Vec<String>,
}

/// What `gridwall snapshot` takes.
#[derive(Args, Debug, Clone)]
pub struct SnapshotFlags {
    /// The PNG to write
    pub out: PathBuf,
    /// Size of the picture in pixels [default: 1920x1080]
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub size: Option<(u32, u32)>,
    /// Scene [default: overview]
    #[arg(long, value_name = "NAME")]
    pub scene: Option<String>,
    /// Select this area (code or name) or ticket (number) first
    #[arg(long, value_name = "CODE-or-TICKET")]
    pub select: Option<String>,
    /// Show the map in the tilted, extruded view
    #[arg(long)]
    pub tilt: bool,
    /// Show what this display of the configuration shows: its size in pixels, profile, scale, bezels and scene
    #[arg(long, value_name = "NAME")]
    pub display: Option<String>,
    /// The heat map's settings, as the wall remembers them in `heat.toml`
    #[arg(long, value_name = "FILE.toml")]
    pub heat: Option<PathBuf>,
    /// Give up after this many seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub timeout: u64,
    #[command(flatten)]
    wall: WallFlags,
}

/// What `gridwall serve` takes.
#[derive(Args, Debug, Clone)]
pub struct ServeFlags {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", env = "GRIDWALL_LISTEN")]
    pub listen: SocketAddr,
    /// District: haicheng, pidu, nanshan, laoshan or STREETSxCOMMUNITIESxGRIDS
    #[arg(long, default_value = "haicheng", env = "GRIDWALL_DISTRICT")]
    pub district: String,
    /// Seed of district and tickets
    #[arg(long, default_value_t = 1, env = "GRIDWALL_SEED")]
    pub seed: u64,
    /// Platform seconds per real second
    #[arg(long, default_value_t = 1.0, env = "GRIDWALL_SPEED")]
    pub speed: f64,
    /// Database: an imported one is served as it is; a new one keeps the synthetic district
    #[arg(long, env = "GRIDWALL_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Moment at which the clock stands still
    #[arg(long, value_name = "RFC3339")]
    pub at: Option<Timestamp>,
}

/// What `gridwall import` takes.
#[derive(Args, Debug, Clone)]
pub struct ImportFlags {
    /// The database to write
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// GeoJSON files with areas
    #[arg(long, num_args = 1.., value_name = "FILE.geojson")]
    pub areas: Vec<PathBuf>,
    /// CSV files with tickets
    #[arg(long, num_args = 1.., value_name = "FILE.csv")]
    pub tickets: Vec<PathBuf>,
    /// The mapping: which column is what
    #[arg(long, value_name = "MAPPING.toml")]
    pub map: PathBuf,
}

/// What `gridwall bench` takes.
#[derive(Args, Debug, Clone)]
pub struct BenchFlags {
    /// What to measure: the heat map alone with its controls, the whole wall, a frame of each scene, or a flood of changes
    #[arg(value_parser = ["heat", "scene", "scenes", "stream"])]
    pub what: String,
    /// Events in the heat map's window
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub events: usize,
    /// Runs of each row
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub runs: usize,
    /// Runs of the controls, which take seconds each; 0 leaves them out
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub control_runs: usize,
    /// Events of the large case in the comparison by size; 0 leaves it out
    #[arg(long, default_value_t = 10_000_000, value_name = "N")]
    pub large: usize,
    /// `scene`, `scenes`: the rows to measure, by a word of their names, for example `pan`; all without it
    #[arg(long, value_name = "WORD")]
    pub only: Option<String>,
    /// `stream`: ticket changes a second
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub rate: u32,
    /// `stream`: for how long, seconds
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub seconds: u32,
    /// Print JSON with every run
    #[arg(long)]
    pub json: bool,
}

impl WallFlags {
    fn config(self, window: WindowFlags) -> Result<Config, crate::config::ConfigError> {
        let overrides = Overrides {
            platform: self.platform,
            district: self.district,
            seed: self.seed,
            speed: self.speed,
            at: self.at,
            db: self.db,
            locale: self.locale,
            numbers: self.numbers,
            theme: self.theme,
            profile: self.profile,
            window: window.window,
            full_screen: window.full_screen,
            metrics: window.metrics,
            safe: window.safe,
            scenes_dir: self.scenes_dir,
            drill: self.drill,
            dwell_s: window.rotate,
        };
        Config::load(self.config.as_deref(), overrides)
    }
}

/// Reads the command line and runs what it asks for. Every error ends here, once, on stderr.
pub fn run() -> ExitCode {
    launch::began();
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => {
            let supervised = cli.window.supervised;
            launch::open_wall(&cli.wall.config(cli.window)?, supervised)
        }
        Some(Command::Supervise(flags)) => supervise(flags),
        Some(Command::Soak(flags)) => soak(flags),
        Some(Command::Snapshot(flags)) => {
            let config = flags.wall.clone().config(WindowFlags::default())?;
            launch::snapshot(&config, &flags).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Serve(flags)) => launch::serve(&flags).map(|()| ExitCode::SUCCESS),
        Some(Command::Import(flags)) => launch::import(&flags).map(|()| ExitCode::SUCCESS),
        Some(Command::Bench(flags)) => bench(&flags).map(|()| ExitCode::SUCCESS),
        Some(Command::Doctor(flags)) => doctor::run(flags.config(WindowFlags::default())),
    }
}

fn soak(flags: SoakFlags) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(flags.hours > 0.0 && flags.hours <= 10_000.0, "--hours {}: must be above 0", flags.hours);
    let options = crate::soak::Options {
        hours: flags.hours,
        speed: flags.speed,
        district: flags.district,
        interval: std::time::Duration::from_secs(flags.interval),
        fault_every: std::time::Duration::from_secs(flags.fault_every),
        json: flags.json,
    };
    crate::soak::run(&options, &mut std::io::stdout().lock())
}

/// What is wrong with the wall's arguments or configuration is told now: starting again would not mend it.
fn supervise(flags: SuperviseFlags) -> anyhow::Result<ExitCode> {
    let words = std::iter::once("gridwall").chain(flags.wall.iter().map(String::as_str));
    let wall = Cli::try_parse_from(words).unwrap_or_else(|error| error.exit());
    if wall.command.is_some() || wall.window.supervised.is_some() {
        anyhow::bail!("behind `--` go the flags of the wall and no subcommand");
    }
    launch::check_displays(&wall.wall.config(wall.window)?)?;
    launch::supervise(crate::supervise::Options {
        program: std::env::current_exe()?,
        args: flags.wall,
        hang_after: std::time::Duration::from_secs(flags.hang_after),
        start_within: std::time::Duration::from_secs(flags.start_within),
    })
}

fn bench(flags: &BenchFlags) -> anyhow::Result<()> {
    let started = launch::began();
    let table = match flags.what.as_str() {
        "scene" => crate::bench::scene::run(flags.events, flags.runs, flags.only.as_deref(), started)?,
        "scenes" => crate::bench::scenes::run(flags.runs, flags.only.as_deref(), started)?,
        "stream" => {
            let options = crate::bench::stream::Options { rate: flags.rate.max(1), seconds: flags.seconds.max(1) };
            crate::bench::stream::run(options, started)?
        }
        _ => crate::bench::heat::run(crate::bench::heat::Options {
            events: flags.events.clamp(100, 30_000_000),
            runs: flags.runs,
            control_runs: flags.control_runs,
            large: flags.large.min(30_000_000),
        })?,
    };
    table.write(&mut std::io::stdout().lock(), flags.json)?;
    Ok(())
}

fn report(error: &anyhow::Error) {
    use std::io::Write as _;
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Nothing can be done where even stderr is closed.
    let _ = writeln!(std::io::stderr(), "gridwall: {}", chain.join(": "));
}

/// `1920x1080`, from 320x200 to 16384x16384.
fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is not a size; write WIDTHxHEIGHT in pixels, for example 1920x1080");
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    let (width, height): (u32, u32) =
        (width.trim().parse().map_err(|_| wrong())?, height.trim().parse().map_err(|_| wrong())?);
    if !(320..=16_384).contains(&width) || !(200..=16_384).contains(&height) {
        return Err(format!("{text} is outside 320x200 to 16384x16384"));
    }
    Ok((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_or_refused_with_an_example() {
        assert_eq!(size("3840x1080"), Ok((3840, 1080)));
        assert!(size("big").unwrap_err().contains("1920x1080"));
        assert!(size("1x1").is_err());
    }

    #[test]
    fn flags_of_the_wall_stand_before_or_after_a_subcommand() {
        let cli =
            Cli::try_parse_from(["gridwall", "snapshot", "a.png", "--seed", "3", "--at", "2026-11-21T14:32:05+08:00"]);
        let Some(Command::Snapshot(flags)) = cli.unwrap().command else { panic!("snapshot expected") };
        assert_eq!(flags.wall.seed, Some(3));
        assert!(Cli::try_parse_from(["gridwall", "--at", "yesterday"]).is_err());
    }
}
