//! The ladder of freshness: LIVE, DELAYED, STALE, EXPIRED, NEVER, by the age of the last proof of currency. Who measures
//! the age is the city's business; the rules are here, so that the simulation holds them too.

use std::time::Duration;

use super::Feed;

/// The five rungs of the ladder, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// 实时
    Live,
    /// 延迟
    Delayed,
    /// 过期
    Stale,
    /// 失联
    Expired,
    /// 未到: nothing since start
    Never,
}

/// The longest age of the rungs LIVE, DELAYED and STALE for a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// At most this old is LIVE.
    pub live: Duration,
    /// At most this old is DELAYED.
    pub delayed: Duration,
    /// At most this old is STALE; older is EXPIRED.
    pub stale: Duration,
}

impl Ladder {
    /// The ladder of a feed: streamed tickets 10 s, 60 s, 15 min; a polled feed is LIVE for three refreshes.
    pub fn of(feed: Feed) -> Self {
        let polled = |refresh_s: u64| Self {
            live: Duration::from_secs(refresh_s * 3),
            delayed: Duration::from_secs(refresh_s * 6),
            stale: Duration::from_secs(refresh_s * 90),
        };
        match feed {
            Feed::Tickets => Self {
                live: Duration::from_secs(10),
                delayed: Duration::from_secs(60),
                stale: Duration::from_secs(15 * 60),
            },
            Feed::Site | Feed::Sources | Feed::Warnings | Feed::WhistleCalls => polled(30),
            Feed::Indicators | Feed::Teams => polled(60),
            Feed::Areas | Feed::Places | Feed::Care | Feed::ClassCases => polled(600),
        }
    }

    /// The rung for a proof of this age.
    pub fn rung(&self, age: Option<Duration>) -> Freshness {
        match age {
            None => Freshness::Never,
            Some(age) if age <= self.live => Freshness::Live,
            Some(age) if age <= self.delayed => Freshness::Delayed,
            Some(age) if age <= self.stale => Freshness::Stale,
            Some(_) => Freshness::Expired,
        }
    }

    /// The rung of data that an earlier run left on the disk: never better than STALE, however young it is, and EXPIRED
    /// where the age is not known.
    pub fn recalled(&self, age: Option<Duration>) -> Freshness {
        age.map_or(Freshness::Expired, |age| self.rung(Some(age)).max(Freshness::Stale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_of_tickets_has_the_promised_bounds() {
        let ladder = Ladder::of(Feed::Tickets);
        let rung = |seconds| ladder.rung(Some(Duration::from_secs(seconds)));
        assert_eq!(ladder.rung(None), Freshness::Never);
        assert_eq!(
            [rung(10), rung(11), rung(60), rung(61), rung(900), rung(901)],
            [
                Freshness::Live,
                Freshness::Delayed,
                Freshness::Delayed,
                Freshness::Stale,
                Freshness::Stale,
                Freshness::Expired,
            ]
        );
        let recalled = |seconds| ladder.recalled(Some(Duration::from_secs(seconds)));
        assert_eq!([recalled(0), recalled(901)], [Freshness::Stale, Freshness::Expired]);
        assert_eq!(ladder.recalled(None), Freshness::Expired);
    }
}
