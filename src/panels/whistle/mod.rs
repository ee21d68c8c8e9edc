//! Whistle calls 吹哨报到 on the wall: the board of calls with the arrival clock of each department, and the five triggers.

pub mod board;
pub mod on_map;
pub mod triggers;

#[cfg(test)]
pub mod samples;

use crate::domain::{WhistleResult, WhistleTrigger};

/// The key of a trigger's name.
pub const fn trigger_key(trigger: WhistleTrigger) -> &'static str {
    match trigger {
        WhistleTrigger::BeyondDuty => "whistle-beyond-duty",
        WhistleTrigger::UnclearOwner => "whistle-unclear-owner",
        WhistleTrigger::CrossArea => "whistle-cross-area",
        WhistleTrigger::MultiDepartment => "whistle-multi-department",
        WhistleTrigger::Complex => "whistle-complex",
    }
}

/// The key of a result's name; without one the call goes on.
pub const fn result_key(result: Option<WhistleResult>) -> &'static str {
    match result {
        None => "whistle-going-on",
        Some(WhistleResult::Solved) => "whistle-solved",
        Some(WhistleResult::Partly) => "whistle-partly",
        Some(WhistleResult::Raised) => "whistle-raised",
    }
}
