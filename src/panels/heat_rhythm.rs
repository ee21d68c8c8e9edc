//! 一日节律: eight small maps of three hours each, all on one scale. Their pictures are made when the figures change, not
//! per frame.

use std::sync::Arc;

use bevy_egui::egui::{Align, Color32, ColorImage, Rect, Stroke, TextureHandle, TextureOptions, Ui, pos2, vec2};

use super::behind::Counted;
use super::head::{HEAD, announce, column, empty};
use super::heat_total::{count_words, window_words};
use super::look::Look;
use super::pen::{fit, say, width};
use super::style::{Role, faint};
use crate::city::Freshness;
use crate::domain::Feed;
use crate::heat::Figures;
use crate::heat::figures::Land;
use crate::heat::rhythm::{PARTS, Rhythm};
use crate::palette::{Palette, Theme};

/// The pictures of one set of figures.
#[derive(Default)]
pub struct RhythmPictures {
    of: Option<(usize, Theme, bool)>,
    pictures: Vec<TextureHandle>,
}

impl std::fmt::Debug for RhythmPictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RhythmPictures").field("of", &self.of).finish()
    }
}

/// The common top: round, at or above the largest density of all parts.
pub fn common_top(rhythm: &Rhythm) -> f32 {
    let most = rhythm.maps.iter().flatten().copied().fold(0.0_f32, f32::max).max(0.05);
    let power = 10_f32.powf(most.log10().floor());
    // A little below the largest, as on the large map, or one peak would leave all others dark.
    let wanted = most * 0.8;
    [0.5, 1.0, 2.0, 3.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|top| *top >= wanted).unwrap_or(most)
}

/// One small map as pixels: land, and heat on it.
fn picture(palette: &Palette, land: &Land, rhythm: &Rhythm, part: usize, top: f32, is_grey: bool) -> ColorImage {
    let [columns, rows] = land.size;
    let [width, height] = rhythm.size;
    let base = palette.map_land;
    let step = [(land.max[0] - land.min[0]) / columns.max(1) as f32, (land.max[1] - land.min[1]) / rows.max(1) as f32];
    let map = &rhythm.maps[part];
    let read = |x: i64, y: i64| {
        let at = y.clamp(0, height as i64 - 1) as usize * width + x.clamp(0, width as i64 - 1) as usize;
        map.get(at).copied().unwrap_or(0.0)
    };
    let mut pixels = vec![Color32::TRANSPARENT; columns * rows];
    for (at, pixel) in pixels.iter_mut().enumerate().filter(|(at, _)| land.inside[*at]) {
        let world_x = f64::from(land.min[0] + (at % columns) as f32 * step[0] + step[0] / 2.0);
        let world_y = f64::from(land.max[1] - (at / columns) as f32 * step[1] - step[1] / 2.0);
        let u = (world_x - rhythm.origin[0]) / rhythm.cell_m - 0.5;
        let v = (world_y - rhythm.origin[1]) / rhythm.cell_m - 0.5;
        let (i, j) = (u.floor() as i64, v.floor() as i64);
        let (s, t) = ((u - u.floor()) as f32, (v - v.floor()) as f32);
        let value = (read(i, j) * (1.0 - s) + read(i + 1, j) * s) * (1.0 - t)
            + (read(i, j + 1) * (1.0 - s) + read(i + 1, j + 1) * s) * t;
        let share = (value / top).clamp(0.0, 1.0);
        let heat = palette.heat[((share * 63.999) as usize).min(63)];
        let rise = ((share - 0.01) / 0.2).clamp(0.0, 1.0);
        let rgb = base.mix(heat, 0.95 * rise * rise * (3.0 - 2.0 * rise));
        let [r, g, b] = rgb.bytes();
        let mean = ((u32::from(r) + u32::from(g) + u32::from(b)) / 3) as u8;
        *pixel = if is_grey { Color32::from_gray(mean) } else { Color32::from_rgb(r, g, b) };
    }
    ColorImage::new([columns.max(1), rows.max(1)], if pixels.is_empty() { vec![Color32::TRANSPARENT] } else { pixels })
}

/// Draws the panel. A click on a map asks which tickets are on it.
pub fn heat_rhythm_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    figures: &Figures,
    pictures: &mut RhythmPictures,
) -> Option<Counted> {
    let rect = ui.max_rect();
    let p = ui.painter();
    let base = rect.top() + 24.0;
    let said = say(p, pos2(rect.left(), base), Align::Min, look.t("heat-rhythm"), Role::PANEL, look.text1());
    announce(ui, said, "heat-rhythm", &look.t("heat-rhythm"));
    let feed = look.feed(Feed::Tickets);
    let rhythm: &Arc<Rhythm> = &figures.rhythm;
    let [columns, rows] = figures.land.size;
    if !figures.is_known || !feed.has_values() || columns == 0 || rhythm.size[0] == 0 {
        let words = if feed.rung == Freshness::Expired { "silent-list" } else { "connecting" };
        empty(p, look, rect.with_min_y(rect.top() + HEAD), &look.t(words));
        return None;
    }
    let top = common_top(rhythm);
    let note = look.locale.t_args(
        "heat-rhythm-note",
        &[
            ("window", &window_words(look, figures.settings.window_s)),
            ("top", &super::heat_total::density_words(look.locale.numbers(), top)),
        ],
    );
    fit(p, pos2(rect.right(), base), Align::Max, note, Role::BODY, look.text3(), rect.right() - said.right() - 30.0);
    let is_grey = feed.is_grey();
    let of = (Arc::as_ptr(rhythm) as usize, look.palette.theme, is_grey);
    if pictures.of != Some(of) {
        pictures.of = Some(of);
        pictures.pictures = (0..PARTS)
            .map(|part| {
                let image = picture(look.palette, &figures.land, rhythm, part, top, is_grey);
                ui.ctx().load_texture(format!("heat-rhythm-{part}"), image, TextureOptions::LINEAR)
            })
            .collect();
    }
    let gap = 18.0;
    let wide = (rect.width() - gap * (PARTS - 1) as f32) / PARTS as f32;
    let now = usize::try_from(look.civil().hour() / 3).unwrap_or(0);
    let mut asked = None;
    for (part, texture) in pictures.pictures.iter().enumerate() {
        let cell = Rect::from_min_max(
            pos2(rect.left() + part as f32 * (wide + gap), base + 14.0),
            pos2(rect.left() + part as f32 * (wide + gap) + wide, rect.bottom()),
        );
        let words = format!("{:02}–{:02}", part * 3, part * 3 + 3);
        let count = count_words(look, rhythm.counts[part]);
        if column(ui, look, cell, ("part", part), &format!("{words} {count}")).clicked() {
            asked = Some(Counted::Part(part as u8, figures.settings.clone()));
        }
        let is_now = part == now;
        let line = if is_now { Stroke::new(2.0, look.text1()) } else { Stroke::new(1.0, look.ink(|p| p.line1)) };
        p.hline(cell.x_range(), cell.top(), line);
        let ink = if is_now { look.text1() } else { look.text2() };
        let room = Rect::from_min_max(pos2(cell.left(), cell.top() + 32.0), cell.max);
        let scale = (room.width() / columns as f32).min(room.height() / rows as f32);
        let place = Rect::from_center_size(room.center(), vec2(columns as f32, rows as f32) * scale);
        // Hours and count stand over their own map, however wide the wall is.
        let needed = width(p, words.as_str(), Role::BODY) + width(p, count.as_str(), Role::BODY) + 20.0;
        let half = (place.width().max(needed) / 2.0).min(cell.width() / 2.0);
        let captions =
            [pos2(cell.center().x - half, cell.top() + 24.0), pos2(cell.center().x + half, cell.top() + 24.0)];
        say(p, captions[0], Align::Min, words, Role::BODY, ink);
        say(p, captions[1], Align::Max, count, Role::BODY, look.text3());
        p.image(texture.id(), place, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        let land = &figures.land;
        let at = |point: &[f32; 2]| {
            pos2(
                place.left() + (point[0] - land.min[0]) / (land.max[0] - land.min[0]).max(1.0) * place.width(),
                place.top() + (land.max[1] - point[1]) / (land.max[1] - land.min[1]).max(1.0) * place.height(),
            )
        };
        for (is_outer, points) in &land.lines {
            let (alpha, thick) = match (is_outer, is_now) {
                (true, true) => (1.0, 1.0),
                (true, false) => (0.5, 1.0),
                (false, _) => (0.35, 0.8),
            };
            let stroke = Stroke::new(thick, faint(look.palette.street_line, alpha));
            p.line(points.iter().map(at).collect(), stroke);
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_scale_holds_all_parts() {
        let mut rhythm = Rhythm { size: [1, 1], ..Rhythm::default() };
        rhythm.maps[3] = vec![2.4];
        rhythm.maps[5] = vec![0.1];
        assert_eq!(common_top(&rhythm), 2.0);
        assert!(common_top(&Rhythm::default()) > 0.0);
    }
}
