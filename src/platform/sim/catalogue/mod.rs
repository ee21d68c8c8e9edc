//! The named cases of the test catalogue that virtual time can show.
