//! What a click does in every kind of panel: one on whatever it offers first. A number opens how it is counted and what is
//! behind it, a row goes to what it is about; what a click does in detail is tested beside each panel. Enter on what has
//! the focus, where Tab leads, does the same: nothing needs a pointer.

use std::cell::RefCell;

use bevy_egui::egui::accesskit::Role;
use bevy_egui::egui::{Key, Rect, UiBuilder, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::picture::scene_of;
use super::world::{State, World, kinds, size_of};
use crate::domain::CareGroup;
use crate::panels::look::tests::{feeds, look};
use crate::panels::*;

/// What a click is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Goes to an area or a ticket.
    Goes,
    /// Opens the card of an indicator.
    Formula,
    /// Opens the card of a number that the wall counts itself.
    Behind,
    /// Shows one group of people on the map.
    Care,
    /// Changes the heat map.
    Heat,
    /// Opens the page of diagnostics.
    Diagnostics,
    /// Changes the panel itself.
    Within,
    /// There is nothing behind what it shows: all is said, or may not be said.
    Nothing,
}

/// What a click does in a kind of panel. A new kind does not compile before it says so.
fn does(kind: PanelKind) -> Does {
    use PanelKind as K;
    match kind {
        K::Intake
        | K::Stages
        | K::Ribbon
        | K::Card
        | K::AreaStages
        | K::AreaCategories
        | K::AreaRhythm
        | K::HeatRhythm
        | K::FlowRiver
        | K::FlowDots
        | K::TeamStrip
        | K::GridFacts
        | K::Completeness => Does::Behind,
        K::Children
        | K::Latest
        | K::Table
        | K::AreaLimits
        | K::Ticket
        | K::HeatRanking
        | K::CareStreets
        | K::FlowNewest
        | K::FlowDue
        | K::RankedBars
        | K::SmallMultiples
        | K::Warnings
        | K::WarningKinds
        | K::WarningAreas
        | K::WhistleBoard
        | K::WhistleTriggers
        | K::ClassCases
        | K::ClassStages
        | K::TeamStreets
        | K::CampaignEffect
        | K::EventWatch => Does::Goes,
        K::Rates | K::BigNumber | K::Trend | K::Lanes | K::Funnel | K::Numbers => Does::Formula,
        K::CareTotals | K::AreaCare => Does::Care,
        K::HeatTotal => Does::Heat,
        K::WallHealth => Does::Diagnostics,
        K::Story => Does::Within,
        // Each entry says all the platform reports; visits are counts, and nobody is behind them.
        K::SourceLights | K::CareProgress => Does::Nothing,
    }
}

fn of(intent: &Intent) -> Does {
    match intent {
        Intent::Drill(_) => Does::Goes,
        Intent::Formula(Some(_)) => Does::Formula,
        Intent::Behind(Some(_)) => Does::Behind,
        Intent::Care(group) if *group != CareGroup::Everybody => Does::Care,
        Intent::Heat(_) => Does::Heat,
        Intent::Diagnostics => Does::Diagnostics,
        _ => Does::Nothing,
    }
}

/// By what a wish is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Pointer,
    Keys,
}

/// Clicks on what can be clicked in a panel, the `nth` of it; what was wished, and whether there is one.
fn click(kind: PanelKind, nth: usize, by: By) -> Option<Vec<Intent>> {
    let world = World::of(kind, State::Full);
    let city = &world.city;
    let (parts, scope) = scene_of(kind, &world);
    let fresh = feeds(crate::city::Freshness::Live, 2, city.mono);
    let mut state = PanelState::default();
    let panel = PanelSpec { kind, bound: world.bound.clone(), starts_column: false };
    let size = size_of(kind);
    let got = RefCell::new(Vec::new());
    let is_there = {
        let mut harness = Harness::builder().with_size(size + vec2(48.0, 48.0)).build_ui(|ui| {
            if !style::install(ui.ctx(), crate::palette::Theme::Dark) {
                return;
            }
            let mut look = look(&fresh, Some(&city.site), city.mono);
            look.care_as_of = world.care.table.as_of;
            state.refresh(&city.tickets, &city.areas, &look.now.clone(), &look.zone.clone());
            let board = parts.board(look, city);
            let rect = Rect::from_min_size(egui::pos2(24.0, 24.0), size);
            let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("panel"));
            got.borrow_mut().extend(block_ui(&mut inner, &board, &mut state, &panel, &[], scope));
        });
        harness.run_steps(4);
        let node = harness.query_all_by(|node| node.role() == Role::Button).nth(nth);
        let is_there = node.inspect(|node| if by == By::Pointer { node.click() } else { node.focus() }).is_some();
        harness.run_steps(2);
        if by == By::Keys {
            harness.key_press(Key::Enter);
            harness.run_steps(2);
        }
        is_there
    };
    is_there.then(|| got.into_inner())
}

#[test]
fn a_click_does_in_each_kind_of_panel_what_one_expects() {
    let mut offences = Vec::new();
    for kind in kinds() {
        let wanted = does(kind);
        // The first that leads anywhere: the heads of a table and the chosen one of several controls do not.
        let clicks: Vec<Vec<Intent>> = (0..6).map_while(|nth| click(kind, nth, By::Pointer)).collect();
        let done: Vec<Does> = clicks.iter().flatten().map(of).collect();
        let is_met = match wanted {
            Does::Nothing => clicks.is_empty(),
            Does::Within => !clicks.is_empty() && done.is_empty(),
            wanted => done.contains(&wanted),
        };
        if !is_met {
            offences.push(format!("{kind:?}: {} can be clicked, which does {done:?}, not {wanted:?}", clicks.len()));
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}

#[test]
fn keys_alone_do_in_each_kind_of_panel_what_a_click_does() {
    let mut offences = Vec::new();
    for kind in kinds() {
        for nth in 0..3 {
            let Some(clicked) = click(kind, nth, By::Pointer) else { break };
            let pressed = click(kind, nth, By::Keys);
            // What is scrolled out of sight is out of the pointer's reach, and keys bring it back.
            if !clicked.is_empty() && pressed.as_ref() != Some(&clicked) {
                offences.push(format!("{kind:?} {nth}: a click does {clicked:?}, Enter {pressed:?}"));
            }
        }
    }
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}
