//! The figures a platform counts itself: indicators, warnings, teams, whistle calls, class cases, each a resource with
//! what is known about its list. Written by `receive.rs` through [`FigureBoards`] alone.
//!
//! Not arrived, not offered, no data, suppressed and stale are different things, and all different from zero: ask
//! [`Indicators::reading`], or [`Board::shown`] for a list.

use std::sync::Arc;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::tasks::AsyncComputeTaskPool;

use super::freshness::{FeedFreshness, Freshness};
use crate::domain::{
    AreaCode, ClassCase, Feed, Figures, IndicatorTable, Period, Reading, Team, TeamKind, Warning, WhistleCall,
};

/// What is known about a list of figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing has arrived yet, or the platform no longer lets us read it.
    #[default]
    None,
    /// The platform does not offer it. That is no trouble.
    NotOffered,
    /// Here, be it empty.
    Here,
}

/// One list of figures.
#[derive(Clone, Debug)]
pub struct Board<T> {
    /// The records; replaced as a whole, and cheap to clone for a task.
    pub list: Arc<T>,
    /// What is known about the list.
    pub answer: Answer,
}

impl<T: Default> Default for Board<T> {
    fn default() -> Self {
        Self { list: Arc::default(), answer: Answer::None }
    }
}

impl<T> Board<T> {
    /// The list as a panel shows it: with its age where it is no longer proven current.
    pub fn shown(&self, feed: Feed, freshness: &FeedFreshness, now: &super::Now) -> Reading<&T> {
        let value = &*self.list;
        match self.answer {
            Answer::None => Reading::Never,
            Answer::NotOffered => Reading::NoData,
            Answer::Here if is_live(feed, freshness) => Reading::Value(value),
            Answer::Here => {
                let age = freshness.of(feed).and_then(|state| state.age(now.mono)).unwrap_or_default();
                let age = jiff::SignedDuration::try_from(age).unwrap_or_default();
                Reading::Stale { value, as_of: now.at.checked_sub(age).unwrap_or(now.at) }
            }
        }
    }
}

impl<T: Send + Sync + 'static> Board<T> {
    fn put(&mut self, list: T, answer: Answer) {
        let old = std::mem::replace(&mut self.list, Arc::new(list));
        self.answer = answer;
        // Freeing thousands of records takes a while too.
        if let Some(pool) = AsyncComputeTaskPool::try_get() {
            pool.spawn(async move { drop(old) }).detach();
        }
    }
}

/// True while a feed counts as current: proven, and neither stale nor lost.
pub fn is_live(feed: Feed, freshness: &FeedFreshness) -> bool {
    matches!(freshness.rung(feed), Freshness::Live | Freshness::Delayed)
}

/// Indicators with their definitions.
#[derive(Resource, Clone, Debug, Default)]
pub struct Indicators(pub Board<IndicatorTable>);

impl Indicators {
    /// One number for a panel: `area` is a code, `None` what the platform says of all it has.
    pub fn reading(
        &self,
        key: &str,
        area: Option<&AreaCode>,
        period: Period,
        freshness: &FeedFreshness,
    ) -> Reading<f64> {
        match self.0.answer {
            Answer::None => Reading::Never,
            Answer::NotOffered => Reading::NoData,
            Answer::Here => self.0.list.reading(key, area, period, is_live(Feed::Indicators, freshness)),
        }
    }
}

/// Warnings, in the order of every list: standing first, most severe first.
#[derive(Resource, Clone, Debug, Default)]
pub struct Warnings(pub Board<Vec<Warning>>);

/// Teams by area and kind.
#[derive(Resource, Clone, Debug, Default)]
pub struct Teams(pub Board<Vec<Team>>);

impl Teams {
    /// The team of an area and kind.
    pub fn of(&self, area: Option<&AreaCode>, kind: TeamKind) -> Option<&Team> {
        self.0.list.iter().find(|team| team.kind == kind && team.area.as_ref() == area)
    }
}

/// Whistle calls, newest first.
#[derive(Resource, Clone, Debug, Default)]
pub struct WhistleCalls(pub Board<Vec<WhistleCall>>);

/// Class cases, as the platform orders them.
#[derive(Resource, Clone, Debug, Default)]
pub struct ClassCases(pub Board<Vec<ClassCase>>);

/// The lists that the current scene binds: a picture is not complete before each of them is answered for. Written by
/// whoever knows the scene.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct BoundFigures(pub Vec<Feed>);

/// All five, for the one writer.
#[derive(SystemParam)]
pub struct FigureBoards<'w> {
    indicators: ResMut<'w, Indicators>,
    warnings: ResMut<'w, Warnings>,
    teams: ResMut<'w, Teams>,
    whistle_calls: ResMut<'w, WhistleCalls>,
    class_cases: ResMut<'w, ClassCases>,
}

impl FigureBoards<'_> {
    /// A complete list has come.
    pub(super) fn take(&mut self, figures: Figures, now: jiff::Timestamp) {
        match figures {
            Figures::Indicators(table) => self.indicators.0.put(*table, Answer::Here),
            Figures::Warnings(mut list) => {
                Warning::sort(&mut list, now);
                self.warnings.0.put(list, Answer::Here);
            }
            Figures::Teams(list) => self.teams.0.put(list, Answer::Here),
            Figures::WhistleCalls(mut list) => {
                list.sort_by(|a, b| b.called_at.cmp(&a.called_at).then_with(|| a.id.cmp(&b.id)));
                self.whistle_calls.0.put(list, Answer::Here);
            }
            Figures::ClassCases(list) => self.class_cases.0.put(list, Answer::Here),
        }
    }

    /// The platform has no such list.
    pub(super) fn not_offered(&mut self, feed: Feed) {
        self.clear(feed, Answer::NotOffered);
    }

    /// What is held of a feed disappears.
    pub(super) fn withdraw(&mut self, feed: Feed) {
        self.clear(feed, Answer::None);
    }

    fn clear(&mut self, feed: Feed, answer: Answer) {
        match feed {
            Feed::Indicators => self.indicators.0.put(IndicatorTable::default(), answer),
            Feed::Warnings => self.warnings.0.put(Vec::new(), answer),
            Feed::Teams => self.teams.0.put(Vec::new(), answer),
            Feed::WhistleCalls => self.whistle_calls.0.put(Vec::new(), answer),
            Feed::ClassCases => self.class_cases.0.put(Vec::new(), answer),
            Feed::Site | Feed::Areas | Feed::Places | Feed::Tickets | Feed::Sources | Feed::Care => {}
        }
    }
}

/// Of these feeds, those that have neither been proven in this run nor said not to be offered: what a picture of a scene
/// that binds them must wait for.
pub fn unanswered(world: &World, feeds: &[Feed]) -> Vec<Feed> {
    let freshness = world.resource::<FeedFreshness>();
    let is_proven = |feed: &Feed| freshness.of(*feed).is_some_and(|state| state.proven_at.is_some());
    feeds.iter().copied().filter(|feed| !is_proven(feed)).collect()
}

/// The resources, empty.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Indicators>()
        .init_resource::<Warnings>()
        .init_resource::<Teams>()
        .init_resource::<WhistleCalls>()
        .init_resource::<ClassCases>()
        .init_resource::<BoundFigures>();
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::city::{Deliveries, Now, RecordBudget};
    use crate::domain::{Amount, Figure};
    use crate::platform::Delivery;

    fn city() -> (App, crossbeam_channel::Sender<Delivery>) {
        let (sender, receiver) = crossbeam_channel::unbounded();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, crate::city::plugin)).insert_resource(Deliveries::new(receiver));
        app.init_resource::<crate::selection::Selection>();
        // All that was sent is there after one frame, however busy the machine is.
        app.insert_resource(RecordBudget { time: Duration::MAX, ..RecordBudget::default() });
        (app, sender)
    }

    fn indicators(value: Amount) -> Delivery {
        let mut table = IndicatorTable::default();
        table.put(Figure {
            key: "satisfy".into(),
            area: Some(AreaCode::new("1")),
            period: Period::Month,
            value,
            numerator: None,
            denominator: None,
            from: None,
            as_of: jiff::Timestamp::UNIX_EPOCH,
            compare: None,
            expected: None,
            series: Vec::new(),
        });
        Delivery::Figures(Figures::Indicators(Box::new(table)))
    }

    fn proven(feed: Feed, at: Instant) -> Delivery {
        Delivery::Currency { feed, proven_at: Some(at), trouble: None, retry_at: None }
    }

    fn reading(app: &App) -> Reading<f64> {
        let world = app.world();
        let freshness = world.resource::<FeedFreshness>();
        world.resource::<Indicators>().reading("satisfy", Some(&AreaCode::new("1")), Period::Month, freshness)
    }

    #[test]
    fn a_figure_is_never_then_here_then_stale_then_withdrawn() {
        let (mut app, sender) = city();
        app.update();
        assert_eq!(reading(&app), Reading::Never);
        assert_eq!(unanswered(app.world(), &Feed::FIGURES), Feed::FIGURES);
        sender.send(indicators(Amount::Known(0.0))).unwrap();
        sender.send(proven(Feed::Indicators, Instant::now())).unwrap();
        app.update();
        assert_eq!(reading(&app), Reading::Value(0.0));
        assert_eq!(unanswered(app.world(), &[Feed::Indicators, Feed::Teams]), [Feed::Teams]);
        if let Some(long_ago) = Instant::now().checked_sub(Duration::from_secs(7 * 60)) {
            sender.send(proven(Feed::Indicators, long_ago)).unwrap();
            app.update();
            assert!(matches!(reading(&app), Reading::Stale { value: 0.0, .. }));
        }
        sender.send(Delivery::Withdrawn(Feed::Indicators)).unwrap();
        app.update();
        assert_eq!(reading(&app), Reading::Never);
        assert_eq!(app.world().resource::<Indicators>().0.answer, Answer::None);
    }

    #[test]
    fn what_a_platform_does_not_offer_is_no_data_and_no_trouble() {
        let (mut app, sender) = city();
        for feed in Feed::FIGURES {
            sender.send(Delivery::NotOffered(feed)).unwrap();
            sender.send(proven(feed, Instant::now())).unwrap();
        }
        app.update();
        assert_eq!(reading(&app), Reading::NoData);
        assert!(unanswered(app.world(), &Feed::FIGURES).is_empty());
        let world = app.world();
        let teams = world.resource::<Teams>();
        let shown = teams.0.shown(Feed::Teams, world.resource::<FeedFreshness>(), world.resource::<Now>());
        assert_eq!(shown, Reading::NoData);
        sender.send(indicators(Amount::Suppressed)).unwrap();
        app.update();
        assert_eq!(reading(&app), Reading::Suppressed, "a platform that begins to offer it");
    }
}
