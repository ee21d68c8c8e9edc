//! The deterministic simulation of the sync client: production `sync`, `wire` and `cache` unmodified, real bytes through
//! the real decoders, virtual time, and one seed for everything that happens. After every event the promises are checked
//! (`oracle.rs`, `wall.rs`); `planted` proves that the checks see; `catalogue` has the named cases of the test catalogue.
//!
//! `SIM_RUNS=N` runs so many schedules, `SIM_FROM=N` begins elsewhere, `SIM_SEED=N` replays one and tells its
//! story; `SIM_GO_ON=1` lists all that fail instead of the first.

mod catalogue;
mod client;
mod disk;
mod figures;
mod machine;
pub mod model;
mod net;
mod oracle;
mod planted;
mod schedule;
mod shrink;
mod steps;
mod story;
mod tests;
pub mod wall;
pub mod wording;
pub mod world;
