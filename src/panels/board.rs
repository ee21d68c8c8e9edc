//! What panels are drawn from: the city's resources as the system reads them, and the [`Board`] that borrows them for one
//! frame. Partner: `mod.rs`, which fills the one from the other.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::look::Look;
use super::{MapNotes, truth};
use crate::city::figures::Answer;
use crate::city::{
    Areas, Care, ClassCases, Detail, FeedFreshness, Flow, Health, Indicators, Now, PlatformHealth, PlatformLink,
    Rejects, SiteFacts, Sources, Tallies, Teams, Telling, Tickets, Warnings, WhistleCalls,
};
use crate::domain::{AreaTable, CareGroup, Feed};
use crate::heat::Figures;

use crate::scene::{LayerSwitches, Profile, RefusedScenes, Rotation, Scenes, Sides, WallMode};
use crate::selection::Selection;
use crate::vitals::Vitals;

/// The city's resources, read.
#[derive(SystemParam)]
pub(super) struct City<'w> {
    pub(super) areas: Res<'w, Areas>,
    pub(super) tickets: Res<'w, Tickets>,
    pub(super) tallies: Res<'w, Tallies>,
    pub(super) telling: Option<Res<'w, Telling>>,
    pub(super) care: Res<'w, Care>,
    pub(super) site: Res<'w, SiteFacts>,
    pub(super) detail: Res<'w, Detail>,
    pub(super) rejects: Res<'w, Rejects>,
    pub(super) feeds: Res<'w, FeedFreshness>,
    pub(super) now: Res<'w, Now>,
    pub(super) selection: Res<'w, Selection>,
    pub(super) notes: Res<'w, MapNotes>,
    pub(super) flow: Res<'w, Flow>,
    pub(super) heat: Res<'w, Figures>,
    pub(super) figures: FigureLists<'w>,
    pub(super) refused: Option<Res<'w, RefusedScenes>>,
    pub(super) rotation: Option<Res<'w, Rotation>>,
    pub(super) link: Option<Res<'w, PlatformLink>>,
    pub(super) keys: Option<Res<'w, ButtonInput<KeyCode>>>,
    pub(super) mode: Res<'w, WallMode>,
    pub(super) sides: Res<'w, Sides>,
    pub(super) vitals: Option<Res<'w, Vitals>>,
    pub(super) health: Option<Res<'w, PlatformHealth>>,
}

impl City<'_> {
    /// True if anything but tickets and their counts, times and ages has changed since the last look.
    pub(super) fn is_changed(&self) -> bool {
        self.areas.is_changed()
            || self.care.is_changed()
            || self.site.is_changed()
            || self.detail.is_changed()
            || self.rejects.is_changed()
            || self.selection.is_changed()
            || self.notes.is_changed()
            || self.heat.is_changed()
            || self.figures.is_changed()
            || self.refused.as_ref().is_some_and(|refused| refused.is_changed())
            || self.rotation.as_ref().is_some_and(|rotation| rotation.is_changed())
            || self.mode.is_changed()
            || self.sides.is_changed()
    }

    /// True if it is time to tell what happened to tickets, or counts were published.
    pub(super) fn has_news(&self) -> bool {
        self.telling.as_ref().is_some_and(|telling| telling.has_news) || self.tallies.is_changed()
    }

    /// True if ages or the states of feeds have changed since the last look.
    pub(super) fn is_older(&self) -> bool {
        self.feeds.is_changed()
    }

    /// Ctrl+K, also when both keys went down and up again within one slow frame, where egui sees a plain K.
    pub(super) fn is_search_called(&self) -> bool {
        let Some(keys) = &self.keys else { return false };
        let held = |key| keys.pressed(key) || keys.just_pressed(key);
        keys.just_pressed(KeyCode::KeyK) && (held(KeyCode::ControlLeft) || held(KeyCode::ControlRight))
    }
}

/// The lists of figures, read.
#[derive(SystemParam)]
pub(super) struct FigureLists<'w> {
    pub(super) indicators: Res<'w, Indicators>,
    pub(super) warnings: Res<'w, Warnings>,
    pub(super) teams: Res<'w, Teams>,
    pub(super) whistle_calls: Res<'w, WhistleCalls>,
    pub(super) class_cases: Res<'w, ClassCases>,
    pub(super) sources: Res<'w, Sources>,
}

impl FigureLists<'_> {
    pub(super) fn is_changed(&self) -> bool {
        self.indicators.is_changed()
            || self.warnings.is_changed()
            || self.teams.is_changed()
            || self.whistle_calls.is_changed()
            || self.class_cases.is_changed()
            || self.sources.is_changed()
    }

    pub(super) fn borrowed(&self) -> FigureBoards<'_> {
        FigureBoards {
            indicators: &self.indicators,
            warnings: &self.warnings,
            teams: &self.teams,
            whistle_calls: &self.whistle_calls,
            class_cases: &self.class_cases,
            sources: &self.sources,
        }
    }
}

/// The lists of figures, for panels that are bound to them.
#[derive(Clone, Copy)]
pub(super) struct FigureBoards<'a> {
    pub(super) indicators: &'a Indicators,
    pub(super) warnings: &'a Warnings,
    pub(super) teams: &'a Teams,
    pub(super) whistle_calls: &'a WhistleCalls,
    pub(super) class_cases: &'a ClassCases,
    pub(super) sources: &'a Sources,
}

impl FigureBoards<'_> {
    /// What is known about a list; `Here` for feeds that are none.
    pub(super) fn answer(&self, feed: Feed) -> Answer {
        match feed {
            Feed::Indicators => self.indicators.0.answer,
            Feed::Warnings => self.warnings.0.answer,
            Feed::Teams => self.teams.0.answer,
            Feed::WhistleCalls => self.whistle_calls.0.answer,
            Feed::ClassCases => self.class_cases.0.answer,
            Feed::Site | Feed::Areas | Feed::Places | Feed::Tickets | Feed::Sources | Feed::Care => Answer::Here,
        }
    }
}

/// All that is drawn, borrowed for one frame.
pub struct Board<'a> {
    pub(super) look: Look<'a>,
    pub(super) profile: Profile,
    pub(super) areas: &'a AreaTable,
    pub(super) defects: usize,
    pub(super) tickets: &'a Tickets,
    pub(super) tallies: &'a Tallies,
    pub(super) care: &'a Care,
    pub(super) group: CareGroup,
    pub(super) rejects: &'a Rejects,
    pub(super) detail: &'a Detail,
    pub(super) selection: &'a Selection,
    pub(super) notes: &'a MapNotes,
    pub(super) scenes: &'a Scenes,
    pub(super) flow: &'a Flow,
    pub(super) switches: &'a LayerSwitches,
    pub(super) heat: &'a Figures,
    pub(super) figures: FigureBoards<'a>,
    pub(super) health: Option<&'a Health>,
    pub(super) vitals: Option<&'a Vitals>,
    pub(super) scene_state: truth::SceneState,
    /// The columns have changed sides.
    pub(super) is_swapped: bool,
}
