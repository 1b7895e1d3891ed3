//! From what a person types to where an item may be used. The public suffix list lives here, in the daemon, and nowhere else.
#![allow(clippy::todo, unused_variables)]

use crate::store::Result;
use countersign_seal::origin::Site;

/// How far a typed site is meant to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This host and port only.
    Host,
    /// The registrable domain and all hosts under it.
    Domain,
}

/// Reads a typed URL (`https://example.com/login`) or host (`example.com`, `localhost:8080`) as a site.
pub fn parse_site(typed: &str, reach: Reach) -> Result<Site> {
    todo!()
}
