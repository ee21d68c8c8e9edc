//! The platform API and the one thread that talks to it. Nothing here knows Bevy.
//!
//! [`start`] spawns the thread named `platform` and returns a [`Link`]: deliveries come out of a bounded channel, asks
//! go in, dropping the link stops the thread. JSON, status codes and retries never leave this module.

pub mod cache;
pub mod chronometer;
pub mod delivery;
pub mod health;
pub mod http;
pub mod limits;
pub mod outbox;
pub mod probe;
pub mod sync;
pub mod thread;
pub mod wire;

#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;

pub use cache::CacheOptions;
pub use delivery::{Ask, Delivery, TicketChange};
pub use health::{Health, HealthBoard};
pub use http::{Auth, PlatformConfig, StartError};
pub use probe::{Check, probe};
pub use thread::{Link, start};
