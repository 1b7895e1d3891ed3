//! Design tokens and Leptos components that the pages share.
