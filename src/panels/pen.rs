//! Strokes that every panel shares: text on a baseline, rules, the mark of a source, the glyph of a freshness, hatching.
//!
//! Everything is drawn with egui's painter in u; nothing here knows data.

use bevy_egui::egui::text::{LayoutJob, TextFormat, TextWrapping};
use bevy_egui::egui::{
    Align, Align2, Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2,
};

use super::seams;
use super::style::{ASCENT, DESCENT, Role, colour};
use crate::city::Freshness;
use crate::domain::Source;
use crate::palette::Palette;

/// Writes one line with its baseline at `at.y`; `side` says which end of the line is at `at.x`. Returns what it covers.
pub fn say(p: &Painter, at: Pos2, side: Align, text: impl Into<String>, role: Role, ink: Color32) -> Rect {
    fit(p, at, side, text, role, ink, f32::INFINITY)
}

/// Like [`say`], but never wider than `width`: what does not fit ends in `…`.
pub fn fit(p: &Painter, at: Pos2, side: Align, text: impl Into<String>, role: Role, ink: Color32, width: f32) -> Rect {
    let galley = p.layout_job(line_job(text.into(), role, width));
    let top = at.y - ASCENT * role.size;
    // Tracking also follows the last letter; it does not belong to the line.
    let size = vec2(galley.size().x - role.tracking, (ASCENT + DESCENT) * role.size);
    let rect = Align2([side, Align::Min]).anchor_size(pos2(at.x, top), size);
    let rect = seams::beside(p.ctx(), rect, side);
    p.galley_with_override_text_color(rect.min, galley, ink);
    rect
}

/// Writes a text that breaks into at most `rows` lines of `width`, `…` after the last if there is more; the first
/// baseline at `at.y`, lines `pitch` apart. Returns what it covers.
pub fn paragraph(
    p: &Painter,
    at: Pos2,
    text: &str,
    role: Role,
    ink: Color32,
    (width, rows, pitch): (f32, usize, f32),
) -> Rect {
    let mut job = line_job(broken(p, text, role, width), role, width);
    job.break_on_newline = true;
    job.wrap =
        TextWrapping { max_width: width, max_rows: rows, break_anywhere: false, overflow_character: Some('…') };
    job.sections.iter_mut().for_each(|section| section.format.line_height = Some(pitch));
    let galley = p.layout_job(job);
    let rect = Rect::from_min_size(pos2(at.x, at.y - ASCENT * role.size), galley.size());
    p.galley_with_override_text_color(rect.min, galley, ink);
    rect
}

/// How many lines a text breaks into at this width; see [`paragraph`].
pub fn rows(p: &Painter, text: &str, role: Role, width: f32) -> usize {
    wrapped(p, &broken(p, text, role, width), role, width).rows.len()
}

/// Marks that may not begin a line of Chinese text.
const NOT_FIRST: &str = "，。、；：？！）》”’…";

/// The text with a break before the last letter of a line where the next line would begin with such a mark.
fn broken(p: &Painter, text: &str, role: Role, width: f32) -> String {
    let mut text = text.to_owned();
    if !text.contains(|c| NOT_FIRST.contains(c)) {
        return text;
    }
    // Each pass mends the first such line; the lines below it may break elsewhere then.
    for _ in 0..16 {
        let mut before = 0;
        let starts: Vec<usize> = wrapped(p, &text, role, width)
            .rows
            .iter()
            .map(|row| {
                let start = before;
                before += row.char_count_including_newline().0;
                start
            })
            .collect();
        let letters: Vec<char> = text.chars().collect();
        let is_wrong = |start: &usize| {
            *start >= 2 && letters.get(*start).is_some_and(|c| NOT_FIRST.contains(*c)) && letters[*start - 1] != '\n'
        };
        let Some(start) = starts.into_iter().find(is_wrong) else { break };
        // A word that a mark follows goes down as one letter where it is Chinese.
        let (head, tail) = letters.split_at(start - 1);
        text = head.iter().chain(['\n'].iter()).chain(tail).collect();
    }
    text
}

fn wrapped(p: &Painter, text: &str, role: Role, width: f32) -> std::sync::Arc<bevy_egui::egui::Galley> {
    let mut job = line_job(text.to_owned(), role, width);
    job.break_on_newline = true;
    job.wrap = TextWrapping { max_width: width, ..TextWrapping::default() };
    p.layout_job(job)
}

/// The width of one line.
pub fn width(p: &Painter, text: impl Into<String>, role: Role) -> f32 {
    p.layout_job(line_job(text.into(), role, f32::INFINITY)).size().x - role.tracking
}

/// The baseline of a line that looks vertically centred on `y`.
pub fn centred(y: f32, role: Role) -> f32 {
    y + 0.36 * role.size
}

fn line_job(text: String, role: Role, width: f32) -> LayoutJob {
    let format = TextFormat {
        font_id: role.font(),
        extra_letter_spacing: role.tracking,
        color: Color32::PLACEHOLDER,
        ..Default::default()
    };
    let mut job = LayoutJob::single_section(text, format);
    job.break_on_newline = false;
    job.wrap = TextWrapping { max_width: width, max_rows: 1, break_anywhere: true, overflow_character: Some('…') };
    job
}

/// Writes text in lines of `line` u from the top of `rect`, as many as fit; what does not fit ends in `…`. Returns where
/// the last line ends.
pub fn fill(p: &Painter, rect: Rect, text: &str, role: Role, ink: Color32, line: f32) -> f32 {
    let rows = ((rect.height() + 1.0) / line).floor();
    if rows < 1.0 || text.is_empty() {
        return rect.top();
    }
    let at = pos2(rect.left(), rect.top() + ASCENT * role.size);
    paragraph(p, at, text, role, ink, (rect.width(), rows as usize, line)).bottom()
}

/// Several pieces on one baseline, one after the other from `at.x`. Returns what they cover.
pub fn say_all(p: &Painter, at: Pos2, side: Align, pieces: &[(&str, Role, Color32)]) -> Rect {
    let total: f32 = pieces.iter().map(|(text, role, _)| width(p, *text, *role)).sum();
    let mut x = match side {
        Align::Min => at.x,
        Align::Center => at.x - total / 2.0,
        Align::Max => at.x - total,
    };
    // Together, so that a value does not lose its unit.
    x += seams::of(p.ctx()).map_or(0.0, |seams| seams::step(&seams, x, x + total, side));
    let mut all = Rect::NOTHING;
    for (text, role, ink) in pieces {
        let rect = say(p, pos2(x, at.y), Align::Min, *text, *role, *ink);
        x = rect.right();
        all = all.union(rect);
    }
    all
}

/// Copies of a text around it that make its halo.
const HALO_COPIES: usize = 12;

/// Text with a halo, as on the map: the halo's copies first.
pub fn haloed(p: &Painter, centre: Pos2, text: impl Into<String>, role: Role, ink: Color32, halo: Color32, reach: f32) {
    let galley = p.layout_job(line_job(text.into(), role, f32::INFINITY));
    let size = vec2(galley.size().x - role.tracking, galley.size().y);
    let min = seams::beside(p.ctx(), Rect::from_center_size(centre, size), Align::Center).min;
    // So many that no notch is left between them.
    for turn in 0..HALO_COPIES {
        let way = Vec2::angled(std::f32::consts::TAU * turn as f32 / HALO_COPIES as f32);
        p.galley_with_override_text_color(min + way * reach, galley.clone(), halo);
    }
    p.galley_with_override_text_color(min, galley, ink);
}

/// A horizontal rule of 1 u.
pub fn rule(p: &Painter, palette: &Palette, x: std::ops::RangeInclusive<f32>, y: f32) {
    p.hline(x, y, Stroke::new(1.0, colour(palette.line1)));
}

/// A filled bar with the design's corners.
pub fn bar(p: &Painter, rect: Rect, ink: Color32) {
    p.rect_filled(rect, CornerRadius::same(2), ink);
}

/// The mark of a source: ● worker, ■ hotline, ○ dispatch and sensors, ✚ other. `r` is its radius.
pub fn source_mark(p: &Painter, palette: &Palette, centre: Pos2, r: f32, source: Source, grey: Option<Color32>) {
    let ink = grey.unwrap_or_else(|| colour(palette.categories[source as usize]));
    match source {
        Source::GridWorker => {
            p.circle_filled(centre, r, ink);
        }
        Source::Hotline => {
            p.rect_filled(Rect::from_center_size(centre, Vec2::splat(r * 1.8)), CornerRadius::same(1), ink);
        }
        Source::Dispatch => {
            p.circle_stroke(centre, r * 0.8, Stroke::new((r * 0.4).max(1.5), ink));
        }
        Source::Other => {
            for size in [vec2(r * 2.0, r * 0.7), vec2(r * 0.7, r * 2.0)] {
                p.rect_filled(Rect::from_center_size(centre, size), CornerRadius::ZERO, ink);
            }
        }
    }
}

/// The glyph of a freshness in a square of side `s` around `c`.
pub fn freshness_glyph(p: &Painter, palette: &Palette, c: Pos2, s: f32, rung: Freshness) {
    let (strong, quiet) = (colour(palette.text1), colour(palette.text3));
    let h = s / 2.0;
    match rung {
        Freshness::Live => {
            p.circle_filled(c, h * 0.42, strong);
            p.circle_stroke(c, h * 0.86, Stroke::new(1.5, quiet));
        }
        Freshness::Delayed => {
            p.circle_stroke(c, h * 0.86, Stroke::new(1.8, strong));
            p.line(vec![c - vec2(0.0, h * 0.55), c, c + vec2(h * 0.5, 0.0)], Stroke::new(1.8, strong));
        }
        Freshness::Stale => {
            let square = Rect::from_center_size(c, Vec2::splat(s - 2.0));
            hatch(p, square, 5.0, Stroke::new(1.6, colour(palette.hatch)));
            p.rect_stroke(square, CornerRadius::ZERO, Stroke::new(1.6, strong), StrokeKind::Middle);
        }
        Freshness::Expired => {
            p.hline(c.x - h + 2.0..=c.x + h - 2.0, c.y, Stroke::new(3.0, strong));
        }
        Freshness::Never => {
            let ring: Vec<Pos2> =
                (0..=24).map(|i| c + Vec2::angled(std::f32::consts::TAU * i as f32 / 24.0) * h * 0.8).collect();
            p.extend(Shape::dotted_line(&ring, quiet, 5.0, 1.1));
        }
    }
}

/// The glyph of what is counted once a day, in a square of side `s` around `c`: a leaf of a calendar.
pub fn calendar_glyph(p: &Painter, palette: &Palette, c: Pos2, s: f32) {
    let ink = Stroke::new(1.6, colour(palette.text3));
    let leaf = Rect::from_center_size(c + vec2(0.0, s * 0.03), vec2(s * 0.84, s * 0.72));
    p.rect_stroke(leaf, CornerRadius::same(1), ink, StrokeKind::Middle);
    p.hline(leaf.x_range(), leaf.top() + leaf.height() * 0.34, ink);
}

/// 45° hatching inside a rectangle: lines `step` apart, rising to the right, clipped to it.
pub fn hatch(p: &Painter, rect: Rect, step: f32, stroke: Stroke) {
    let clipped = p.with_clip_rect(rect.intersect(p.clip_rect()));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        clipped.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], stroke);
        x += step;
    }
}

/// The hatched bar to the left of a panel whose figures are not current.
pub fn stale_bar(p: &Painter, palette: &Palette, panel: Rect) {
    let bar =
        Rect::from_min_max(pos2(panel.left() - 18.0, panel.top() + 6.0), pos2(panel.left() - 10.0, panel.bottom()));
    let wide = p.with_clip_rect(p.clip_rect().expand(20.0));
    let stroke = Stroke::new(2.0, colour(palette.hatch));
    // Short strokes of their own: lines over a tall bar would nearly all lie outside it.
    let mut y = bar.top();
    while y + 8.0 <= bar.bottom() {
        wide.line_segment([pos2(bar.left(), y), pos2(bar.right(), y + 8.0)], stroke);
        y += 6.0;
    }
}

/// A dotted line through points.
pub fn dotted(p: &Painter, points: &[Pos2], ink: Color32, step: f32, radius: f32) {
    p.extend(Shape::dotted_line(points, ink, step, radius));
}

/// The words in one line if they fit, else broken between two parts (`·`), or else at the last space, at which the first
/// line does.
pub fn two_lines(words: &str, fits: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    if fits(words) {
        return (words, None);
    }
    let broken = [" · ", " "].iter().find_map(|between| {
        let mut parts = words.rmatch_indices(between).map(|(at, _)| (&words[..at], &words[at + between.len()..]));
        parts.find(|(first, second)| fits(first) && !first.ends_with('·') && !second.starts_with('·'))
    });
    broken.map_or((words, None), |(first, second)| (first, Some(second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_breaks_where_words_end() {
        let within = |most: usize| move |part: &str| part.chars().count() <= most;
        assert_eq!(two_lines("one two", within(7)), ("one two", None));
        assert_eq!(two_lines("one two three", within(8)), ("one two", Some("three")));
        assert_eq!(two_lines("one two · three four", within(15)), ("one two", Some("three four")));
        assert_eq!(two_lines("数字对应台账 · 位于街道", within(7)), ("数字对应台账", Some("位于街道")));
        assert_eq!(two_lines("数字对应台账", within(3)), ("数字对应台账", None), "cut by whoever draws it");
    }
}
