//! The made-up city as each kind of panel needs it, in each state that its figures can be in. Only in tests.
//!
//! Every `match` over the kinds names them all: a new kind does not compile before it says here what it reads, in which
//! states that can be, and how large it is drawn.

use std::sync::Arc;

use bevy_egui::egui::{Vec2, vec2};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as Refusal;

use super::super::fixture::{self, City, Lists};
use super::super::{care, indicator};
use crate::city::figures::Answer;
use crate::city::{AreaTally, Care, Freshness, Indicators, Sources, Tallies, Teams};
use crate::domain::care::GROUPS;
use crate::domain::*;
use crate::heat::figures::Land;
use crate::heat::rhythm::Rhythm;
use crate::heat::{Figures, Ranked};
use crate::scene::{Bound, Campaign, Occasion, PanelKind, Slide, Title};

/// What can be true of a panel's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// There, and current.
    Full,
    /// There, current, and zero or an empty list.
    Zero,
    /// The platform has none, or collects none.
    NoData,
    /// Withheld because they are small.
    Suppressed,
    /// There, but no longer proven current.
    Stale,
    /// Not proven for so long that they are no longer shown.
    Lost,
    /// Nothing has come yet.
    Coming,
}

use State::*;

/// All kinds, as scene files know them: read from the refusal of a name that is none, which lists every one.
pub fn kinds() -> Vec<PanelKind> {
    let of = |name: &str| PanelKind::deserialize(IntoDeserializer::<Refusal>::into_deserializer(name));
    let refusal = of("?").expect_err("no kind").to_string();
    let names = refusal.split_once("expected one of ").expect("a list of names").1;
    names.split(", ").map(|name| of(name.trim_matches('`')).expect("a kind")).collect()
}

/// The feed whose state is the panel's; none where nothing on it is a figure.
pub fn feed_of(kind: PanelKind) -> Option<Feed> {
    use PanelKind as K;
    Some(match kind {
        K::Intake
        | K::Children
        | K::Stages
        | K::Latest
        | K::Ribbon
        | K::Table
        | K::Card
        | K::AreaStages
        | K::AreaLimits
        | K::AreaCategories
        | K::AreaRhythm
        | K::Ticket
        | K::HeatTotal
        | K::HeatRanking
        | K::HeatRhythm
        | K::FlowNewest
        | K::FlowDue
        | K::FlowRiver
        | K::FlowDots
        | K::Completeness
        | K::CampaignEffect
        | K::EventWatch => Feed::Tickets,
        K::CareTotals | K::CareStreets | K::AreaCare | K::CareProgress => Feed::Care,
        K::Rates | K::BigNumber | K::Trend | K::RankedBars | K::SmallMultiples | K::Lanes | K::Funnel | K::Numbers => {
            Feed::Indicators
        }
        K::Warnings | K::WarningKinds | K::WarningAreas => Feed::Warnings,
        K::WhistleBoard | K::WhistleTriggers => Feed::WhistleCalls,
        K::ClassCases | K::ClassStages => Feed::ClassCases,
        K::TeamStrip | K::TeamStreets => Feed::Teams,
        K::GridFacts => Feed::Areas,
        K::SourceLights => Feed::Sources,
        K::WallHealth => Feed::Site,
        K::Story => return None,
    })
}

/// The states a panel can be in. Tickets are neither withheld nor left out of an offer; lists are not withheld.
pub fn states_of(kind: PanelKind) -> &'static [State] {
    match (kind, feed_of(kind)) {
        // A ticket is there or not.
        (PanelKind::Ticket, _) => &[Full, Stale, Lost, Coming],
        (PanelKind::WallHealth, _) => &[Full, Stale, Lost, Coming],
        (_, Some(Feed::Tickets | Feed::Sources | Feed::Areas)) => &[Full, Zero, Stale, Lost, Coming],
        (_, Some(Feed::Indicators | Feed::Care)) => &[Full, Zero, NoData, Suppressed, Stale, Lost, Coming],
        (_, Some(_)) => &[Full, Zero, NoData, Stale, Lost, Coming],
        (_, None) => &[Full, Zero],
    }
}

/// The size it is drawn at, u: that of its place in the shipped scenes.
pub fn size_of(kind: PanelKind) -> Vec2 {
    match kind {
        PanelKind::Ribbon | PanelKind::CareProgress | PanelKind::HeatRhythm => vec2(1848.0, 170.0),
        PanelKind::FlowRiver | PanelKind::FlowDots => vec2(1848.0, 260.0),
        PanelKind::Intake => vec2(404.0, 320.0),
        PanelKind::Table | PanelKind::Ticket => vec2(560.0, 800.0),
        _ => vec2(440.0, 800.0),
    }
}

/// What the panel is bound to.
pub fn bound_of(kind: PanelKind) -> Bound {
    let both = |words: &str| Title { zh: words.into(), en: words.into() };
    let keys: &[&str] = match kind {
        PanelKind::Rates => &["ontime", "satisfy"],
        PanelKind::BigNumber => &["intake"],
        PanelKind::Numbers => &["leads", "leads_solved", "partners"],
        PanelKind::Trend => &["redo_rate", "unrated"],
        PanelKind::RankedBars | PanelKind::SmallMultiples => &["satisfy"],
        _ => &[],
    };
    let compares = matches!(kind, PanelKind::RankedBars | PanelKind::SmallMultiples);
    Bound {
        title: None,
        indicators: keys.iter().map(|key| (*key).to_owned()).collect(),
        period: None,
        level: compares.then_some(Level::Street),
        slides: Vec::from([("表扬", "网格员入户时发现隐患"), ("案例", "三方会商")].map(|(title, text)| Slide {
            title: both(title),
            text: both(text),
            picture: None,
        })),
        // Bound to a campaign, lists of tickets are another thing.
        campaign: (kind == PanelKind::CampaignEffect).then(|| Campaign { days: Some(1), ..Campaign::default() }),
        event: Some(Occasion {
            name: both("海湾马拉松"),
            place: Some(both("环湾路")),
            date: None,
            from: jiff::civil::time(7, 0, 0, 0),
            to: jiff::civil::time(17, 30, 0, 0),
            areas: Vec::new(),
        }),
    }
}

/// All a panel reads, in one state.
pub struct World {
    pub city: City,
    pub care: Care,
    pub heat: Figures,
    pub bound: Arc<Bound>,
    pub rung: Freshness,
    pub age_s: u64,
    pub has_detail: bool,
}

impl World {
    /// The care counts, to be kept.
    pub fn care(&self) -> Care {
        Care { table: self.care.table.clone(), is_known: self.care.is_known }
    }

    /// The world in which a panel of this kind is in this state, and everything else is as it should be.
    pub fn of(kind: PanelKind, state: State) -> Self {
        let mut city = fixture::full();
        let feed = feed_of(kind);
        let care = care_in(&city, if feed == Some(Feed::Care) { state } else { Full });
        let heat = heat_in(&city, if feed == Some(Feed::Tickets) { state } else { Full });
        let mut bound = bound_of(kind);
        match feed {
            Some(Feed::Tickets) => tickets_in(&mut city, state),
            Some(Feed::Indicators) => indicators_in(&mut city.lists, state),
            Some(Feed::Warnings) => list_in(&mut city.lists.warnings.0, state),
            Some(Feed::WhistleCalls) => list_in(&mut city.lists.whistle_calls.0, state),
            Some(Feed::ClassCases) => list_in(&mut city.lists.class_cases.0, state),
            Some(Feed::Teams) => teams_in(&mut city.lists, state),
            Some(Feed::Sources) if matches!(state, Zero | Coming) => city.lists.sources = Sources(Vec::new()),
            Some(Feed::Areas) if matches!(state, Zero | Coming) => areas_in(&mut city, state),
            None if state == Zero => bound.slides.clear(),
            _ => {}
        }
        let (rung, age_s) = match state {
            Stale => (Freshness::Stale, 420),
            Lost => (Freshness::Expired, 5_400),
            Coming => (Freshness::Never, 0),
            Full | Zero | NoData | Suppressed => (Freshness::Live, 2),
        };
        let has_detail = state != Coming;
        Self { city, care, heat, bound: Arc::new(bound), rung, age_s, has_detail }
    }
}

fn tickets_in(city: &mut City, state: State) {
    if !matches!(state, Zero | Coming) {
        return;
    }
    city.tickets.by_id.clear();
    city.tickets.newest.clear();
    city.tickets.is_complete = state == Zero;
    let areas = vec![AreaTally::default(); city.areas.len()];
    city.tallies = Tallies { areas, as_of: (state == Zero).then(fixture::now), ..Tallies::default() };
}

fn areas_in(city: &mut City, state: State) {
    let grids = |level| state == Zero && level != Level::Grid;
    let kept = city.areas.iter().map(|(_, area)| area.clone()).filter(|area| grids(area.level)).collect();
    city.areas = Arc::new(AreaTable::build(kept).0);
}

fn list_in<T>(board: &mut crate::city::figures::Board<Vec<T>>, state: State) {
    board.answer = answer(state);
    if matches!(state, Zero | NoData | Coming) {
        board.list = Arc::new(Vec::new());
    }
}

fn answer(state: State) -> Answer {
    match state {
        Coming => Answer::None,
        NoData => Answer::NotOffered,
        _ => Answer::Here,
    }
}

fn teams_in(lists: &mut Lists, state: State) {
    let mut list = (*lists.teams.0.list).clone();
    for team in &mut list {
        // Nobody is on duty and no grid is visited: the whole stays.
        if state == Zero {
            [&mut team.on_duty, &mut team.online, &mut team.devices_online, &mut team.grids_visited]
                .into_iter()
                .for_each(|count| *count = Some(0));
        }
    }
    let mut teams = Teams::default();
    teams.0.answer = answer(state);
    if !matches!(state, NoData | Coming) {
        teams.0.list = Arc::new(list);
    }
    lists.teams = teams;
}

fn indicators_in(lists: &mut Lists, state: State) {
    if state == Coming {
        lists.indicators = Indicators::default();
        return;
    }
    let (Zero | NoData | Suppressed) = state else { return };
    let held = &lists.indicators.0.list;
    let mut table = IndicatorTable::default();
    table.definitions = held.definitions.clone();
    let changed = held.iter().cloned().map(|mut figure| {
        if state == Zero {
            figure.value = Amount::Known(0.0);
            figure.numerator = figure.numerator.map(|_| 0);
            figure.series.iter_mut().flatten().for_each(|part| part.numerator = 0);
            (figure.compare, figure.expected) = (None, None);
            return figure;
        }
        figure.value = if state == NoData { Amount::NoData } else { Amount::Suppressed };
        (figure.numerator, figure.denominator, figure.compare, figure.expected) = (None, None, None, None);
        figure.series.clear();
        figure
    });
    table.fill(changed.collect());
    lists.indicators = indicator::fixture::of(table);
}

fn care_in(city: &City, state: State) -> Care {
    if state == Coming {
        return Care::default();
    }
    let mut care = care::tests::care(city);
    let all = |count| CareCounts { listed: count, visited: count, due: count, overdue: count };
    let change = |counts: &mut CareCounts| match state {
        Zero => *counts = all(Count::About(0)),
        NoData => *counts = all(Count::NoData),
        Suppressed => *counts = all(Count::Suppressed),
        // The fixture withholds what is due.
        _ => counts.due = if counts.listed == Count::Suppressed { Count::Suppressed } else { Count::About(20) },
    };
    care.table.areas.values_mut().flat_map(|groups: &mut [CareCounts; GROUPS]| groups).for_each(change);
    let days = care.table.progress.len();
    care.table.progress = match state {
        Zero => vec![Count::About(0); days],
        NoData => Vec::new(),
        Suppressed => vec![Count::Suppressed; days],
        _ => care.table.progress,
    };
    care
}

fn heat_in(city: &City, state: State) -> Figures {
    if state == Coming {
        return Figures::default();
    }
    let square = vec![vec![[0.0, 0.0], [900.0, 0.0], [900.0, 700.0], [0.0, 700.0]]];
    let land = Arc::new(Land::of(&[square], [0.0, 0.0], [900.0, 700.0], 90));
    let share = if state == Zero { 0.0 } else { 1.0 };
    let maps = std::array::from_fn(|part| vec![share * (part + 1) as f32; 9 * 7]);
    let counts = std::array::from_fn(|part| if state == Zero { 0 } else { 40 + 9 * part as u32 });
    let rhythm = Arc::new(Rhythm { size: [9, 7], origin: [0.0, 0.0], cell_m: 100.0, maps, counts });
    let communities = city.areas.at_level(Level::Community);
    let ranked = |(nth, id): (usize, AreaId)| Ranked {
        area: id.0,
        count: 60 - nth as u32,
        value: 13.1 - nth as f32,
        ratio: Some(1.2),
        days: [4, 6, 9, 7, 8, 11, 5],
        category: None,
    };
    let figures = Figures { is_known: true, is_full: true, top: 10.0, land, rhythm, ..Figures::default() };
    if state == Zero {
        return figures;
    }
    Figures { total: 1263, ranking: communities.take(8).enumerate().map(ranked).collect(), ..figures }
}
