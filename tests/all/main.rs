//! The integration tests, one binary with a file per subject.
//!
//! `support` makes the next test easy; `imports` keeps the module table of the code map true; `program` runs the
//! program as a person would; `window` clicks on a real window under Xvfb.

mod imports;
mod program;
mod support;
mod window;
