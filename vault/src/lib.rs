//! Items, folders, history, merge.
