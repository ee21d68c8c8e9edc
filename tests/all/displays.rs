//! Two windows of one wall under Xvfb: a click on one drills on the other, a monitor that is not there is waited for; and
//! displays that are refused before a window opens.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{Running, gridwall, run, stderr};
use crate::window::Display;

const SOON: Duration = Duration::from_secs(30);

const TWO: &str = "\
[demo]
district = \"2x4x20\"
[[display]]
name = \"desk\"
window = [780, 600]
at = [0, 0]
profile = \"desk\"
[[display]]
name = \"hall\"
window = [780, 600]
at = [800, 0]
scene = \"heat\"
[[display]]
name = \"waits\"
monitor = { connector = \"DP-99\" }
";

/// The displays that tell of `text`, until all of `wanted` have.
fn displays_that_tell(wall: &mut Running, text: &str, wanted: &[&str]) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    while told.len() < wanted.len() {
        let Some(line) = wall.wait_for(text, SOON) else { return told };
        told.extend(wanted.iter().filter(|name| line.contains(&format!("\"{name}\""))).map(|name| (*name).to_owned()));
    }
    told
}

#[test]
fn a_click_on_one_window_drills_on_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gridwall.toml");
    std::fs::write(&file, format!("cache_dir = {:?}\n{TWO}", folder.path())).expect("written");
    let display = Display::start();
    let mut command = gridwall(&["--at", "2026-11-21T14:32:05+08:00", "--config", &file.to_string_lossy()]);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    // Names of displays stand in spans, which need the level of information.
    command.env("GRIDWALL_LOG", "info,gridwall=debug,wgpu=error,naga=error").env("NO_COLOR", "1");
    let mut wall = Running::start(command);
    let all = ["desk", "hall", "waits"];
    let complete = displays_that_tell(&mut wall, "the wall is complete", &all);
    assert_eq!(complete.len(), 3, "not all were complete:\n{}", wall.seen.join("\n"));
    assert!(wall.seen.iter().any(|line| line.contains("waits for its monitor (connector DP-99)")));
    std::thread::sleep(Duration::from_secs(1));

    // The middle of the hall's map.
    display.click(800 + 540, 270);
    let drilled = displays_that_tell(&mut wall, "selected area", &all);
    assert_eq!(drilled.len(), 3, "the click in the hall reached {drilled:?}:\n{}", wall.seen.join("\n"));
    let codes: BTreeSet<&str> =
        wall.seen.iter().filter_map(|line| line.split("selected area ").nth(1)).map(str::trim).collect();
    assert_eq!(codes.len(), 1, "one selection for all: {codes:?}");

    // Keys go to the window that has them, and lead back on all.
    display.xdotool(&["search", "--sync", "--name", "^gridwall desk$", "windowfocus"]);
    std::thread::sleep(Duration::from_millis(500));
    display.xdotool(&["key", "Escape"]);
    let back = displays_that_tell(&mut wall, "selected the district", &all);
    assert_eq!(back.len(), 3, "Escape at the desk reached {back:?}:\n{}", wall.seen.join("\n"));
    assert!(wall.is_alive());
}

#[test]
fn a_display_that_cannot_be_read_is_refused_before_a_window_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gridwall.toml");
    let hall = "[[display]]\nname = \"hall\"\nwindow = [1920, 1080]\nviewing_m = 12.0\npicture_height_m = 2.7\n";
    let says = |text: &str| {
        std::fs::write(&file, text).expect("written");
        let output = run(&["--config", &file.to_string_lossy()]);
        assert!(!output.status.success());
        stderr(&output)
    };
    let words = says(hall);
    for wanted in
        ["gridwall.toml:1: display `hall`", "body text and names on the map (20 u)", "set scale = 1.75", "6.8 m"]
    {
        assert!(words.contains(wanted), "{wanted} is not in: {words}");
    }
    let scene = says("[[display]]\nwindow = [1920, 1080]\nscene = \"heet\"\n");
    assert!(scene.contains("no scene `heet`") && scene.contains("heat"), "{scene}");
}
