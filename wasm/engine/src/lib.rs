//! The extension worker's engine.
