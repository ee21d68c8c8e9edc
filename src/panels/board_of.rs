//! A board of the made-up city, with everything beside it that a panel may read. Only in tests.

use super::fixture::City;
use super::*;
use crate::city::{Detail, Flow};

/// What a board borrows beside the city.
#[derive(Default)]
pub struct BoardOf {
    pub selection: Selection,
    pub detail: Detail,
    pub care: Care,
    pub heat: Figures,
    pub notes: MapNotes,
    pub scenes: Scenes,
    pub flow: Flow,
    pub switches: LayerSwitches,
}

impl BoardOf {
    /// The board of a desk.
    pub fn board<'a>(&'a self, look: Look<'a>, city: &'a City) -> Board<'a> {
        Board {
            look,
            profile: Profile::Desk,
            areas: &city.areas,
            defects: 0,
            tickets: &city.tickets,
            tallies: &city.tallies,
            care: &self.care,
            group: CareGroup::Everybody,
            rejects: &city.rejects,
            detail: &self.detail,
            selection: &self.selection,
            notes: &self.notes,
            scenes: &self.scenes,
            flow: &self.flow,
            switches: &self.switches,
            heat: &self.heat,
            figures: city.lists.borrowed(),
            health: None,
            vitals: None,
            scene_state: truth::SceneState::default(),
            is_swapped: false,
        }
    }
}
