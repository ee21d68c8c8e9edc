//! The integration tests, one binary with a file per subject.
//!
//! `support` makes the next test easy; `displays` opens two windows of one wall; `field_rows` holds the table of field rows
//! against what is shipped; `figures` follows indicators and their like from the platform to the city; `glyphs` holds
//! every text against the shipped fonts; `imports` keeps the table of
//! who may import whom true; `monitors` takes displays away under a headless sway; `platform` holds the wall's client
//! against the reference platform, whole and with faults; `program` runs the program as a person would; `reliability` puts
//! a bad network between wall and platform; `supervise` ends and stops real walls; `window` clicks on a real window under
//! Xvfb; `x11_monitors` takes displays away under Xorg.

mod displays;
mod field_rows;
mod figures;
mod glyphs;
mod imports;
mod monitors;
mod platform;
mod program;
mod reliability;
mod supervise;
mod support;
mod window;
mod x11_monitors;
