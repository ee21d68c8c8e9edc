//! What the heat map is asked for: period, filters, radius, unit and scale. Changes come as [`HeatChange`] events, from
//! panels or keys; whoever draws reads [`HeatSettings`].

use std::sync::Arc;

use bevy::prelude::{Event, Resource};

use super::event::Filter;

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// Which tickets count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// All that were reported.
    #[default]
    All,
    /// Those still in hand.
    Open,
    /// Those past a limit.
    Overdue,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Events per km².
    #[default]
    PerArea,
    /// Events per 1,000 residents.
    PerResidents,
    /// Against the same weekday and hours of the eight weeks before.
    Expected,
}

/// How values become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// The scale of the period and unit, whatever the data: pictures can be compared.
    #[default]
    Locked,
    /// Up to the largest value now.
    Auto,
}

/// All of it.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct HeatSettings {
    /// Length of the window, seconds.
    pub window_s: u32,
    /// Which tickets count.
    pub state: State,
    /// One bit per source that counts.
    pub sources: u8,
    /// The only category group that counts, if not all.
    pub category: Option<Arc<str>>,
    /// Radius (two sigmas) in metres; the period's own without.
    pub radius_m: Option<u32>,
    /// Unit.
    pub mode: Mode,
    /// Scale.
    pub scale: Scale,
    /// Repetition at one address weighs less.
    pub is_damped: bool,
}

impl Default for HeatSettings {
    fn default() -> Self {
        Self {
            window_s: 7 * DAY,
            state: State::All,
            sources: 0b1111,
            category: None,
            radius_m: None,
            mode: Mode::PerArea,
            scale: Scale::Locked,
            is_damped: true,
        }
    }
}

/// Somebody wants the heat map otherwise.
#[derive(Event, Clone, Debug, PartialEq, Eq)]
pub enum HeatChange {
    /// Another period, seconds.
    Window(u32),
    /// This many steps longer.
    Longer(i32),
    /// Other tickets.
    State(State),
    /// This source (0–3) counts, or no longer.
    Source(u8),
    /// Exactly these sources count, one bit each.
    Sources(u8),
    /// Only this category group, or all.
    Category(Option<Arc<str>>),
    /// This many steps wider; from now on whatever the period is.
    Wider(i32),
    /// The radius that belongs to the period.
    OwnRadius,
    /// Another unit.
    Mode(Mode),
    /// Locked or automatic scale.
    Scale(Scale),
    /// Damping on or off.
    Damping(bool),
}

/// The periods that panels offer, seconds.
pub const WINDOWS: [u32; 4] = [HOUR, DAY, 7 * DAY, 30 * DAY];
/// The shortest window, seconds.
pub const LEAST_WINDOW_S: u32 = 60;
/// The longest window, seconds.
pub const MOST_WINDOW_S: u32 = 400 * DAY;
/// The lengths that a step leads to, seconds.
const LENGTHS: [u32; 18] = [
    HOUR / 4,
    HOUR / 2,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    21 * DAY,
    30 * DAY,
    60 * DAY,
    90 * DAY,
    180 * DAY,
    365 * DAY,
];
/// The radii that a step leads to, metres.
pub const RADII: [u32; 10] = [120, 160, 240, 320, 400, 500, 620, 800, 1000, 1400];

/// The step of a ladder `by` steps from `now`, which need not be one of them: the first step up or down is the next one
/// that is really larger or smaller. `now` itself for no step.
fn stepped(ladder: &[u32], now: u32, by: i32) -> u32 {
    let last = ladder.len() as i64 - 1;
    let at = match by {
        0 => return now,
        1.. => ladder.partition_point(|step| *step <= now) as i64 + i64::from(by) - 1,
        _ => ladder.partition_point(|step| *step < now) as i64 + i64::from(by),
    };
    ladder.get(at.clamp(0, last.max(0)) as usize).copied().unwrap_or(now)
}

impl HeatSettings {
    /// These settings with one change.
    pub fn apply(&mut self, change: &HeatChange) {
        match change {
            HeatChange::Window(seconds) => self.window_s = (*seconds).clamp(LEAST_WINDOW_S, MOST_WINDOW_S),
            HeatChange::Longer(steps) => self.window_s = stepped(&LENGTHS, self.window_s, *steps),
            HeatChange::State(state) => self.state = *state,
            HeatChange::Source(source) => {
                let flipped = self.sources ^ (1 << (source & 3));
                // Nothing at all would look like a quiet day.
                if flipped & 0b1111 != 0 {
                    self.sources = flipped & 0b1111;
                }
            }
            HeatChange::Sources(sources) if sources & 0b1111 != 0 => self.sources = sources & 0b1111,
            HeatChange::Sources(_) => {}
            HeatChange::Category(category) => self.category.clone_from(category),
            HeatChange::Wider(0) => {}
            HeatChange::Wider(steps) => self.radius_m = Some(stepped(&RADII, self.radius(), *steps)),
            HeatChange::OwnRadius => self.radius_m = None,
            HeatChange::Mode(mode) => self.mode = *mode,
            HeatChange::Scale(scale) => self.scale = *scale,
            HeatChange::Damping(is_damped) => self.is_damped = *is_damped,
        }
    }

    /// Two sigmas, metres: the design's for its periods, wider for shorter ones, which hold less.
    pub fn radius(&self) -> u32 {
        self.radius_m.unwrap_or(match self.window_s {
            0..=21_600 => 1000,
            21_601..=172_800 => 800,
            172_801..=864_000 => 620,
            _ => 500,
        })
    }

    /// The bandwidth, metres.
    pub fn sigma_m(&self) -> f64 {
        f64::from(self.radius()) / 2.0
    }

    /// The unit of time of the legend, seconds: an hour, 24 hours, or a day where the window has many.
    pub fn unit_s(&self) -> u32 {
        if self.window_s < DAY { HOUR.min(self.window_s) } else { DAY }
    }

    /// What densities of the window are multiplied with to be per unit of time.
    pub fn per_unit(&self) -> f32 {
        self.unit_s() as f32 / self.window_s.max(1) as f32
    }

    /// The top of the locked scale, in the unit of the legend.
    pub fn locked_top(&self) -> f32 {
        match (self.mode, self.window_s) {
            // Twice as many as expected, or half: one step of the logarithm; the scale holds two.
            (Mode::Expected, _) => 4.0,
            (Mode::PerResidents, 0..86_400) => 0.5,
            (Mode::PerResidents, _) => 2.0,
            (Mode::PerArea, 0..86_400) => 4.0,
            (Mode::PerArea, 86_400..=172_800) => 16.0,
            (Mode::PerArea, _) => 10.0,
        }
    }

    /// The filter, with the index of its category.
    pub fn filter(&self, category: Option<u8>) -> Filter {
        let must = match self.state {
            State::All => 0,
            State::Open => Filter::OPEN,
            State::Overdue => Filter::OPEN | Filter::OVERDUE,
        };
        // A category that has no ticket must not let all through.
        let category = self.category.as_ref().map(|_| category.unwrap_or(254));
        Filter { must, category, sources: self.sources }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_design_s_scales_are_the_locked_ones() {
        let at = |window_s| HeatSettings { window_s, ..HeatSettings::default() };
        assert_eq!((at(DAY).radius(), at(DAY).locked_top(), at(DAY).per_unit()), (800, 16.0, 1.0));
        assert_eq!((at(7 * DAY).radius(), at(7 * DAY).locked_top()), (620, 10.0));
        assert!((at(7 * DAY).per_unit() - 1.0 / 7.0).abs() < 1e-7);
        assert_eq!(at(HOUR).per_unit(), 1.0);
    }

    #[test]
    fn the_last_source_stays_and_the_radius_has_ends() {
        let mut settings = HeatSettings::default();
        (0..4).for_each(|source| settings.apply(&HeatChange::Source(source)));
        assert_ne!(settings.sources, 0);
        (0..30).for_each(|_| settings.apply(&HeatChange::Wider(-1)));
        assert_eq!(settings.radius(), 120);
        (0..30).for_each(|_| settings.apply(&HeatChange::Wider(1)));
        assert_eq!(settings.radius(), 1400);
        settings.apply(&HeatChange::OwnRadius);
        assert_eq!((settings.radius_m, settings.radius()), (None, 620));
    }

    #[test]
    fn no_step_changes_nothing_and_a_step_is_to_the_next_in_its_direction() {
        let mut settings = HeatSettings { radius_m: Some(450), window_s: 5 * DAY, ..HeatSettings::default() };
        let before = settings.clone();
        settings.apply(&HeatChange::Wider(0));
        settings.apply(&HeatChange::Longer(0));
        assert_eq!(settings, before);
        let after = |change: HeatChange| {
            let mut next = before.clone();
            next.apply(&change);
            (next.radius(), next.window_s / DAY)
        };
        assert_eq!(after(HeatChange::Wider(1)), (500, 5));
        assert_eq!(after(HeatChange::Wider(-1)), (400, 5));
        assert_eq!(after(HeatChange::Longer(1)), (450, 7));
        assert_eq!(after(HeatChange::Longer(-2)), (450, 2));
        let mut own = HeatSettings::default();
        own.apply(&HeatChange::Wider(0));
        assert_eq!(own.radius_m, None, "the radius goes on following the period");
    }
}
