//! Monitors that go away and come back under X11, with and without a window manager: an X server without hardware (Xorg's
//! `dummy` driver) has as many of them as `xrandr` turns on. Each display must have a whole window on its own monitor, and
//! no other, whatever happened before.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Running, gridwall};

/// A change is noticed, and a window is where it belongs, within this time.
const SOON: Duration = Duration::from_secs(20);

/// As many monitors as there are; the largest screen holds two by two.
const SERVER: &str = "\
Section \"Device\"
    Identifier \"card\"
    Driver \"dummy\"
    VideoRam 65536
EndSection
Section \"Monitor\"
    Identifier \"panel\"
    HorizSync 5-1000
    VertRefresh 5-200
EndSection
Section \"Screen\"
    Identifier \"screen\"
    Device \"card\"
    Monitor \"panel\"
    DefaultDepth 24
    SubSection \"Display\"
        Depth 24
        Virtual 1600 1200
        Modes \"800x600\"
    EndSubSection
EndSection
";

const TWO: &str = "\
[demo]
district = \"2x4x20\"
[[display]]
name = \"left\"
monitor = { connector = \"DUMMY0\" }
[[display]]
name = \"right\"
monitor = { connector = \"DUMMY1\" }
scene = \"heat\"
";

/// An X server with a window manager or without, gone when dropped.
struct Server {
    processes: Vec<Child>,
    name: String,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(manager: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("xorg.conf");
        std::fs::write(&config, SERVER).unwrap();
        // The program itself: the command of that name lets only those in who sit at the machine.
        let own = "/usr/lib/xorg/Xorg";
        let mut command = Command::new(if Path::new(own).exists() { own } else { "Xorg" });
        command.args(["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-novtswitch", "-sharevts", "-config"]);
        command.arg(&config).arg("-logfile").arg(folder.path().join("log"));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("Xorg starts (Debian package xserver-xorg-core)");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let log = || std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        assert!(!number.trim().is_empty(), "no X server (Debian package xserver-xorg-video-dummy):\n{}", log());
        let mut it = Self { processes: vec![server], name: format!(":{}", number.trim()), folder };
        it.xrandr(&["--addmode", "DUMMY1", "800x600"]);
        if let Some(manager) = manager {
            let mut command = Command::new(manager);
            command.env("DISPLAY", &it.name).stdout(Stdio::null()).stderr(Stdio::null());
            it.processes.push(command.spawn().unwrap_or_else(|_| panic!("{manager} starts (Debian package)")));
            std::thread::sleep(Duration::from_secs(1));
        }
        it
    }

    fn xrandr(&self, words: &[&str]) {
        let done = Command::new("xrandr").args(words).env("DISPLAY", &self.name).status();
        assert!(done.expect("xrandr starts (Debian package x11-xserver-utils)").success(), "xrandr {words:?}");
    }

    /// Turns the second monitor on, with its left top corner there.
    fn second_at(&self, position: &str) {
        self.xrandr(&["--output", "DUMMY1", "--mode", "800x600", "--pos", position]);
    }

    /// Left top corner and size of a display's window; `None` if there is none.
    fn window(&self, display: &str) -> Option<[i32; 4]> {
        let mut command = Command::new("xdotool");
        command.args(["search", "--onlyvisible", "--name", &format!("^gridwall {display}$")]);
        command.args(["getwindowgeometry", "--shell"]).env("DISPLAY", &self.name).stderr(Stdio::null());
        let output = command.output().expect("xdotool starts (Debian package xdotool)");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.parse::<i32>().ok());
        Some([number("X=")?, number("Y=")?, number("WIDTH=")?, number("HEIGHT=")?])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The wall on that server.
struct Wall<'a> {
    program: Running,
    server: &'a Server,
}

impl<'a> Wall<'a> {
    fn open(server: &'a Server) -> Self {
        let file = server.folder.path().join("gridwall.toml");
        std::fs::write(&file, format!("cache_dir = {:?}\n{TWO}", server.folder.path())).unwrap();
        let mut command = gridwall(&["--at", "2026-11-21T14:32:05+08:00", "--config", &file.to_string_lossy()]);
        command.env("DISPLAY", &server.name).env_remove("WAYLAND_DISPLAY").env_remove("XAUTHORITY");
        command.env("GRIDWALL_LOG", "info,gridwall=debug,wgpu=error,naga=error").env("NO_COLOR", "1");
        let mut wall = Self { program: Running::start(command), server };
        wall.says("the wall is complete", Duration::from_secs(120));
        wall
    }

    fn says(&mut self, text: &str, limit: Duration) {
        let said = self.program.wait_for(text, limit);
        assert!(said.is_some(), "it never said `{text}`:\n{}", self.program.seen.join("\n"));
    }

    /// Waits until the windows of both displays are there, and stay there.
    fn has(&mut self, when: &str, wanted: [Option<[i32; 4]>; 2]) {
        let until = Instant::now() + SOON;
        let mut since = None;
        loop {
            let found = ["left", "right"].map(|display| self.server.window(display));
            assert!(self.program.is_alive(), "it ended {when}:\n{}", self.program.seen.join("\n"));
            match since {
                Some(since) if found == wanted && Instant::now() > since => return,
                Some(_) if found == wanted => {}
                None if found == wanted => since = Some(Instant::now() + Duration::from_millis(1500)),
                _ => since = None,
            }
            let now = Instant::now();
            assert!(now < until, "{when}: {found:?}, not {wanted:?}:\n{}", self.program.seen.join("\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn come_and_go(manager: Option<&str>) {
    let server = Server::start(manager);
    let mut wall = Wall::open(&server);
    let left = Some([0, 0, 800, 600]);
    wall.has("with one monitor", [left, None]);
    assert!(wall.program.seen.iter().any(|line| line.contains("waits for its monitor (connector DUMMY1)")));
    for position in ["800x0", "0x600", "800x0"] {
        let corner: Vec<i32> = position.split('x').map(|number| number.parse().unwrap()).collect();
        server.second_at(position);
        wall.says("display right: on DUMMY1, 800x600", SOON);
        wall.has(&format!("with the second at {position}"), [left, Some([corner[0], corner[1], 800, 600])]);
        server.xrandr(&["--output", "DUMMY1", "--off"]);
        wall.says("display right: waits for its monitor", SOON);
        wall.has(&format!("without the second, which was at {position}"), [left, None]);
    }
    // The same monitor, elsewhere, without ever having been away.
    server.second_at("800x0");
    wall.has("with the second back", [left, Some([800, 0, 800, 600])]);
    server.second_at("0x600");
    wall.has("with the second moved", [left, Some([0, 600, 800, 600])]);
}

#[test]
fn each_window_is_on_its_monitor_without_a_window_manager() {
    come_and_go(None);
}

#[test]
fn each_window_is_on_its_monitor_with_a_window_manager() {
    come_and_go(Some("openbox"));
}
