//! The table of field rows (`docs/field-rows.md`) against what is shipped: scenes, panels and keys that it names must be
//! there, so that the table cannot rot.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use gridwall::domain::Figures;
use gridwall::platform::{self, Delivery, PlatformConfig};
use gridwall::server::{Content, ServeOptions};

/// Rows of each field report.
const REPORTS: [(char, usize); 5] = [('A', 41), ('B', 30), ('C', 32), ('D', 23), ('E', 28)];
/// What panels show that have keys of their own.
const OWN: [(&str, &[&str]); 2] = [
    ("lanes", &["redo_open", "redo_success", "unrated", "callback_resolve", "dissatisfied", "paper"]),
    ("funnel", &["dispute_accepted", "dispute_mediated", "dispute_settled", "dispute_open", "dispute_funds"]),
];

/// What a scene file holds: kinds of panels and `layer:…`, and the keys its panels are bound to.
#[derive(Default)]
struct Scene {
    panels: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Scene {
    fn gather(&mut self, value: &toml::Value) {
        match value {
            toml::Value::String(kind) => drop(self.panels.insert(kind.clone())),
            toml::Value::Array(list) => list.iter().for_each(|it| self.gather(it)),
            toml::Value::Table(table) => match table.get("kind").and_then(toml::Value::as_str) {
                Some(kind) => {
                    self.panels.insert(kind.to_owned());
                    let keys = table.get("indicators").and_then(toml::Value::as_array).into_iter().flatten();
                    self.keys.extend(keys.filter_map(toml::Value::as_str).map(str::to_owned));
                    self.keys.extend(
                        OWN.iter().filter(|own| own.0 == kind).flat_map(|own| own.1).map(|key| (*key).to_owned()),
                    );
                }
                None => table.values().for_each(|it| self.gather(it)),
            },
            _ => {}
        }
    }
}

fn scenes() -> BTreeMap<String, Scene> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let mut scene = Scene::default();
        ["panels", "wide"].iter().filter_map(|key| file.get(*key)).for_each(|panels| scene.gather(panels));
        let layers = file["layers"].as_table().unwrap().keys();
        scene.panels.extend(layers.map(|layer| format!("layer:{layer}")));
        (path.file_stem().unwrap().to_string_lossy().into_owned(), scene)
    };
    files.filter(|path| path.extension().is_some_and(|it| it == "toml")).map(read).collect()
}

/// The keys that the reference platform serves, and which of them it has no number for.
fn registry() -> (BTreeSet<String>, BTreeSet<String>) {
    let content = Content::Synthetic { spec: "1x2x8".parse().unwrap(), seed: 7, db: None };
    let platform = gridwall::server::start(ServeOptions::local(content)).unwrap();
    let link = platform::start(PlatformConfig::new(&platform.url, 7), || ()).unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Delivery::Figures(Figures::Indicators(table)) = link.deliveries.recv_deadline(until).expect("indicators")
        {
            let keys = table.definitions.iter().map(|it| it.key.to_string()).collect();
            let absent = table.definitions.iter().filter(|it| it.source == "未采集").map(|it| it.key.to_string());
            return (keys, absent.collect());
        }
    }
}

/// The words in backticks of a cell.
fn words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_field_row_of_the_wall_has_its_place_or_says_why_not() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/field-rows.md")).unwrap();
    let (scenes, (keys, absent)) = (scenes(), registry());
    let mut rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|line| line.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
    let mut wrong = Vec::new();
    let (mut placed, mut declined) = (0, 0);
    for (report, count) in REPORTS {
        for number in 1..=count {
            let id = format!("{report}{number:02}");
            let row: Vec<&str> = rows.next().unwrap_or_default().split('|').map(str::trim).collect();
            let [own, place, of_scenes, panels, indicators, note] = row[..] else {
                panic!("{id} has other columns: {row:?}");
            };
            assert_eq!(own, id, "every row once, in order");
            let (of_scenes, panels, indicators) = (words(of_scenes), words(panels), words(indicators));
            let shown: Vec<&Scene> = of_scenes.iter().filter_map(|id| scenes.get(*id)).collect();
            if shown.len() != of_scenes.len() {
                wrong.push(format!("{id}: a scene of {of_scenes:?} is not shipped"));
            }
            for panel in panels {
                if !shown.iter().any(|scene| scene.panels.contains(panel)) {
                    wrong.push(format!("{id}: `{panel}` stands in none of {of_scenes:?}"));
                }
            }
            for key in indicators {
                let is_bound = shown.iter().any(|scene| scene.keys.contains(key));
                if !keys.contains(key) || !is_bound && !shown.is_empty() {
                    wrong.push(format!("{id}: `{key}` is not served, or not bound in {of_scenes:?}"));
                }
            }
            if place.split(['+', ' ']).any(|it| it == "W") {
                let says_why = note.contains("declined: ");
                (placed, declined) =
                    (placed + usize::from(!shown.is_empty()), declined + usize::from(shown.is_empty()));
                if shown.is_empty() && !says_why || note.is_empty() {
                    wrong.push(format!("{id}: is for the wall, and has neither a place nor a reason"));
                }
            }
        }
    }
    assert_eq!(rows.next(), None);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(placed >= 100 && declined <= 8, "{placed} placed, {declined} declined");
    // What no scene shows may be served for others; what a scene shows must be served, and mostly with a number.
    for (id, scene) in &scenes {
        let unknown: Vec<&String> = scene.keys.iter().filter(|key| !keys.contains(*key)).collect();
        assert!(unknown.is_empty(), "{id}: {unknown:?} are not served");
        let empty: Vec<&String> = scene.keys.iter().filter(|key| absent.contains(*key)).collect();
        assert!(empty.len() <= 1, "{id}: {empty:?} never have a number");
    }
}
