//! Pauses between two looks at something that is waited for.

use std::time::Duration;

use tokio::time::sleep;

const FIRST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_millis(160);

/// Growing pauses: what is quick is seen at once, and what takes long leaves the machine to those who do it.
#[derive(Debug)]
pub(crate) struct Pauses(Duration);

impl Pauses {
    pub(crate) const fn new() -> Self {
        Self(FIRST)
    }

    pub(crate) async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 3 / 2).min(LONGEST);
    }
}
