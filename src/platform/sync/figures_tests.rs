//! When figures are asked for, and what a refusal of them means.

use super::*;

const LANDING: &str = r#"{"links":[{"rel":"data","href":"/collections"}],
    "site":{"environment":"demo","time_zone":"UTC","clock":{"now":"2026-11-21T14:00:00Z","speed":0}}}"#;
const EMPTY: &str = r#"{"type":"FeatureCollection","epoch":"e1","seq":0,"features":[]}"#;
const FIGURE: &str = r#"{"type":"FeatureCollection","features":[{"properties":{"key":"k","period":"day","value":1,
    "as_of":"2026-11-21T14:00:00Z"}}]}"#;
const BOOKMARK: &str = "id: e1-0\nevent: bookmark\ndata: {\"epoch\":\"e1\",\"seq\":0}\n\n";

fn good(body: &str) -> Reply {
    Reply { status: 200, content_type: Some("application/json".into()), body: body.into(), ..Reply::default() }
}

/// A core, its time, and a platform that answers everything well but what it is told not to.
struct Bench {
    core: SyncCore,
    now: Mono,
    /// Paths in the order in which they were asked for.
    asked: Vec<String>,
    delivered: Vec<Delivery>,
    troubled: Vec<Feed>,
    /// How `/indicators` is answered.
    indicators: Reply,
    /// Whether tickets are answered at all.
    has_tickets: bool,
}

impl Bench {
    fn new(indicators: Reply, has_tickets: bool) -> Self {
        let base = Url::parse("http://platform.test/").unwrap();
        let core = SyncCore::new(SyncOptions { base, seed: 1, start_jitter: false, page_limit: 10 });
        let (asked, delivered, troubled) = (Vec::new(), Vec::new(), Vec::new());
        Self { core, now: Mono::ZERO, asked, delivered, troubled, indicators, has_tickets }
    }

    fn tell(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.core.step(self.now, input, &mut effects);
        for effect in effects {
            match effect {
                Effect::Get { request, url, .. } => {
                    self.asked.push(url.path().to_owned());
                    let reply = match url.path() {
                        "/" => good(LANDING),
                        "/indicators" => self.indicators.clone(),
                        "/sources" => good("{\"sources\":[]}"),
                        "/collections/tickets/items" if !self.has_tickets => continue,
                        _ => good(EMPTY),
                    };
                    self.tell(Input::Reply(request, reply));
                }
                Effect::OpenStream { stream, .. } if self.has_tickets => {
                    let opened = Reply { content_type: Some("text/event-stream".into()), ..good("") };
                    self.tell(Input::StreamOpened(stream, opened));
                    self.tell(Input::StreamBytes(stream, BOOKMARK.into()));
                }
                Effect::Deliver(delivery) => self.delivered.push(delivery),
                Effect::Currency { feed, trouble: Some(_), .. } => self.troubled.push(feed),
                _ => {}
            }
        }
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.core.wake_at().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.tell(Input::Tick);
        }
        self.now = end;
    }

    fn asked_for(&self, path: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == path).count()
    }
}

#[test]
fn figures_come_after_the_tickets_and_do_not_wait_for_ever() {
    let mut bench = Bench::new(good(FIGURE), true);
    bench.tell(Input::Tick);
    bench.run(2);
    let place = |path: &str| bench.asked.iter().position(|asked| asked == path).unwrap();
    for path in ["/indicators", "/collections/warnings/items", "/collections/class-cases/items"] {
        assert!(place("/collections/tickets/items") < place(path), "{:?}", bench.asked);
    }
    let mut early = Bench::new(good(FIGURE), true);
    early.tell(Input::Tick);
    early.now = FIGURES_AFTER / 2;
    early.tell(Input::Tick);
    assert_eq!(early.asked_for("/indicators"), 0, "the wall has just got its tickets");
    early.now = FIGURES_AFTER;
    early.tell(Input::Tick);
    assert_eq!(early.asked_for("/indicators"), 1);
    let mut slow = Bench::new(good(FIGURE), false);
    slow.tell(Input::Tick);
    slow.run(9);
    assert_eq!(slow.asked_for("/indicators"), 0);
    slow.run(2);
    assert_eq!(slow.asked_for("/indicators"), 1, "ten seconds are enough");
}

#[test]
fn not_offered_is_an_answer_once_and_a_gap_later_is_trouble() {
    let missing = Reply { status: 404, ..Reply::default() };
    let mut bench = Bench::new(missing.clone(), true);
    bench.tell(Input::Tick);
    bench.run(200);
    let said = |bench: &Bench| {
        bench.delivered.iter().filter(|it| matches!(it, Delivery::NotOffered(Feed::Indicators))).count()
    };
    assert_eq!((said(&bench), bench.troubled.len()), (1, 0), "said once, asked {}", bench.asked_for("/indicators"));
    bench.indicators = good(FIGURE);
    bench.run(70);
    assert!(bench.delivered.iter().any(|it| matches!(it, Delivery::Figures(figures) if figures.len() == 1)));
    bench.indicators = missing;
    bench.run(70);
    assert_eq!(said(&bench), 1, "what is held stays");
    assert!(!bench.troubled.is_empty() && bench.troubled.iter().all(|feed| *feed == Feed::Indicators));
    let refused = Reply { status: 403, ..Reply::default() };
    bench.indicators = refused;
    bench.run(120);
    assert!(bench.delivered.iter().any(|it| matches!(it, Delivery::Withdrawn(Feed::Indicators))));
}
