//! How far away the viewers are: text sizes and density follow.

use serde::Deserialize;

/// How far away the viewers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// It hangs in a room and is read from 3–12 m.
    #[default]
    Wall,
    /// Somebody sits 65 cm in front of it, with a mouse.
    Desk,
}

impl Profile {
    /// Factor on the sizes of desk text.
    pub const fn scale(self) -> f32 {
        match self {
            Profile::Desk => 1.0,
            Profile::Wall => 1.34,
        }
    }
}
