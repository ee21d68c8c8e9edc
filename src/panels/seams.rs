//! Bezels across the picture: no column and no text lies over one. Columns are moved as a whole ([`clear`]); what is
//! written in strips and over the map makes a step aside when it is written ([`step`]). Pure; the seams of a picture are
//! kept in its egui context ([`set`]), in u.

use std::sync::Arc;

use bevy_egui::egui::{self, Align, Rect};

use super::layout::Layout;

/// What is written keeps so far from a seam, u.
pub const CLEAR: f32 = 8.0;

/// Says where the seams of this picture are, u from its left edge, in order.
pub fn set(ctx: &egui::Context, seams: &[f32]) {
    let id = egui::Id::new("seams");
    ctx.data_mut(|data| {
        if !seams.is_empty() || data.get_temp::<Arc<[f32]>>(id).is_some() {
            data.insert_temp::<Arc<[f32]>>(id, seams.into());
        }
    });
}

/// The seams of this picture; `None` where there are none.
pub fn of(ctx: &egui::Context) -> Option<Arc<[f32]>> {
    ctx.data(|data| data.get_temp::<Arc<[f32]>>(egui::Id::new("seams"))).filter(|seams| !seams.is_empty())
}

/// How far what reaches from `left` to `right` must move to lie over no seam: to the right for what begins at its place
/// (`Min`), to the left for what ends there (`Max`), else the shorter way. 0 where it already does, or is wider than the
/// room between two seams.
pub fn step(seams: &[f32], left: f32, right: f32, side: Align) -> f32 {
    let mut moved = 0.0;
    for _ in 0..4 {
        let (from, to) = (left + moved, right + moved);
        let Some(seam) = seams.iter().find(|seam| from < **seam + CLEAR && to > **seam - CLEAR) else {
            // Out of the picture is no way.
            return if from < 0.0 { 0.0 } else { moved };
        };
        let (back, on) = (seam - CLEAR - to, seam + CLEAR - from);
        moved += match side {
            Align::Min => on,
            Align::Max => back,
            Align::Center if -back < on => back,
            Align::Center => on,
        };
    }
    0.0
}

/// Where something of this width may begin, from `left` on.
pub fn past(ctx: &egui::Context, left: f32, wide: f32) -> f32 {
    left + of(ctx).map_or(0.0, |seams| step(&seams, left, left + wide, Align::Min))
}

/// Where something of this width may end, from `right` on towards the left.
pub fn before(ctx: &egui::Context, right: f32, wide: f32) -> f32 {
    right + of(ctx).map_or(0.0, |seams| step(&seams, right - wide, right, Align::Max))
}

/// True if something of this width finds a place between two seams near `centre`.
pub fn has_place(ctx: &egui::Context, centre: f32, wide: f32) -> bool {
    of(ctx).is_none_or(|seams| {
        let (left, right) = (centre - wide / 2.0, centre + wide / 2.0);
        let by = step(&seams, left, right, Align::Center);
        seams.iter().all(|seam| right + by <= seam - CLEAR || left + by >= seam + CLEAR)
    })
}

/// A box beside the seams.
pub fn beside(ctx: &egui::Context, rect: Rect, side: Align) -> Rect {
    let by = of(ctx).map_or(0.0, |seams| step(&seams, rect.left(), rect.right(), side));
    rect.translate(egui::vec2(by, 0.0))
}

/// The same layout with its columns off the seams. Left columns move to the right, right ones to the left, each no nearer
/// to the next than before; one that is wider than the room between two seams takes that room.
pub fn clear(mut layout: Layout, seams: &[f32]) -> Layout {
    if seams.is_empty() {
        return layout;
    }
    let width = layout.canvas.width();
    let middle = width / 2.0;
    let is_left = |rect: &Rect| rect.center().x < middle;
    // Right columns are left ones of the mirrored picture.
    for side in [Align::Min, Align::Max] {
        let turn = |(from, to): (f32, f32)| if side == Align::Min { (from, to) } else { (width - to, width - from) };
        let mirrored: Vec<f32> = match side {
            Align::Max => seams.iter().rev().map(|seam| width - seam).collect(),
            _ => seams.to_vec(),
        };
        let mut columns: Vec<(f32, f32)> = Vec::new();
        for (_, rect) in layout.blocks.iter().filter(|(_, rect)| is_left(rect) == (side == Align::Min)) {
            let column = turn((rect.left(), rect.right()));
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut gutter_end = f32::NEG_INFINITY;
        let mut moves: Vec<((f32, f32), (f32, f32))> = Vec::new();
        for (nth, column) in columns.iter().enumerate() {
            let gutter = columns.get(nth + 1).map_or(0.0, |next| next.0 - column.1);
            let new = room(&mirrored, column.0.max(gutter_end), column.1 - column.0, width);
            gutter_end = new.1 + gutter;
            moves.push((turn(*column), turn(new)));
        }
        let moved = |from: f32, to: f32| moves.iter().find(|(old, _)| *old == (from, to)).map(|(_, new)| *new);
        let own = layout.blocks.iter_mut().filter(|(_, rect)| is_left(rect) == (side == Align::Min));
        for (_, rect) in own {
            if let Some((from, to)) = moved(rect.left(), rect.right()) {
                (rect.min.x, rect.max.x) = (from, to);
            }
        }
        for rule in &mut layout.rules {
            if let Some((from, to)) = moved(rule.0, rule.1) {
                (rule.0, rule.1) = (from, to);
            }
        }
        if let Some((_, inner)) = moves.last() {
            match side {
                Align::Max => layout.right_edge = layout.right_edge.min(inner.0),
                _ => layout.left_edge = layout.left_edge.max(inner.1),
            }
        }
    }
    layout.free.min.x = layout.free.min.x.max(layout.left_edge);
    layout.free.max.x = layout.free.max.x.min(layout.right_edge).max(layout.free.min.x + 1.0);
    layout
}

/// The first place from `from` on for something of this width, in this room between seams or the next, if it is nearly wide
/// enough; else the wider one.
fn room(seams: &[f32], from: f32, wide: f32, right: f32) -> (f32, f32) {
    let starts = std::iter::once(f32::NEG_INFINITY).chain(seams.iter().map(|seam| seam + CLEAR));
    let ends = seams.iter().map(|seam| seam - CLEAR).chain(std::iter::once(right));
    let rooms: Vec<(f32, f32)> =
        starts.zip(ends).map(|(start, end)| (start.max(from), end)).filter(|(start, end)| end > start).collect();
    let near = || rooms.iter().take(2);
    let at_least = |share: f32| near().find(|(start, end)| end - start >= share * wide);
    let widest = || near().max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    // A little narrower is better than a step towards the middle of the map.
    match at_least(0.9).or_else(widest) {
        Some((start, end)) => (*start, end.min(start + wide)),
        None => (from, from + wide),
    }
}

#[cfg(test)]
mod tests {
    use bevy_egui::egui::{Vec2, vec2};

    use super::super::layout::{Focus, layout};
    use super::*;
    use crate::scene::{Profile, Scenes};

    #[test]
    fn a_text_steps_aside_the_way_it_runs() {
        let seams = [640.0, 1280.0];
        assert_eq!(step(&seams, 100.0, 600.0, Align::Center), 0.0);
        assert_eq!(step(&seams, 600.0, 700.0, Align::Min), 48.0);
        assert_eq!(step(&seams, 600.0, 700.0, Align::Max), -68.0);
        assert_eq!(step(&seams, 600.0, 700.0, Align::Center), 48.0);
        assert_eq!(step(&seams, 560.0, 660.0, Align::Center), -28.0);
        assert_eq!(step(&seams, 633.0, 700.0, Align::Center), 15.0, "eight away, not only beside");
        assert_eq!(step(&seams, 100.0, 900.0, Align::Center), 0.0, "wider than the room");
    }

    /// Walls of two and three screens side by side, and of nine.
    const WALLS: [(Vec2, &[f32]); 6] = [
        (vec2(3840.0, 1080.0), &[960.0, 1920.0, 2880.0]),
        (vec2(3840.0, 1080.0), &[1920.0]),
        (vec2(5760.0, 1080.0), &[1920.0, 3840.0]),
        (vec2(1920.0, 1080.0), &[640.0, 1280.0]),
        (vec2(1920.0, 1080.0), &[480.0, 960.0, 1440.0]),
        (vec2(1536.0, 864.0), &[512.0, 1024.0]),
    ];

    #[test]
    fn no_column_lies_over_a_seam_or_another_and_the_map_has_room() {
        let mut scenes = Scenes::default();
        for place in 1..=scenes.ids().count() {
            scenes.show_at(place);
            for (canvas, seams) in WALLS {
                for focus in [Focus::Overview, Focus::Area { has_children: true }, Focus::Ticket] {
                    let of = format!("{} {canvas:?} {focus:?}", scenes.current().id);
                    let got = clear(layout(canvas, Profile::Wall, focus, scenes.current()), seams);
                    let rects: Vec<Rect> = got.blocks.iter().map(|(_, rect)| *rect).collect();
                    for (nth, rect) in rects.iter().enumerate() {
                        assert!(got.canvas.expand(0.5).contains_rect(*rect), "{of}: {rect}");
                        assert!(rect.width() > 300.0, "{of}: {rect}");
                        assert!(!rect.intersect(got.free).is_positive(), "{of}: {rect} on the map {}", got.free);
                        assert_eq!(step(seams, rect.left(), rect.right(), Align::Center), 0.0, "{of}: {rect}");
                        let is_over = seams.iter().any(|seam| rect.x_range().contains(*seam));
                        assert!(!is_over, "{of}: {rect}");
                        for other in &rects[..nth] {
                            assert!(!other.intersect(*rect).is_positive(), "{of}: {rect} meets {other}");
                        }
                    }
                    let share = if canvas.x > 3000.0 { 0.44 } else { 0.2 };
                    assert!(got.free.width() >= share * canvas.x, "{of}: {}", got.free);
                }
            }
        }
    }

    #[test]
    fn without_a_seam_in_the_way_nothing_moves() {
        let scenes = Scenes::default();
        let plain = layout(vec2(1920.0, 1080.0), Profile::Wall, Focus::Overview, scenes.current());
        assert_eq!(clear(plain.clone(), &[]), plain);
        assert_eq!(clear(plain.clone(), &[960.0]), plain);
        let moved = clear(plain.clone(), &[300.0]);
        assert_eq!(moved.blocks[0].1.left(), 308.0);
        assert_eq!(moved.left_edge, 712.0);
        assert_eq!((moved.right_edge, moved.blocks.len()), (plain.right_edge, plain.blocks.len()));
    }
}
