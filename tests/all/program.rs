//! The program as a person runs it: pictures, refusals, imports, the doctor.

use crate::support::{Running, fixture, gridwall, real_data, run, stderr, stdout};
use std::time::Duration;

const AT: &str = "2026-11-21T14:32:05+08:00";

/// A small district renders in a second or two, a preset takes longer; both use the same code.
fn snapshot(out: &std::path::Path, more: &[&str]) -> std::process::Output {
    let mut args = vec!["snapshot", out.to_str().unwrap(), "--at", AT];
    if !more.contains(&"--district") {
        args.extend(["--district", "3x12x90"]);
    }
    args.extend(more);
    run(&args)
}

#[test]
fn the_same_seed_size_and_moment_give_the_same_picture() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a.png", "b.png", "c.png"].map(|name| dir.path().join(name));
    for (out, seed) in [(&a, "4"), (&b, "4"), (&c, "5")] {
        let done = snapshot(out, &["--size", "1280x720", "--seed", seed]);
        assert!(done.status.success(), "{}", stderr(&done));
    }
    let read = |path| image::open(path).unwrap().into_rgb8();
    let (a, b, c) = (read(&a), read(&b), read(&c));
    assert_eq!(a.dimensions(), (1280, 720));
    let (pixels, different) = (a.pixels().len(), different_pixels(&a, &b));
    if different > 0 {
        // Left to be looked at: a difference that nobody can see cannot be mended.
        let kept = ["gridwall-a.png", "gridwall-b.png"].map(|name| std::env::temp_dir().join(name));
        a.save(&kept[0]).unwrap();
        b.save(&kept[1]).unwrap();
        panic!("{different} pixels differ between {} and {}", kept[0].display(), kept[1].display());
    }
    assert!(different_pixels(&a, &c) * 10 > pixels, "another seed must give another district");
    let colours: std::collections::HashSet<_> = a.pixels().collect();
    assert!(colours.len() > 500, "only {} colours: that is no wall", colours.len());
}

fn different_pixels(a: &image::RgbImage, b: &image::RgbImage) -> usize {
    a.pixels().zip(b.pixels()).filter(|(a, b)| a != b).count()
}

#[test]
fn language_theme_selection_and_tilt_change_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let shot = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let done = snapshot(&out, &[&["--size", "960x600"], more].concat());
        assert!(done.status.success(), "{more:?}: {}", stderr(&done));
        image::open(out).unwrap().into_rgb8()
    };
    let plain = shot("plain.png", &[]);
    for more in [&["--locale", "en"][..], &["--theme", "bright"], &["--tilt"]] {
        let other = shot("other.png", more);
        assert!(different_pixels(&plain, &other) > 1_000, "{more:?} changed nothing");
    }
    // The scene with large numbers: a few digits and their 万.
    let plain = shot("plain.png", &["--scene", "foundation"]);
    let other = shot("other.png", &["--scene", "foundation", "--numbers", "myriads"]);
    assert!(different_pixels(&plain, &other) > 100, "the numbers are as they were");
}

#[test]
fn a_snapshot_that_cannot_be_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("x.png");
    let cases: [(&[&str], &str); 5] = [
        (&["--select", "没有这个地方"], "没有这个地方"),
        (&["--platform", "http://127.0.0.1:9", "--timeout", "6"], "127.0.0.1:9"),
        (&["--district", "atlantis"], "haicheng"),
        (&["--size", "12"], "1920x1080"),
        (&["--scene", "nothing"], "overview"),
    ];
    for (more, expected) in cases {
        let done = snapshot(&out, more);
        assert!(!done.status.success(), "{more:?}");
        assert!(stderr(&done).contains(expected), "{more:?}: {}", stderr(&done));
        assert!(!out.exists());
    }
    let done = snapshot(std::path::Path::new("/proc/none/x.png"), &["--size", "640x400"]);
    assert!(!done.status.success() && stderr(&done).contains("/proc/none/x.png"), "{}", stderr(&done));
}

#[test]
fn a_wrong_configuration_is_refused_before_a_window_opens() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gridwall.toml");
    std::fs::write(&file, "[wall]\nlocal = \"en\"\n").unwrap();
    let done = run(&["--config", file.to_str().unwrap()]);
    let said = stderr(&done);
    assert!(!done.status.success());
    assert!(said.contains("gridwall.toml:2:1") && said.contains("did you mean `locale`"), "{said}");
}

#[test]
fn without_a_display_the_wall_says_what_to_do_instead() {
    let done = gridwall(&[]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap();
    assert!(!done.status.success());
    assert!(stderr(&done).contains("gridwall snapshot"), "{}", stderr(&done));
    let done = gridwall(&[]).env("DISPLAY", ":987").env_remove("WAYLAND_DISPLAY").output().unwrap();
    assert!(!done.status.success());
    assert!(stderr(&done).contains("doctor"), "{}", stderr(&done));
}

#[test]
fn without_a_graphics_adapter_the_driver_package_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("x.png");
    let done = gridwall(&["snapshot", out.to_str().unwrap(), "--district", "3x6x20"])
        .env("VK_ICD_FILENAMES", "/nonexistent.json")
        .env("VK_DRIVER_FILES", "/nonexistent.json")
        .output()
        .unwrap();
    assert!(!done.status.success());
    assert!(stderr(&done).contains("mesa-vulkan-drivers"), "{}", stderr(&done));
}

#[test]
fn the_doctor_has_a_line_for_each_part() {
    let dir = tempfile::tempdir().unwrap();
    let done = gridwall(&["doctor", "--district", "3x6x20"]).env("XDG_CACHE_HOME", dir.path()).output().unwrap();
    let said = stdout(&done);
    for part in
        ["libX11", "graphics adapter", "fonts", "certificate store", "configuration", "cache folder", "platform"]
    {
        assert!(said.contains(part), "no line on {part} in:\n{said}");
    }
    let down = stdout(&run(&["doctor", "--platform", "http://127.0.0.1:9"]));
    assert!(down.contains("WRONG platform") && down.contains("127.0.0.1:9"), "{down}");
}

#[test]
fn a_served_platform_is_shown_by_another_process() {
    let dir = tempfile::tempdir().unwrap();
    let mut server =
        Running::start(gridwall(&["serve", "--listen", "127.0.0.1:0", "--district", "3x12x90", "--at", AT]));
    let line = server.wait_for("listens on", Duration::from_secs(60)).expect("the server tells its address");
    let url = line.split("listens on ").nth(1).unwrap().trim().to_owned();
    let out = dir.path().join("remote.png");
    let done = run(&["snapshot", out.to_str().unwrap(), "--platform", &url, "--size", "960x600"]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(image::open(out).unwrap().width() == 960);
    let taken = url.trim_start_matches("http://").trim_end_matches('/');
    let second = run(&["serve", "--listen", taken]);
    assert!(!second.status.success() && stderr(&second).contains(taken), "{}", stderr(&second));
}

#[test]
fn real_areas_and_tickets_go_from_files_to_a_picture() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("boston.db");
    let db = db.to_str().unwrap();
    let map = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/mappings/boston_311.toml");
    let csv = fixture("import/boston_311_excerpt.csv");
    let done = run(&["import", "--db", db, "--tickets", csv.to_str().unwrap(), "--map", map]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stdout(&done).contains("boston_311_excerpt.csv"), "{}", stdout(&done));
    let out = dir.path().join("boston.png");
    let done = run(&["snapshot", out.to_str().unwrap(), "--db", db, "--size", "960x600", "--locale", "en"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let missing = run(&["import", "--db", db, "--tickets", "/nonexistent/tickets.csv", "--map", map]);
    assert!(!missing.status.success() && stderr(&missing).contains("/nonexistent/tickets.csv"), "{}", stderr(&missing));
}

#[test]
fn the_full_real_inputs_go_from_files_to_a_picture() {
    let Some(data) = real_data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| data.join(name).to_str().unwrap().to_owned();
    let mapping = |name: &str| format!("{}/assets/mappings/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let cases = [
        ("boston_311", ["--tickets".to_owned(), path("tickets/boston_311_2011.csv")], "58251 rows read"),
        ("taipei_villages", ["--areas".to_owned(), path("polygons/taipei_villages.geojson")], "456 areas read"),
    ];
    for (name, files, expected) in cases {
        let db = dir.path().join(format!("{name}.db"));
        let (db, map) = (db.to_str().unwrap().to_owned(), mapping(name));
        let args = ["import", "--db", &db, "--map", &map, &files[0], &files[1]];
        let done = run(&args);
        assert!(done.status.success(), "{}", stderr(&done));
        assert!(stdout(&done).contains(expected), "{}", stdout(&done));
        let out = dir.path().join(format!("{name}.png"));
        let done = run(&["snapshot", out.to_str().unwrap(), "--db", &db, "--size", "960x600"]);
        assert!(done.status.success(), "{}", stderr(&done));
        let colours: std::collections::HashSet<_> = image::open(out).unwrap().into_rgb8().pixels().copied().collect();
        assert!(colours.len() > 200, "{name}: only {} colours", colours.len());
    }
}
