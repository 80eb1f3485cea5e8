//! What a file's metadata and name say: executables and special modes, process managers, baked-in credentials files, leftovers of tests.

pub(crate) mod modes;
pub(crate) mod traces;
