//! The few words of the X11 protocol that are needed to hear of monitors: requests as bytes, answers read. Pure; byte order
//! is little endian throughout, as told in the greeting. `session.rs` sends and receives.

/// Bytes of an event, an error, and of the fixed part of a reply.
pub const PACKET: usize = 32;
/// The extension that knows monitors.
pub const RANDR: &str = "RANDR";

/// The predefined atom of the property that holds a display's resources.
const RESOURCE_MANAGER: u32 = 23;
/// The predefined atom of the type of text.
const STRING: u32 = 31;

/// A cookie: what a client shows to be let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// The kind, `MIT-MAGIC-COOKIE-1`; empty for none.
    pub name: Vec<u8>,
    /// The secret.
    pub data: Vec<u8>,
}

fn pad(len: usize) -> usize {
    len.next_multiple_of(4) - len
}

fn push_padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + pad(bytes.len()), 0);
}

/// The greeting.
pub fn greeting(cookie: &Cookie) -> Vec<u8> {
    let len = |bytes: &[u8]| (bytes.len() as u16).to_le_bytes();
    let mut out = vec![b'l', 0, 11, 0, 0, 0];
    out.extend(len(&cookie.name));
    out.extend(len(&cookie.data));
    out.extend([0, 0]);
    push_padded(&mut out, &cookie.name);
    push_padded(&mut out, &cookie.data);
    out
}

/// Asks whether the server has an extension.
pub fn query_extension(name: &str) -> Vec<u8> {
    let units = 2 + name.len().div_ceil(4) as u16;
    let mut out = vec![98, 0];
    out.extend(units.to_le_bytes());
    out.extend((name.len() as u16).to_le_bytes());
    out.extend([0, 0]);
    push_padded(&mut out, name.as_bytes());
    out
}

/// Says which version of RandR is spoken here: 1.3.
pub fn randr_version(major: u8) -> Vec<u8> {
    [&[major, 0, 3, 0][..], &1_u32.to_le_bytes(), &3_u32.to_le_bytes()].concat()
}

/// Asks to be told of changes of the screen, of what drives a monitor, and of connectors.
pub fn randr_select(major: u8, root: u32) -> Vec<u8> {
    let (screen, crtc, output) = (1_u16, 2, 4);
    [&[major, 4, 3, 0][..], &root.to_le_bytes(), &(screen | crtc | output).to_le_bytes(), &[0, 0]].concat()
}

/// Adds nothing to a window's resources: nothing changes, and whoever watches the window's properties is told of it.
pub fn touch(window: u32) -> Vec<u8> {
    let append = 2;
    let mut out = vec![18, append, 6, 0];
    for word in [window, RESOURCE_MANAGER, STRING, 8, 0] {
        out.extend(u32::to_le_bytes(word));
    }
    out
}

/// The root window of the first screen in what follows the eight bytes of a welcome; `None` where that is cut short.
pub fn root_in(welcome: &[u8]) -> Option<u32> {
    let vendor = usize::from(u16::from_le_bytes(welcome.get(16..18)?.try_into().ok()?));
    let formats = usize::from(*welcome.get(21)?);
    let screen = 32 + vendor + pad(vendor) + 8 * formats;
    Some(u32::from_le_bytes(welcome.get(screen..screen + 4)?.try_into().ok()?))
}

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// An answer, and how many bytes of it are still to come.
    Reply(usize),
    /// It did not like a request: which code.
    Error(u8),
    /// Something happened.
    Event(u8),
}

/// What a packet is.
pub fn said(packet: &[u8; PACKET]) -> Said {
    let more = u32::from_le_bytes([packet[4], packet[5], packet[6], packet[7]]) as usize;
    match packet[0] {
        0 => Said::Error(packet[1]),
        1 => Said::Reply(more.saturating_mul(4)),
        // The top bit marks what another client sent.
        kind => Said::Event(kind & 0x7F),
    }
}

/// Major opcode and first event of an extension, from the answer to [`query_extension`]; `None` if it is not there.
pub fn extension_in(reply: &[u8; PACKET]) -> Option<(u8, u8)> {
    (reply[8] != 0).then_some((reply[9], reply[10]))
}

/// The cookies in an authority file that are meant for a display on this machine, in the order of the file. Entries are
/// big endian: family, then address, number, name and data, each with its length. What is cut short ends the list.
pub fn cookies_in(file: &[u8], display: &str) -> Vec<Cookie> {
    let mut rest = file;
    let mut cookies = Vec::new();
    while let Some(after) = rest.get(2..) {
        rest = after;
        let mut field = || {
            let len = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
            let bytes = rest.get(2..2 + len)?;
            rest = &rest[2 + len..];
            Some(bytes.to_vec())
        };
        let (Some(_address), Some(number), Some(name), Some(data)) = (field(), field(), field(), field()) else {
            break;
        };
        if number.is_empty() || number == display.as_bytes() {
            cookies.push(Cookie { name, data });
        }
    }
    cookies
}

/// Host and number of a display's name, `:0`, `unix:1.0`, `host:2`; the host is empty on this machine.
pub fn parts_of(display: &str) -> Option<(&str, &str)> {
    let (host, number) = display.rsplit_once(':')?;
    let number = number.split_once('.').map_or(number, |(number, _)| number);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((if host == "unix" { "" } else { host }, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_as_long_as_they_say() {
        let requests = [
            query_extension(RANDR),
            randr_version(140),
            randr_select(140, 0x1234),
            touch(0x20_0002),
            query_extension("ABCD"),
        ];
        for request in requests {
            assert_eq!(request.len(), 4 * usize::from(u16::from_le_bytes([request[2], request[3]])), "{request:?}");
        }
        let cookie = Cookie { name: b"MIT-MAGIC-COOKIE-1".to_vec(), data: vec![7; 16] };
        assert_eq!(greeting(&cookie).len(), 12 + 20 + 16);
        assert_eq!(greeting(&Cookie::default()).len(), 12);
    }

    #[test]
    fn a_welcome_tells_its_root_and_a_short_one_nothing() {
        let mut welcome = vec![0; 32];
        welcome[16] = 5;
        welcome[21] = 2;
        welcome.extend([b'v'; 8]);
        welcome.extend([0; 16]);
        welcome.extend(0x4A5_u32.to_le_bytes());
        assert_eq!(root_in(&welcome), Some(0x4A5));
        (0..welcome.len()).for_each(|len| assert_eq!(root_in(&welcome[..len]), None, "{len}"));
    }

    #[test]
    fn packets_are_told_apart() {
        let packet = |bytes: &[u8]| {
            let mut packet = [0; PACKET];
            packet[..bytes.len()].copy_from_slice(bytes);
            packet
        };
        assert_eq!(said(&packet(&[1, 0, 0, 0, 2, 0, 0, 0])), Said::Reply(8));
        assert_eq!(said(&packet(&[0, 8])), Said::Error(8));
        assert_eq!(said(&packet(&[89 | 0x80])), Said::Event(89));
        assert_eq!(extension_in(&packet(&[1, 0, 0, 0, 0, 0, 0, 0, 1, 140, 89])), Some((140, 89)));
        assert_eq!(extension_in(&packet(&[1])), None);
    }

    #[test]
    fn cookies_are_those_of_the_display_and_a_broken_file_has_those_before_the_break() {
        let mut file = Vec::new();
        for (number, data) in [("0", 1), ("7", 2), ("", 3), ("70", 4)] {
            file.extend(256_u16.to_be_bytes());
            for field in [b"host", number.as_bytes(), b"MIT-MAGIC-COOKIE-1", &[data; 16]] {
                file.extend((field.len() as u16).to_be_bytes());
                file.extend(field);
            }
        }
        let of = |file: &[u8]| cookies_in(file, "7").iter().map(|cookie| cookie.data[0]).collect::<Vec<_>>();
        assert_eq!(of(&file), [2, 3]);
        assert_eq!(of(&file[..file.len() / 2 + 3]), [2]);
        (0..file.len()).for_each(|len| drop(cookies_in(&file[..len], "7")));
    }

    #[test]
    fn names_of_displays() {
        assert_eq!(parts_of(":0"), Some(("", "0")));
        assert_eq!(parts_of("unix:12.1"), Some(("", "12")));
        assert_eq!(parts_of("hall:2.0"), Some(("hall", "2")));
        for wrong in ["", "0", ":", ":x", "hall"] {
            assert_eq!(parts_of(wrong), None, "{wrong}");
        }
    }
}
