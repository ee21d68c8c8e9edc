//! Where everything is, in u: strips, columns, the ribbon, and the area left free for the map. Pure.
//!
//! A picture that is small or narrow gets fewer columns and panels, never smaller text. Partner: `mod.rs`, which fills
//! the rectangles.

use bevy_egui::egui::{Rect, Vec2, pos2, vec2};

use super::columns::{GAP, Packed, Want, heights, packed};
use crate::scene::{PanelKind, PanelSpec, Profile, WallScene};

/// What the columns are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The whole district.
    Overview,
    /// One area; with or without areas below it.
    Area {
        /// True if there is a level below.
        has_children: bool,
    },
    /// One ticket.
    Ticket,
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The whole picture.
    pub canvas: Rect,
    /// Title, search, clock.
    pub title: Rect,
    /// Feeds and counts.
    pub truth: Rect,
    /// The blocks that fit, each with its place.
    pub blocks: Vec<(PanelSpec, Rect)>,
    /// Where a rule separates two blocks of one column.
    pub rules: Vec<(f32, f32, f32)>,
    /// The scene's panel below the map, where there is room.
    pub ribbon: Option<(PanelSpec, Rect)>,
    /// The scene's panel at the right end of it.
    pub corner: Option<(PanelSpec, Rect)>,
    /// Right edge of the left columns' background; 0 without any.
    pub left_edge: f32,
    /// Left edge of the right columns' background; the picture's width without any.
    pub right_edge: f32,
    /// What is free for the map.
    pub free: Rect,
    /// True if a block had to be left out.
    pub is_reduced: bool,
}

/// Outer margin.
pub const MARGIN: f32 = 36.0;
/// Height of title and truth strip together.
const TOP: f32 = 124.0;
/// From this ratio of width to height on a side has two columns.
const WIDE: f32 = 2.2;
/// From this one on three.
const WIDER: f32 = 4.2;
/// Where columns start.
const COLUMN_TOP: f32 = 140.0;
/// Height of the ribbon's zone.
const RIBBON: f32 = 150.0;
/// Height of the river's.
const RIVER: f32 = 272.0;
/// The same where small maps stand in it.
const RIBBON_OF_MAPS: f32 = 216.0;

/// How many physical pixels one u is for a picture of `width` × `height` pixels on a screen of `scale` pixels per
/// point. The picture is 1080 u high, or 1440 u wide where it is taller than that; but one u is at least 0.8 points, so
/// that text of 15 u has 12 points: a small window gets fewer u, and with them fewer panels.
pub fn pixels_per_u(width: f32, height: f32, scale: f32) -> f32 {
    let least = 0.8 * scale.max(0.5);
    (height / 1080.0).min(width / 1440.0).max(least).min((width / 640.0).max(0.1)).max(0.1)
}

/// How many columns a side of a picture of this ratio of width to height has room for.
fn most_columns(aspect: f32) -> usize {
    1 + usize::from(aspect >= WIDE) + usize::from(aspect > WIDER)
}

/// What a panel needs; `k` is the scale of desk text.
fn want(panel: &PanelSpec, k: f32) -> Want {
    use PanelKind::*;
    let (least, best, stretches) = match panel.kind {
        Intake => (366.0, 366.0, false),
        Stages | AreaStages => (278.0, 278.0, false),
        // Two and three entries, four and eight rows.
        AreaLimits => (132.0, 176.0, true),
        AreaCategories => (180.0, 316.0, true),
        AreaRhythm => (170.0, 170.0, false),
        AreaCare => (388.0, 388.0, false),
        Children | Latest => (150.0, 900.0, true),
        Table => (220.0 * k, 700.0 * k, true),
        Card => (178.0 * k, 178.0 * k, false),
        Ticket => (300.0, 2000.0, true),
        // Panels that fill a column.
        HeatTotal | HeatRanking | CareTotals | CareStreets | FlowNewest => (300.0, 2000.0, true),
        // Three tickets and what is late.
        FlowDue => (387.0, 2000.0, true),
        FlowDots => (235.0, 300.0, true),
        // The ladder and two warnings at least; where it fills a column, all of it.
        Warnings => (300.0, 2000.0, true),
        // The kinds alone, and the days with them.
        WarningKinds => (400.0, 622.0, true),
        // Two streets, nine that name their places.
        WarningAreas => (128.0, 800.0, true),
        WhistleBoard | ClassCases => (420.0, 2000.0, true),
        // Five triggers; six stages.
        WhistleTriggers => (614.0, 2000.0, true),
        ClassStages => (460.0, 2000.0, true),
        // Panels below the map, where a scene file puts them into a column.
        Ribbon | HeatRhythm | CareProgress | FlowRiver => (150.0, 260.0, true),
        Rates | BigNumber | Trend | RankedBars | SmallMultiples | Lanes | Funnel | Numbers => {
            super::indicator::want(panel.kind, &panel.bound)
        }
        TeamStrip => (396.0, 430.0, true),
        // Seven streets.
        TeamStreets => (346.0, 900.0, true),
        GridFacts => (330.0, 430.0, true),
        // Five systems, ten rows.
        SourceLights => (484.0, 784.0, true),
        Completeness => (384.0, 560.0, true),
        WallHealth => (650.0, 650.0, false),
        // Words alone need no more; a picture takes what there is.
        Story if panel.bound.slides.iter().all(|slide| slide.picture.is_none()) => (236.0, 300.0, true),
        Story => (320.0, 900.0, true),
        CampaignEffect => (300.0, 520.0, true),
        // None, seven areas.
        EventWatch => (256.0, 540.0, true),
    };
    let good = match panel.kind {
        // Eight streets.
        Children => 340.0,
        // The ladder, two warnings, and the line about the others.
        Warnings => 338.0,
        // Six that have one; kinds and days.
        WarningAreas => 304.0,
        WarningKinds => 574.0,
        // How many live in a grid, as a picture.
        GridFacts => 430.0,
        // Three tickets.
        Latest => 226.0,
        FlowDots => best,
        // Three streets.
        CareStreets => 400.0,
        Story => least.max(270.0),
        // The kinds of class cases below the stages.
        ClassStages => 572.0,
        // Eight streets.
        CampaignEffect => 480.0,
        // Seven areas.
        EventWatch => 480.0,
        Rates => super::indicator::good_for_rates(&panel.bound),
        Numbers => super::indicator::good_for_numbers(&panel.bound),
        _ => least,
    };
    Want { panel: panel.clone(), least, good, best, stretches }
}

/// The layout of a picture of `canvas` u. The scene says what stands beside the whole district; a selected area or
/// ticket has its own panels.
pub fn layout(canvas: Vec2, profile: Profile, focus: Focus, scene: &WallScene) -> Layout {
    let k = profile.scale();
    let scene_s = |panels: &[PanelSpec]| -> Vec<Want> { panels.iter().map(|panel| want(panel, k)).collect() };
    let wants = |kinds: &[PanelKind]| -> Vec<Want> { kinds.iter().map(|kind| want(&(*kind).into(), k)).collect() };
    let aspect = canvas.x / canvas.y.max(1.0);
    let is_wide = aspect >= WIDE;
    let most = if focus == Focus::Overview { most_columns(aspect) } else { 1 };
    let panels = scene.panels_for(is_wide);
    let below = &panels.bottom;
    let has_ribbon = focus == Focus::Overview && below.is_some() && canvas.y >= 900.0 && canvas.x >= 1400.0;
    let ribbon = match below.as_ref().map(|panel| panel.kind) {
        Some(PanelKind::FlowRiver) => RIVER,
        Some(PanelKind::HeatRhythm) => RIBBON_OF_MAPS,
        _ => RIBBON,
    };
    let bottom = if has_ribbon { canvas.y - ribbon } else { canvas.y };
    let column_bottom = bottom - if has_ribbon { 8.0 } else { 20.0 };
    let room = column_bottom - COLUMN_TOP;
    let (left_wants, right_wants): (Vec<Want>, Vec<Want>) = match focus {
        Focus::Overview => (scene_s(&panels.left), scene_s(&panels.right)),
        Focus::Area { has_children } => (
            wants(&[PanelKind::Table, PanelKind::Card, PanelKind::AreaRhythm]),
            wants(match (scene.is_about_care(), has_children) {
                (true, true) => &[PanelKind::AreaCare, PanelKind::Children, PanelKind::AreaStages],
                (true, false) => &[PanelKind::AreaCare, PanelKind::AreaStages, PanelKind::AreaLimits],
                (false, true) => {
                    &[PanelKind::AreaStages, PanelKind::Children, PanelKind::AreaLimits, PanelKind::AreaCategories]
                }
                (false, false) => &[PanelKind::AreaStages, PanelKind::AreaLimits, PanelKind::AreaCategories],
            }),
        ),
        Focus::Ticket => (wants(&[PanelKind::Table, PanelKind::Card]), wants(&[PanelKind::Ticket])),
    };
    let column =
        [404.0, 404.0, 440.0, 480.0][most_columns(aspect)] * if focus == Focus::Overview { 1.0 } else { k.min(1.15) };
    let gutter = 56.0;
    let ticket_column = 548.0 * k.min(1.15);
    let side = |columns: usize, width: f32| match columns {
        0 => 0.0,
        n => MARGIN + n as f32 * width + (n - 1) as f32 * gutter,
    };
    let right_width = if focus == Focus::Ticket { ticket_column } else { column };
    let mut left = packed(left_wants.clone(), most, room);
    let mut right = packed(right_wants.clone(), most, room);
    let mut is_reduced = focus == Focus::Overview && below.is_some() && !has_ribbon;
    // The map keeps 45 % of the width where it can: the less needed side goes first, then every column but one.
    let map_share = |l: &Packed, r: &Packed| {
        (canvas.x - side(l.columns.len(), column) - side(r.columns.len(), right_width)) / canvas.x
    };
    if map_share(&left, &right) < 0.38 {
        is_reduced = true;
        match focus {
            Focus::Ticket => left = Packed::default(),
            Focus::Overview => {
                // The first panel of the left column and the last of the first at the right, which says what needs someone.
                let column = right_wants.into_iter().enumerate();
                let outer = column.take_while(|(nth, want)| *nth == 0 || !want.panel.starts_column).last();
                let mut kept: Vec<Want> = left_wants.into_iter().take(1).chain(outer.map(|(_, want)| want)).collect();
                kept.iter_mut().for_each(|want| want.panel.starts_column = false);
                left = packed(kept, 1, room);
                right = Packed::default();
            }
            Focus::Area { .. } => right = Packed::default(),
        }
    }
    is_reduced |= left.left_out + right.left_out > 0;

    let mut blocks = Vec::new();
    let mut rules = Vec::new();
    let mut place = |packed: &Packed, mut x: f32, width: f32| {
        for column in &packed.columns {
            let mut y = COLUMN_TOP;
            for (nth, (want, height)) in column.iter().zip(heights(column, room)).enumerate() {
                if nth > 0 {
                    rules.push((x, x + width, y + GAP.0));
                    y += GAP.0 + GAP.1;
                }
                let height = height.min((column_bottom - y).max(1.0));
                blocks.push((want.panel.clone(), Rect::from_min_size(pos2(x, y), vec2(width, height))));
                y += height;
            }
            x += width + gutter;
        }
    };
    let (left_side, right_side) = (side(left.columns.len(), column), side(right.columns.len(), right_width));
    place(&left, MARGIN, column);
    place(&right, canvas.x - right_side, right_width);
    let (left_edge, right_edge) = (left_side, canvas.x - right_side);
    Layout {
        canvas: Rect::from_min_size(pos2(0.0, 0.0), canvas),
        title: Rect::from_min_size(pos2(0.0, 0.0), vec2(canvas.x, 84.0)),
        truth: Rect::from_min_max(pos2(MARGIN, 84.0), pos2(canvas.x - MARGIN, 120.0)),
        blocks,
        rules,
        ribbon: below.clone().filter(|_| has_ribbon).map(|panel| {
            let end = canvas.x - MARGIN - if panels.corner.is_some() { column + gutter } else { 0.0 };
            let rect = Rect::from_min_max(pos2(MARGIN, canvas.y - ribbon), pos2(end, canvas.y - 16.0));
            (panel, rect)
        }),
        corner: panels.corner.clone().filter(|_| has_ribbon).map(|panel| {
            let start = pos2(canvas.x - MARGIN - column, canvas.y - ribbon);
            (panel, Rect::from_min_max(start, pos2(canvas.x - MARGIN, canvas.y - 16.0)))
        }),
        left_edge,
        right_edge,
        free: Rect::from_min_max(
            pos2(left_edge, TOP),
            pos2(right_edge.max(left_edge + 1.0), (bottom - 6.0).max(TOP + 1.0)),
        ),
        is_reduced,
    }
}

impl Layout {
    /// The other panels of one kind on the same side of the map as the block at this place: what they have of one unit is
    /// drawn on one scale, because eyes compare what stands side by side.
    pub fn beside(&self, nth: usize) -> Vec<&PanelSpec> {
        let is_left = |rect: &Rect| rect.center().x < self.free.center().x;
        let Some((own, at)) = self.blocks.get(nth) else { return Vec::new() };
        let others = self.blocks.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, block)| block);
        let is_twin = |(panel, rect): &&(PanelSpec, Rect)| panel.kind == own.kind && is_left(rect) == is_left(at);
        others.filter(is_twin).map(|(panel, _)| panel).collect()
    }

    /// The same with left and right in each other's place: strips and ribbon stay, columns change sides.
    pub fn mirrored(mut self) -> Self {
        let (width, start) = (self.canvas.width(), self.canvas.left());
        let flip = |rect: Rect| rect.translate(vec2(2.0 * start + width - rect.left() - rect.right(), 0.0));
        for (_, rect) in &mut self.blocks {
            *rect = flip(*rect);
        }
        for (from, to, _) in &mut self.rules {
            (*from, *to) = (width - *to, width - *from);
        }
        (self.left_edge, self.right_edge) = (width - self.right_edge, width - self.left_edge);
        self.free = flip(self.free);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOCI: [Focus; 4] =
        [Focus::Overview, Focus::Area { has_children: true }, Focus::Area { has_children: false }, Focus::Ticket];

    fn overview() -> WallScene {
        crate::scene::Scenes::default().current().clone()
    }

    fn canvas(width: f32, height: f32) -> Vec2 {
        let u = pixels_per_u(width, height, 1.0);
        vec2(width / u, height / u)
    }

    #[test]
    fn panels_of_one_kind_on_one_side_are_beside_each_other() {
        let mut scenes = crate::scene::Scenes::default();
        assert!(scenes.show("rates"));
        let got = layout(canvas(3840.0, 1080.0), Profile::Wall, Focus::Overview, scenes.current());
        for (nth, (panel, rect)) in got.blocks.iter().enumerate() {
            let keys = |panel: &PanelSpec| panel.bound.indicators.join(" ");
            let beside: Vec<String> = got.beside(nth).into_iter().map(keys).collect();
            let wanted: &[&str] = match (panel.kind, keys(panel).as_str(), rect.left() > 1920.0) {
                (PanelKind::RankedBars, "satisfy", true) => &["resolve"],
                (PanelKind::RankedBars, "resolve", true) => &["satisfy"],
                (PanelKind::SmallMultiples, "satisfy", true) => &["resolve"],
                (PanelKind::SmallMultiples, "resolve", true) => &["satisfy"],
                (PanelKind::Rates, _, false) => continue,
                other => panic!("{other:?}"),
            };
            assert_eq!(beside, wanted, "{:?}", panel.kind);
        }
    }

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_picture_at_any_size() {
        for (w, h) in [
            (1920.0, 1080.0),
            (960.0, 600.0),
            (1280.0, 720.0),
            (3840.0, 1080.0),
            (5760.0, 1080.0),
            (1080.0, 1920.0),
            (640.0, 480.0),
            (3840.0, 2160.0),
            (200.0, 100.0),
        ] {
            for profile in [Profile::Desk, Profile::Wall] {
                for focus in FOCI {
                    let size = canvas(w, h);
                    let got = layout(size, profile, focus, &overview());
                    let mut rects: Vec<Rect> = got.blocks.iter().map(|(_, rect)| *rect).collect();
                    rects.extend([&got.ribbon, &got.corner].into_iter().flatten().map(|(_, rect)| *rect));
                    rects.push(got.truth);
                    for (i, a) in rects.iter().enumerate() {
                        for b in &rects[i + 1..] {
                            let both = a.intersect(*b);
                            assert!(!both.is_positive(), "{w}×{h} {focus:?}: {a} meets {b}");
                        }
                    }
                    if h >= 480.0 {
                        for (block, rect) in &got.blocks {
                            assert!(got.canvas.expand(0.5).contains_rect(*rect), "{w}×{h} {focus:?} {block:?} {rect}");
                            assert!(!rect.intersect(got.free).is_positive());
                        }
                    }
                    assert!(got.free.is_positive(), "{w}×{h}");
                }
            }
        }
    }

    #[test]
    fn the_design_s_wall_has_its_free_area() {
        let got = layout(vec2(1920.0, 1080.0), Profile::Wall, Focus::Overview, &overview());
        assert_eq!(got.free, Rect::from_min_max(pos2(440.0, 124.0), pos2(1480.0, 924.0)));
        assert_eq!(got.blocks.len(), 4);
        assert!(!got.is_reduced);
        let same = WallScene { wide: None, ..overview() };
        let wide = layout(vec2(3840.0, 1080.0), Profile::Wall, Focus::Overview, &same);
        assert_eq!((wide.left_edge, wide.right_edge), (476.0, 3364.0), "no column without a panel");
        let many: Vec<PanelSpec> = [PanelKind::Intake, PanelKind::HeatTotal, PanelKind::CareStreets, PanelKind::Latest]
            .map(PanelSpec::from)
            .into();
        let panels = crate::scene::ScenePanels {
            left: many.clone(),
            right: many,
            bottom: Some(PanelKind::Ribbon.into()),
            corner: None,
        };
        let scene = WallScene { wide: Some(panels), ..overview() };
        let wide = layout(vec2(3840.0, 1080.0), Profile::Wall, Focus::Overview, &scene);
        assert_eq!((wide.left_edge, wide.right_edge, wide.is_reduced), (972.0, 2868.0, false));
    }

    #[test]
    fn every_shipped_scene_fills_the_columns_of_every_wall() {
        let mut scenes = crate::scene::Scenes::default();
        let ids: Vec<String> = scenes.ids().map(str::to_owned).collect();
        for id in &ids {
            assert!(scenes.show(id));
            for (size, most) in [(vec2(1920.0, 1080.0), 1), (vec2(3840.0, 1080.0), 2), (vec2(5760.0, 1080.0), 3)] {
                let got = layout(size, Profile::Wall, Focus::Overview, scenes.current());
                // The last size has room for all that is named.
                assert!(most < 3 || !got.is_reduced, "{id}: something named has no room on the widest wall");
                let mut columns: Vec<(f32, f32)> = Vec::new();
                for (_, rect) in &got.blocks {
                    match columns.iter_mut().find(|(left, _)| *left == rect.left()) {
                        Some((_, foot)) => *foot = foot.max(rect.bottom()),
                        None => columns.push((rect.left(), rect.bottom())),
                    }
                }
                assert_eq!(columns.len(), 2 * most, "{id} at {size}");
                for (left, foot) in columns {
                    let empty = got.free.bottom() - foot;
                    assert!(empty < 60.0, "{id} at {size}: the column at {left} is empty below {foot}");
                }
                assert!(got.free.width() >= 0.44 * size.x, "{id} at {size}: the map has {} u", got.free.width());
            }
        }
    }

    #[test]
    fn columns_that_change_sides_keep_everything_else() {
        for canvas in [vec2(1920.0, 1080.0), vec2(3840.0, 1080.0), vec2(1200.0, 750.0)] {
            for focus in FOCI {
                let got = layout(canvas, Profile::Wall, focus, &overview());
                let other = got.clone().mirrored();
                assert!((other.free.width() - got.free.width()).abs() < 0.01);
                assert_eq!((other.ribbon.as_ref(), other.truth), (got.ribbon.as_ref(), got.truth));
                for ((panel, rect), (same, there)) in got.blocks.iter().zip(&other.blocks) {
                    assert_eq!(panel, same);
                    assert!(
                        (rect.center().x + there.center().x - canvas.x).abs() < 0.01 && rect.size() == there.size()
                    );
                    assert!(!there.intersect(other.free).is_positive());
                }
                assert_eq!(other.mirrored(), got);
            }
        }
    }

    #[test]
    fn a_selected_area_fills_both_columns() {
        let mut scenes = crate::scene::Scenes::default();
        assert!(scenes.show("care"));
        let care = scenes.current();
        for (has_children, scene) in [(true, &overview()), (false, &overview()), (true, care), (false, care)] {
            let got = layout(vec2(1920.0, 1080.0), Profile::Wall, Focus::Area { has_children }, scene);
            assert_eq!(got.blocks.iter().any(|(block, _)| block.kind == PanelKind::AreaCare), scene.id == "care");
            assert!(!got.is_reduced, "{:?}", got.blocks);
            for right in [false, true] {
                let column = got.blocks.iter().filter(|(_, rect)| (rect.center().x > 960.0) == right);
                let foot = column.map(|(_, rect)| rect.bottom()).fold(0.0, f32::max);
                assert!(foot > 960.0, "{has_children} {right}: ends at {foot}");
            }
        }
    }

    #[test]
    fn small_windows_lose_panels_not_text_size() {
        assert!(pixels_per_u(960.0, 600.0, 1.0) >= 0.8);
        assert_eq!(pixels_per_u(3840.0, 2160.0, 2.0), 2.0);
        let small = layout(canvas(960.0, 600.0), Profile::Desk, Focus::Overview, &overview());
        assert!(small.is_reduced && small.ribbon.is_none());
        let blocks: Vec<_> = small.blocks.iter().map(|(block, _)| block.kind).collect();
        assert_eq!(blocks[0], PanelKind::Intake);
        let ticket = layout(canvas(960.0, 600.0), Profile::Desk, Focus::Ticket, &overview());
        assert!(ticket.blocks.iter().any(|(block, _)| block.kind == PanelKind::Ticket));
        assert!(ticket.free.width() >= 0.4 * ticket.canvas.width());
    }
}
