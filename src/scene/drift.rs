//! Against burn-in: the whole picture drifts by a few u on a closed path, in steps of whole pixels at most once a second,
//! and the columns change sides every six hours. Pure; the wall moves the picture (`wall/drift.rs`), and hands on the map
//! and on the panels are taken back by as much.

use std::time::Duration;

use bevy::math::IVec2;
use bevy::prelude::Resource;

/// How far the picture goes from its place, u.
pub const REACH_U: f32 = 8.0;
/// Once around.
pub const ROUND: Duration = Duration::from_secs(300);
/// Columns change sides this often, hours.
const SIDES_H: i8 = 6;

/// Where the picture is now.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// How far it lies from its place, pixels to the right and down.
    pub px: IVec2,
}

/// On which sides the columns are. Apart from the drift, for which panels need not be drawn anew.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// True while the columns have changed sides.
    pub is_swapped: bool,
}

/// How far the picture lies from its place so long after the start, with `px_per_u` pixels a u: a figure of eight.
pub fn drift_px(since: Duration, px_per_u: f32) -> IVec2 {
    let turn = (since.as_secs() % ROUND.as_secs()) as f32 / ROUND.as_secs() as f32 * std::f32::consts::TAU;
    let reach = REACH_U * px_per_u;
    IVec2::new((reach * turn.sin()).round() as i32, (reach * (2.0 * turn).sin()).round() as i32)
}

/// True while the columns have changed sides: in every second quarter of the day.
pub fn is_swapped(hour: i8) -> bool {
    (hour / SIDES_H) % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_closed_slow_and_within_reach() {
        let at = |second: u64| drift_px(Duration::from_secs(second), 2.0);
        assert_eq!((at(0), at(300)), (IVec2::ZERO, IVec2::ZERO));
        let path: Vec<IVec2> = (0..300).map(at).collect();
        assert!(path.iter().all(|px| px.abs().max_element() <= 16));
        assert!(path.iter().any(|px| px.x == 16) && path.iter().any(|px| px.y == -16));
        let step = path.windows(2).map(|two| (two[1] - two[0]).abs().max_element()).max();
        assert_eq!(step, Some(1), "no step is seen");
        assert_eq!(drift_px(Duration::from_millis(75_900), 1.0), drift_px(Duration::from_secs(75), 1.0));
    }

    #[test]
    fn columns_change_sides_every_six_hours() {
        let sides: String = (0..24).map(|hour| if is_swapped(hour) { '1' } else { '0' }).collect();
        assert_eq!(sides, "000000111111000000111111");
    }
}
