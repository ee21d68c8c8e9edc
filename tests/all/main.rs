//! The integration tests, one binary with a file per subject.
//!
//! `support` makes the next test easy; `imports` keeps the module table of the code map true; `platform` holds the wall's
//! client against the reference platform, whole and with faults; `program` runs the program as a person would; `window` clicks on a real window under Xvfb.

mod imports;
mod platform;
mod program;
mod support;
mod window;
