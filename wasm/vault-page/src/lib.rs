//! The extension's vault page.
