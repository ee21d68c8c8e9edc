//! Panels of the data foundation: upstream systems, how complete the data are, and the wall itself.

pub mod completeness;
pub mod sources;
pub mod wall;
