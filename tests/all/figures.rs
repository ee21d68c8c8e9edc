//! Indicators, warnings, teams, whistle calls and class cases from the reference platform over HTTP to the wall's end of
//! the channel: what arrives is held against the tickets that arrive beside it, counted here.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use gridwall::domain::{
    Amount, AreaTable, Feed, Figures, Period, Rating, Stage, Team, TeamKind, Ticket, TicketId, Trouble, Warning,
};
use gridwall::platform::{self, Delivery, Link, PlatformConfig};
use gridwall::server::{Content, FaultPlan, Faults, Running, ServeOptions};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const PATIENCE: Duration = Duration::from_secs(60);
const NOW: &str = "2026-11-21T14:32:05+08:00";

fn serve(district: &str, faults: &Faults) -> Running {
    let content = Content::Synthetic { spec: district.parse().unwrap(), seed: 7, db: None };
    let at = Some(NOW.parse().unwrap());
    let options = ServeOptions { at, speed: 0.0, faults: faults.clone(), ..ServeOptions::local(content) };
    gridwall::server::start(options).unwrap()
}

/// What arrived.
#[derive(Default)]
struct Arrived {
    tickets: HashMap<TicketId, Ticket>,
    areas: Option<AreaTable>,
    figures: HashMap<Feed, Figures>,
    not_offered: Vec<Feed>,
    withdrawn: Vec<Feed>,
    proven: Vec<Feed>,
    troubles: Vec<(Feed, Trouble)>,
    rejected: u64,
    /// Feeds in the order of their data.
    order: Vec<Feed>,
}

impl Arrived {
    fn take(&mut self, link: &Link, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            match link.deliveries.recv_deadline(deadline).unwrap_or_else(|_| panic!("{what}: never came")) {
                Delivery::Tickets(tickets) => {
                    self.tickets = tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect();
                    self.order.push(Feed::Tickets);
                }
                Delivery::Areas { table, .. } => self.areas = Some(*table),
                Delivery::Figures(figures) => {
                    self.order.push(figures.feed());
                    self.figures.insert(figures.feed(), figures);
                }
                Delivery::NotOffered(feed) => self.not_offered.push(feed),
                Delivery::Withdrawn(feed) => {
                    self.withdrawn.push(feed);
                    self.figures.remove(&feed);
                }
                Delivery::Rejected { count, .. } => self.rejected += count,
                Delivery::Currency { feed, trouble: Some(trouble), .. } => self.troubles.push((feed, trouble)),
                Delivery::Currency { feed, proven_at: Some(_), .. } => self.proven.push(feed),
                _ => {}
            }
        }
    }
}

fn wall(platform: &Running) -> Link {
    platform::start(PlatformConfig::new(&platform.url, 7), || ()).unwrap()
}

#[test]
fn all_figures_arrive_after_the_tickets_and_agree_with_them() {
    let platform = serve("haicheng", &Faults::default());
    let link = wall(&platform);
    let mut arrived = Arrived::default();
    arrived.take(&link, "the figures", |it| it.figures.len() == 5 && !it.tickets.is_empty() && it.areas.is_some());
    assert_eq!((arrived.rejected, arrived.troubles.len()), (0, 0), "{:?}", arrived.troubles);
    assert_eq!(arrived.order.first(), Some(&Feed::Tickets), "nothing holds up the tickets: {:?}", arrived.order);

    let now: Timestamp = NOW.parse().unwrap();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let month = zone.to_datetime(now).date().first_of_month().to_zoned(zone).unwrap().timestamp();
    let areas = arrived.areas.as_ref().unwrap();
    let Some(Figures::Indicators(table)) = arrived.figures.get(&Feed::Indicators) else { panic!() };
    let root = areas.get(areas.root().unwrap()).code.clone();
    let share = |part: usize, whole: usize| (part as i64, whole as u64);
    let closed: Vec<&Ticket> = arrived
        .tickets
        .values()
        .filter(|it| it.stage == Stage::Closed && it.closed_at.is_some_and(|at| month <= at && at <= now))
        .collect();
    let rated = closed.iter().filter(|it| it.rated != Rating::None);
    let due: Vec<&Ticket> = arrived
        .tickets
        .values()
        .filter(|it| it.stage != Stage::Void && it.sign_due.is_some_and(|due| month <= due && due < now))
        .collect();
    for (key, counted) in [
        ("satisfy", share(rated.clone().filter(|it| it.rated == Rating::Yes).count(), rated.count())),
        (
            "response",
            share(due.iter().filter(|it| it.signed_at.is_some_and(|at| Some(at) <= it.sign_due)).count(), due.len()),
        ),
        (
            "resolve",
            share(
                closed.iter().filter(|it| it.resolved == Some(true)).count(),
                closed.iter().filter(|it| it.resolved.is_some()).count(),
            ),
        ),
    ] {
        let figure = table.figure(key, Some(&root), Period::Month).unwrap_or_else(|| panic!("{key}"));
        assert_eq!((figure.numerator, figure.denominator), (Some(counted.0), Some(counted.1)), "{key}");
        let value = 100.0 * counted.0 as f64 / counted.1 as f64;
        assert!(figure.value.known().is_some_and(|served| (served - value).abs() < 1e-4), "{key}: {figure:?}");
        assert_eq!(figure.as_of, now, "{key}");
        let definition = table.definition(key).unwrap_or_else(|| panic!("{key}"));
        assert!(!definition.formula.is_empty() && !definition.source.is_empty() && definition.name_en.is_some());
        assert!(
            figure.series.len() == 12 && figure.expected.is_some() && figure.compare.is_some(),
            "{key}: {figure:?}"
        );
    }
    let overdue = |code: &str| {
        let inside = |it: &&Ticket| it.area.as_ref().is_some_and(|area| area.as_str().starts_with(code));
        arrived.tickets.values().filter(|it| it.is_overdue(now)).filter(inside).count()
    };
    for street in table.of("overdue", Period::Now).filter_map(|it| it.area.clone()).filter(|it| it.as_str().len() == 9)
    {
        let figure = table.figure("overdue", Some(&street), Period::Now).unwrap();
        assert_eq!(figure.value, Amount::Known(overdue(street.as_str()) as f64), "{street}");
    }
    let nobody_asks = table.figure("risk_high", Some(&root), Period::Month).unwrap();
    assert_eq!((nobody_asks.value, nobody_asks.numerator), (Amount::NoData, None), "not collected is not zero");

    let Some(Figures::Warnings(warnings)) = arrived.figures.get(&Feed::Warnings) else { panic!() };
    let standing: Vec<&Warning> = warnings.iter().filter(|it| it.is_standing(now)).collect();
    assert!((1..30).contains(&standing.len()), "{} of {}", standing.len(), warnings.len());
    let evidence = warnings.iter().flat_map(|it| &it.evidence);
    assert!(evidence.clone().count() > 0 && evidence.clone().all(|id| arrived.tickets.contains_key(id)));

    let Some(Figures::Teams(teams)) = arrived.figures.get(&Feed::Teams) else { panic!() };
    let of = |kind: TeamKind| teams.iter().find(|it: &&Team| it.kind == kind && it.area.as_ref() == Some(&root));
    let workers = of(TeamKind::GridWorkers).unwrap();
    assert_eq!(workers.grids, Some(520));
    assert!(workers.on_duty > Some(100) && workers.on_duty < workers.total && workers.grids_visited > Some(200));

    let Some(Figures::WhistleCalls(calls)) = arrived.figures.get(&Feed::WhistleCalls) else { panic!() };
    assert!((5..40).contains(&calls.len()), "{}", calls.len());
    assert!(calls.iter().all(|it| it.ticket.as_ref().is_some_and(|id| arrived.tickets.contains_key(id))));

    let Some(Figures::ClassCases(cases)) = arrived.figures.get(&Feed::ClassCases) else { panic!() };
    assert!((10..=21).contains(&cases.len()), "{}", cases.len());
}

#[test]
fn a_platform_without_them_says_so_and_that_is_no_trouble() {
    let faults = Faults::default();
    let platform = serve("1x2x8", &faults);
    // The first answers on this path; the rest of the platform answers as ever.
    faults.set(FaultPlan {
        status: Some((501, 1, None)),
        only: Some("/indicators".to_owned()),
        ..FaultPlan::default()
    });
    let link = wall(&platform);
    let mut arrived = Arrived::default();
    arrived.take(&link, "the rest", |it| it.figures.len() == 4 && it.proven.contains(&Feed::Indicators));
    assert_eq!(arrived.not_offered, [Feed::Indicators]);
    assert!(arrived.troubles.is_empty() && arrived.withdrawn.is_empty(), "{:?}", arrived.troubles);
}

#[test]
fn what_is_refused_is_withdrawn_and_comes_back() {
    let faults = Faults::default();
    let platform = serve("1x2x8", &faults);
    let plan = FaultPlan { only: Some("/collections/warnings".to_owned()), ..FaultPlan::default() };
    faults.set(FaultPlan { status: Some((403, 1, None)), ..plan });
    let link = wall(&platform);
    let mut arrived = Arrived::default();
    let is_refused = |it: &Arrived| it.troubles.iter().any(|(feed, _)| *feed == Feed::Warnings);
    arrived.take(&link, "the refusal", |it| !it.withdrawn.is_empty() && is_refused(it));
    assert_eq!(arrived.withdrawn, [Feed::Warnings]);
    assert!(
        arrived
            .troubles
            .iter()
            .any(|(feed, trouble)| { *feed == Feed::Warnings && matches!(trouble, Trouble::Unauthorized { .. }) })
    );
    // After a refusal it is asked again no sooner than in ten seconds.
    arrived.take(&link, "the warnings", |it| it.figures.len() == 5 && it.proven.contains(&Feed::Warnings));
}
