//! One panel drawn alone: its shapes, its words with their inks, its pixels. Only in tests.

use std::collections::HashMap;

use bevy_egui::egui::epaint::{ClippedShape, Shape, TextShape};
use bevy_egui::egui::{self, Color32, Pos2, RawInput, Rect, TextureId, UiBuilder, Vec2, vec2};

use super::super::board_of::BoardOf;
use super::super::fixture;
use super::super::look::tests::{feeds, look};
use super::super::preview::{rasterise, take_textures};
use super::super::*;
use super::world::{State, World, feed_of, size_of};
use crate::city::{Detail, Freshness};

/// Space around the panel, u: the hatched bar of what is stale stands left of it.
const AROUND: f32 = 24.0;

/// One text of a panel.
#[derive(Clone, Debug)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// In which colours.
    pub inks: Vec<Color32>,
    /// Where it begins.
    pub at: Pos2,
    /// How large it is set, u.
    pub size: f32,
    /// Around its ink, u.
    pub ink: Rect,
    /// It ends in `…` for want of room.
    pub is_shortened: bool,
}

/// A panel as it was drawn.
pub struct Picture {
    /// Its pixels.
    pub pixels: image::RgbImage,
    /// Its texts.
    pub texts: Vec<Text>,
    /// Strokes and circles: what hatching is made of.
    pub strokes: usize,
    /// Where the panel lies.
    pub rect: Rect,
}

fn gather(shape: &Shape, texts: &mut Vec<Text>, strokes: &mut usize) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, texts, strokes)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => texts.push(said(text)),
        Shape::LineSegment { .. } => *strokes += 1,
        _ => {}
    }
}

fn said(shape: &TextShape) -> Text {
    let inks = match shape.override_text_color {
        Some(ink) => vec![ink],
        None => shape.galley.job.sections.iter().map(|section| section.format.color).collect(),
    };
    let size = shape.galley.job.sections.iter().map(|section| section.format.font_id.size).fold(0.0, f32::max);
    let ink = shape.galley.mesh_bounds.translate(shape.pos.to_vec2());
    Text { text: shape.galley.text().to_owned(), inks, at: shape.pos, size, ink, is_shortened: shape.galley.elided }
}

/// Draws a panel of this kind in this state.
pub fn draw(kind: PanelKind, state: State, theme: Theme, locale: Locale) -> Picture {
    draw_world(kind, &World::of(kind, state), theme, locale)
}

/// Draws a panel of this kind in a world.
pub fn draw_world(kind: PanelKind, world: &World, theme: Theme, locale: Locale) -> Picture {
    let size = size_of(kind);
    let whole = size + Vec2::splat(2.0 * AROUND);
    let rect = Rect::from_min_size(Pos2::ZERO + Vec2::splat(AROUND), size);
    let (ctx, shapes, textures) = frames(kind, world, whole, rect, theme, locale);
    let (mut texts, mut strokes) = (Vec::new(), 0);
    shapes.iter().for_each(|clipped| gather(&clipped.shape, &mut texts, &mut strokes));
    let pixels = rasterise(&ctx.tessellate(shapes, 1.0), &textures, whole, theme.palette().bg1);
    Picture { pixels, texts, strokes, rect }
}

/// What a panel of this kind is about in a world: what the board holds beside the city, and the selected area.
pub fn scene_of(kind: PanelKind, world: &World) -> (BoardOf, Option<AreaId>) {
    let city = &world.city;
    let (detail, target) = match kind {
        PanelKind::Ticket if world.has_detail => {
            let detail = fixture::detail(city);
            let id = detail.ticket.id.clone();
            (Detail::Here(Box::new(detail)), Target::Ticket(id))
        }
        PanelKind::Ticket => {
            let id = crate::domain::TicketId::new("HC000000-0000");
            (Detail::Asked(id.clone()), Target::Ticket(id))
        }
        _ => (Detail::None, Target::District),
    };
    let parts = BoardOf {
        selection: Selection { target, trail: vec![Target::District] },
        detail,
        care: world.care(),
        heat: world.heat.clone(),
        ..BoardOf::default()
    };
    let is_of_area = matches!(
        kind,
        PanelKind::Table
            | PanelKind::Card
            | PanelKind::AreaStages
            | PanelKind::AreaLimits
            | PanelKind::AreaCategories
            | PanelKind::AreaRhythm
            | PanelKind::AreaCare
    );
    let street = city.areas.at_level(crate::domain::Level::Street).next();
    (parts, street.filter(|_| is_of_area))
}

fn frames(
    kind: PanelKind,
    world: &World,
    whole: Vec2,
    rect: Rect,
    theme: Theme,
    locale: Locale,
) -> (egui::Context, Vec<ClippedShape>, HashMap<TextureId, egui::ColorImage>) {
    let ctx = egui::Context::default();
    let city = &world.city;
    let mut fresh = feeds(Freshness::Live, 2, city.mono);
    if let Some(feed) = feed_of(kind) {
        let own = feeds(world.rung, world.age_s, city.mono);
        fresh.feeds.extend(own.feeds.get(&feed).map(|state| (feed, state.clone())));
    }
    let (parts, scope) = scene_of(kind, world);
    let mut state = PanelState::default();
    let panel = PanelSpec { kind, bound: world.bound.clone(), starts_column: false };
    let mut textures = HashMap::new();
    let mut shapes = Vec::new();
    for frame in 0..4 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, whole)),
            time: Some(f64::from(frame)),
            ..Default::default()
        };
        let mut output = ctx.run_ui(input, |ui| {
            if !style::install(ui.ctx(), theme) {
                return;
            }
            let mut look = look(&fresh, Some(&city.site), city.mono);
            (look.locale, look.palette) = (locale, theme.palette());
            look.care_as_of = world.care.table.as_of;
            state.refresh(&city.tickets, &city.areas, &look.now.clone(), &look.zone.clone());
            let board = parts.board(look, city);
            let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("panel"));
            inner.set_clip_rect(rect.expand2(vec2(22.0, 2.0)));
            block_ui(&mut inner, &board, &mut state, &panel, &[], scope);
        });
        take_textures(&mut output.textures_delta, &mut textures);
        shapes = output.shapes;
    }
    (ctx, shapes, textures)
}
