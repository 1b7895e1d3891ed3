//! The messages of every hop and their versions.
