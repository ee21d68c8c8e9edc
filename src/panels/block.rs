//! One block of a column or the ribbon: which function draws which kind of panel.

use bevy_egui::egui::Ui;

use super::table::TableIntent;
use super::*;

/// The wish for the card of a number that the wall counts itself.
fn behind(asked: Option<behind::Counted>) -> Option<Intent> {
    asked.map(|asked| Intent::Behind(Some(asked)))
}

/// Draws one block of a column; `beside`: those of its kind that must have its scale.
pub(super) fn block_ui(
    ui: &mut Ui,
    board: &Board<'_>,
    state: &mut PanelState,
    panel: &PanelSpec,
    beside: &[&PanelSpec],
    scope: Option<AreaId>,
) -> Option<Intent> {
    let (look, areas, tickets, tallies) = (&board.look, board.areas, board.tickets, board.tallies);
    let drill = match panel.kind {
        PanelKind::Intake => return behind(intake::intake_ui(ui, look, tallies, &state.digest)),
        PanelKind::Stages => {
            let Some(campaign) = &panel.bound.campaign else {
                return behind(stages::stages_ui(ui, look, tallies, None));
            };
            stages::campaign_stages_ui(ui, look, (&panel.bound, campaign), &state.digest.in_hand, tickets);
            None
        }
        PanelKind::Children => children::children_ui(ui, look, areas, tallies, scope.or_else(|| areas.root())),
        PanelKind::Latest => latest::latest_ui(ui, look, areas, (tickets, &state.digest.newest), tallies, &panel.bound),
        PanelKind::Card => {
            let id = scope.or_else(|| areas.root())?;
            return behind(card::card_ui(ui, look, areas, tallies, id));
        }
        PanelKind::Table => {
            let selected = match &board.selection.target {
                Target::Ticket(id) => Some(id),
                Target::District | Target::Area(_) => None,
            };
            let order = state.order;
            let rows = state.rows(areas, scope);
            match table::table_ui(ui, look, areas, tickets, rows, selected, order) {
                Some(TableIntent::Drill(drill)) => Some(drill),
                Some(TableIntent::Sort(order)) => {
                    state.order = order;
                    None
                }
                None => None,
            }
        }
        block @ (PanelKind::AreaStages | PanelKind::AreaLimits | PanelKind::AreaCategories | PanelKind::AreaRhythm) => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let id = scope.or_else(|| areas.root())?;
            return area::block_ui(ui, look, (areas, tickets), &mut state.area, digested, id, block);
        }
        PanelKind::FlowNewest => flow_newest::flow_newest_ui(ui, look, areas, (tickets, &state.digest.newest)),
        PanelKind::FlowDue => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let view = state.due.view(digested, look, &state.digest.in_hand, tickets);
            return flow_due::flow_due_ui(ui, look, areas, tickets, view);
        }
        PanelKind::FlowRiver => {
            return behind(flow_river::flow_river_ui(ui, look, tallies, board.flow, &state.digest));
        }
        PanelKind::FlowDots => return behind(flow_dots::flow_dots_ui(ui, look, tallies, &state.digest)),
        PanelKind::Warnings => warnings::list::warnings_ui(ui, look, areas, tickets, board.figures.warnings),
        PanelKind::WarningKinds => warnings::kinds::kinds_ui(ui, look, (areas, tickets), board.figures.warnings),
        PanelKind::WarningAreas => warnings::areas::areas_ui(ui, look, areas, board.figures.warnings),
        PanelKind::WhistleBoard => {
            let on_map = &board.notes.calls;
            whistle::board::board_ui(ui, look, areas, tickets, board.figures.whistle_calls, on_map)
        }
        PanelKind::WhistleTriggers => {
            whistle::triggers::triggers_ui(ui, look, (areas, tickets), board.figures.whistle_calls)
        }
        PanelKind::ClassCases => {
            let on_map = &board.notes.calls;
            class_cases::board::board_ui(ui, look, areas, tickets, board.figures.class_cases, on_map)
        }
        PanelKind::ClassStages => class_cases::stages::stages_ui(ui, look, (areas, tickets), board.figures.class_cases),
        PanelKind::Ribbon => return behind(ribbon::ribbon_ui(ui, look, tallies, &state.digest)),
        PanelKind::CareTotals => {
            return care::totals::totals_ui(ui, look, areas, board.care, board.group).map(Intent::Care);
        }
        PanelKind::AreaCare => {
            let id = scope.or_else(|| areas.root())?;
            return care::area::area_ui(ui, look, areas, board.care, id, board.group).map(Intent::Care);
        }
        PanelKind::CareStreets => {
            let weather = care::round::weather(board.figures.warnings, look.now.at);
            let weather = weather.filter(|_| !board.care.table.is_empty());
            let rect = ui.max_rect();
            let room = rect.with_max_y(rect.bottom() - if weather.is_some() { care::round::HEIGHT } else { 0.0 });
            let mut upper = ui.new_child(UiBuilder::new().max_rect(room).id_salt("care-visits"));
            let drill = care::streets::streets_ui(&mut upper, look, areas, board.care, board.group);
            if let Some(warning) = weather {
                let foot = rect.with_min_y(room.bottom());
                care::round::round_ui(ui, look, (areas, tickets), board.care, warning, foot);
            }
            drill
        }
        PanelKind::CareProgress => {
            care::progress::progress_ui(ui, look, areas, board.care);
            None
        }
        PanelKind::Ticket => match &board.selection.target {
            Target::Ticket(id) => ticket::ticket_ui(ui, look, areas, tickets, board.detail, id),
            Target::District | Target::Area(_) => None,
        },
        PanelKind::HeatTotal => return heat_total::heat_total_ui(ui, look, board.heat).map(Intent::Heat),
        PanelKind::HeatRanking => heat_ranking::heat_ranking_ui(ui, look, areas, board.heat),
        PanelKind::HeatRhythm => {
            return behind(heat_rhythm::heat_rhythm_ui(ui, look, board.heat, &mut state.rhythm));
        }
        PanelKind::Rates
        | PanelKind::BigNumber
        | PanelKind::Trend
        | PanelKind::RankedBars
        | PanelKind::SmallMultiples
        | PanelKind::Lanes
        | PanelKind::Funnel
        | PanelKind::Numbers => return indicator::indicator_ui(ui, board, &state.digest, panel, beside),
        PanelKind::TeamStrip => return behind(teams::strip::strip_ui(ui, look, areas, board.figures.teams)),
        PanelKind::TeamStreets => teams::streets::streets_ui(ui, look, areas, board.figures.teams),
        PanelKind::GridFacts => return behind(teams::facts::facts_ui(ui, look, areas, board.figures.teams)),
        PanelKind::SourceLights => {
            foundation::sources::sources_ui(ui, look, &board.figures.sources.0);
            None
        }
        PanelKind::Completeness => {
            let held = foundation::completeness::Held {
                areas,
                tickets,
                tallies,
                rejects: board.rejects,
                indicators: board.figures.indicators,
            };
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let cache = &mut state.completeness;
            return behind(foundation::completeness::completeness_ui(ui, look, held, digested, cache));
        }
        PanelKind::WallHealth => {
            let facts =
                foundation::wall::WallFacts { health: board.health, vitals: board.vitals, rejects: board.rejects };
            return foundation::wall::wall_ui(ui, look, facts).then_some(Intent::Diagnostics);
        }
        PanelKind::Story => {
            story::story_ui(ui, look, &panel.bound, &mut state.story);
            None
        }
        PanelKind::CampaignEffect => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let cache = &mut state.campaign;
            campaign::campaign_ui(ui, look, (areas, tickets), &panel.bound, digested, cache)
        }
        PanelKind::EventWatch => {
            let digested = state.digested.map_or(look.now.mono, |(at, _)| at);
            let held = (areas, tickets, &*state.digest.in_hand);
            event_watch::event_ui(ui, look, held, &panel.bound, digested, &mut state.event)
        }
    };
    drill.map(Intent::Drill)
}
