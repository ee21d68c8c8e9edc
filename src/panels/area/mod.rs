//! The selected area beside the map: its stages, what is late or due next, what it is about, and its day against the
//! district's. [`AreaDigest`] (`digest.rs`) counts, the other files draw one panel each.

mod categories;
mod digest;
mod limits;
mod rhythm;

use std::time::Instant;

use bevy_egui::egui::Ui;

use super::look::Look;
use super::stages;
use crate::city::{Tallies, Tickets};
use crate::domain::{AreaId, AreaTable, Feed};
use crate::scene::PanelKind;
use crate::selection::Drill;
use digest::AreaDigest;

/// The digest with what it was made of.
#[derive(Debug, Default)]
pub struct AreaCache {
    of: Option<(AreaId, Instant)>,
    digest: AreaDigest,
}

/// Draws one panel about `scope`. `digested` says when the ticket list was last looked through: the same moment, the
/// same list.
pub fn block_ui(
    ui: &mut Ui,
    look: &Look<'_>,
    (areas, tickets): (&AreaTable, &Tickets),
    cache: &mut AreaCache,
    digested: Instant,
    scope: AreaId,
    block: PanelKind,
) -> Option<Drill> {
    if cache.of != Some((scope, digested)) {
        // What is no longer current stands still at the moment it was.
        let feed = look.feed(Feed::Tickets);
        let now = feed.as_of.filter(|_| feed.is_grey()).unwrap_or(look.now.at);
        cache.digest = AreaDigest::of(tickets, areas, scope, now, &look.zone);
        cache.of = Some((scope, digested));
    }
    let digest = &cache.digest;
    match block {
        PanelKind::AreaStages => {
            stages::stages_ui(ui, look, &Tallies { stages: digest.stages, ..Tallies::default() });
            None
        }
        PanelKind::AreaLimits => limits::limits_ui(ui, look, areas, tickets, digest),
        PanelKind::AreaCategories => {
            categories::categories_ui(ui, look, digest);
            None
        }
        PanelKind::AreaRhythm => {
            rhythm::rhythm_ui(ui, look, digest);
            None
        }
        _ => None,
    }
}
