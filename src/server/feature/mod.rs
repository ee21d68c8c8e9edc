//! Domain values as the JSON of the platform API, written once and stored as text: features of tickets, areas, places.
//!
//! Only writing lives here; what the wall reads is parsed by its own client. `docs/platform-api.md` is the contract.

pub mod area;
pub mod stamp;
pub mod ticket;

pub use area::{area_feature, geometry_json, place_feature};
pub use stamp::Stamp;
pub use ticket::{detail_extras, ticket_feature};

/// Appends `value` as JSON. The values written here cannot fail to serialise; should one, it is logged and left `null`.
fn push_json(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    let start = out.len();
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        tracing::error!(%error, "a value could not be written as JSON");
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}
