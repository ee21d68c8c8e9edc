//! What is selected and the way back: [`Selection`], and [`Drill`], the one intent that changes it.
//!
//! The map and the panels trigger `Drill`; only the observer here writes `Selection`. Camera and panels follow by
//! change detection.

use bevy::prelude::*;

use crate::domain::{AreaCode, TicketId};

/// Something that can be selected. Codes, not indices: a selection survives a new list of areas.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// The whole district.
    #[default]
    District,
    /// One area below the district.
    Area(AreaCode),
    /// One ticket.
    Ticket(TicketId),
}

/// The current target and the targets gone through before it.
#[derive(Resource, Clone, Debug, PartialEq, Eq, Default)]
pub struct Selection {
    /// What is selected now.
    pub target: Target,
    /// What was selected before, oldest first; [`Drill::Back`] returns through it.
    pub trail: Vec<Target>,
}

/// Longest way back that is kept.
const TRAIL_MAX: usize = 64;

impl Selection {
    /// The selection after `drill`. `parent` is what lies above the current target.
    pub fn after(&self, drill: &Drill, parent: Option<Target>) -> Selection {
        let mut next = self.clone();
        let target = match drill {
            Drill::To(target) => target.clone(),
            Drill::Up => parent.unwrap_or_default(),
            Drill::Back => {
                next.target = next.trail.pop().unwrap_or_default();
                return next;
            }
        };
        if target == self.target {
            return next;
        }
        next.trail.push(std::mem::replace(&mut next.target, target));
        if next.trail.len() > TRAIL_MAX {
            next.trail.remove(0);
        }
        next
    }
}

/// A person's intent to go somewhere.
#[derive(Event, Clone, Debug, PartialEq, Eq)]
pub enum Drill {
    /// Select this.
    To(Target),
    /// One level up: ticket → its area → its parent → … → district.
    Up,
    /// Where we were before.
    Back,
}
