//! From the browser's frame tree to an origin chain.

use crate::effect::{Frame, FrameId, Sender};
use countersign_seal::origin::{Origin, OriginChain};

/// The most frames between a document and its top document, both included.
const DEPTH_LIMIT: usize = 8;

/// The origins from the top document down to the sender's, if every document on the way is shown and has an origin of its own.
///
/// A sandboxed document's origin is opaque although its URL has one: the two must agree. Above the sender only URLs are known, so a document without an
/// `http` or `https` URL there (`about:srcdoc`, `data:`) may be opaque, and ends the search.
pub(crate) fn origin_chain(sender: &Sender, frames: &[Frame]) -> Option<OriginChain> {
    let leaf = find(frames, sender.frame)?;
    let origin = Origin::parse(&sender.origin).ok()?;
    if !is_of(leaf, sender) {
        return None;
    }
    let mut origins = vec![origin];
    let mut parent = leaf.parent;
    while parent.0 >= 0 {
        let frame = find(frames, parent).filter(|frame| frame.active)?;
        origins.push(Origin::parse(frame.origin.as_deref()?).ok()?);
        if origins.len() > DEPTH_LIMIT {
            return None;
        }
        parent = frame.parent;
    }
    origins.reverse();
    OriginChain::new(origins).ok()
}

fn find(frames: &[Frame], id: FrameId) -> Option<&Frame> {
    frames.iter().find(|frame| frame.frame == id)
}

/// Whether the frame shows the document that the sender was.
fn is_of(frame: &Frame, sender: &Sender) -> bool {
    let same_document = match (&frame.document, &sender.document) {
        (Some(now), Some(then)) => now == then,
        _ => true,
    };
    // A document without a URL of its own has inherited the sender's origin: the browser says so.
    frame.active && same_document && frame.origin.as_ref().is_none_or(|origin| *origin == sender.origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::TabId;

    fn frame(id: i64, parent: i64, origin: &str) -> Frame {
        let origin = (!origin.is_empty()).then(|| origin.to_owned());
        Frame { frame: FrameId(id), parent: FrameId(parent), origin, document: Some(format!("d{id}")), active: true }
    }

    fn sender(id: i64, origin: &str) -> Sender {
        Sender {
            tab: TabId(1),
            frame: FrameId(id),
            document: Some(format!("d{id}")),
            origin: origin.into(),
            private: false,
        }
    }

    fn chain(sender: &Sender, frames: &[Frame]) -> Option<Vec<String>> {
        origin_chain(sender, frames).map(|chain| chain.origins().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_top_document_stands_first() {
        let frames =
            [frame(0, -1, "https://a.example"), frame(4, 0, "https://b.example"), frame(7, 4, "https://c.example")];
        assert_eq!(
            chain(&sender(7, "https://c.example"), &frames).unwrap(),
            ["https://a.example", "https://b.example", "https://c.example"]
        );
        assert_eq!(chain(&sender(0, "https://a.example"), &frames).unwrap(), ["https://a.example"]);
    }

    #[test]
    fn opaque_documents_have_no_chain() {
        let frames = [frame(0, -1, "https://a.example"), frame(4, 0, "https://a.example")];
        assert_eq!(chain(&sender(4, "null"), &frames), None);
    }

    #[test]
    fn an_inherited_origin_is_the_browsers_word() {
        let frames = [frame(0, -1, "https://a.example"), frame(4, 0, "")];
        assert_eq!(
            chain(&sender(4, "https://a.example"), &frames).unwrap(),
            ["https://a.example", "https://a.example"]
        );
    }

    #[test]
    fn an_unknown_ancestor_ends_the_search() {
        let frames = [frame(0, -1, "https://a.example"), frame(4, 0, ""), frame(7, 4, "https://a.example")];
        assert_eq!(chain(&sender(7, "https://a.example"), &frames), None);
    }

    #[test]
    fn another_document_in_the_same_frame_is_not_the_sender() {
        let mut frames = [frame(0, -1, "https://a.example")];
        frames[0].document = Some("later".into());
        assert_eq!(chain(&sender(0, "https://a.example"), &frames), None);
        let frames = [frame(0, -1, "https://b.example")];
        assert_eq!(chain(&sender(0, "https://a.example"), &frames), None);
    }

    #[test]
    fn what_is_not_shown_gets_nothing() {
        let mut frames = [frame(0, -1, "https://a.example"), frame(4, 0, "https://a.example")];
        frames[0].active = false;
        assert_eq!(chain(&sender(0, "https://a.example"), &frames), None);
        assert_eq!(chain(&sender(4, "https://a.example"), &frames), None);
    }

    #[test]
    fn a_missing_frame_and_a_loop_end() {
        let frames = [frame(1, 2, "https://a.example"), frame(2, 1, "https://a.example")];
        assert_eq!(chain(&sender(1, "https://a.example"), &frames), None);
        assert_eq!(chain(&sender(9, "https://a.example"), &frames), None);
    }
}
