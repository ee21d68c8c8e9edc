//! A real window under Xvfb, real clicks by xdotool: from the overview to one ticket's detail, by map and by list.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Running, gridwall};

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 900;
const SOON: Duration = Duration::from_secs(20);

/// A display of its own, gone when dropped.
pub struct Display {
    server: Child,
    /// For `DISPLAY`.
    pub name: String,
}

impl Display {
    /// Starts it.
    pub fn start() -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24"), "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts (Debian package xvfb)");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { server, name: format!(":{}", number.trim()) }
    }

    /// Moves pointer and keys.
    pub fn xdotool(&self, args: &[&str]) {
        let done = Command::new("xdotool").args(args).env("DISPLAY", &self.name).status();
        assert!(done.expect("xdotool starts (Debian package xdotool)").success(), "xdotool {args:?}");
    }

    /// Moves the pointer there and clicks.
    pub fn click(&self, x: u32, y: u32) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        // The pointer rests a moment before it clicks, as a hand does.
        std::thread::sleep(Duration::from_millis(150));
        self.xdotool(&["click", "1"]);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn open(display: &Display, more: &[&str]) -> Running {
    let size = format!("{WIDTH}x{HEIGHT}");
    let mut args = vec!["--window", &size, "--district", "3x12x90", "--at", "2026-11-21T14:32:05+08:00"];
    args.extend(more);
    let mut command = gridwall(&args);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY").env("GRIDWALL_LOG", "warn,gridwall=debug");
    let mut wall = Running::start(command);
    wall.wait_for("the wall is complete", Duration::from_secs(90))
        .unwrap_or_else(|| panic!("the wall was never complete:\n{}", wall.seen.join("\n")));
    // Without a window manager nobody gives a window the keyboard.
    display.xdotool(&["search", "--sync", "--name", "^gridwall$", "windowfocus"]);
    wall
}

#[test]
fn clicks_lead_from_the_overview_to_a_ticket_and_keys_back() {
    let display = Display::start();
    let mut wall = open(&display, &["--profile", "desk"]);
    std::thread::sleep(Duration::from_millis(500));

    // The middle of the map: a street, then what is below it. Each level is a click of its own.
    let centre = (WIDTH / 2 - 40, HEIGHT / 2 - 60);
    let mut codes = Vec::new();
    for level in ["street", "community", "grid"] {
        display.click(centre.0, centre.1);
        let line = wall.wait_for("selected area", SOON);
        let line = line.unwrap_or_else(|| panic!("no {level} was selected:\n{}", wall.seen.join("\n")));
        codes.push(line.split("selected area ").nth(1).unwrap().trim().to_owned());
        // The flight ends before the next click.
        std::thread::sleep(Duration::from_millis(1_600));
    }
    assert!(codes[1].starts_with(&codes[0]) && codes[2].starts_with(&codes[1]), "not one level down each: {codes:?}");

    // Back up to the street, whose list has tickets, and onto a row of the list.
    for _ in 0..2 {
        display.xdotool(&["key", "Escape"]);
        wall.wait_for("selected area", SOON).expect("Escape goes one level up");
    }
    std::thread::sleep(Duration::from_millis(1_600));
    let mut ticket = None;
    for y in (300..HEIGHT - 150).step_by(28) {
        display.click(150, y);
        if let Some(line) = wall.wait_for("selected ticket", Duration::from_millis(700)) {
            ticket = line.split("selected ticket ").nth(1).map(|id| id.trim().to_owned());
            break;
        }
    }
    let ticket = ticket.unwrap_or_else(|| panic!("no row led to a ticket:\n{}", wall.seen.join("\n")));
    let shown = format!("showing the detail of ticket {ticket}");
    assert!(
        wall.seen.iter().any(|line| line.contains(&shown)) || wall.wait_for(&shown, SOON).is_some(),
        "the detail of {ticket} never came:\n{}",
        wall.seen.join("\n")
    );

    display.xdotool(&["key", "Escape"]);
    wall.wait_for("selected area", SOON).expect("Escape leaves the ticket");

    // Keyboard alone: search the same ticket by its number.
    display.xdotool(&["key", "slash"]);
    std::thread::sleep(Duration::from_millis(700));
    display.xdotool(&["type", "--delay", "60", &ticket]);
    std::thread::sleep(Duration::from_millis(700));
    display.xdotool(&["key", "Return"]);
    let found = wall.wait_for(&format!("selected ticket {ticket}"), SOON);
    assert!(found.is_some(), "the search did not lead to {ticket}:\n{}", wall.seen.join("\n"));
    assert!(wall.is_alive());
}

#[test]
fn a_wall_whose_platform_is_gone_lives_on_and_closes_when_asked() {
    let display = Display::start();
    let mut command = gridwall(&["--platform", "http://127.0.0.1:9", "--window", "1280x720"]);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    let mut wall = Running::start(command);
    std::thread::sleep(Duration::from_secs(6));
    assert!(wall.is_alive(), "{}", wall.seen.join("\n"));
    display.xdotool(&["key", "F11"]);
    std::thread::sleep(Duration::from_secs(1));
    assert!(wall.is_alive(), "F11 ended it: {}", wall.seen.join("\n"));
}

#[test]
fn g_05_a_hundred_sizes_from_one_pixel_to_the_whole_screen_do_not_end_it() {
    let display = Display::start();
    let mut command = gridwall(&["--window", "960x600", "--district", "2x4x20"]);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    let mut wall = Running::start(command);
    let complete = wall.wait_for("the wall is complete", Duration::from_secs(90));
    assert!(complete.is_some(), "{}", wall.seen.join("\n"));
    let sizes = (0_u32..100).map(|n| match n % 5 {
        0 => (1, 1),
        1 => (WIDTH, HEIGHT),
        2 => (1 + n * 13 % WIDTH, 2),
        3 => (2, 1 + n * 7 % HEIGHT),
        _ => (1 + n * 131 % WIDTH, 1 + n * 37 % HEIGHT),
    });
    for (width, height) in sizes {
        display.xdotool(&["search", "--name", "^gridwall$", "windowsize", &width.to_string(), &height.to_string()]);
        std::thread::sleep(Duration::from_millis(30));
        assert!(wall.is_alive(), "{width}x{height} ended it: {}", wall.seen.join("\n"));
    }
    display.xdotool(&["search", "--name", "^gridwall$", "windowsize", "1280", "720"]);
    std::thread::sleep(Duration::from_secs(1));
    assert!(wall.is_alive());
}
