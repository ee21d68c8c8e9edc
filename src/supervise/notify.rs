//! systemd's notification protocol, by hand: datagrams to the socket named by `NOTIFY_SOCKET` (sd_notify(3)). Where there
//! is no such socket, or no such system, nothing happens.

use std::time::Duration;

/// The way to the service manager.
#[derive(Debug)]
pub struct Notify {
    #[cfg(unix)]
    socket: std::os::unix::net::UnixDatagram,
}

impl Notify {
    /// From `NOTIFY_SOCKET`; `None` where nobody listens.
    pub fn from_environment() -> Option<Self> {
        let name = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        match Self::to(&name) {
            Ok(notify) => Some(notify),
            Err(error) => {
                tracing::warn!("NOTIFY_SOCKET {}: {error}", name.to_string_lossy());
                None
            }
        }
    }

    /// To the socket of this name; a name that begins with `@` is an abstract one.
    ///
    /// # Errors
    /// If it cannot be reached.
    #[cfg(unix)]
    pub fn to(name: &std::ffi::OsStr) -> std::io::Result<Self> {
        let socket = std::os::unix::net::UnixDatagram::unbound()?;
        // Whoever does not listen must not hold us up.
        socket.set_nonblocking(true)?;
        let text = name.to_string_lossy();
        #[cfg(target_os = "linux")]
        if let Some(name) = text.strip_prefix('@') {
            use std::os::linux::net::SocketAddrExt as _;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            socket.connect_addr(&address)?;
            return Ok(Self { socket });
        }
        if !text.starts_with('/') {
            return Err(std::io::Error::other("neither a path nor an abstract name"));
        }
        socket.connect(name)?;
        Ok(Self { socket })
    }

    /// No such system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn to(_name: &std::ffi::OsStr) -> std::io::Result<Self> {
        Err(std::io::Error::other("this system has no such sockets"))
    }

    /// Sends assignments, one a line: `READY=1`, `STATUS=…`, `WATCHDOG=1`, `STOPPING=1`. Never waits. False if the manager
    /// has not yet taken what was sent before, and this must be sent again.
    #[must_use]
    pub fn send(&self, words: &str) -> bool {
        #[cfg(unix)]
        match self.socket.send(words.as_bytes()) {
            Ok(_) => true,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => false,
            Err(error) => {
                tracing::debug!("the service manager does not listen: {error}");
                true
            }
        }
        #[cfg(not(unix))]
        {
            let _ = words;
            true
        }
    }
}

/// How often the service manager wants to hear `WATCHDOG=1`: half of `WATCHDOG_USEC`, where that is set.
pub fn watchdog_interval() -> Option<Duration> {
    let micros = std::env::var("WATCHDOG_USEC").ok()?.parse::<u64>().ok()?;
    (micros > 0).then(|| Duration::from_micros(micros / 2))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn assignments_arrive_as_they_were_sent_and_a_wrong_name_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let manager = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
        let notify = Notify::to(path.as_os_str()).unwrap();
        assert!(notify.send("READY=1\nSTATUS=x"));
        let mut buffer = [0; 100];
        let count = manager.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..count], b"READY=1\nSTATUS=x");
        let taken = (0..10_000).take_while(|_| notify.send("WATCHDOG=1")).count();
        assert!((1..10_000).contains(&taken), "a manager that does not read takes a few: {taken}");
        drop(manager);
        assert!(notify.send("WATCHDOG=1"), "nobody will ever take it");
        for wrong in ["/nowhere/at/all", "relative", "@"] {
            assert!(Notify::to(wrong.as_ref()).is_err() || wrong == "@", "{wrong}");
        }
    }
}
