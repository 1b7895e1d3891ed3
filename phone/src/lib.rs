//! The phone app.
