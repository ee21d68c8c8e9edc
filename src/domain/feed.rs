//! The feeds a wall lives from, what can be wrong with one, and the platform's own report on its upstream systems.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One dataset of the platform, with a freshness of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Landing page: title, zone, workflow, clock.
    Site,
    /// Areas of the four levels.
    Areas,
    /// Base map.
    Places,
    /// Tickets: snapshot and stream.
    Tickets,
    /// Upstream systems.
    Sources,
    /// Care counts, new once a day.
    Care,
    /// Indicators, counted every minute.
    Indicators,
    /// Warnings.
    Warnings,
    /// Teams by area and kind.
    Teams,
    /// Whistle calls.
    WhistleCalls,
    /// Class cases.
    ClassCases,
}

impl Feed {
    /// All feeds: those of the truth strip in its order, then the figures.
    pub const ALL: [Feed; 11] = [
        Feed::Tickets,
        Feed::Care,
        Feed::Areas,
        Feed::Places,
        Feed::Sources,
        Feed::Site,
        Feed::Indicators,
        Feed::Warnings,
        Feed::Teams,
        Feed::WhistleCalls,
        Feed::ClassCases,
    ];

    /// The feeds of the truth strip, in its order. A panel that shows figures says itself how old they are.
    pub const STRIP: [Feed; 6] = [Feed::Tickets, Feed::Care, Feed::Areas, Feed::Places, Feed::Sources, Feed::Site];

    /// The lists that come after the tickets and that not every platform has.
    pub const FIGURES: [Feed; 5] =
        [Feed::Indicators, Feed::Warnings, Feed::Teams, Feed::WhistleCalls, Feed::ClassCases];

    /// True if a platform without it is still a whole platform.
    pub const fn is_optional(self) -> bool {
        matches!(
            self,
            Feed::Care | Feed::Indicators | Feed::Warnings | Feed::Teams | Feed::WhistleCalls | Feed::ClassCases
        )
    }

    /// The name in logs and messages.
    pub const fn key(self) -> &'static str {
        match self {
            Feed::Site => "site",
            Feed::Areas => "areas",
            Feed::Places => "places",
            Feed::Tickets => "tickets",
            Feed::Sources => "sources",
            Feed::Care => "care",
            Feed::Indicators => "indicators",
            Feed::Warnings => "warnings",
            Feed::Teams => "teams",
            Feed::WhistleCalls => "whistle-calls",
            Feed::ClassCases => "class-cases",
        }
    }
}

/// Why a feed is not current, in a form the panels translate. `detail` is for the desk and the log; it names the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing answers at the address (refused, no route, no such name).
    Unreachable {
        /// What failed, with the URL.
        detail: String,
    },
    /// It takes too long.
    TimedOut {
        /// What was waited for, with the URL.
        detail: String,
    },
    /// 401 or 403.
    Unauthorized {
        /// Status and URL.
        detail: String,
    },
    /// 404 or a landing page without the links we need: not a platform.
    NotAPlatform {
        /// What was found instead, with the URL.
        detail: String,
    },
    /// 429 or 503: it asks us to wait.
    Busy {
        /// Status and URL.
        detail: String,
    },
    /// Any other status.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Title of the problem document, with the URL.
        detail: String,
    },
    /// An answer that cannot be read (wrong type, broken JSON, too large).
    Unreadable {
        /// What is wrong and where, with the URL.
        detail: String,
    },
    /// The certificate is not valid.
    Certificate {
        /// The TLS error, with the URL.
        detail: String,
    },
    /// The stream ended or fell silent; it is being resumed.
    StreamLost {
        /// What happened.
        detail: String,
    },
    /// A gap, an old cursor or a digest that differs: the list is being read again.
    Relisting {
        /// Why.
        detail: String,
    },
}

impl Trouble {
    /// The sentence for the log and the desk.
    pub fn detail(&self) -> &str {
        match self {
            Trouble::Unreachable { detail }
            | Trouble::TimedOut { detail }
            | Trouble::Unauthorized { detail }
            | Trouble::NotAPlatform { detail }
            | Trouble::Busy { detail }
            | Trouble::Refused { detail, .. }
            | Trouble::Unreadable { detail }
            | Trouble::Certificate { detail }
            | Trouble::StreamLost { detail }
            | Trouble::Relisting { detail } => detail,
        }
    }

    /// A key for translation, for example `trouble-unreachable`.
    pub const fn key(&self) -> &'static str {
        match self {
            Trouble::Unreachable { .. } => "trouble-unreachable",
            Trouble::TimedOut { .. } => "trouble-timed-out",
            Trouble::Unauthorized { .. } => "trouble-unauthorized",
            Trouble::NotAPlatform { .. } => "trouble-not-a-platform",
            Trouble::Busy { .. } => "trouble-busy",
            Trouble::Refused { .. } => "trouble-refused",
            Trouble::Unreadable { .. } => "trouble-unreadable",
            Trouble::Certificate { .. } => "trouble-certificate",
            Trouble::StreamLost { .. } => "trouble-stream-lost",
            Trouble::Relisting { .. } => "trouble-relisting",
        }
    }
}

/// One upstream system as the platform reports it at `/sources`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceStatus {
    /// Stable key.
    pub key: String,
    /// Name in the district's language.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// When the platform last heard from it.
    #[serde(default)]
    pub last_contact: Option<Timestamp>,
    /// Usual delay between the upstream record and the platform, seconds.
    #[serde(default)]
    pub lag_s: Option<f64>,
    /// Records taken.
    #[serde(default)]
    pub records: u64,
    /// Records refused.
    #[serde(default)]
    pub rejects: u64,
    /// Share of the district covered, 0–1.
    #[serde(default)]
    pub coverage: Option<f64>,
}

impl SourceStatus {
    /// How long ago the platform heard from it.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.last_contact.map(|at| now.duration_since(at))
    }
}
