//! Lists in pieces that fit into a message.

use countersign_seal::{codec, session};
use serde::Serialize;

/// How much of a frame a page of items may fill; its envelope needs little more.
pub(crate) const WHOLE_FRAME: usize = session::FRAME_LIMIT - 10_000;
/// How much of a message a page of anything else may fill.
pub(crate) const HALF_FRAME: usize = session::FRAME_LIMIT / 2;

/// As many, from the first on, as fit into so many bytes.
pub(crate) fn fitting<T: Serialize>(all: impl Iterator<Item = T>, mut room: usize) -> Vec<T> {
    let fits = all.take_while(|one| {
        let size = codec::to_vec(one).map_or(usize::MAX, |bytes| bytes.len());
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    });
    fits.collect()
}
