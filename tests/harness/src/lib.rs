//! Drives real browsers, servers and processes for tests.
