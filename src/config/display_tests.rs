//! `[[display]]` as it is read and refused.

use super::super::Overrides;
use super::*;
use crate::strict_toml;

fn config(text: &str) -> Result<Config, ConfigError> {
    let path = Path::new("gridwall.toml");
    Config::resolve(strict_toml::parse(path, text)?, path, text, Overrides::default())
}

fn says(text: &str) -> String {
    config(text).expect_err("refused").to_string()
}

const THREE: &str = "\
[wall]
profile = \"desk\"
[[display]]
name = \"desk\"
window = [1600, 900]
[[display]]
name = \"hall\"
monitor = { connector = \"DP-1\" }
profile = \"wall\"
scale = 1.75
viewing_m = 12.0
pitch_mm = 1.25
pixels = [3840, 2160]
bezels_x = [1920]
[display.rotation]
dwell_s = 20
scenes = [\"heat\", \"care\"]
[[display]]
monitor = { position = [3840, 0] }
scene = \"heat\"
";

#[test]
fn displays_are_read_and_each_has_a_configuration_of_its_own() {
    let config = config(THREE).expect("sound");
    let names: Vec<_> = config.displays.iter().map(|display| (display.name.as_str(), display.at.as_str())).collect();
    assert_eq!(names, [("desk", "gridwall.toml:3"), ("hall", "gridwall.toml:6"), ("3", "gridwall.toml:18")]);
    let hall = &config.displays[1];
    let viewing = hall.viewing.expect("told");
    assert!((viewing.picture_height_m - 2.7).abs() < 1e-3 && (viewing.k() - 4.444).abs() < 1e-2);
    assert_eq!(hall.rotation.as_ref().expect("one").dwell.as_secs(), 20);
    assert_eq!(config.displays[0].profile, Profile::Desk, "as the wall");
    let own = config.for_display(hall);
    assert_eq!((own.profile, own.picture.scale, own.picture.bezels_x.as_slice()), (Profile::Wall, 1.75, &[1920.0][..]));
    assert_eq!(config.for_display(&config.displays[2]).picture.scene.as_deref(), Some("heat"));
    assert!(
        super::super::Config::resolve(Default::default(), Path::new("x"), "", Overrides::default())
            .expect("sound")
            .displays
            .is_empty()
    );
}

#[test]
fn a_wrong_display_is_named_with_its_own_line() {
    let wrong = |from: &str, to: &str| {
        assert!(THREE.contains(from), "{from}");
        says(&THREE.replace(from, to))
    };
    let key = wrong("connector", "conector");
    assert!(key.starts_with("gridwall.toml:8:") && key.contains("did you mean `connector`"), "{key}");
    let both = wrong("{ connector = \"DP-1\" }", "{ connector = \"DP-1\", name = \"x\" }");
    assert!(both.starts_with("gridwall.toml:8:") && both.contains("exactly one"), "{both}");
    let nowhere = wrong("window = [1600, 900]\n", "");
    assert!(nowhere.starts_with("gridwall.toml:3:") && nowhere.contains("where it is"), "{nowhere}");
    let scale = wrong("scale = 1.75", "scale = 0.5");
    assert!(scale.starts_with("gridwall.toml:10:") && scale.contains("1 to 2"), "{scale}");
    let height = wrong("pixels = [3840, 2160]\n", "");
    assert!(height.starts_with("gridwall.toml:12:") && height.contains("pixels"), "{height}");
    let far = wrong("viewing_m = 12.0\n", "");
    assert!(far.contains("display.pitch_mm") && far.contains("viewing_m"), "{far}");
    let bezel = wrong("[1920]", "[1920, 4000]");
    assert!(bezel.starts_with("gridwall.toml:14:") && bezel.contains("4000"), "{bezel}");
    let order = wrong("[1920]", "[1920, 960]");
    assert!(order.contains("960 does not come after"), "{order}");
    let dwell = wrong("dwell_s = 20", "dwell_s = 1");
    assert!(dwell.starts_with("gridwall.toml:15:") && dwell.contains("5 to 86400"), "{dwell}");
    let two = wrong("scene = \"heat\"\n", "scene = \"heat\"\n[display.rotation]\n");
    assert!(two.starts_with("gridwall.toml:20:") && two.contains("one scene or a rotation"), "{two}");
    let name = wrong("\"hall\"", "\"../hall\"");
    assert!(name.starts_with("gridwall.toml:7:"), "{name}");
}

#[test]
fn two_displays_cannot_be_at_one_place() {
    let twice = says(&THREE.replace("{ position = [3840, 0] }", "{ connector = \"DP-1\" }"));
    assert!(twice.starts_with("gridwall.toml:19:") && twice.contains("`hall` has the monitor"), "{twice}");
    let name = says(&THREE.replace("\"hall\"", "\"desk\""));
    assert!(name.contains("two displays are called `desk`"), "{name}");
    let window = |x: u32| {
        format!("[[display]]\nwindow = [800, 600]\nat = [0, 0]\n[[display]]\nwindow = [800, 600]\nat = [{x}, 0]\n")
    };
    let over = says(&window(799));
    assert!(over.starts_with("gridwall.toml:6:") && over.contains("lie over"), "{over}");
    assert_eq!(config(&window(800)).expect("side by side").displays.len(), 2);
}
