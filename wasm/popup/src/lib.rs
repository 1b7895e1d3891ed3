//! The extension's popup and chooser.
