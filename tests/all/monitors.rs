//! Monitors that go away and come back, turn, change their scale and their rate while the wall runs on Wayland: a headless
//! sway has as many of them as wanted. The program must not end, and must go on giving pictures to whatever is left.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Running, gridwall};

/// Monitors at the start.
const MONITORS: usize = 3;
/// How long a change is given to be noticed before the next.
const REST: Duration = Duration::from_millis(700);
/// A window is back within this time.
const BACK: Duration = Duration::from_secs(5);
/// The user `nobody`: sway does not run as root.
const NOBODY: u32 = 65_534;

/// A compositor of its own, gone when dropped.
struct Sway {
    server: Child,
    folder: tempfile::TempDir,
    socket: PathBuf,
    display: String,
}

impl Sway {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::write(&config, "xwayland disable\ndefault_border none\n").unwrap();
        let mut command = Command::new("sway");
        command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path());
        command.env("WLR_BACKENDS", "headless").env("WLR_HEADLESS_OUTPUTS", MONITORS.to_string());
        command.env("WLR_LIBINPUT_NO_DEVICES", "1").env("WLR_RENDERER", "pixman");
        command.env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY").env_remove("SWAYSOCK");
        if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder.path()).unwrap()) == 0 {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
            command.uid(NOBODY).gid(NOBODY);
        }
        let server = command.spawn().expect("sway starts (Debian package sway)");
        let mut sway = Self { server, folder, socket: PathBuf::new(), display: String::new() };
        let until = Instant::now() + Duration::from_secs(20);
        while sway.socket.as_os_str().is_empty() || sway.display.is_empty() {
            assert!(Instant::now() < until, "sway did not open its sockets");
            std::thread::sleep(Duration::from_millis(50));
            for entry in std::fs::read_dir(sway.folder.path()).unwrap().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with("sway-ipc") {
                    sway.socket = entry.path();
                } else if name.starts_with("wayland-") && !name.ends_with(".lock") {
                    sway.display = name;
                }
            }
        }
        sway
    }

    /// What `swaymsg` says, without asking whether it was pleased.
    fn ask(&self, words: &[&str]) -> (bool, String) {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let mut command = Command::new("swaymsg");
            let done = command.arg("-s").arg(&self.socket).arg("-r").arg("--").args(words).output();
            let done = done.expect("swaymsg starts (Debian package sway)");
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            // The socket is there a moment before somebody listens.
            if done.status.success() || !said.is_empty() || Instant::now() > until {
                return (done.status.success(), said);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn tell(&self, words: &[&str]) {
        let (is_done, said) = self.ask(words);
        assert!(is_done, "{words:?}: {said}");
    }

    /// Something about monitor `number`, counted from 1.
    fn output(&self, number: usize, words: &[&str]) {
        let name = format!("HEADLESS-{number}");
        let mut all = vec!["output", &name];
        all.extend(words);
        self.tell(&all);
        std::thread::sleep(REST);
    }
}

impl Drop for Sway {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The wall on that compositor, and where it tells its metrics.
struct Wall {
    program: Running,
    metrics: SocketAddr,
}

impl Wall {
    fn open(sway: &Sway, more: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free.to_string();
        let mut args = vec!["--district", "2x4x20", "--metrics", &address];
        args.extend(more);
        let mut command = gridwall(&args);
        command.env("XDG_RUNTIME_DIR", sway.folder.path()).env("WAYLAND_DISPLAY", &sway.display);
        command.env_remove("DISPLAY").env("GRIDWALL_LOG", "warn,gridwall=debug");
        let mut program = Running::start(command);
        program
            .wait_for("the wall is complete", Duration::from_secs(120))
            .unwrap_or_else(|| panic!("the wall was never complete:\n{}", program.seen.join("\n")));
        let mut wall = Self { program, metrics: free };
        wall.goes_on("at the start");
        wall
    }

    /// Pictures given to every window so far.
    fn presented(&mut self) -> Option<u64> {
        let mut stream = TcpStream::connect(self.metrics).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        let line = text.lines().find(|line| line.starts_with("gridwall_frames_presented_total"))?;
        line.rsplit(' ').next()?.parse::<f64>().ok().map(|count| count as u64)
    }

    /// The program is there and presents pictures again within [`BACK`].
    fn goes_on(&mut self, when: &str) {
        let begun = Instant::now();
        let mut before = None;
        loop {
            self.is_there(when);
            let now = self.presented();
            if before.is_some() && now > before {
                return;
            }
            before = before.or(now);
            assert!(begun.elapsed() < 2 * BACK, "no picture {when}:\n{}", self.program.seen.join("\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn is_there(&mut self, when: &str) {
        assert!(self.program.is_alive(), "the program ended {when}:\n{}", self.program.seen.join("\n"));
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) << 10
    }
}

#[test]
fn g_04_monitors_go_away_and_come_back_in_any_order() {
    let sway = Sway::start();
    let mut wall = Wall::open(&sway, &[]);
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        for monitor in order {
            sway.output(monitor, &["disable"]);
            wall.is_there(&format!("when monitor {monitor} went away"));
            sway.output(monitor, &["enable"]);
            wall.goes_on(&format!("after monitor {monitor} came back"));
        }
    }
    // One more than there ever was.
    sway.tell(&["create_output"]);
    std::thread::sleep(REST);
    wall.goes_on("after a fourth monitor came");
}

#[test]
fn g_04_all_monitors_go_away_at_once_and_come_back() {
    let sway = Sway::start();
    let mut wall = Wall::open(&sway, &[]);
    for round in 0..3 {
        // A window that changes is tied to the monitor it is on, and must not go with it.
        for mode in ["1280x720", "1920x1080"] {
            for monitor in 1..=MONITORS {
                sway.output(monitor, &["mode", "--custom", mode]);
            }
        }
        sway.tell(&["output", "*", "disable"]);
        std::thread::sleep(Duration::from_secs(2));
        wall.is_there(&format!("without any monitor, round {round}"));
        sway.tell(&["output", "*", "enable"]);
        std::thread::sleep(REST);
        wall.goes_on(&format!("after all monitors came back, round {round}"));
    }
}

#[test]
fn g_03_and_g_05_a_surface_that_changes_its_size_and_mode_is_had_again() {
    let sway = Sway::start();
    let mut wall = Wall::open(&sway, &[]);
    for mode in ["640x480", "3840x2160", "1280x720", "1024x2048", "1920x1080"] {
        for monitor in 1..=MONITORS {
            sway.output(monitor, &["mode", "--custom", mode]);
        }
        wall.goes_on(&format!("at {mode}"));
    }
    for _ in 0..3 {
        sway.tell(&["fullscreen", "toggle"]);
        std::thread::sleep(REST);
        wall.goes_on("after full screen");
    }
}

#[test]
fn g_06_scales_of_one_to_three_and_windows_that_move_between_them() {
    let sway = Sway::start();
    let mut wall = Wall::open(&sway, &["--window", "960x600"]);
    for (monitor, scale) in [(1, "1"), (2, "1.5"), (3, "2")] {
        sway.output(monitor, &["scale", scale]);
    }
    let mut warm = 0;
    for round in 0..20 {
        let name = format!("HEADLESS-{}", round % MONITORS + 1);
        sway.tell(&["move", "window", "to", "output", &name]);
        sway.tell(&["focus", "output", &name]);
        std::thread::sleep(REST / 2);
        wall.is_there(&format!("on {name}"));
        if round == 5 {
            warm = wall.resident();
        }
    }
    wall.goes_on("after twenty moves");
    for scale in ["3", "1.25", "1", "2", "1"] {
        for monitor in 1..=MONITORS {
            sway.output(monitor, &["scale", scale]);
        }
        wall.goes_on(&format!("at scale {scale}"));
    }
    let grown = wall.resident().saturating_sub(warm) >> 20;
    assert!(grown < 200, "{grown} MiB more after the moves");
}

#[test]
fn g_08_turned_panels_and_all_rates() {
    let sway = Sway::start();
    let mut wall = Wall::open(&sway, &[]);
    for turn in ["90", "180", "270", "flipped", "normal"] {
        for monitor in 1..=MONITORS {
            sway.output(monitor, &["transform", turn]);
        }
        wall.goes_on(&format!("turned {turn}"));
    }
    for rate in ["24", "30", "50", "59.94", "60", "120"] {
        for monitor in 1..=MONITORS {
            sway.output(monitor, &["mode", "--custom", &format!("1920x1080@{rate}Hz")]);
        }
        wall.goes_on(&format!("at {rate} Hz"));
    }
    // One of them with four times as many pixels as the others.
    sway.output(2, &["mode", "--custom", "3840x2160@60Hz"]);
    wall.goes_on("with one 4K panel");
}
