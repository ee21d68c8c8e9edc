//! The reference platform: what a district without one can start with, and what every test of the wall talks to.
//!
//! `district` makes a place, `clockwork` makes its tickets live, `import` takes real data instead, `store` keeps both,
//! `api` and `stream` serve them over HTTP. It shares `domain` with the wall and nothing else. No Bevy here.

pub mod api;
pub mod clockwork;
pub mod district;
pub mod import;
pub mod store;
pub mod stream;
