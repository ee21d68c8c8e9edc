//! Panels bound to indicators 指标: rates, one big number, trends, ranked areas, small multiples, lanes, the funnel of
//! mediation, and the card that says where a number comes from.
//!
//! Each is a function of the numbers its scene file names ([`number::Numbers`]); `words.rs` writes numbers, `plot.rs`
//! draws series. `block.rs` asks [`indicator_ui`], `layout.rs` asks [`want`].

mod axis;
mod big_number;
pub mod formula;
mod funnel;
mod lanes;
mod number;
mod number_rows;
mod plot;
mod ranked_bars;
mod rates;
mod small_multiples;
mod trend;
mod whole;
mod words;

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bevy_egui::egui::{Rect, Ui};

use super::digest::Digest;
use super::look::Look;
use super::{Board, Intent};
use crate::domain::Definition;
use crate::scene::{Bound, PanelKind, PanelSpec};
use number::Numbers;

/// Draws a panel that is bound to indicators, which has others of its kind beside it; says what a person asked of it.
pub(super) fn indicator_ui(
    ui: &Ui,
    board: &Board<'_>,
    digest: &Digest,
    panel: &PanelSpec,
    beside: &[&PanelSpec],
) -> Option<Intent> {
    let numbers = Numbers::of(board, beside.iter().map(|panel| &*panel.bound).collect());
    let (look, bound) = (&board.look, &*panel.bound);
    match panel.kind {
        PanelKind::Rates => rates::rates_ui(ui, look, &numbers, bound),
        PanelKind::BigNumber => big_number::big_number_ui(ui, look, &numbers, bound),
        PanelKind::Trend => trend::trend_ui(ui, look, &numbers, bound),
        PanelKind::RankedBars => ranked_bars::ranked_bars_ui(ui, look, &numbers, bound),
        PanelKind::SmallMultiples => small_multiples::small_multiples_ui(ui, look, &numbers, bound),
        PanelKind::Lanes => lanes::lanes_ui(ui, look, &numbers, bound, digest),
        PanelKind::Funnel => funnel::funnel_ui(ui, look, &numbers, bound),
        PanelKind::Numbers => number_rows::number_rows_ui(ui, look, &numbers, bound),
        _ => None,
    }
}

/// Draws the card of the number that is asked about, if one is; see [`formula::card_ui`].
pub(super) fn card_ui(
    root: &Ui,
    board: &Board<'_>,
    asked: Option<&formula::Asked>,
    free: Rect,
    intents: &mut Vec<Intent>,
) -> Option<Rect> {
    formula::card_ui(root, &board.look, &Numbers::of(board, Vec::new()), asked, free, intents)
}

/// The word of the unit of a key, for what is said of it elsewhere.
pub(super) fn unit_words(look: &Look<'_>, key: &str, definition: Option<&Definition>) -> Cow<'static, str> {
    words::unit_of(look, key, definition)
}

/// The height at which rates say how they are counted, too, u.
pub(super) fn good_for_rates(bound: &Bound) -> f32 {
    rates::good(bound.indicators.len())
}

/// The height at which rows of numbers say what their shares are shares of, u.
pub(super) fn good_for_numbers(bound: &Bound) -> f32 {
    number_rows::good(bound.indicators.len())
}

/// The least and the best height of a panel that is bound to indicators, u, and whether it takes what is left.
pub(super) fn want(kind: PanelKind, bound: &Bound) -> (f32, f32, bool) {
    let n = bound.indicators.len().max(1) as f32;
    match kind {
        PanelKind::Rates => (rates::least(n as usize), 2000.0, true),
        PanelKind::BigNumber => (180.0 * n, 2000.0, true),
        PanelKind::Trend => (trend::least(n as usize), 2000.0, true),
        // Seven areas and the key below them.
        PanelKind::RankedBars => (366.0, 2000.0, true),
        PanelKind::SmallMultiples => (336.0, 2000.0, true),
        PanelKind::Lanes => (lanes::least(bound), lanes::best(bound), true),
        PanelKind::Funnel => (funnel::least(bound), 900.0, true),
        PanelKind::Numbers => (number_rows::least(n as usize), number_rows::best(n as usize), true),
        _ => (150.0, 900.0, true),
    }
}
