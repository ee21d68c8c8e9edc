//! What panels remember between frames: the search field, what was made of the ticket list and for when, the order of
//! the table. It is made again at most every two seconds, however fast tickets change.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use jiff::tz::TimeZone;

use super::digest::{Digest, Order};
use super::digester::Digester;
use super::foundation::completeness;
use super::search::SearchState;
use super::{area, campaign, event_watch, flow_due, heat_rhythm, story, warnings};
use crate::city::{Now, PUBLISH_EVERY, Telling, TicketTouched, Tickets};
use crate::domain::{AreaId, AreaTable, TicketId};

/// Tickets are digested again at most this often: with the beat of [`crate::city::Telling`], which comes with a frame.
const DIGEST_EVERY: Duration = PUBLISH_EVERY.saturating_sub(Duration::from_millis(50));

/// What panels remember between frames.
#[derive(Resource, Debug, Default)]
pub struct PanelState {
    /// The search field.
    pub search: SearchState,
    /// True while the line of keys is shown.
    pub is_help_shown: bool,
    /// In which order the table stands.
    pub(super) order: Order,
    /// What panels need of the ticket list.
    pub(super) digest: Digest,
    /// Who keeps it.
    pub(super) digester: Digester,
    /// When the digest was made, and for which day.
    pub(super) digested: Option<(Instant, jiff::civil::Date)>,
    /// True if the digest is one of a complete list.
    pub(super) is_complete: bool,
    /// True when the list has changed since.
    pub(super) is_stale: bool,
    /// What is due soon.
    pub(super) due: flow_due::DueCache,
    /// Rows of the table, and what they are rows of.
    pub(super) rows: Vec<TicketId>,
    pub(super) rows_of: Option<(Option<AreaId>, Order)>,
    /// What is counted for the selected area.
    pub(super) area: area::AreaCache,
    /// The small maps of the heat scene.
    pub(super) rhythm: heat_rhythm::RhythmPictures,
    /// The number whose card is open.
    pub(super) formula: Option<super::indicator::formula::Asked>,
    /// The card of a number that the wall counts itself.
    pub(super) behind: super::behind::BehindState,
    /// The page of diagnostics is shown.
    pub(super) is_diagnostics_shown: bool,
    /// Since when warnings ask for attention.
    pub(super) breath: warnings::on_map::Breath,
    /// Which slide of a story, and its pictures.
    pub(super) story: story::StoryState,
    /// What the records held lack.
    pub(super) completeness: completeness::CompletenessCache,
    /// What a campaign has brought.
    pub(super) campaign: campaign::CampaignCache,
    /// What is counted where a major event takes place.
    pub(super) event: event_watch::EventCache,
}

/// Remembers which tickets were touched, and looks at some of them.
pub(super) fn note_touched(
    mut touched: MessageReader<TicketTouched>,
    tickets: Res<Tickets>,
    telling: Option<Res<Telling>>,
    mut state: ResMut<PanelState>,
) {
    let state = state.bypass_change_detection();
    touched.read().for_each(|touched| state.digester.touch(touched.id.clone(), touched.area));
    // Not in a frame in which panels are drawn.
    if !telling.is_some_and(|telling| telling.is_tick) {
        state.digester.work(&mut state.digest, &tickets);
    }
}

impl PanelState {
    /// Makes the digest again if it is due.
    pub(super) fn refresh(&mut self, tickets: &Tickets, areas: &AreaTable, now: &Now, zone: &TimeZone) {
        let today = now.at.to_zoned(zone.clone()).date();
        let is_due = match self.digested {
            None => true,
            Some((_, day)) if day != today || self.is_complete != tickets.is_complete => true,
            Some((at, _)) => self.is_stale && now.mono.saturating_duration_since(at) >= DIGEST_EVERY,
        };
        if is_due {
            self.is_stale = self.digester.refresh(&mut self.digest, tickets, areas, (now.at, zone));
            self.digested = Some((now.mono, today));
            self.is_complete = tickets.is_complete;
            self.rows_of = None;
        }
    }

    /// The rows of the table for an area, made when area, order or digest has changed.
    pub(super) fn rows(&mut self, areas: &AreaTable, scope: Option<AreaId>) -> &[TicketId] {
        let of = (scope, self.order);
        if self.rows_of != Some(of) {
            self.rows = self.digest.rows(areas, scope, self.order);
            self.rows_of = Some(of);
        }
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_list_of_the_newest_moves_every_two_seconds_at_most() {
        let mut city = fixture::city();
        let mut state = PanelState::default();
        let begun = city.mono;
        let at = |ms| Now { at: fixture::now(), mono: begun + Duration::from_millis(ms), is_platform_time: true };
        state.refresh(&city.tickets, &city.areas, &at(0), &fixture::zone());
        let first = city.tickets.newest.clone();
        assert_eq!(state.digest.newest, first);
        city.tickets.newest.remove(0);
        state.is_stale = true;
        state.refresh(&city.tickets, &city.areas, &at(1_900), &fixture::zone());
        assert_eq!(state.digest.newest, first);
        state.refresh(&city.tickets, &city.areas, &at(2_000), &fixture::zone());
        assert_eq!(state.digest.newest, city.tickets.newest);
    }
}
