//! What a spoilt client makes of what it hears: answers, and the events of the stream.

use super::{Planted, Saboteur};
use crate::domain::Trouble;
use crate::platform::TicketChange;
use crate::platform::sync::sse::{SseDecoder, SseItem};
use crate::platform::sync::{Effect, Failure, Input, Mono, Reply, StreamId};
use crate::platform::wire::{ChangedTicket, StreamEvent, read_event};

impl Saboteur {
    pub(super) fn hear(&mut self, input: Input, now: Mono) -> Vec<Input> {
        match input {
            Input::StreamOpened(id, reply) => self.hear_opening(id, reply, now),
            Input::StreamBytes(id, bytes) => self.hear_bytes(id, &bytes, now),
            Input::Reply(request, reply) => {
                if self.is(Planted::RetryAfterUncapped)
                    && let Some(asked) = reply.asked_pause()
                {
                    self.blocked_until = self.blocked_until.max(now.saturating_add(asked));
                }
                let reply = match self.pages.remove(&request) {
                    Some(is_first) => self.hear_page(is_first, reply),
                    None => reply,
                };
                if self.is(Planted::Ignore410) && reply.status == 410 {
                    return vec![Input::Failed(request, Failure::Unreachable("410".into()))];
                }
                vec![Input::Reply(request, reply)]
            }
            other => vec![other],
        }
    }

    fn hear_opening(&mut self, id: StreamId, reply: Reply, now: Mono) -> Vec<Input> {
        if reply.status == 200 {
            self.stream = Some(id);
            self.decoder = SseDecoder::default();
        }
        match self.planted {
            Some(Planted::Ignore410) if reply.status == 410 => {
                return vec![Input::StreamClosed(id, Some(Failure::Unreachable("410".into())))];
            }
            Some(Planted::LoopOn410) if reply.status == 410 => {
                if let Some(Effect::OpenStream { stream, url, cursor }) = &self.opening {
                    let (stream, url, cursor) = (*stream, url.clone(), cursor.clone());
                    self.extra.push(Effect::OpenStream { stream, url, cursor });
                }
                return Vec::new();
            }
            Some(Planted::LiveOnConnect) if reply.status == 200 => {
                let feed = crate::domain::Feed::Tickets;
                self.extra.push(Effect::Currency {
                    feed,
                    proven_at: Some(now),
                    trouble: None::<Trouble>,
                    retry_at: None,
                });
            }
            Some(Planted::RetryAfterUncapped) => {
                if let Some(asked) = reply.asked_pause() {
                    self.blocked_until = self.blocked_until.max(now.saturating_add(asked));
                }
            }
            _ => {}
        }
        vec![Input::StreamOpened(id, reply)]
    }

    /// A page of tickets: noted, shortened, mended or renumbered.
    fn hear_page(&mut self, is_first: bool, mut reply: Reply) -> Reply {
        if is_first {
            self.rows = 0;
            self.drafted.clear();
        }
        if reply.status != 200 {
            return reply;
        }
        if self.is(Planted::PartialJson) {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            if text.starts_with("{\"type\":\"FeatureCollection\"") && !text.ends_with("]}") {
                let end = text.rfind("}},").map(|at| at + 2);
                if let Some(end) = end {
                    reply.body = format!("{}]}}", &text[..end]).into_bytes();
                }
            }
        }
        if self.is(Planted::ResumeFromReceived) && self.skipped > 0 {
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            if let Some((head, rest)) = text.split_once("\"seq\":") {
                let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
                let seq: u64 = rest[..end].parse().unwrap_or(0);
                reply.body = format!("{head}\"seq\":{}{}", seq.saturating_sub(self.skipped), &rest[end..]).into_bytes();
            }
        }
        let drafted = &mut self.drafted;
        let before = drafted.len();
        let _ = self.reader.page(&reply.body, |ticket| drafted.extend(ticket));
        self.rows += self.drafted.len() - before;
        reply
    }

    fn hear_bytes(&mut self, id: StreamId, bytes: &[u8], now: Mono) -> Vec<Input> {
        if self.stream != Some(id) {
            return vec![Input::StreamBytes(id, bytes.to_vec())];
        }
        let mut items = Vec::new();
        if self.decoder.feed(bytes, &mut items).is_err() {
            return vec![Input::StreamBytes(id, bytes.to_vec())];
        }
        let mut text = String::new();
        for item in items {
            let SseItem::Event { name, data, id } = item else { continue };
            if let Some((name, data)) = self.hear_event(&name, data, now) {
                let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
                text.push_str(&format!("{id}event: {name}\ndata: {data}\n\n"));
            }
        }
        if text.is_empty() { Vec::new() } else { vec![Input::StreamBytes(id, text.into_bytes())] }
    }

    /// One event as the core gets it; `None` if it does not.
    fn hear_event(&mut self, name: &str, data: String, _now: Mono) -> Option<(String, String)> {
        let as_it_is = |data: String| Some((name.to_owned(), data));
        match read_event(name, &data, &mut self.reader) {
            StreamEvent::Change { at, id, ver, now } => {
                let change = match now {
                    ChangedTicket::Is(ticket) => TicketChange::Upsert(*ticket),
                    ChangedTicket::Gone | ChangedTicket::Unusable(_) => TicketChange::Remove(id.clone()),
                };
                let seen = self.seen.clone();
                let is_same_epoch = seen.as_ref().is_none_or(|(epoch, _)| **epoch == *at.epoch);
                let last = seen.map_or(0, |(_, seq)| seq);
                let is_old = is_same_epoch && at.seq <= last;
                if is_old {
                    match (&change, self.planted) {
                        (_, Some(Planted::NoDedupe)) => self.apply_late(change),
                        (TicketChange::Upsert(_), Some(Planted::NoTombstones)) if !self.shown.contains_key(&id) => {
                            self.apply_late(change);
                        }
                        _ => {}
                    }
                    return as_it_is(data);
                }
                if let Some(during) = &mut self.during {
                    during.push(change);
                }
                match self.planted {
                    Some(Planted::CompareAcrossEpochs) if !is_same_epoch => {
                        // An event whose number is below ours "was seen before".
                        let (epoch, last) = self.seen.clone()?;
                        if at.seq <= last {
                            return None;
                        }
                        self.seen = Some((epoch.clone(), at.seq));
                        as_it_is(data.replacen(
                            &format!("\"epoch\":\"{}\"", at.epoch),
                            &format!("\"epoch\":\"{epoch}\""),
                            1,
                        ))
                    }
                    Some(Planted::ResumeFromReceived) => {
                        if !is_same_epoch {
                            self.skipped = 0;
                        } else if last > 0 && at.seq > last + 1 {
                            self.skipped += at.seq - last - 1;
                        }
                        self.seen = Some((at.epoch.to_string(), at.seq));
                        let _ = ver;
                        as_it_is(data.replacen(
                            &format!("\"seq\":{}", at.seq),
                            &format!("\"seq\":{}", at.seq - self.skipped.min(at.seq)),
                            1,
                        ))
                    }
                    _ => {
                        self.seen = Some((at.epoch.to_string(), at.seq));
                        as_it_is(data)
                    }
                }
            }
            StreamEvent::Bookmark(at) => {
                let is_same_epoch = self.seen.as_ref().is_none_or(|(epoch, _)| **epoch == *at.epoch);
                match self.planted {
                    Some(Planted::CompareAcrossEpochs) if !is_same_epoch => {
                        let (epoch, seq) = self.seen.clone()?;
                        Some(("bookmark".into(), format!("{{\"epoch\":\"{epoch}\",\"seq\":{seq}}}")))
                    }
                    Some(Planted::ResumeFromReceived) => {
                        let last = self.seen.as_ref().map_or(0, |(_, seq)| *seq);
                        if !is_same_epoch {
                            self.skipped = 0;
                        } else if last > 0 && at.seq > last {
                            self.skipped += at.seq - last;
                        }
                        self.seen = Some((at.epoch.to_string(), at.seq));
                        let seq = at.seq.saturating_sub(self.skipped);
                        Some(("bookmark".into(), format!("{{\"epoch\":\"{}\",\"seq\":{seq}}}", at.epoch)))
                    }
                    _ => {
                        if self.seen.is_none() || !is_same_epoch {
                            self.seen = Some((at.epoch.to_string(), at.seq));
                        }
                        as_it_is(data)
                    }
                }
            }
            StreamEvent::Digest { .. }
                if matches!(
                    self.planted,
                    Some(Planted::PageByOffset | Planted::ResumeFromReceived | Planted::CompareAcrossEpochs)
                ) =>
            {
                None
            }
            StreamEvent::Reset(_) if self.is(Planted::Ignore410) => None,
            _ => as_it_is(data),
        }
    }
}
