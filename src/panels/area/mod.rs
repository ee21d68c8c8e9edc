//! The selected area beside the map: its stages, what is late or due next, what it is about, and its day against the
//! district's. [`AreaDigest`] (`digest.rs`) counts, the other files draw one panel each.

mod categories;
mod digest;
mod limits;
mod rhythm;

use std::time::Instant;

use bevy_egui::egui::Ui;

use super::behind::Counted;
use super::look::Look;
use super::{Intent, stages};
use crate::city::{Tallies, Tickets};
use crate::domain::{AreaId, AreaTable, Feed};
use crate::scene::PanelKind;
use digest::AreaDigest;

/// The digest with what it was made of.
#[derive(Debug, Default)]
pub struct AreaCache {
    of: Option<(AreaId, Instant)>,
    digest: AreaDigest,
}

fn behind(asked: Option<Counted>) -> Option<Intent> {
    asked.map(|asked| Intent::Behind(Some(asked)))
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
) -> Option<Intent> {
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
            let tallies = Tallies { stages: digest.stages, ..Tallies::default() };
            behind(stages::stages_ui(ui, look, &tallies, Some(scope)))
        }
        PanelKind::AreaLimits => limits::limits_ui(ui, look, areas, tickets, digest).map(Intent::Drill),
        PanelKind::AreaCategories => behind(categories::categories_ui(ui, look, digest, scope)),
        PanelKind::AreaRhythm => behind(rhythm::rhythm_ui(ui, look, digest, scope)),
        _ => None,
    }
}
