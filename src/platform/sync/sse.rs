//! Server-sent events out of a stream of bytes, however it is cut. Pure; bounded memory. Format: WHATWG HTML, "event
//! stream interpretation".

use std::borrow::Cow;
use std::time::Duration;

use thiserror::Error;

/// Largest event, all of its lines together.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// What comes out of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseItem {
    /// One event.
    Event {
        /// `event:`, or `message`.
        name: String,
        /// The `data:` lines, joined.
        data: String,
        /// The last `id:` so far.
        id: Option<String>,
    },
    /// `retry:`, the pause the server asks for before a new connection.
    Retry(Duration),
}

/// An event larger than [`MAX_EVENT_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an event of the stream is larger than {MAX_EVENT_BYTES} bytes")]
pub struct TooLarge;

/// The decoder of one connection.
#[derive(Debug, Default)]
pub struct SseDecoder {
    line: Vec<u8>,
    ended_with_cr: bool,
    is_started: bool,
    name: String,
    data: String,
    has_data: bool,
    id: Option<String>,
}

impl SseDecoder {
    /// Takes the next bytes and appends what is complete to `out`.
    pub fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<SseItem>) -> Result<(), TooLarge> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.ended_with_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + self.data.len() + part.len() > MAX_EVENT_BYTES {
                return Err(TooLarge);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(part);
                break;
            };
            self.ended_with_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if self.line.is_empty() {
                self.end_line(part, out);
                continue;
            }
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(part);
            self.end_line(&line, out);
            line.clear();
            self.line = line;
        }
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], out: &mut Vec<SseItem>) {
        let text = std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
        let text =
            if std::mem::replace(&mut self.is_started, true) { &text } else { text.trim_start_matches('\u{FEFF}') };
        if text.is_empty() {
            if self.has_data {
                let name = if self.name.is_empty() { "message".into() } else { std::mem::take(&mut self.name) };
                out.push(SseItem::Event { name, data: std::mem::take(&mut self.data), id: self.id.clone() });
            }
            self.name.clear();
            self.data.clear();
            self.has_data = false;
            return;
        }
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.into(),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            "id" if !value.contains('\0') => self.id = Some(value.into()),
            "retry" => {
                if let Ok(pause) = value.parse() {
                    out.push(SseItem::Retry(Duration::from_millis(pause)));
                }
            }
            // Comments and unknown fields.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "\u{FEFF}retry: 3000\n: heart beat\n\nevent: bookmark\r\ndata: {\"seq\":\rdata: 4}\r\nid: e1-4\r\n\r\n\
                          data:x\n\nevent: 空\ndata: 值\n\nevent: nothing\n\nid:\ndata\n\n";

    fn event(name: &str, data: &str, id: &str) -> SseItem {
        SseItem::Event { name: name.into(), data: data.into(), id: Some(id.into()) }
    }

    fn decode(parts: &[&[u8]]) -> Vec<SseItem> {
        let mut decoder = SseDecoder::default();
        let mut out = Vec::new();
        parts.iter().for_each(|part| decoder.feed(part, &mut out).unwrap());
        out
    }

    #[test]
    fn every_way_of_cutting_gives_the_same_events() {
        let expected = vec![
            SseItem::Retry(Duration::from_secs(3)),
            event("bookmark", "{\"seq\":\n4}", "e1-4"),
            event("message", "x", "e1-4"),
            event("空", "值", "e1-4"),
            event("message", "", ""),
        ];
        let bytes = STREAM.as_bytes();
        assert_eq!(decode(&[bytes]), expected);
        for cut in 0..bytes.len() {
            assert_eq!(decode(&[&bytes[..cut], &bytes[cut..]]), expected, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(&single), expected);
    }

    #[test]
    fn an_event_that_never_ends_is_refused() {
        let mut decoder = SseDecoder::default();
        let mut out = Vec::new();
        let chunk = vec![b'x'; 64 * 1024];
        let fed = (0..1000).take_while(|_| decoder.feed(&chunk, &mut out).is_ok()).count();
        assert_eq!(fed, MAX_EVENT_BYTES / chunk.len());
    }
}
