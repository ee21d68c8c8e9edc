//! Class cases 类案治理 on the wall: the board of cases with their plan and whether they come back, and the six stages.

pub mod board;
pub mod stages;

#[cfg(test)]
pub mod samples;

use super::look::Look;
use crate::domain::{ClassKind, ClassStage};

/// The key of a stage's name.
pub const fn stage_key(stage: ClassStage) -> &'static str {
    match stage {
        ClassStage::Found => "class-found",
        ClassStage::Assigned => "class-assigned",
        ClassStage::Planned => "class-planned",
        ClassStage::Treated => "class-treated",
        ClassStage::Reviewed => "class-reviewed",
        ClassStage::Closed => "class-closed",
    }
}

/// The key of a kind's name.
pub const fn kind_key(kind: ClassKind) -> &'static str {
    match kind {
        ClassKind::Common => "class-common",
        ClassKind::Cluster => "class-cluster",
        ClassKind::Joint => "class-joint",
    }
}

/// A change as a percentage: `−34 %`, `+12 %`, `±0 %`.
pub fn change(look: &Look<'_>, ratio: f64) -> String {
    format!("{} %", look.locale.signed(((ratio - 1.0) * 100.0).round() as i64))
}
