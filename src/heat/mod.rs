//! Where events are dense: the arithmetic of the heat map, what it is asked for and what it found. A leaf: it draws
//! nothing and knows no panel. `layers/heat` feeds and draws it, `panels/heat_*` show its figures and ask for changes.

pub mod block;
pub mod blur;
pub mod counts;
pub mod dial;
pub mod event;
pub mod field;
pub mod figures;
pub mod memory;
pub mod model;
pub mod oracle;
pub mod paint;
pub mod rhythm;
pub mod ring;
pub mod settings;
pub mod weight;

pub use dial::Dial;
pub use figures::{Figures, Ranked};
pub use settings::{HeatChange, HeatSettings, Mode, Scale, State};
