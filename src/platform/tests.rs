//! Tests of the thread.
