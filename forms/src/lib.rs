//! Form detection.
