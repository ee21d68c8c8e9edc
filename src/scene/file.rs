//! Scene files: TOML, read strictly. The shipped ones are in the program; `assets/scenes/` holds their text.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::{AreaColour, LayerKind, PanelSpec, ScenePanels, Slide, Title, WallScene};
use crate::domain::Matter;
use crate::strict_toml::{self, TomlError};

/// What is wrong with a scene file; names file and line.
pub type SceneError = TomlError;

macro_rules! shipped {
    ($($id:literal),*) => {
        /// Name and text of the scenes that come with the program, in the order of their keys.
        pub(super) const SHIPPED: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("../../assets/scenes/", $id, ".toml")))),*];
    };
}
shipped!(
    "overview",
    "heat",
    "care",
    "flow",
    "rates",
    "warnings",
    "whistle",
    "redo",
    "classes",
    "teams",
    "mediation",
    "foundation",
    "campaign",
    "wartime",
    "event",
    "together"
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneFile {
    title: Title,
    #[serde(default)]
    optional: bool,
    categories: Option<Matter>,
    layers: BTreeMap<LayerKind, f32>,
    colour: Option<AreaColour>,
    panels: ScenePanels,
    wide: Option<ScenePanels>,
}

/// Reads the text of a scene file. The scene is named as its file is.
///
/// # Errors
/// An unknown key, layer or panel, with the nearest right one; an opacity outside (0, 1]; a panel named twice; a picture
/// that is not beside the file; a file without a name.
pub fn parse(path: &Path, text: &str) -> Result<WallScene, SceneError> {
    let file: SceneFile = strict_toml::parse(path, text)?;
    let wrong = |key: &str, message: String| strict_toml::wrong(path, text, key, message);
    let id = path.file_stem().and_then(|stem| stem.to_str()).ok_or_else(|| {
        wrong("title", "the file has no name that is text; the scene is called as its file is".into())
    })?;
    for (layer, opacity) in &file.layers {
        if !(*opacity > 0.0 && *opacity <= 1.0) {
            let message = format!("an opacity of {opacity}; it must be above 0 and at most 1. Leave out what is off");
            return Err(wrong(layer.key(), message));
        }
    }
    if file.colour.is_some() && !file.layers.contains_key(&LayerKind::Areas) {
        return Err(wrong(
            "colour",
            "a colour for the areas, but the layer `areas` is not on; add it to [layers]".into(),
        ));
    }
    let has_tickets = [LayerKind::Areas, LayerKind::Tickets].iter().any(|layer| file.layers.contains_key(layer));
    if file.categories.is_some() && (file.colour.is_some() || !has_tickets) {
        let message = "categories of the map's tickets, but the map shows none; add the layer `tickets` or `areas` to \
                       [layers], and leave [colour] out";
        return Err(wrong("categories", message.into()));
    }
    for (section, panels) in [("panels", Some(&file.panels)), ("wide", file.wide.as_ref())] {
        let mut seen: Vec<&PanelSpec> = Vec::new();
        for panel in panels.into_iter().flat_map(ScenePanels::iter) {
            if seen.iter().any(|it| it.kind == panel.kind && it.bound == panel.bound) {
                let message = format!("{:?} is named twice in [{section}]; a panel has one place", panel.kind);
                return Err(wrong(section, message));
            }
            seen.push(panel);
            if let Some(objection) = panel.bound.slides.iter().find_map(Slide::objection) {
                return Err(wrong("slides", format!("the picture {objection}")));
            }
        }
        if panels.is_some_and(|panels| panels.corner.is_some() && panels.bottom.is_none()) {
            let message =
                format!("a corner in [{section}] without a bottom; it is the right end of what is below the map");
            return Err(wrong("corner", message));
        }
    }
    let beside = |panel: PanelSpec| beside(panel, path);
    Ok(WallScene {
        id: id.to_owned(),
        title: file.title,
        layers: file.layers.into_iter().collect(),
        colour: file.colour,
        matter: file.categories,
        panels: file.panels.map(&beside),
        wide: file.wide.map(|panels| panels.map(&beside)),
        is_optional: file.optional,
    })
}

/// The panel with the pictures of its slides beside the scene file.
fn beside(mut panel: PanelSpec, path: &Path) -> PanelSpec {
    if panel.bound.slides.iter().any(|slide| slide.picture.is_some()) {
        let mut bound = (*panel.bound).clone();
        bound.slides = bound.slides.into_iter().map(|slide| slide.beside(path)).collect();
        panel.bound = Arc::new(bound);
    }
    panel
}

/// The scenes that come with the program.
pub(super) fn shipped() -> Vec<WallScene> {
    let read = SHIPPED.iter().map(|(id, text)| parse(Path::new(&format!("{id}.toml")), text));
    // Each shipped file is read by a test, so none is lost here.
    read.filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use super::super::PanelKind;
    use super::*;

    #[test]
    fn every_shipped_scene_can_be_read() {
        for (id, text) in SHIPPED {
            let scene = parse(Path::new(&format!("{id}.toml")), text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(scene.id, *id);
            assert!(!scene.title.zh.is_empty() && !scene.title.en.is_empty());
            assert!(!scene.panels.left.is_empty() && !scene.panels.right.is_empty(), "{id}: an empty column");
        }
        assert_eq!(shipped().len(), SHIPPED.len());
        let pictures =
            |scene: &WallScene| scene.panels().any(|it| it.bound.slides.iter().any(|it| it.picture.is_some()));
        assert!(!shipped().iter().any(pictures), "a shipped scene has no folder to look for pictures in");
    }

    #[test]
    fn a_story_has_slides_with_pictures_beside_its_file() {
        let good = "title = { zh = \"甲\", en = \"A\" }\noptional = true\n[layers]\nheat = 1\n[panels]\nleft = [\"intake\"]\n\
                    [panels.bottom]\nkind = \"story\"\nslides = [{ title = { zh = \"甲\", en = \"A\" }, text = { zh = \"乙\", \
                    en = \"B\" }, picture = \"a.png\" }]\n";
        let scene = parse(Path::new("/srv/s.toml"), good).expect("a story");
        let story = &scene.panels.bottom.as_ref().expect("there").bound.slides;
        assert!(scene.is_optional && story[0].picture.as_deref() == Some(Path::new("/srv/a.png")));
        let error =
            parse(Path::new("/srv/s.toml"), &good.replace("a.png", "../a.png")).expect_err("refused").to_string();
        assert!(error.starts_with("/srv/s.toml:9:") && error.contains("../a.png"), "{error}");
    }

    #[test]
    fn the_example_of_the_documentation_can_be_read() {
        let page = include_str!("../../docs/scenes.md");
        let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        let scene = parse(Path::new("example.toml"), example).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scene.panels_for(true).right.len(), 3);
        assert_eq!(scene.panels_for(true).right.iter().filter(|it| it.starts_column).count(), 2);
        assert_eq!(scene.colour.expect("a colour").indicator, "satisfy");
    }

    #[test]
    fn a_wrong_file_is_refused_with_line_and_reason() {
        let good = "title = { zh = \"甲\", en = \"A\" }\n[layers]\nheat = 1\n[panels]\nleft = [\"intake\"]\n";
        let says = |text: &str| parse(Path::new("s.toml"), text).expect_err("refused").to_string();
        assert!(parse(Path::new("s.toml"), good).is_ok());
        let unknown = says(&good.replace("\"intake\"", "\"intakes\""));
        assert!(unknown.starts_with("s.toml:5:") && unknown.contains("did you mean `intake`"), "{unknown}");
        let layer = says(&good.replace("heat = 1", "heet = 1"));
        assert!(layer.starts_with("s.toml:3:") && layer.contains("did you mean `heat`"), "{layer}");
        let opacity = says(&good.replace("heat = 1", "heat = 1.5"));
        assert!(opacity.starts_with("s.toml:3:") && opacity.contains("at most 1"), "{opacity}");
        let twice = says(&good.replace("[\"intake\"]", "[\"intake\", \"intake\"]"));
        assert!(twice.contains("named twice"), "{twice}");
        let corner = says(&good.replace("left =", "corner = \"latest\"\nleft ="));
        assert!(corner.starts_with("s.toml:5:") && corner.contains("without a bottom"), "{corner}");
        let bound =
            good.replace("\"intake\"", "{ kind = \"intake\", period = \"day\", title = { zh = \"甲\", en = \"A\" } }");
        let scene = parse(Path::new("s.toml"), &bound).expect("a bound panel");
        assert_eq!(scene.panels.left[0].kind, PanelKind::Intake);
        assert_eq!(scene.panels.left[0].bound.period, Some(crate::domain::Period::Day));
        let columns = good.replace("[\"intake\"]", "[[\"intake\", \"lanes\"], [\"stages\"]]");
        let scene = parse(Path::new("s.toml"), &columns).expect("columns");
        assert_eq!(scene.panels.left.iter().map(|it| it.starts_column).collect::<Vec<_>>(), [true, false, true]);
        let about = good.replace("heat = 1", "tickets = 1");
        let about = about.replace("[layers]", "categories = [\"市容环境\"]\n[layers]");
        assert_eq!(parse(Path::new("s.toml"), &about).expect("a matter").matter, Some(Matter(vec!["市容环境".into()])));
        let nothing = says(&about.replace("tickets = 1", "heat = 1"));
        assert!(nothing.starts_with("s.toml:2:") && nothing.contains("shows none"), "{nothing}");
        let mixed = says(&columns.replace("[\"stages\"]", "\"stages\""));
        assert!(mixed.starts_with("s.toml:5:") && mixed.contains("each column as a list"), "{mixed}");
        let empty = says(&columns.replace("[\"stages\"]", "[]"));
        assert!(empty.starts_with("s.toml:5:") && empty.contains("a column without a panel"), "{empty}");
        let inner = says(&columns.replace("stages", "stage"));
        assert!(inner.starts_with("s.toml:5:") && inner.contains("did you mean `stages`"), "{inner}");
        let kind = says(&bound.replace("kind = \"intake\"", "kind = \"intakes\""));
        assert!(kind.starts_with("s.toml:5:") && kind.contains("did you mean `intake`"), "{kind}");
        let key = says(&bound.replace("period", "perjod"));
        assert!(key.starts_with("s.toml:5:") && key.contains("did you mean `period`"), "{key}");
    }
}
