//! G-07: the real supervisor over real walls under Xvfb that are killed, stopped, or asked to end; systemd's side is played
//! by a socket of the test.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Running, gridwall};
use crate::window::Display;

/// Longer than a start takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn signal(name: &str, process: u32) {
    let done = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(done.expect("kill starts").success(), "kill -{name} {process}");
}

fn is_there(process: u32) -> bool {
    Command::new("kill").args(["-0", &process.to_string()]).output().is_ok_and(|done| done.status.success())
}

struct Watched {
    supervisor: Running,
    _display: Display,
}

impl Watched {
    fn start(hang_after: &str, environment: &[(&str, &str)]) -> Self {
        let display = Display::start();
        let args = ["supervise", "--hang-after", hang_after, "--", "--district", "2x4x20", "--window", "960x600"];
        let mut command = gridwall(&args);
        command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY").env("GRIDWALL_LOG", "info,wgpu=error");
        command.env_remove("NOTIFY_SOCKET").envs(environment.iter().copied());
        Self { supervisor: Running::start(command), _display: display }
    }

    fn line(&mut self, text: &str) -> String {
        let line = self.supervisor.wait_for(text, PATIENCE);
        line.unwrap_or_else(|| panic!("no `{text}` in:\n{}", self.supervisor.seen.join("\n")))
    }

    /// Waits until a wall is started and shown; its process.
    fn wall(&mut self, mode: &str) -> u32 {
        let line = self.line(&format!("the wall was started{mode}, process "));
        self.line("the wall shows its first picture");
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

#[test]
fn g_07_a_wall_that_ends_is_started_again_and_the_third_time_in_safe_mode() {
    let mut watched = Watched::start("8", &[]);
    let mut wall = watched.wall("");
    for end in 1..=3 {
        let killed = Instant::now();
        signal("KILL", wall);
        let line = watched.line("the wall was started");
        let took = killed.elapsed();
        eprintln!("G-07: killed, the next process runs {took:?} later");
        assert!(took < Duration::from_secs(10), "restarted after {took:?}");
        assert_eq!(line.contains("in safe mode"), end == 3, "{line}");
        wall = line.rsplit(' ').next().unwrap().parse().unwrap();
        if end < 3 {
            watched.line("the wall shows its first picture");
        }
    }
    watched.line("safe mode: one scene");
    watched.line("the wall shows its first picture");
    signal("TERM", watched.supervisor.id());
    assert!(watched.supervisor.wait_end(Duration::from_secs(15)).is_some_and(|status| status.success()));
}

#[test]
fn g_07_a_wall_that_hangs_is_ended_and_started_again() {
    let mut watched = Watched::start("3", &[]);
    let wall = watched.wall("");
    let stopped = Instant::now();
    signal("STOP", wall);
    let why = watched.line("has shown nothing new for");
    assert!(why.contains("was ended"), "{why}");
    watched.line("the wall was started");
    let took = stopped.elapsed();
    eprintln!("G-07: stopped, the next process runs {took:?} later");
    assert!(took < Duration::from_secs(10), "restarted after {took:?}");
    assert!(!is_there(wall), "the hanging wall is gone");
    watched.line("the wall shows its first picture");
}

#[test]
fn the_supervisor_tells_systemd_and_ends_with_its_wall_in_good_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = |wanted: &str| {
        let mut buffer = [0; 1_000];
        loop {
            let count = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("no {wanted}: {error}"));
            let words = String::from_utf8_lossy(&buffer[..count]).into_owned();
            if words.contains(wanted) {
                return words;
            }
        }
    };
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1000000")];
    let mut watched = Watched::start("8", &environment);
    let wall = watched.wall("");
    heard("READY=1");
    heard("WATCHDOG=1");
    signal("TERM", watched.supervisor.id());
    heard("STOPPING=1");
    let ended = watched.supervisor.wait_end(Duration::from_secs(15)).expect("it ends");
    assert!(ended.success(), "{ended}");
    assert!(!is_there(wall), "no wall is left behind");
}

#[test]
fn a_wall_that_is_closed_stays_closed_and_one_without_its_supervisor_ends() {
    let mut watched = Watched::start("8", &[]);
    let wall = watched.wall("");
    signal("TERM", wall);
    watched.line("the wall was closed");
    assert!(watched.supervisor.wait_end(Duration::from_secs(15)).is_some_and(|status| status.success()));

    let mut watched = Watched::start("8", &[]);
    let wall = watched.wall("");
    signal("KILL", watched.supervisor.id());
    let until = Instant::now() + Duration::from_secs(15);
    while is_there(wall) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!is_there(wall), "a wall that nobody watches would go on for ever");
}

#[test]
fn what_starting_again_cannot_mend_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gridwall.toml");
    std::fs::write(&file, "[wall]\nlocal = \"en\"\n").unwrap();
    for (args, expected) in [
        (vec!["supervise", "--", "--config", file.to_str().unwrap()], "did you mean `locale`"),
        (vec!["supervise", "--", "--no-such-flag"], "--no-such-flag"),
        (vec!["supervise", "--", "serve"], "no subcommand"),
    ] {
        let done = crate::support::run(&args);
        assert!(!done.status.success());
        let said = crate::support::stderr(&done);
        assert!(said.contains(expected), "{said}");
    }
}
