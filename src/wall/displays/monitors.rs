//! Which display goes on which monitor. Pure; the monitors are told by the window system, the wishes by the
//! configuration.

use crate::config::MonitorWanted;

/// A monitor as the window system tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitorFacts {
    /// What the window system calls it: on Linux the connector.
    pub connector: String,
    /// What it calls itself, where that can be read.
    pub name: Option<String>,
    /// Its left top corner among all monitors, physical pixels.
    pub position: (i32, i32),
    /// Width and height, physical pixels.
    pub size: (u32, u32),
}

impl std::fmt::Display for MonitorFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { connector, name, position: (x, y), size: (width, height) } = self;
        let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        write!(f, "{connector}{name}, {width}x{height} at {x},{y}")
    }
}

impl MonitorFacts {
    /// True if this is the monitor that is wanted.
    pub fn is(&self, wanted: &MonitorWanted) -> bool {
        match wanted {
            MonitorWanted::Connector(connector) => self.connector.eq_ignore_ascii_case(connector),
            MonitorWanted::Position(position) => self.position == *position,
            MonitorWanted::Name(part) => {
                // Window systems other than Linux's tell the name where others tell the connector.
                let known = self.name.as_ref().unwrap_or(&self.connector);
                known.to_lowercase().contains(&part.trim().to_lowercase())
            }
        }
    }
}

/// Which monitor each display gets: what it holds as long as that is there, else the first free one that fits. `wanted`
/// and `held` go by display, `None` where one is a plain window; the answer and `held` are places in `monitors`.
pub fn assign(
    wanted: &[Option<&MonitorWanted>],
    held: &[Option<usize>],
    monitors: &[MonitorFacts],
) -> Vec<Option<usize>> {
    let held = |display: usize| held.get(display).copied().flatten().filter(|monitor| *monitor < monitors.len());
    let mut given: Vec<Option<usize>> =
        wanted.iter().enumerate().map(|(display, wanted)| wanted.and_then(|_| held(display))).collect();
    for (display, wanted) in wanted.iter().enumerate() {
        let Some(wanted) = wanted else { continue };
        if given[display].is_none() {
            let free = |monitor: &usize| !given.contains(&Some(*monitor));
            given[display] = (0..monitors.len()).filter(free).find(|monitor| monitors[*monitor].is(wanted));
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor(connector: &str, name: Option<&str>, x: i32) -> MonitorFacts {
        MonitorFacts {
            connector: connector.into(),
            name: name.map(str::to_owned),
            position: (x, 0),
            size: (1920, 1080),
        }
    }

    fn connector(name: &str) -> MonitorWanted {
        MonitorWanted::Connector(name.into())
    }

    #[test]
    fn monitors_are_found_by_connector_name_and_position() {
        let all = [monitor("DP-1", Some("DELL U2723QE"), 0), monitor("DP-11", Some("LG HDR 4K"), 1920)];
        let (by_connector, by_name, by_position) =
            (connector("dp-1"), MonitorWanted::Name("hdr 4k".into()), MonitorWanted::Position((1920, 0)));
        assert_eq!(assign(&[Some(&by_connector), Some(&by_name)], &[], &all), [Some(0), Some(1)]);
        assert_eq!(assign(&[Some(&by_position), None], &[], &all), [Some(1), None]);
        assert_eq!(assign(&[Some(&connector("DP-2"))], &[], &all), [None], "a missing one is waited for");
        let windows = monitor("DELL U2723QE", None, 0);
        assert!(windows.is(&MonitorWanted::Name("U2723".into())));
    }

    #[test]
    fn two_displays_never_share_a_monitor() {
        let all = [monitor("DP-1", Some("LG 4K"), 0), monitor("DP-2", Some("LG 4K"), 1920)];
        let twin = MonitorWanted::Name("LG 4K".into());
        let first = MonitorWanted::Position((0, 0));
        assert_eq!(assign(&[Some(&twin), Some(&twin), Some(&twin)], &[], &all), [Some(0), Some(1), None]);
        assert_eq!(assign(&[Some(&twin), Some(&first)], &[], &all), [Some(0), None]);
    }

    #[test]
    fn a_display_stays_on_its_monitor_while_others_come_and_go() {
        let twin = MonitorWanted::Name("LG".into());
        let wanted = [Some(&twin), Some(&twin)];
        let (one, other) = (monitor("DP-1", Some("LG"), 0), monitor("DP-2", Some("LG"), 1920));
        // The first one went away: the second display keeps its own, and the first waits.
        assert_eq!(assign(&wanted, &[None, Some(0)], std::slice::from_ref(&other)), [None, Some(0)]);
        // It comes back, now told after the other.
        assert_eq!(assign(&wanted, &[None, Some(0)], &[other, one]), [Some(1), Some(0)]);
    }
}
