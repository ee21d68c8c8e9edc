//! The lists of figures from their features: indicators, warnings, teams, whistle calls, class cases. A record that lacks
//! what it is about is left out and named; a member that cannot be read counts as not collected.

mod class_case;
mod indicator;
mod team;
mod warning;
mod whistle;

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde::Deserialize;

use super::loose::Loose;
use super::names::is_presentable;
use super::page::{Feature, PageError, PageHead, Reject, read_page};
use crate::domain::text::display_text;
use crate::domain::{AreaCode, Figures, TicketId};

/// Most records of a list; more are left out and counted.
const MAX_RECORDS: usize = 10_000;
/// Most figures of a platform: four hundred areas with every key and period.
const MAX_FIGURES: usize = 200_000;
/// Most tickets or units named in one record.
const MAX_NAMED: usize = 200;

/// Reads one page into `figures`; `reject` hears of every record that cannot be used.
pub fn read_figures(body: &[u8], figures: &mut Figures, reject: impl FnMut(Reject)) -> Result<PageHead, PageError> {
    match figures {
        Figures::Indicators(table) => indicator::read(body, table, reject),
        Figures::Warnings(list) => read_list(body, list, warning::take, reject),
        Figures::Teams(list) => read_list(body, list, team::take, reject),
        Figures::WhistleCalls(list) => read_list(body, list, whistle::take, reject),
        Figures::ClassCases(list) => read_list(body, list, class_case::take, reject),
    }
}

fn read_list<'a, P: Deserialize<'a> + Default, T>(
    body: &'a [u8],
    list: &mut Vec<T>,
    take: impl Fn(&P, &Record<'_>) -> Result<T, Reject>,
    mut reject: impl FnMut(Reject),
) -> Result<PageHead, PageError> {
    let mut place = 0;
    read_page(body, |feature: Result<Feature<'a, P>, Reject>| {
        place += 1;
        let taken = feature.and_then(|feature| {
            let record = Record { id: &feature.id, place };
            if list.len() >= MAX_RECORDS {
                return Err(record.refused("list", &format!("more than {MAX_RECORDS} records")));
            }
            take(feature.properties.as_ref().unwrap_or(&P::default()), &record)
        });
        match taken {
            Ok(it) => list.push(it),
            Err(why) => reject(why),
        }
    })
}

/// Which record is being read.
struct Record<'a> {
    id: &'a Loose<'a>,
    place: usize,
}

impl Record<'_> {
    /// The record's id, of itself or of its feature.
    fn id(&self, own: &Loose<'_>) -> Result<String, Reject> {
        let id = own.code().or_else(|| self.id.code()).filter(|id| is_presentable(id));
        id.map(|id| id.into_owned()).ok_or_else(|| self.lacks("id", own))
    }

    fn lacks(&self, field: &'static str, found: &Loose<'_>) -> Reject {
        self.refused(field, &found.to_string())
    }

    fn refused(&self, field: &'static str, found: &str) -> Reject {
        let record = self.id.code().map_or_else(|| format!("record {}", self.place), |id| display_text(&id));
        Reject { record, field, found: found.to_owned(), known: None }
    }

    /// A moment that the record cannot do without.
    fn time(&self, field: &'static str, sent: &Loose<'_>) -> Result<Timestamp, Reject> {
        sent.time().ok_or_else(|| self.lacks(field, sent))
    }

    /// A word that the record cannot do without.
    fn word<T>(
        &self,
        field: &'static str,
        sent: &Loose<'_>,
        known: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Reject> {
        sent.text().and_then(known).ok_or_else(|| self.lacks(field, sent))
    }
}

/// A text as it may be drawn, if there is one.
fn text(sent: &Loose<'_>) -> Option<String> {
    sent.code().map(|text| display_text(&text)).filter(|text| !text.is_empty())
}

fn area(sent: &Loose<'_>) -> Option<AreaCode> {
    sent.code().filter(|code| is_presentable(code)).map(|code| AreaCode::new(code.as_ref()))
}

fn count(sent: &Loose<'_>) -> Option<u32> {
    sent.count().and_then(|count| u32::try_from(count).ok())
}

/// Numbers of tickets; what is none is left out.
fn tickets(sent: &Option<Vec<Loose<'_>>>) -> Vec<TicketId> {
    let codes = sent.iter().flatten().filter_map(Loose::code).filter(|code| is_presentable(code));
    codes.take(MAX_NAMED).map(|code| TicketId::new(code.as_ref())).collect()
}

/// A mark from 1 to 5.
fn rating(sent: &Loose<'_>) -> Option<u8> {
    sent.count().filter(|mark| (1..=5).contains(mark)).map(|mark| mark as u8)
}

/// A number that differs when the list differs.
pub fn figures_print(figures: &Figures) -> u64 {
    struct Into(DefaultHasher);
    impl std::io::Write for Into {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hasher = Into(DefaultHasher::new());
    figures.feed().hash(&mut hasher.0);
    // Hashing cannot fail, and nothing in here cannot be written.
    let _ = match figures {
        Figures::Indicators(table) => {
            let definitions = table.definitions.iter().try_for_each(|it| serde_json::to_writer(&mut hasher, &**it));
            definitions.and_then(|()| table.iter().try_for_each(|it| serde_json::to_writer(&mut hasher, it)))
        }
        Figures::Warnings(list) => serde_json::to_writer(&mut hasher, list),
        Figures::Teams(list) => serde_json::to_writer(&mut hasher, list),
        Figures::WhistleCalls(list) => serde_json::to_writer(&mut hasher, list),
        Figures::ClassCases(list) => serde_json::to_writer(&mut hasher, list),
    };
    hasher.0.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::*;

    fn read(feed: Feed, features: &str, more: &str) -> (Figures, Vec<String>) {
        let (mut figures, mut rejects) = (Figures::empty(feed).unwrap(), Vec::new());
        let body = format!("{{\"type\":\"FeatureCollection\",{more}\"features\":[{features}]}}");
        read_figures(body.as_bytes(), &mut figures, |reject| rejects.push(reject.to_string())).unwrap();
        (figures, rejects)
    }

    /// What was read, written to the disk and read again is the same.
    fn same_from_the_disk(figures: &Figures) {
        let page = crate::platform::cache::pages::figures(figures);
        let mut again = Figures::empty(figures.feed()).unwrap();
        read_figures(&page, &mut again, |reject| panic!("{reject}")).unwrap();
        assert_eq!(again, *figures);
        assert_eq!(figures_print(&again), figures_print(figures));
    }

    #[test]
    fn indicators_with_zero_no_data_and_suppressed() {
        let more = r#""definitions":[{"key":"satisfy","name":"满意率","name_en":"Satisfaction","group":"rates","unit":"%",
            "aim":"higher","target":88,"limit":null,"formula":"a ÷ b","source":"工单库"},{"key":"x","name":"X","unit":"furlong"},7],"#;
        let (figures, rejects) = read(
            Feed::Indicators,
            r#"{"properties":{"key":"satisfy","area_code":"1","period":"month","value":0,"numerator":0,"denominator":4,
                "from":"2026-11-01T00:00:00+08:00","as_of":"2026-11-21T14:00:00+08:00","compare":80.5,"expected":[70,90],
                "series":[null,[3,4],[0,4]]}},
               {"properties":{"key":"satisfy","area_code":"2","period":"month","value":null,"as_of":"2026-11-21T14:00:00+08:00"}},
               {"properties":{"key":"satisfy","area_code":"3","period":"month","value":"suppressed","as_of":"2026-11-21T14:00:00+08:00"}},
               {"id":"a","properties":{"key":"satisfy","period":"fortnight","value":1,"as_of":"2026-11-21T14:00:00+08:00"}},
               {"id":"b","properties":{"key":"satisfy","period":"day","value":"much","as_of":"2026-11-21T14:00:00+08:00"}},
               {"id":"c","properties":{"key":"satisfy","period":"day","value":1}}"#,
            more,
        );
        assert_eq!(rejects.len(), 5, "{rejects:?}");
        for (reject, start) in
            rejects.iter().zip(["x: unit: ", "definition 3: ", "a: period: ", "b: value: ", "c: as_of: "])
        {
            assert!(reject.starts_with(start), "{rejects:?}");
        }
        let Figures::Indicators(table) = &figures else { panic!() };
        let reading = |area: &str| table.reading("satisfy", Some(&AreaCode::new(area)), Period::Month, true);
        assert_eq!(
            [reading("1"), reading("2"), reading("3")],
            [Reading::Value(0.0), Reading::NoData, Reading::Suppressed]
        );
        let first = table.figure("satisfy", Some(&AreaCode::new("1")), Period::Month).unwrap();
        assert_eq!(
            first.series,
            [
                None,
                Some(Part { numerator: 3, denominator: Some(4) }),
                Some(Part { numerator: 0, denominator: Some(4) })
            ]
        );
        assert_eq!((first.expected, first.compare), (Some([70.0, 90.0]), Some(80.5)));
        assert_eq!(table.definition("satisfy").map(|it| (it.target, it.aim)), Some((Some(88.0), Aim::Higher)));
        same_from_the_disk(&figures);
    }

    #[test]
    fn warnings_need_a_level_a_text_and_a_time() {
        let (figures, rejects) = read(
            Feed::Warnings,
            r#"{"id":"w","properties":{"level":2,"kind":"repeat","nature":"sign","state":"published","text":"重复","area_code":"1",
                "issued_at":"2026-11-21T14:00:00+08:00","source":"模型","seen":6,"expected":1.5,"evidence":["A","B",{},7]}},
               {"id":"v","properties":{"level":4,"kind":"locusts","state":"??","text":"x","issued_at":"2026-11-21T14:00:00+08:00"}},
               {"id":"u","properties":{"level":5,"text":"x","issued_at":"2026-11-21T14:00:00+08:00"}},
               {"id":"t","properties":{"level":1,"issued_at":"2026-11-21T14:00:00+08:00"}}"#,
            "",
        );
        let Figures::Warnings(list) = &figures else { panic!() };
        assert_eq!((list[0].level, list[0].evidence.len()), (WarningLevel::Orange, 3));
        assert_eq!((list[1].kind, list[1].state), (WarningKind::Other, WarningState::Published));
        assert_eq!(rejects.len(), 2);
        assert!(rejects[0].starts_with("u: level: 5") && rejects[1].starts_with("t: text: "), "{rejects:?}");
        same_from_the_disk(&figures);
    }

    #[test]
    fn teams_calls_and_cases() {
        let (teams, rejects) = read(
            Feed::Teams,
            r#"{"properties":{"area_code":"1","kind":"grid-workers","total":12,"on_duty":0,"online":"many","as_of":"2026-11-21T14:00:00Z"}},
               {"id":"t","properties":{"area_code":"1","kind":"drones","as_of":"2026-11-21T14:00:00Z"}}"#,
            "",
        );
        let Figures::Teams(list) = &teams else { panic!() };
        assert_eq!((list[0].on_duty, list[0].online), (Some(0), None), "zero is a number, nonsense is none");
        assert!(rejects[0].starts_with("t: kind: "), "{rejects:?}");
        same_from_the_disk(&teams);

        let (calls, rejects) = read(
            Feed::WhistleCalls,
            r#"{"id":"W","properties":{"trigger":"cross-area","whistler":"街道","ticket_id":"A","subject":"积水","called_at":"2026-11-21T14:00:00Z",
                "units":[{"unit":"水务局","arrived_at":"2026-11-21T14:20:00Z","rating":5},{"unit":""},9,{"unit":"城管局","rating":77}],"result":null}},
               {"id":"V","properties":{"trigger":"boredom","called_at":"2026-11-21T14:00:00Z"}}"#,
            "",
        );
        let Figures::WhistleCalls(list) = &calls else { panic!() };
        assert_eq!((list[0].units.len(), list[0].arrived(), list[0].units[1].rating), (2, 1, None));
        assert!(rejects[0].starts_with("V: trigger: "), "{rejects:?}");
        same_from_the_disk(&calls);

        let (cases, rejects) = read(
            Feed::ClassCases,
            r#"{"id":"C","properties":{"name":"供水不足类案","kind":"cluster","stage":"treated","stage_since":"2026-11-01T00:00:00Z",
                "opened_at":"2026-10-01T00:00:00Z","tickets":40,"before":30,"after":7,"after_days":14,"members":["A"],"as_of":"2026-11-21T14:00:00Z"}},
               {"id":"D","properties":{"name":"x","stage":"treated"}}"#,
            "",
        );
        let Figures::ClassCases(list) = &cases else { panic!() };
        assert_eq!(list[0].recurrence(), Some(0.5));
        assert_eq!(rejects.len(), 1);
        same_from_the_disk(&cases);
    }

    #[test]
    fn more_than_can_be_kept_is_left_out_and_counted() {
        let one = r#"{"properties":{"area_code":"1","kind":"emergency","as_of":"2026-11-21T14:00:00Z"}}"#;
        let (teams, rejects) = read(Feed::Teams, &[one].repeat(MAX_RECORDS + 3).join(","), "");
        assert_eq!((teams.len(), rejects.len()), (MAX_RECORDS, 3));
    }
}
