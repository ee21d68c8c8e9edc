//! Which names are shown and where: greedy, by rank, never two on one place. Pure.
//!
//! Levels appear by scale as the design's table has it: streets always, communities from 90, grids from 220 u per
//! kilometre.

use std::cmp::Ordering;

use bevy::math::{Rect, Vec2, Vec3};

use crate::domain::{Area, AreaId, Level};

use super::obstacle::Disc;
use super::{LabelNames, PlacedLabel};

/// Space kept between two names, u: beside each other they would read as one.
const GAP_U: Vec2 = Vec2::new(13.0, 4.0);
/// A name may be this much wider than the free circle in its area; a street's name may always stand.
const WIDER_THAN_ROOM: f32 = 1.5;
/// The same for the areas directly below the selected one, whose names people look for.
const WIDER_WHEN_BELOW: f32 = 2.5;

/// The order in which names get their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rank {
    /// Directly below the selected area.
    pub is_below: bool,
    /// The level.
    pub level: Level,
    /// Already on the map: stays rather than flickers.
    pub is_present: bool,
    /// Room around the anchor, u.
    pub clearance_u: f32,
    /// The last word between equals.
    pub area: AreaId,
}

impl Rank {
    /// Smaller comes first.
    fn order(&self, other: &Self) -> Ordering {
        (other.is_below.cmp(&self.is_below))
            .then(self.level.cmp(&other.level))
            .then(other.is_present.cmp(&self.is_present))
            .then(other.clearance_u.total_cmp(&self.clearance_u))
            .then(self.area.cmp(&other.area))
    }

    /// True if a name of this width belongs here at all.
    pub fn has_room(&self, width_u: f32) -> bool {
        let wider = if self.is_below { WIDER_WHEN_BELOW } else { WIDER_THAN_ROOM };
        self.level <= Level::Street || width_u <= 2.0 * self.clearance_u * wider
    }
}

/// A name that wants a place.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its rank.
    pub rank: Rank,
    /// The text.
    pub text: String,
    /// The box of the text, u.
    pub size_u: Vec2,
    /// Font size, u.
    pub font_u: f32,
    /// Extra space after each character, u.
    pub tracking_u: f32,
    /// Where it may stand, best first.
    pub spots: Vec<Spot>,
}

/// A place for a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Where it is fixed to the map, world metres with the height.
    pub world: Vec3,
    /// How far from there the middle of the name stands, u.
    pub offset_u: Vec2,
    /// The middle of the name in the picture, u.
    pub pos_u: Vec2,
}

/// From which scale on, u per kilometre, a level's names are shown.
pub const fn from_u_per_km(level: Level) -> f32 {
    match level {
        Level::District | Level::Street => 0.0,
        Level::Community => 90.0,
        Level::Grid => 220.0,
    }
}

/// Gives names their places within `free_u` and off what is taken, rectangles and discs, by rank; a name that finds none is
/// left out.
/// `more` finds another spot, among those that are free, for a name whose own are all taken: that costs much more.
pub fn place(
    mut candidates: Vec<Candidate>,
    free_u: Rect,
    (mut taken, discs): (Vec<Rect>, &[Disc]),
    mut more: impl FnMut(&Candidate, &dyn Fn(&Spot) -> bool) -> Option<Spot>,
) -> Vec<PlacedLabel> {
    candidates.retain(|candidate| candidate.rank.has_room(candidate.size_u.x));
    candidates.sort_by(|a, b| a.rank.order(&b.rank));
    let mut placed = Vec::new();
    for candidate in candidates {
        let size = candidate.size_u + GAP_U;
        let is_free = |spot: &Spot| {
            let wanted = Rect::from_center_size(spot.pos_u, size);
            let words = Rect::from_center_size(spot.pos_u, ink_size(candidate.size_u));
            fits(free_u, spot.pos_u, candidate.size_u)
                && !taken.iter().any(|other| overlap(wanted, *other))
                && !discs.iter().any(|disc| disc.meets(words))
        };
        let own = candidate.spots.iter().copied().find(is_free);
        let free = own.or_else(|| more(&candidate, &is_free));
        let Some(Spot { world, offset_u, pos_u }) = free else { continue };
        taken.push(Rect::from_center_size(pos_u, size));
        placed.push(PlacedLabel {
            area: candidate.rank.area,
            level: candidate.rank.level,
            text: candidate.text,
            pos_u,
            size_u: candidate.size_u,
            font_u: candidate.font_u,
            tracking_u: candidate.tracking_u,
            offset_u,
            world,
            ground: [None; 3],
        });
    }
    placed
}

/// What of the box of a name has ink, u: a line is a quarter higher than its font.
pub fn ink_size(size_u: Vec2) -> Vec2 {
    size_u * Vec2::new(1.0, 0.8)
}

/// True if a box of this size around `pos_u` lies within the free area.
pub fn fits(free_u: Rect, pos_u: Vec2, size_u: Vec2) -> bool {
    let half = size_u * 0.5;
    (pos_u - half).cmpge(free_u.min).all() && (pos_u + half).cmple(free_u.max).all()
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.min.x < b.max.x && b.min.x < a.max.x && a.min.y < b.max.y && b.min.y < a.max.y
}

/// The name as the wall writes it: streets without 街道, grids by their number where they have one.
pub fn wall_name(area: &Area, names: LabelNames) -> String {
    let local = match (names, &area.name_en) {
        (LabelNames::Latin, Some(latin)) if area.level != Level::Grid => return latin.clone(),
        _ => area.name.trim(),
    };
    match area.level {
        Level::Street => local.strip_suffix("街道").filter(|rest| !rest.is_empty()).unwrap_or(local).to_owned(),
        Level::Grid => last_number(local).unwrap_or(local).to_owned(),
        Level::District | Level::Community => local.to_owned(),
    }
}

/// The last run of digits in a name.
fn last_number(name: &str) -> Option<&str> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    Some(&name[start..end])
}

/// The box, font size and tracking of a name, u. Latin letters are not spaced out: they would fall apart.
pub fn text_size(text: &str, level: Level) -> (Vec2, f32, f32) {
    let is_spaced = text.chars().any(is_wide);
    let (font_u, tracking_u) = match level {
        Level::District | Level::Street => (22.0, if is_spaced { 5.0 } else { 0.0 }),
        Level::Community => (20.0, 0.0),
        Level::Grid => (18.0, 0.0),
    };
    let width = text_em(text) * font_u + text.chars().count() as f32 * tracking_u;
    (Vec2::new(width, font_u * 1.25), font_u, tracking_u)
}

/// The width of a text in em, estimated on the safe side: 1 for Chinese and full-width characters.
pub fn text_em(text: &str) -> f32 {
    let em = |c: char| match c {
        c if is_wide(c) => 1.0,
        'i' | 'j' | 'l' | 'I' | '\'' | '.' | ',' | ' ' => 0.32,
        'f' | 't' | 'r' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' => 0.9,
        c if c.is_uppercase() => 0.7,
        _ => 0.6,
    };
    text.chars().map(em).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115F}' | '\u{2010}'..='\u{2027}' | '\u{2460}'..='\u{24FF}' | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}' | '\u{1F300}'..='\u{1F64F}' | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::super::super::pick::tests::area;
    use super::*;

    fn candidate(id: u32, level: Level, pos_u: &[(f32, f32)]) -> Candidate {
        let text = "望澜".to_owned();
        let (size_u, font_u, tracking_u) = text_size(&text, level);
        Candidate {
            rank: Rank { is_below: false, level, is_present: false, clearance_u: 100.0, area: AreaId(id) },
            text,
            size_u,
            font_u,
            tracking_u,
            spots: pos_u.iter().map(|&at| Vec2::from(at)).map(spot).collect(),
        }
    }

    fn spot(pos_u: Vec2) -> Spot {
        Spot { world: pos_u.extend(0.0), offset_u: Vec2::ZERO, pos_u }
    }

    fn none(_: &Candidate, _: &dyn Fn(&Spot) -> bool) -> Option<Spot> {
        None
    }

    const FREE: Rect = Rect { min: Vec2::new(440.0, 124.0), max: Vec2::new(1480.0, 924.0) };

    fn ids(labels: &[PlacedLabel]) -> Vec<u32> {
        labels.iter().map(|label| label.area.0).collect()
    }

    #[test]
    fn a_crowd_never_overlaps_and_stays_in_the_free_area() {
        let mut crowd = Vec::new();
        for id in 0..900 {
            let at = ((id * 7919 % 1200) as f32 + 400.0, (id * 104_729 % 900) as f32 + 100.0);
            let level = [Level::Street, Level::Community, Level::Grid][id as usize % 3];
            crowd.push(candidate(id, level, &[at, (at.0, at.1 + 30.0)]));
        }
        let placed = place(crowd, FREE, (Vec::new(), &[]), none);
        assert!(placed.len() > 100, "{}", placed.len());
        let boxes: Vec<Rect> = placed.iter().map(|label| Rect::from_center_size(label.pos_u, label.size_u)).collect();
        for (nth, one) in boxes.iter().enumerate() {
            assert!(FREE.contains(one.min) && FREE.contains(one.max));
            assert!(boxes[..nth].iter().all(|other| !overlap(*one, *other)));
        }
    }

    #[test]
    fn rank_decides_who_stands() {
        let at = (900.0, 500.0);
        let street = candidate(9, Level::Street, &[at]);
        let community = candidate(1, Level::Community, &[at]);
        assert_eq!(ids(&place(vec![community.clone(), street.clone()], FREE, (Vec::new(), &[]), none)), [9]);
        let mut below = community.clone();
        below.rank.is_below = true;
        assert_eq!(ids(&place(vec![street.clone(), below], FREE, (Vec::new(), &[]), none)), [1]);
        // The second place is taken where the first is not free.
        let moves = candidate(2, Level::Community, &[at, (900.0, 560.0)]);
        assert_eq!(ids(&place(vec![street, moves], FREE, (Vec::new(), &[]), none)), [9, 2]);
        // And if it has none of its own, another is looked for.
        let street = candidate(9, Level::Street, &[at]);
        let asks = candidate(3, Level::Community, &[at]);
        let below = |it: &Candidate| [0.0, 30.0].map(|down| spot(Vec2::new(900.0, 500.0 + down + it.size_u.y)));
        let found =
            place(vec![street, asks], FREE, (Vec::new(), &[]), |it, is_free| below(it).into_iter().find(is_free));
        assert_eq!(ids(&found), [9, 3]);
        // What is on the map already stays.
        let mut present = candidate(8, Level::Community, &[at]);
        present.rank.is_present = true;
        assert_eq!(ids(&place(vec![community, present], FREE, (Vec::new(), &[]), none)), [8]);
    }

    #[test]
    fn a_name_stands_in_the_corner_that_discs_leave_and_never_on_one() {
        let disc = |x, y| Disc { middle_u: Vec2::new(x, y), radius_u: 40.0 };
        let discs = [disc(900.0, 450.0), disc(900.0, 550.0), disc(830.0, 500.0), disc(970.0, 500.0)];
        let between = candidate(1, Level::Street, &[(900.0, 500.0)]);
        assert!(place(vec![between.clone()], FREE, (Vec::new(), &discs), none).is_empty());
        // The box around each disc would take this spot, the disc itself does not.
        let ink = ink_size(between.size_u);
        let corner = (934.0 + ink.x * 0.5, 420.0 - ink.y * 0.5);
        let beside = candidate(2, Level::Street, &[corner]);
        assert_eq!(ids(&place(vec![beside], FREE, (Vec::new(), &discs), none)), [2]);
    }

    #[test]
    fn a_name_much_wider_than_its_area_is_left_out_unless_it_is_a_street() {
        let mut narrow = candidate(1, Level::Community, &[(900.0, 500.0)]);
        narrow.rank.clearance_u = 5.0;
        assert!(place(vec![narrow], FREE, (Vec::new(), &[]), none).is_empty());
        let mut street = candidate(2, Level::Street, &[(900.0, 500.0)]);
        street.rank.clearance_u = 5.0;
        assert_eq!(place(vec![street], FREE, (Vec::new(), &[]), none).len(), 1);
    }

    #[test]
    fn names_are_written_as_the_wall_writes_them() {
        let named = |level, name: &str, latin: Option<&str>, names| {
            let mut area = area("x", level, None, vec![]);
            area.name = name.to_owned();
            area.name_en = latin.map(str::to_owned);
            wall_name(&area, names)
        };
        assert_eq!(named(Level::Street, "望澜街道", None, LabelNames::Local), "望澜");
        assert_eq!(named(Level::Street, "街道", None, LabelNames::Local), "街道");
        assert_eq!(named(Level::Street, "望澜街道", Some("Wanglan"), LabelNames::Latin), "Wanglan");
        assert_eq!(named(Level::Street, "东沚镇", None, LabelNames::Latin), "东沚镇");
        assert_eq!(named(Level::Community, "盐坊社区", None, LabelNames::Local), "盐坊社区");
        assert_eq!(named(Level::Grid, "盐坊11网格", Some("Yanfang 11"), LabelNames::Latin), "11");
        assert_eq!(named(Level::Grid, "第3片区12网格", None, LabelNames::Local), "12");
        assert_eq!(named(Level::Grid, "专属网格", None, LabelNames::Local), "专属网格");
        assert_eq!(named(Level::Grid, "007", None, LabelNames::Local), "007");
    }

    #[test]
    fn latin_names_are_not_spaced_out_and_keep_clear_of_each_other() {
        assert_eq!(text_size("望澜", Level::Street).2, 5.0);
        assert_eq!(text_size("Wanglan", Level::Street).2, 0.0);
        let mut one = candidate(1, Level::Street, &[(900.0, 500.0)]);
        one.size_u = text_size("Yunlu", Level::Street).0;
        let mut other = candidate(2, Level::Street, &[(900.0 + one.size_u.x + 4.0, 500.0), (900.0, 560.0)]);
        other.size_u = one.size_u;
        let placed = place(vec![one, other], FREE, (Vec::new(), &[]), none);
        assert_eq!(placed[1].pos_u.y, 560.0, "four u apart they would read as one name");
    }

    #[test]
    fn chinese_is_wider_than_latin() {
        assert_eq!(text_em("望澜"), 2.0);
        assert!((text_em("ab") - 1.2).abs() < 1e-6);
        assert!(text_em("Chuanwu") > 4.4 && text_em("Liuli") < 2.6);
    }
}
