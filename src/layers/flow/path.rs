//! Which way a ticket goes on the map when it changes its stage, and the shape of the arc. Pure.
//!
//! Place → street centre when it is reported, street centre → district centre when it is assessed, on to the unit that
//! handles it when it is dispatched, from the unit to the place when it is being handled, and back. A unit that bears
//! the street's name works at the street centre, any other at the district centre: platforms tell names, not addresses.
//! Partner: `flow.wgsl` has the same curve.

use bevy::math::Vec2;

use super::ring::Kind;
use crate::domain::Stage;

/// How far the arc between a place and a hub bends, as a share of its length.
pub const BEND: f32 = 0.41;
/// The same between a hub and the centre. Keep both in sync with `flow.wgsl`.
pub const BEND_TO_CENTRE: f32 = 0.13;
/// Every arc rises by this share of its length.
pub const RISE: f32 = 0.10;

/// The fixed points of one ticket's way, world metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stops {
    /// Where the matter is; `None` if it is not on the map.
    pub place: Option<Vec2>,
    /// The street centre; `None` if the ticket has no street.
    pub hub: Option<Vec2>,
    /// The district centre.
    pub centre: Option<Vec2>,
    /// True if the handling unit is the street's own.
    pub is_street_unit: bool,
}

/// One thing to draw for a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// As what.
    pub kind: Kind,
    /// From here.
    pub from: Vec2,
    /// To here; the same for rings.
    pub to: Vec2,
    /// True between a hub and the centre.
    pub is_to_centre: bool,
}

/// What a step looks like. A step whose places are not known is drawn as far as they are, or not at all.
pub fn legs(from: Option<Stage>, to: Stage, stops: &Stops) -> impl Iterator<Item = Leg> {
    let unit = if stops.is_street_unit { stops.hub } else { stops.centre.or(stops.hub) };
    let ring = |kind| stops.place.map(|at| Leg { kind, from: at, to: at, is_to_centre: false });
    let arc = |kind, a: Option<Vec2>, b: Option<Vec2>, is_to_centre| match (a, b) {
        (Some(from), Some(to)) if from.distance_squared(to) > 1.0 => Some(Leg { kind, from, to, is_to_centre }),
        _ => None,
    };
    let way = match to {
        Stage::Collect => None,
        Stage::Report => arc(Kind::Up, stops.place, stops.hub, false),
        Stage::Register => arc(Kind::Up, stops.hub, stops.centre, true),
        Stage::Dispatch => arc(Kind::Down, stops.centre, unit, true),
        Stage::Handle => arc(Kind::Down, unit, stops.place, false),
        Stage::Feedback => arc(Kind::Up, stops.place, stops.hub, false),
        Stage::Verify => arc(Kind::Up, stops.hub, stops.centre, true),
        Stage::Evaluate => None,
        Stage::Closed => ring(Kind::Closing),
        Stage::Void => None,
    };
    let arrival = if from.is_none() && to.is_in_hand() { ring(Kind::Arrival) } else { None };
    [arrival, way].into_iter().flatten()
}

/// All legs of a step that passed several stages at once, as a list tells of a new ticket: nobody saw them one by one,
/// but it has gone them all.
pub fn passed(from: Option<Stage>, to: Stage, stops: &Stops) -> impl Iterator<Item = Leg> {
    let depth = |stage: Stage| Stage::IN_HAND.iter().position(|other| *other == stage);
    let first = from.map_or(Some(0), |from| depth(from).map(|depth| depth + 1));
    let last = depth(to).unwrap_or(if to == Stage::Closed { Stage::IN_HAND.len() } else { 0 });
    let between = first.filter(|first| *first < last).map_or(&[][..], |first| &Stage::IN_HAND[first..last]);
    let earlier: Vec<Leg> = between.iter().flat_map(|stage| legs(Some(*stage), *stage, stops)).collect();
    earlier.into_iter().chain(legs(from, to, stops))
}

/// True if a step leads towards the centre, false if to where the matter is handled.
pub const fn is_up(to: Stage) -> bool {
    !matches!(to, Stage::Dispatch | Stage::Handle)
}

/// The point of a leg's curve at `t` of its way, 0–1: a quadratic through a point beside the middle.
pub fn point(leg: &Leg, t: f32) -> Vec2 {
    let (a, b) = (leg.from, leg.to);
    let bend = if leg.is_to_centre { BEND_TO_CENTRE } else { BEND };
    let along = b - a;
    let side = (a + b) * 0.5 + along.perp() * bend + Vec2::Y * along.length() * RISE;
    a * (1.0 - t) * (1.0 - t) + side * (2.0 * t * (1.0 - t)) + b * (t * t)
}

/// True if the unit bears the street's name, so that it works there.
pub fn is_street_unit(agency: Option<&str>, street: &str) -> bool {
    let name = ["街道", "镇", "乡"].into_iter().find_map(|suffix| street.strip_suffix(suffix)).unwrap_or(street);
    !name.is_empty() && agency.is_some_and(|agency| agency.contains(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STOPS: Stops = Stops {
        place: Some(Vec2::new(100.0, 0.0)),
        hub: Some(Vec2::new(1000.0, 500.0)),
        centre: Some(Vec2::new(3000.0, -200.0)),
        is_street_unit: false,
    };

    #[test]
    fn a_ticket_goes_up_to_the_centre_and_down_to_where_it_is_handled() {
        let ends = |from, to, stops: &Stops| -> Vec<_> {
            legs(from, to, stops).map(|leg| (leg.kind, leg.from, leg.to)).collect()
        };
        let (place, hub, centre) = (STOPS.place.unwrap(), STOPS.hub.unwrap(), STOPS.centre.unwrap());
        assert_eq!(ends(None, Stage::Collect, &STOPS), [(Kind::Arrival, place, place)]);
        assert_eq!(ends(Some(Stage::Collect), Stage::Report, &STOPS), [(Kind::Up, place, hub)]);
        assert_eq!(ends(None, Stage::Report, &STOPS).len(), 2);
        assert_eq!(ends(Some(Stage::Report), Stage::Register, &STOPS), [(Kind::Up, hub, centre)]);
        assert!(
            ends(Some(Stage::Register), Stage::Dispatch, &STOPS).is_empty(),
            "the district's unit is at the centre"
        );
        assert_eq!(ends(Some(Stage::Dispatch), Stage::Handle, &STOPS), [(Kind::Down, centre, place)]);
        let own = Stops { is_street_unit: true, ..STOPS };
        assert_eq!(ends(Some(Stage::Register), Stage::Dispatch, &own), [(Kind::Down, centre, hub)]);
        assert_eq!(ends(Some(Stage::Verify), Stage::Handle, &own), [(Kind::Down, hub, place)]);
        assert_eq!(ends(Some(Stage::Evaluate), Stage::Closed, &STOPS), [(Kind::Closing, place, place)]);
    }

    #[test]
    fn a_new_ticket_of_a_list_has_gone_all_the_way() {
        let kinds = |from, to| passed(from, to, &STOPS).map(|leg| leg.kind).collect::<Vec<_>>();
        assert_eq!(kinds(None, Stage::Handle), [Kind::Up, Kind::Up, Kind::Arrival, Kind::Down]);
        assert_eq!(kinds(None, Stage::Collect), [Kind::Arrival]);
        assert_eq!(kinds(Some(Stage::Handle), Stage::Feedback), [Kind::Up], "one step is one leg");
        assert_eq!(kinds(Some(Stage::Verify), Stage::Handle), [Kind::Down], "back is one leg too");
        assert_eq!(kinds(Some(Stage::Closed), Stage::Closed), [Kind::Closing]);
    }

    #[test]
    fn what_is_not_on_the_map_is_not_drawn_there() {
        let nowhere = Stops { place: None, hub: None, ..STOPS };
        for to in Stage::ALL {
            assert_eq!(legs(None, to, &nowhere).count(), 0, "{to:?}");
        }
    }

    #[test]
    fn units_with_the_street_s_name_work_there() {
        assert!(is_street_unit(Some("望澜街道综合执法队"), "望澜街道"));
        assert!(!is_street_unit(Some("区城管局"), "望澜街道"));
        assert!(!is_street_unit(None, "望澜街道") && !is_street_unit(Some("x"), "街道"));
    }

    proptest! {
        /// An arc starts and ends where it should, and never strays farther than it is long.
        #[test]
        fn arcs_stay_near_their_chord(
            ax in -4e4f32..4e4, ay in -4e4f32..4e4, bx in -4e4f32..4e4, by in -4e4f32..4e4, t in 0.0f32..=1.0, centre: bool,
        ) {
            let leg = Leg { kind: Kind::Up, from: Vec2::new(ax, ay), to: Vec2::new(bx, by), is_to_centre: centre };
            let long = leg.from.distance(leg.to);
            prop_assert!(point(&leg, 0.0).distance(leg.from) < 0.05 && point(&leg, 1.0).distance(leg.to) < 0.05);
            let chord = leg.from.lerp(leg.to, t);
            prop_assert!(point(&leg, t).distance(chord) <= 0.3 * long + 0.05);
        }
    }
}
