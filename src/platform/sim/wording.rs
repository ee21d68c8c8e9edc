//! The model platform's bytes: landing page, lists, events, bookmarks, digests, as the contract words them.

use std::fmt::Write as _;

use super::model::{Counter, Model, Shape, Truth};
use crate::domain::TicketId;
use crate::platform::sync::ledger::mark;

/// Where the model platform is.
pub const BASE: &str = "http://platform.test/";
/// Tickets on a page.
const PAGE: usize = 4;

/// The part of a cursor that stands for a life of the log and a set of rights.
pub fn life(model: &Model) -> String {
    format!("e{}.{}", model.epoch, model.scope)
}

/// One ticket as a feature.
pub fn feature(epoch: u32, id: u8, truth: Truth) -> String {
    let Truth { ver, stage, shape } = truth;
    let stage = stage.key();
    let head = format!(
        "{{\"type\":\"Feature\",\"id\":\"T{id}\",\"geometry\":{},\"properties\":{{\"service_request_id\":\"T{id}\",\
         \"ver\":{ver},\"service_name\":\"e{epoch}\"",
        match shape {
            Shape::Absurd if id.is_multiple_of(2) => "{\"type\":\"Point\",\"coordinates\":[0,0]}",
            Shape::Absurd => "{\"type\":\"Point\",\"coordinates\":[1e308,-91]}",
            Shape::WrongTypes => "{\"type\":\"Point\",\"coordinates\":\"here\"}",
            _ => "null",
        }
    );
    let time = "\"requested_datetime\":\"2026-11-20T08:00:00+08:00\"";
    let rest = match shape {
        Shape::Plain => format!("\"stage\":\"{stage}\",{time},\"source\":\"hotline\",\"redo_count\":1"),
        Shape::UnknownWords => format!("\"stage\":\"DREAM\",\"status\":\"open\",{time},\"source\":\"telepathy\""),
        Shape::Bare => format!("\"stage\":\"{stage}\",{time}"),
        Shape::Extra => format!("\"stage\":\"{stage}\",{time},\"mood\":{{\"a\":[1,{{}}]}},\"ver2\":7"),
        Shape::WrongTypes => {
            format!("\"stage\":\"{stage}\",{time},\"source\":7,\"redo_count\":\"many\",\"sign_due\":[],\"rated\":{{}}")
        }
        Shape::Nulls => format!("\"stage\":\"{stage}\",{time},\"source\":null,\"mode\":null,\"handle_due\":null"),
        Shape::Absurd => format!(
            "\"stage\":\"{stage}\",\"requested_datetime\":\"2099-01-01T00:00:00Z\",\"redo_count\":-3,\
             \"handle_due\":\"NaN\",\"closed_at\":1e308"
        ),
        Shape::NoTime => format!("\"stage\":\"{stage}\",\"requested_datetime\":\"yesterday\""),
        Shape::NoStage => time.to_owned(),
    };
    format!("{head},{rest}}}}}")
}

/// One change as an event.
pub fn event(model: &Model, kind: &str, id: u8, ver: u64, data: &str) -> String {
    let (epoch, seq) = (model.epoch, model.seq);
    format!(
        "id: {}-{seq}\nevent: {kind}\ndata: {{\"subject\":\"T{id}\",\"epoch\":\"e{epoch}\",\"seq\":{seq},\"ver\":{ver},\
         \"data\":{data}}}\n\n",
        life(model)
    )
}

/// Nothing is missing up to `seq`.
pub fn bookmark(model: &Model, seq: u64) -> String {
    format!("id: {}-{seq}\nevent: bookmark\ndata: {{\"epoch\":\"e{}\",\"seq\":{seq}}}\n\n", life(model), model.epoch)
}

/// What the list should add up to; `error` is added to the count.
pub fn digest(model: &Model, error: u64) -> String {
    let (count, xor) = model
        .readable()
        .fold((0, 0), |(count, xor), (id, truth)| (count + 1, xor ^ mark(&TicketId::new(format!("T{id}")), truth.ver)));
    format!(
        "id: {}-{seq}\nevent: digest\ndata: {{\"epoch\":\"e{}\",\"seq\":{seq},\"collection\":\"tickets\",\"count\":{},\
         \"xor\":\"{xor:016x}\"}}\n\n",
        life(model),
        model.epoch,
        count + error,
        seq = model.seq,
    )
}

/// The log cannot be followed any more.
pub fn reset(model: &Model) -> String {
    format!("event: reset\ndata: {{\"epoch\":\"e{}\",\"reason\":\"read again\"}}\n\n", model.epoch)
}

/// A page of the list: by id after `after`, or from the `offset`-th row, as bad platforms page.
pub fn page(model: &Model, after: Option<u8>, offset: Option<usize>) -> String {
    let rows = model.readable().filter(|(id, _)| after.is_none_or(|after| *id > after));
    let rows: Vec<_> = rows.skip(offset.unwrap_or(0)).take(PAGE).collect();
    let mut page =
        format!("{{\"type\":\"FeatureCollection\",\"epoch\":\"e{}\",\"seq\":{},\"links\":[", model.epoch, model.seq);
    if let Some((last, _)) = rows.last().filter(|_| rows.len() == PAGE) {
        let _ = write!(page, "{{\"rel\":\"next\",\"href\":\"{BASE}collections/tickets/items?after={last}\"}}");
    }
    page.push_str("],\"features\":[");
    for (index, (id, truth)) in rows.into_iter().enumerate() {
        if index > 0 {
            page.push(',');
        }
        page.push_str(&feature(model.epoch, id, truth));
    }
    page.push_str("]}");
    page
}

/// The landing page; its title tells its version.
pub fn landing(counter: &Counter) -> String {
    format!(
        "{{\"title\":\"{}\",\"links\":[{{\"rel\":\"data\",\"href\":\"/collections\"}},{{\"rel\":\"stream\",\"href\":\"/stream\"}},\
         {{\"rel\":\"sources\",\"href\":\"/sources\"}}],\"site\":{{\"environment\":\"demo\",\"time_zone\":\"Asia/Shanghai\",\
         \"clock\":{{\"now\":\"2026-11-21T14:00:00Z\",\"speed\":0}}}}}}",
        counter.value()
    )
}

/// One upstream system whose records are counted.
pub fn sources(counter: &Counter) -> String {
    format!("{{\"sources\":[{{\"key\":\"k\",\"name\":\"n\",\"records\":{}}}]}}", counter.value())
}

/// One figure whose denominator is counted.
pub fn indicators(counter: &Counter) -> String {
    format!(
        "{{\"type\":\"FeatureCollection\",\"definitions\":[],\"features\":[{{\"properties\":{{\"key\":\"k\",\"period\":\"day\",\
         \"value\":1,\"numerator\":1,\"denominator\":{},\"as_of\":\"2026-11-21T14:00:00Z\"}}}}]}}",
        counter.value()
    )
}

/// One grid with a growing population.
pub fn grids(counter: &Counter) -> String {
    format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"id\":\"g\",\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":\
         [[[1,1],[2,1],[2,2],[1,1]]]}},\"properties\":{{\"level\":\"grid\",\"population\":{}}}}}]}}",
        counter.value()
    )
}

/// A list of nothing.
pub const EMPTY: &str = "{\"type\":\"FeatureCollection\",\"features\":[]}";
