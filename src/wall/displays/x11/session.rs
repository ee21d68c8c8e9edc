//! A connection of our own to the X server, which only listens for monitors.

use std::time::Duration;

use thiserror::Error;
use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::randr::{ConnectionExt as _, NotifyMask};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode};
use x11rb::rust_connection::RustConnection;

/// Why there is no news of monitors.
#[derive(Debug, Error)]
pub enum Deaf {
    /// The server did not let us in.
    #[error("the X server did not let us in: {0}")]
    Connect(#[from] ConnectError),
    /// The connection broke.
    #[error("the connection to the X server broke: {0}")]
    Lost(#[from] ConnectionError),
    /// The server does not speak RandR.
    #[error("the X server refused to tell of monitors: {0}")]
    Refused(#[from] ReplyError),
}

/// A connection that is told of changes of monitors.
pub struct Session {
    server: RustConnection,
}

impl Session {
    /// Connects to the display that the environment names, and asks to be told.
    ///
    /// # Errors
    /// If the server does not let us in, or knows no RandR 1.2.
    pub fn open() -> Result<Self, Deaf> {
        let (server, screen) = x11rb::connect(None)?;
        let root = server.setup().roots[screen].root;
        server.randr_query_version(1, 3)?.reply()?;
        let what = NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
        server.randr_select_input(root, what)?.check()?;
        Ok(Self { server })
    }

    /// Waits until monitors have changed, and then until they have not for `quiet`.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn wait(&self, quiet: Duration) -> Result<(), Deaf> {
        while !is_news(&self.server.wait_for_event()?) {}
        loop {
            std::thread::sleep(quiet);
            let mut is_quiet = true;
            while let Some(event) = self.server.poll_for_event()? {
                is_quiet &= !is_news(&event);
            }
            if is_quiet {
                return Ok(());
            }
        }
    }

    /// Has whoever watches the properties of a window told that they were touched.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn touch(&self, window: u32) -> Result<(), Deaf> {
        let resources = AtomEnum::RESOURCE_MANAGER;
        self.server.change_property(PropMode::APPEND, window, resources, AtomEnum::STRING, 8, 0, &[])?;
        Ok(self.server.flush()?)
    }
}

fn is_news(event: &Event) -> bool {
    if let Event::Error(error) = event {
        tracing::debug!("the X server refused a request: {error:?}");
    }
    matches!(event, Event::RandrScreenChangeNotify(_) | Event::RandrNotify(_))
}
