//! A saved page as the form engine sees it: what the probe would say of it, had no script run.
//!
//! Nothing is laid out. What can be seen is what attributes, inline styles and plain rules of the page's own style sheets say.

mod decode;
mod dom;
mod reader;
mod selector;
mod style;
mod surroundings;
mod text;

use countersign_forms::{FormSnapshot, RawSnapshot, SnapshotError};
pub(crate) use decode::decode;
pub(crate) use dom::{Dom, Excess, NodeId};
#[allow(unused_imports, reason = "the form suite holds its labels to it")]
pub(crate) use reader::kind_of;
#[allow(unused_imports, reason = "the form suite's labels name forms so")]
pub(crate) use selector::Selector;

/// Bytes in one page, at most. Saved pages with everything in them stay below.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// Why a page could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageError {
    /// It has more bytes than it may.
    Bytes(usize),
    /// It has more nodes, or deeper ones, than it may.
    Excess(Excess),
    /// It was read, but not as the engine wants it. A fault of ours.
    Snapshot(SnapshotError),
}

/// One control's place in its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its number, in the snapshot if it is a field there: how many controls of any kind (native, editable and ARIA; hidden ones too; those in shadow trees too)
    /// stand before it.
    pub(crate) id: u32,
    /// How many `input`, `select` and `textarea` elements of the document itself stand before it; none for anything else.
    pub(crate) index: Option<u32>,
    /// Its node.
    #[allow(dead_code, reason = "the form suite finds the forms of its labels by it")]
    pub(crate) node: NodeId,
}

/// A page that was read.
#[derive(Debug)]
pub(crate) struct Page {
    /// What the engine gets.
    pub(crate) snapshot: RawSnapshot,
    /// All controls in order, those too that are no field of the snapshot: hidden ones, buttons, and what is left out of many.
    pub(crate) places: Vec<Place>,
    /// The document.
    #[allow(dead_code, reason = "the form suite finds the forms of its labels in it")]
    pub(crate) dom: Dom,
}

impl Page {
    /// Reads a page from its bytes.
    ///
    /// # Errors
    /// [`PageError`] where it passes a bound.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, PageError> {
        if bytes.len() > MOST_BYTES {
            return Err(PageError::Bytes(bytes.len()));
        }
        let dom = Dom::parse(&decode(bytes)).map_err(PageError::Excess)?;
        let (snapshot, places) = reader::read(&dom);
        Ok(Self { snapshot, places, dom })
    }

    /// The checked snapshot.
    ///
    /// # Errors
    /// [`PageError::Snapshot`] if the reader did not keep the engine's limits.
    pub(crate) fn checked(&self) -> Result<FormSnapshot, PageError> {
        FormSnapshot::parse(self.snapshot.clone()).map_err(PageError::Snapshot)
    }

    /// The place of a control.
    pub(crate) fn place(&self, id: u32) -> Option<Place> {
        self.places.iter().find(|place| place.id == id).copied()
    }
}

#[cfg(test)]
mod tests;
