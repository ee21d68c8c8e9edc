//! A connection of our own to the X server, which only listens for monitors. Partner: `wire.rs`, which knows the words.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use super::wire::{self, Cookie, PACKET, Said};

/// The first port of displays on other machines.
const FIRST_PORT: u16 = 6000;
/// An answer to a request comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something to talk through.
trait Pipe: Read + Write + Send {
    fn set_patience(&self, patience: Option<Duration>) -> io::Result<()>;
}

impl Pipe for UnixStream {
    fn set_patience(&self, patience: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(patience)
    }
}

impl Pipe for TcpStream {
    fn set_patience(&self, patience: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(patience)
    }
}

/// A connection that is told of changes of monitors.
pub struct Session {
    pipe: Box<dyn Pipe>,
    /// The first of RandR's two events; the other follows it.
    first_event: u8,
}

impl Session {
    /// Connects to a display, `:0`, and asks to be told.
    pub fn open(display: &str) -> io::Result<Self> {
        let (host, number) =
            wire::parts_of(display).ok_or_else(|| io::Error::other(format!("`{display}` is no X display")))?;
        let cookies = authority().map(|file| wire::cookies_in(&file, number)).unwrap_or_default();
        let mut refusal = None;
        // Whoever is let in by who they are needs no cookie.
        for cookie in cookies.iter().chain([&Cookie::default()]) {
            match greet(connect(host, number)?, cookie) {
                Ok((pipe, root)) => return Self::select(pipe, root),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| io::Error::other("not let in")))
    }

    fn select(mut pipe: Box<dyn Pipe>, root: u32) -> io::Result<Self> {
        pipe.write_all(&wire::query_extension(wire::RANDR))?;
        let reply = answer(&mut *pipe)?;
        let (major, first_event) =
            wire::extension_in(&reply).ok_or_else(|| io::Error::other("the server has no RANDR"))?;
        pipe.write_all(&wire::randr_version(major))?;
        answer(&mut *pipe)?;
        pipe.write_all(&wire::randr_select(major, root))?;
        Ok(Self { pipe, first_event })
    }

    /// Waits until monitors change; `false` if they have not within `patience`.
    pub fn changes_within(&mut self, patience: Option<Duration>) -> io::Result<bool> {
        self.pipe.set_patience(patience)?;
        loop {
            let packet = match packet(&mut *self.pipe) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Ok(false);
                }
                other => other?,
            };
            match wire::said(&packet) {
                Said::Event(kind) if kind == self.first_event || kind == self.first_event.wrapping_add(1) => {
                    return Ok(true);
                }
                Said::Error(code) => tracing::debug!("the X server refused a request with error {code}"),
                Said::Event(_) | Said::Reply(_) => {}
            }
        }
    }

    /// Has whoever watches the properties of a window told that they were touched.
    pub fn touch(&mut self, window: u32) -> io::Result<()> {
        self.pipe.write_all(&wire::touch(window))
    }
}

fn authority() -> Option<Vec<u8>> {
    let named = std::env::var_os("XAUTHORITY").map(PathBuf::from);
    let usual = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".Xauthority"));
    std::fs::read(named.or_else(usual)?).ok()
}

fn connect(host: &str, number: &str) -> io::Result<Box<dyn Pipe>> {
    if host.is_empty() {
        return connect_here(number);
    }
    let port = number.parse::<u16>().ok().and_then(|number| number.checked_add(FIRST_PORT));
    let port = port.ok_or_else(|| io::Error::other(format!("{number} is no number of a display")))?;
    Ok(Box::new(TcpStream::connect((host, port))?))
}

fn connect_here(number: &str) -> io::Result<Box<dyn Pipe>> {
    let path = format!("/tmp/.X11-unix/X{number}");
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt as _;
        let name = std::os::unix::net::SocketAddr::from_abstract_name(&path)?;
        if let Ok(pipe) = UnixStream::connect_addr(&name) {
            return Ok(Box::new(pipe));
        }
    }
    Ok(Box::new(UnixStream::connect(path)?))
}

/// Says who we are; the pipe and the root window if we are let in.
fn greet(mut pipe: Box<dyn Pipe>, cookie: &Cookie) -> io::Result<(Box<dyn Pipe>, u32)> {
    pipe.set_patience(Some(PATIENCE))?;
    pipe.write_all(&wire::greeting(cookie))?;
    let mut head = [0; 8];
    pipe.read_exact(&mut head)?;
    let mut rest = vec![0; 4 * usize::from(u16::from_le_bytes([head[6], head[7]]))];
    pipe.read_exact(&mut rest)?;
    if head[0] != 1 {
        let why = rest.get(..usize::from(head[1]).min(rest.len())).unwrap_or_default();
        return Err(io::Error::other(format!("not let in: {}", String::from_utf8_lossy(why).trim())));
    }
    let root = wire::root_in(&rest).ok_or_else(|| io::Error::other("the welcome is cut short"))?;
    Ok((pipe, root))
}

/// The answer to the request just sent; whatever else comes before it is passed over.
fn answer(pipe: &mut dyn Pipe) -> io::Result<[u8; PACKET]> {
    loop {
        let packet = packet(pipe)?;
        match wire::said(&packet) {
            Said::Reply(_) => return Ok(packet),
            Said::Error(code) => return Err(io::Error::other(format!("refused with error {code}"))),
            Said::Event(_) => {}
        }
    }
}

/// The next packet; what a reply has beyond it is read and dropped.
fn packet(pipe: &mut dyn Pipe) -> io::Result<[u8; PACKET]> {
    let mut packet = [0; PACKET];
    pipe.read_exact(&mut packet)?;
    if let Said::Reply(more) = wire::said(&packet) {
        io::copy(&mut pipe.take(more as u64), &mut io::sink())?;
    }
    Ok(packet)
}
