//! What one step at a control of the heat map leads to: the next period, unit, category … and back. Keys turn dials,
//! panels show them; both end in a [`HeatChange`].

use std::sync::Arc;

use super::settings::{HeatChange, HeatSettings, Mode, Scale, State, WINDOWS};
use crate::domain::Source;

/// A control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dial {
    /// The four periods of the panel.
    Period,
    /// The period, longer or shorter in finer steps.
    Length,
    /// All, open, overdue.
    Tickets,
    /// All sources, then each alone.
    Source,
    /// All categories, then each alone.
    Category,
    /// The radius, wider or narrower.
    Radius,
    /// The radius of the period again.
    OwnRadius,
    /// Per km², per 1,000 residents, against what is expected.
    Unit,
    /// Locked or automatic.
    Scale,
    /// Repetition at one address damped or in full.
    Repeats,
}

impl Dial {
    /// The change that `by` steps of this dial make; `categories` are those there are.
    pub fn turned(self, settings: &HeatSettings, categories: &[Arc<str>], by: i32) -> HeatChange {
        match self {
            Dial::Period => {
                let next = match (WINDOWS.iter().position(|window| *window == settings.window_s), by < 0) {
                    (Some(at), _) => round(at, by, WINDOWS.len()),
                    // From a length of its own: to its neighbours.
                    (None, true) => WINDOWS.iter().rposition(|window| *window < settings.window_s).unwrap_or(0),
                    (None, false) => WINDOWS.iter().position(|window| *window > settings.window_s).unwrap_or(3),
                };
                HeatChange::Window(WINDOWS[next])
            }
            Dial::Length => HeatChange::Longer(by),
            Dial::Tickets => HeatChange::State(turn(&[State::All, State::Open, State::Overdue], settings.state, by)),
            Dial::Source => {
                let masks = [0b1111, 0b0001, 0b0010, 0b0100, 0b1000];
                HeatChange::Sources(turn(&masks[..=Source::ALL.len()], settings.sources, by))
            }
            Dial::Category => {
                let now = settings.category.as_ref();
                // A category of an earlier day that has no ticket now stands where "all" does.
                let at = now.and_then(|name| categories.iter().position(|other| other == name)).map_or(0, |at| at + 1);
                let next = round(at, by, categories.len() + 1);
                HeatChange::Category(next.checked_sub(1).and_then(|at| categories.get(at).cloned()))
            }
            Dial::Radius => HeatChange::Wider(by),
            Dial::OwnRadius => HeatChange::OwnRadius,
            Dial::Unit => {
                HeatChange::Mode(turn(&[Mode::PerArea, Mode::PerResidents, Mode::Expected], settings.mode, by))
            }
            Dial::Scale => HeatChange::Scale(turn(&[Scale::Locked, Scale::Auto], settings.scale, by)),
            Dial::Repeats => HeatChange::Damping(!settings.is_damped),
        }
    }
}

fn round(at: usize, by: i32, len: usize) -> usize {
    (at as i64 + i64::from(by)).rem_euclid(len.max(1) as i64) as usize
}

/// The choice `by` places after `now`, from the start again at the end; what is none of them counts as the first.
fn turn<T: Copy + PartialEq>(all: &[T], now: T, by: i32) -> T {
    let at = all.iter().position(|one| *one == now).unwrap_or(0);
    all[round(at, by, all.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Dial; 9] = [
        Dial::Period,
        Dial::Length,
        Dial::Tickets,
        Dial::Source,
        Dial::Category,
        Dial::Radius,
        Dial::Unit,
        Dial::Scale,
        Dial::Repeats,
    ];

    #[test]
    fn a_step_and_a_step_back_end_where_they_began() {
        let categories: Vec<Arc<str>> = ["噪声", "停车"].map(Arc::from).into();
        for dial in ALL {
            for by in [1, -1] {
                let start = HeatSettings { radius_m: Some(620), ..HeatSettings::default() };
                let mut settings = start.clone();
                settings.apply(&dial.turned(&settings, &categories, by));
                assert_ne!(settings, start, "{dial:?}");
                settings.apply(&dial.turned(&settings, &categories, -by));
                assert_eq!(settings, start, "{dial:?}");
            }
        }
    }

    #[test]
    fn a_period_of_its_own_leads_to_its_neighbours() {
        let settings = HeatSettings { window_s: 10 * 86_400, ..HeatSettings::default() };
        assert_eq!(Dial::Period.turned(&settings, &[], 1), HeatChange::Window(WINDOWS[3]));
        assert_eq!(Dial::Period.turned(&settings, &[], -1), HeatChange::Window(WINDOWS[2]));
    }

    #[test]
    fn a_category_that_is_gone_leads_to_the_first() {
        let settings = HeatSettings { category: Some("旧".into()), ..HeatSettings::default() };
        let categories: Vec<Arc<str>> = vec!["噪声".into()];
        assert_eq!(Dial::Category.turned(&settings, &categories, 1), HeatChange::Category(Some("噪声".into())));
        assert_eq!(Dial::Category.turned(&settings, &[], 1), HeatChange::Category(None));
    }
}
