//! Asks the platform for the detail of the selected ticket, once when it is selected and again when it changed.

use bevy::prelude::*;

use super::{Detail, PlatformLink, TicketMoved, Tickets};
use crate::domain::TicketId;
use crate::platform::Ask;
use crate::selection::{Selection, Target};

/// Keeps [`Detail`] in step with [`Selection`].
pub(super) fn follow_selection(
    selection: Option<Res<Selection>>,
    tickets: Res<Tickets>,
    link: Res<PlatformLink>,
    mut detail: ResMut<Detail>,
    mut moved: MessageReader<TicketMoved>,
) {
    let Some(selection) = selection else { return };
    let Target::Ticket(id) = &selection.target else {
        moved.clear();
        if detail.id().is_some() {
            *detail = Detail::None;
        }
        return;
    };
    let is_outdated = moved.read().any(|step| step.id == *id) || is_newer(&tickets, &detail, id);
    if detail.id() != Some(id) {
        *detail = Detail::Asked(id.clone());
        ask(&link, id);
    } else if is_outdated && !matches!(*detail, Detail::Asked(_)) {
        // The old detail stays on screen until the new one is here.
        ask(&link, id);
    }
}

/// True if the list holds a newer version than the detail. Asked once per version, because a list's change is news once.
fn is_newer(tickets: &Res<Tickets>, detail: &Detail, id: &TicketId) -> bool {
    let Detail::Here(here) = detail else { return false };
    tickets.is_changed() && tickets.by_id.get(id).is_some_and(|ticket| ticket.ver > here.ticket.ver)
}

fn ask(link: &PlatformLink, id: &TicketId) {
    if let Some(link) = &link.0 {
        link(Ask::Ticket(id.clone()));
    }
}
