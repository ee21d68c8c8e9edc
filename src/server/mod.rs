//! The reference platform: what a district without one can start with, and what every test of the wall talks to.
//!
//! `district` makes a place and `clockwork` makes its tickets live, joined in `synthetic`; `care` counts who needs a visit, `figures` counts everything else; `import` takes real data
//! instead, which `ingest` writes into a database. `store` keeps tickets and `catalog` areas and base map, both as the
//! finished JSON of `feature`; `api` and `stream` serve them over HTTP on the `clock` of the platform, `live` keeps them
//! moving, `serve` runs it all. It shares `domain` with the wall and nothing else. No Bevy here.

pub mod api;
pub mod care;
pub mod catalog;
pub mod clock;
pub mod clockwork;
pub mod district;
pub mod facts;
pub mod faults;
pub mod feature;
pub mod figures;
pub mod import;
pub mod ingest;
pub mod live;
pub mod serve;
pub mod store;
pub mod stream;
pub mod synthetic;

#[cfg(test)]
mod tests;

pub use faults::{FaultPlan, Faults};
pub use serve::{Content, Running, ServeError, ServeOptions, start};
pub use store::{Archive, Change, Origin, StoreError};
