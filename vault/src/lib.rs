//! Items and what happens to them: kinds, fields, history, merge. Pure, no I/O.

pub mod item;
