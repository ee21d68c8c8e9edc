//! One scene after another without a hand: how long each stays, when the wall waits, what is skipped. Pure: moments come
//! in, names come out. The wall feeds it (`wall/rotation.rs`).

use std::time::{Duration, Instant};

use bevy::prelude::Resource;

use crate::domain::{Warning, WarningLevel};

/// What the rotation was told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationPlan {
    /// The scenes in their order; none: all there are.
    pub scenes: Vec<String>,
    /// How long each is shown.
    pub dwell: Duration,
    /// How long the wall is left alone after somebody has touched it.
    pub pause: Duration,
    /// A standing warning of this level or above that nobody has confirmed holds the rotation; `None`: nothing does.
    pub hold_on: Option<WarningLevel>,
}

/// Why the rotation stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Somebody stopped it; the same key lets it go on.
    Stopped,
    /// A high warning must stay in sight.
    Held,
    /// Somebody touched the wall a moment ago.
    Touched,
    /// The wall is in wartime and shows one scene.
    Wartime,
}

/// The rotation of one wall.
#[derive(Resource, Clone, Debug)]
pub struct Rotation {
    plan: RotationPlan,
    is_stopped: bool,
    is_held: bool,
    is_wartime: bool,
    shown_since: Option<Instant>,
    touched: Option<Instant>,
}

impl Rotation {
    /// A rotation that begins with the first look.
    pub fn new(plan: RotationPlan) -> Self {
        Self { plan, is_stopped: false, is_held: false, is_wartime: false, shown_since: None, touched: None }
    }

    /// True if its plan names the scenes.
    pub fn names_scenes(&self) -> bool {
        !self.plan.scenes.is_empty()
    }

    /// How much of its time the scene shown has had, 0–1; `None` while the rotation stands still.
    pub fn progress(&self, now: Instant) -> Option<f32> {
        let since = self.shown_since.filter(|_| self.stand(now).is_none())?;
        let dwell = self.plan.dwell.as_secs_f32().max(0.001);
        Some((now.saturating_duration_since(since).as_secs_f32() / dwell).clamp(0.0, 1.0))
    }

    /// Keeps the scene shown, or lets it go: wartime has no rotation.
    pub fn set_wartime(&mut self, is_wartime: bool) {
        self.is_wartime = is_wartime;
    }

    /// Somebody used mouse or keys.
    pub fn touch(&mut self, now: Instant) {
        self.touched = Some(now);
    }

    /// Stops it, or lets it go on at once.
    pub fn toggle(&mut self, now: Instant) {
        self.is_stopped = !self.is_stopped;
        if !self.is_stopped {
            self.touched = None;
            self.shown_since = Some(now);
        }
    }

    /// Holds the rotation while one of these warnings calls for it at `now`, and lets go of it when none does.
    pub fn hold(&mut self, warnings: &[Warning], now: jiff::Timestamp) {
        let least = self.plan.hold_on;
        self.is_held = warnings.iter().any(|it| it.is_new(now) && least.is_some_and(|least| it.level <= least));
    }

    /// Why it stands still; `None` while it turns. A hand wins over a warning: who is at the wall has seen it.
    pub fn stand(&self, now: Instant) -> Option<Stand> {
        let is_touched = self.touched.is_some_and(|at| now.saturating_duration_since(at) < self.plan.pause);
        if self.is_wartime {
            return Some(Stand::Wartime);
        }
        match (self.is_stopped, is_touched, self.is_held) {
            (true, ..) => Some(Stand::Stopped),
            (_, true, _) => Some(Stand::Touched),
            (.., true) => Some(Stand::Held),
            _ => None,
        }
    }

    /// The scene to show instead of `current`, if it is time: the next of the plan among `all` that has something to
    /// show. `None` while it stands still, and where there is no other. While a warning holds it, `alarm` is shown: the
    /// scene that says most of warnings.
    pub fn next<'a>(
        &mut self,
        now: Instant,
        current: &str,
        all: &[&'a str],
        alarm: Option<&'a str>,
        has_something: impl Fn(&str) -> bool,
    ) -> Option<&'a str> {
        let since = *self.shown_since.get_or_insert(now);
        if self.stand(now).is_some() {
            // Time begins anew when the wall is let go.
            self.shown_since = Some(now);
            return alarm.filter(|id| self.stand(now) == Some(Stand::Held) && *id != current);
        }
        if now.saturating_duration_since(since) < self.plan.dwell {
            return None;
        }
        self.shown_since = Some(now);
        let planned: Vec<&'a str> = match self.plan.scenes.as_slice() {
            [] => all.to_vec(),
            plan => plan.iter().filter_map(|id| all.iter().copied().find(|other| other == id)).collect(),
        };
        let at = planned.iter().position(|id| *id == current);
        let from = at.map_or(0, |at| at + 1);
        let turn = (0..planned.len()).map(|step| planned[(from + step) % planned.len()]);
        turn.into_iter().find(|id| *id != current && has_something(id))
    }

    /// A scene was shown by hand: its time begins.
    pub fn restart(&mut self, now: Instant) {
        self.shown_since = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 4] = ["overview", "heat", "care", "flow"];

    fn plan(scenes: &[&str]) -> RotationPlan {
        let scenes = scenes.iter().map(|id| (*id).to_owned()).collect();
        RotationPlan {
            scenes,
            dwell: Duration::from_secs(30),
            pause: Duration::from_secs(120),
            hold_on: Some(WarningLevel::Orange),
        }
    }

    /// What is shown after each of `seconds`, from the overview on.
    fn shown(
        rotation: &mut Rotation,
        start: Instant,
        seconds: &[u64],
        has: impl Fn(&str) -> bool,
    ) -> Vec<&'static str> {
        let mut current = "overview";
        seconds
            .iter()
            .map(|second| {
                let now = start + Duration::from_secs(*second);
                current = rotation.next(now, current, &ALL, None, &has).unwrap_or(current);
                current
            })
            .collect()
    }

    #[test]
    fn each_scene_has_its_time_and_empty_ones_are_skipped() {
        let start = Instant::now();
        let mut all = Rotation::new(plan(&[]));
        let seen = shown(&mut all, start, &[0, 29, 30, 59, 60, 90, 120], |_| true);
        assert_eq!(seen, ["overview", "overview", "heat", "heat", "care", "flow", "overview"]);
        let mut planned = Rotation::new(plan(&["overview", "flow", "gone", "care"]));
        let seen = shown(&mut planned, start, &[0, 30, 60, 90], |id| id != "flow");
        assert_eq!(seen, ["overview", "care", "overview", "care"]);
        let mut alone = Rotation::new(plan(&["overview"]));
        assert_eq!(shown(&mut alone, start, &[0, 30, 60], |_| true), ["overview"; 3]);
    }

    #[test]
    fn it_says_how_far_it_is_and_waits_while_it_is_held() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut rotation = Rotation::new(plan(&[]));
        assert_eq!(rotation.progress(start), None, "it has not begun");
        rotation.next(start, "overview", &ALL, None, |_| true);
        assert_eq!(rotation.progress(at(15)), Some(0.5));
        rotation.set_wartime(true);
        assert_eq!((rotation.progress(at(15)), rotation.stand(at(15))), (None, Some(Stand::Wartime)));
        assert_eq!(rotation.next(at(500), "overview", &ALL, None, |_| true), None);
        rotation.set_wartime(false);
        assert_eq!(rotation.next(at(529), "overview", &ALL, None, |_| true), None, "its time began anew");
        assert_eq!(rotation.next(at(530), "overview", &ALL, None, |_| true), Some("heat"));
    }

    #[test]
    fn it_waits_for_hands_and_goes_on() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut rotation = Rotation::new(plan(&[]));
        assert_eq!(rotation.next(at(0), "overview", &ALL, None, |_| true), None);
        rotation.touch(at(10));
        assert_eq!(rotation.stand(at(100)), Some(Stand::Touched));
        assert_eq!(rotation.next(at(100), "overview", &ALL, None, |_| true), None);
        assert_eq!(rotation.stand(at(130)), None);
        assert_eq!(rotation.next(at(129), "overview", &ALL, None, |_| true), None, "touched until 130");
        assert_eq!(rotation.next(at(158), "overview", &ALL, None, |_| true), None, "its time began anew");
        assert_eq!(rotation.next(at(159), "overview", &ALL, None, |_| true), Some("heat"));

        rotation.toggle(at(200));
        assert_eq!(rotation.stand(at(9_000)), Some(Stand::Stopped));
        assert_eq!(rotation.next(at(9_000), "heat", &ALL, None, |_| true), None);
        rotation.toggle(at(9_000));
        assert_eq!(rotation.next(at(9_029), "heat", &ALL, None, |_| true), None);
        assert_eq!(rotation.next(at(9_030), "heat", &ALL, None, |_| true), Some("care"));
    }
    #[test]
    fn a_high_warning_that_nobody_has_confirmed_is_shown_and_stays_until_a_hand_or_its_end() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let clock: jiff::Timestamp = "2026-11-21T14:32:05+08:00".parse().unwrap();
        let warning = |level, state| Warning {
            id: "w".into(),
            level,
            kind: crate::domain::WarningKind::FastGrowth,
            nature: None,
            state,
            text: String::new(),
            text_en: None,
            area: None,
            service_code: None,
            issued_at: clock,
            valid_until: None,
            source: String::new(),
            seen: None,
            expected: None,
            evidence: Vec::new(),
        };
        use crate::domain::WarningState::{Confirmed, Raised};
        let mut rotation = Rotation::new(plan(&[]));
        let next =
            |rotation: &mut Rotation, second, current| rotation.next(at(second), current, &ALL, Some("flow"), |_| true);
        assert_eq!(next(&mut rotation, 0, "overview"), None);
        rotation.hold(&[warning(WarningLevel::Yellow, Raised), warning(WarningLevel::Red, Confirmed)], clock);
        assert_eq!(rotation.stand(at(1)), None, "low ones and those somebody has seen hold nothing");
        rotation.hold(&[warning(WarningLevel::Orange, Raised)], clock);
        assert_eq!(rotation.stand(at(2)), Some(Stand::Held));
        assert_eq!(next(&mut rotation, 2, "overview"), Some("flow"), "at once");
        assert_eq!(next(&mut rotation, 900, "flow"), None, "it stays");
        rotation.touch(at(901));
        assert_eq!((rotation.stand(at(902)), next(&mut rotation, 902, "care")), (Some(Stand::Touched), None));
        assert_eq!(next(&mut rotation, 1_022, "care"), Some("flow"), "nobody is there any more");
        rotation.hold(&[], clock);
        assert_eq!(next(&mut rotation, 1_051, "flow"), None);
        assert_eq!(next(&mut rotation, 1_052, "flow"), Some("overview"));
        let mut never = Rotation::new(RotationPlan { hold_on: None, ..plan(&[]) });
        never.hold(&[warning(WarningLevel::Red, Raised)], clock);
        assert_eq!(never.stand(at(0)), None);
    }
}
