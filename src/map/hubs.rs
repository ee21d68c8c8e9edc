//! The symbolic points that tickets flow through: one per street, and the centre of the district.
//!
//! A street's hub is where its name belongs: the point farthest from its boundary. Platforms do not tell where a centre
//! has its seat, so the district's stands where there is room between the hubs, near their middle. Only a symbol: the
//! same points on every map of the same areas. Partner: `layers/flow`, which says when they are shown.

use bevy::math::{Rect, Vec2};
use bevy::prelude::*;

use super::labels::anchor::anchor;
use super::pick::AreaIndex;
use crate::domain::{AreaId, AreaTable, Level};

/// Radius of a hub's disc, u.
pub const HUB_RADIUS_U: f32 = 17.0;
/// The name of a street stands so far below its hub, u.
pub const NAME_BELOW_U: f32 = 36.0;
/// Points tried for the centre, along each side.
const TRIES: u32 = 28;

/// Hubs of the areas there are. Empty before the first areas.
#[derive(Resource, Default, Clone, Debug, PartialEq)]
pub struct Hubs {
    /// The district centre, world metres.
    pub centre: Option<Vec2>,
    /// One per street, by id: its hub in world metres.
    streets: Vec<(AreaId, Vec2)>,
    /// True while they are on the map. Set by the layer that draws what flows.
    pub is_shown: bool,
}

impl Hubs {
    /// The hubs of a table; none are shown yet.
    pub fn build(table: &AreaTable, index: &AreaIndex) -> Self {
        let streets: Vec<(AreaId, Vec2)> =
            table.at_level(Level::Street).filter_map(|id| Some((id, anchor(index.rings(id))?.world))).collect();
        let is_inside = |at: Vec2| match table.root() {
            Some(root) if !index.rings(root).is_empty() => index.contains(root, at),
            _ => index.pick(at, Level::Street).is_some(),
        };
        let points: Vec<Vec2> = streets.iter().map(|(_, at)| *at).collect();
        Self {
            centre: index.district().and_then(|bounds| centre(bounds, &points, is_inside)),
            streets,
            is_shown: false,
        }
    }

    /// Hubs with the streets they belong to, by id.
    pub fn streets(&self) -> &[(AreaId, Vec2)] {
        &self.streets
    }

    /// The hub of the street that an area is or lies in: its place in [`Hubs::streets`] and where it is.
    pub fn of(&self, area: AreaId, table: &AreaTable) -> Option<(usize, Vec2)> {
        let street = table.ancestor_at(area, Level::Street)?;
        let found = self.streets.binary_search_by_key(&street, |(id, _)| *id).ok()?;
        Some((found, self.streets[found].1))
    }
}

/// The point inside with most room to all hubs, yet near their middle.
fn centre(bounds: Rect, hubs: &[Vec2], is_inside: impl Fn(Vec2) -> bool) -> Option<Vec2> {
    let middle = match hubs.len() {
        0 => bounds.center(),
        n => hubs.iter().sum::<Vec2>() / n as f32,
    };
    let step = bounds.size() / TRIES as f32;
    let mut best: Option<(f32, Vec2)> = None;
    for row in 0..TRIES {
        for column in 0..TRIES {
            let at = bounds.min + step * Vec2::new(column as f32 + 0.5, row as f32 + 0.5);
            let room = hubs.iter().map(|hub| hub.distance(at)).fold(bounds.size().min_element() * 0.2, f32::min);
            let worth = room * 1.5 - at.distance(middle);
            if best.is_none_or(|(most, _)| worth > most) && is_inside(at) {
                best = Some((worth, at));
            }
        }
    }
    best.map(|(_, at)| at)
}

/// Finds the hubs of a new list of areas.
pub(super) fn survey(areas: Res<crate::city::Areas>, index: Res<AreaIndex>, mut hubs: ResMut<Hubs>) {
    let found = Hubs { is_shown: hubs.is_shown, ..Hubs::build(&areas.table, &index) };
    hubs.set_if_neq(found);
}

#[cfg(test)]
mod tests {
    use super::super::pick::tests::{area, rect};
    use super::*;
    use crate::domain::AreaCode;
    use crate::map::Projection;

    #[test]
    fn each_street_has_its_hub_and_the_centre_keeps_clear_of_them() {
        let (table, _) = AreaTable::build(vec![
            area("d", Level::District, None, vec![rect(0.0, 0.0, 0.09, 0.03)]),
            area("s1", Level::Street, Some("d"), vec![rect(0.0, 0.0, 0.03, 0.03)]),
            area("s2", Level::Street, Some("d"), vec![rect(0.03, 0.0, 0.06, 0.03)]),
            area("s3", Level::Street, Some("d"), vec![rect(0.06, 0.0, 0.09, 0.03)]),
            area("g", Level::Grid, Some("s2"), vec![rect(0.03, 0.0, 0.04, 0.01)]),
        ]);
        let projection = Projection::around(0.045, 0.015);
        let index = AreaIndex::build(&table, &projection);
        let hubs = Hubs::build(&table, &index);
        let find = |code: &str| table.find(&AreaCode::new(code)).unwrap();
        assert_eq!(hubs.streets().len(), 3);
        let (nth, at) = hubs.of(find("g"), &table).unwrap();
        assert_eq!(nth, 1);
        assert!(at.length() < 120.0, "{at}");
        assert_eq!(hubs.of(find("d"), &table), None);
        let centre = hubs.centre.unwrap();
        assert!(index.contains(find("d"), centre));
        assert!(hubs.streets().iter().all(|(_, hub)| hub.distance(centre) > 300.0), "{centre}");
    }

    #[test]
    fn without_areas_there_are_none() {
        assert_eq!(Hubs::build(&AreaTable::default(), &AreaIndex::default()), Hubs::default());
    }
}
