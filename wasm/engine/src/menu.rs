//! The context menu of a field: opens the chooser there, or the popup for a code to copy.
//!
//! A press of any button gives a field the focus before its menu opens, so the field is the one of that frame that had the focus last. The browser names the frame; it says nothing of the
//! field that could be trusted.

use crate::{
    copy::Spot,
    effect::{FrameId, MenuEntry, TabId},
    engine::Engine,
    pages::Opening,
};

impl Engine {
    /// The user chose an entry. Where nothing can be filled the popup opens, as with the shortcut, and says what can be made if that was chosen.
    pub(crate) fn menu(&mut self, tab: TabId, frame: FrameId, entry: MenuEntry) {
        let opening = match entry {
            MenuEntry::Fill => Opening::Items,
            MenuEntry::PickAnother => Opening::OtherItems,
            MenuEntry::NewPassword => Opening::Generator,
            MenuEntry::CopyCode => return self.wish_to_copy(Spot { tab, frame }),
        };
        match self.focused_in_frame(tab, frame) {
            Some(target) => self.open_chooser(target, true, opening),
            None => self.open_popup_instead(Some((tab, opening))),
        }
    }
}
