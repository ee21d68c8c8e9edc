//! `[rotation]`: how scenes follow each other without a hand, of the wall and of each display.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::WarningLevel;
use crate::scene::RotationPlan;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotationFile {
    dwell_s: Option<u64>,
    pause_s: Option<u64>,
    #[serde(default)]
    pub(super) scenes: Vec<String>,
    hold_on: Option<HoldOn>,
}

/// Which warnings hold the rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum HoldOn {
    Red,
    Orange,
    None,
}

impl HoldOn {
    fn level(self) -> Option<WarningLevel> {
        match self {
            HoldOn::Red => Some(WarningLevel::Red),
            HoldOn::Orange => Some(WarningLevel::Orange),
            HoldOn::None => None,
        }
    }
}

impl RotationFile {
    /// What it means; `dwell_s` is a flag that wins. The error says what is wrong.
    pub(super) fn plan(&self, dwell_s: Option<u64>) -> Result<RotationPlan, String> {
        let dwell_s = dwell_s.or(self.dwell_s).unwrap_or(30);
        if !(5..=86_400).contains(&dwell_s) {
            return Err(format!("dwell_s: {dwell_s} is not from 5 to 86400 seconds"));
        }
        let pause_s = self.pause_s.unwrap_or(120);
        if pause_s > 86_400 {
            return Err(format!("pause_s: {pause_s} is more than 86400 seconds"));
        }
        Ok(RotationPlan {
            scenes: self.scenes.clone(),
            dwell: Duration::from_secs(dwell_s),
            pause: Duration::from_secs(pause_s),
            hold_on: self.hold_on.unwrap_or(HoldOn::Orange).level(),
        })
    }
}
