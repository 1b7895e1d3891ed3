//! The extensions that may speak to this daemon: ours, under the id that each browser family gives it.

use std::sync::LazyLock;

#[derive(serde::Deserialize)]
struct Ids {
    gecko: String,
    chromium: String,
}

static IDS: LazyLock<Option<Ids>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../manifest/ids.json")).ok());

/// Whether `id`, as the browser told the native messaging host, is ours.
pub(crate) fn is_ours(id: &str) -> bool {
    IDS.as_ref().is_some_and(|ids| id == ids.gecko || id == ids.chromium)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ours() {
        let ids = IDS.as_ref().unwrap();
        assert!(is_ours(&ids.gecko));
        assert!(is_ours(&ids.chromium));
        for other in ["", "*", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &ids.chromium[1..], &format!("{} ", ids.gecko)] {
            assert!(!is_ours(other), "{other:?}");
        }
    }
}
