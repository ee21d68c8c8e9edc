//! What all displays have in common: one selection, one filter of care, one heat map, and whether it is wartime. Whoever
//! changes it changes it for all.

use bevy::ecs::resource::Resource;
use bevy::ecs::world::World;
use bevy::prelude::DetectChangesMut;

use crate::city::CareFilter;
use crate::heat::HeatSettings;
use crate::scene::{Rotation, Scenes, WallMode};
use crate::selection::Selection;

/// What the displays agree on.
#[derive(Debug, Default)]
pub struct Shared {
    selection: Agreed<Selection>,
    care: Agreed<CareFilter>,
    heat: Agreed<HeatSettings>,
    is_wartime: bool,
}

impl Shared {
    /// Gives what one world has changed to all others. True if there was anything: they have something to draw.
    pub fn settle(&mut self, worlds: &mut [&mut World]) -> bool {
        self.selection.settle(worlds) | self.care.settle(worlds) | self.heat.settle(worlds) | self.settle_mode(worlds)
    }

    /// Takes all displays to wartime, or back to what each of them showed before.
    fn settle_mode(&mut self, worlds: &mut [&mut World]) -> bool {
        let is_wartime = |world: &World| world.get_resource::<WallMode>().is_some_and(WallMode::is_wartime);
        if worlds.iter().all(|world| is_wartime(world) == self.is_wartime) {
            return false;
        }
        self.is_wartime = !self.is_wartime;
        for world in worlds.iter_mut().filter(|world| is_wartime(world) != self.is_wartime) {
            let Some(mut mode) = world.get_resource::<WallMode>().cloned() else { continue };
            if let Some(mut scenes) = world.get_resource_mut::<Scenes>() {
                mode.toggle(&mut scenes);
            }
            world.insert_resource(mode);
            if let Some(mut rotation) = world.get_resource_mut::<Rotation>() {
                rotation.set_wartime(self.is_wartime);
            }
        }
        true
    }

    /// What is selected on all displays.
    pub fn selection(&self) -> Option<&Selection> {
        self.selection.0.as_ref()
    }
}

/// One thing they agree on; `None` before the first look.
#[derive(Debug)]
struct Agreed<T>(Option<T>);

impl<T> Default for Agreed<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Resource<Mutability = bevy::ecs::component::Mutable> + Clone + PartialEq> Agreed<T> {
    fn settle(&mut self, worlds: &mut [&mut World]) -> bool {
        // The first who says something else than what was agreed is heard; at the start, the first.
        let news = worlds
            .iter()
            .filter_map(|world| world.get_resource::<T>())
            .find(|said| self.0.as_ref() != Some(*said))
            .cloned();
        let Some(news) = news else { return false };
        for world in worlds.iter_mut() {
            if let Some(mut own) = world.get_resource_mut::<T>() {
                own.set_if_neq(news.clone());
            }
        }
        self.0 = Some(news);
        true
    }
}

#[cfg(test)]
mod tests {
    use bevy::prelude::Mut;

    use super::*;
    use crate::domain::{AreaCode, CareGroup};
    use crate::selection::Target;

    fn world() -> World {
        let mut world = World::new();
        world.init_resource::<Selection>();
        world.init_resource::<CareFilter>();
        world
    }

    #[test]
    fn whoever_selects_selects_for_all_and_nothing_is_written_twice() {
        let (mut desk, mut hall) = (world(), world());
        let mut shared = Shared::default();
        shared.settle(&mut [&mut desk, &mut hall]);
        assert!(!shared.settle(&mut [&mut desk, &mut hall]));

        let grid = Target::Area(AreaCode::new("310"));
        hall.resource_mut::<Selection>().target = grid.clone();
        assert!(shared.settle(&mut [&mut desk, &mut hall]));
        assert_eq!(desk.resource::<Selection>().target, grid);
        assert_eq!(shared.selection().map(|selection| &selection.target), Some(&grid));

        desk.resource_mut::<Selection>().target = Target::District;
        desk.resource_mut::<CareFilter>().0 = CareGroup::Everybody;
        assert!(shared.settle(&mut [&mut desk, &mut hall]));
        assert_eq!(hall.resource::<Selection>().target, Target::District);

        // Wartime is wartime everywhere, and each display goes back to its own scene.
        for world in [&mut desk, &mut hall] {
            world.init_resource::<Scenes>();
            world.init_resource::<WallMode>();
        }
        assert!(hall.resource_mut::<Scenes>().show("heat"));
        let toggle = |world: &mut World| {
            world.resource_scope(|world, mut mode: Mut<WallMode>| mode.toggle(&mut world.resource_mut::<Scenes>()));
        };
        let shown = |world: &World| world.resource::<Scenes>().current().id.clone();
        toggle(&mut desk);
        assert!(shared.settle(&mut [&mut desk, &mut hall]));
        assert_eq!((shown(&desk), shown(&hall)), ("wartime".into(), "wartime".into()));
        toggle(&mut hall);
        assert!(shared.settle(&mut [&mut desk, &mut hall]));
        assert_eq!((shown(&desk), shown(&hall)), ("overview".into(), "heat".into()));
        hall.clear_trackers();
        assert!(!shared.settle(&mut [&mut desk, &mut hall]));
        assert!(!hall.is_resource_changed::<Selection>());
    }
}
