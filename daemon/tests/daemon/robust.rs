//! The ground gives way: the disk, the store, the clock, the relay. Each has one outcome, and loses nothing. All of it is injected for real.

mod backups;
mod clocks;
mod damage;
mod disk;
mod outage;
mod shim;
mod small_disk;
mod two_daemons;
mod versions;

use crate::browser::Session;
use countersign_seal::id::RequestId;
use countersign_wire::local::{Event, Progress};

/// Waits until a request is approved and its one value is here, whichever is told first.
async fn filled(session: &mut Session, request: RequestId) {
    let (mut approved, mut values) = (false, None);
    while !approved || values.is_none() {
        match session.event().await {
            Event::Released { request: released, values: came } if released == request => values = Some(came.len()),
            Event::Progress { request: moved, progress } if moved == request => match progress {
                Progress::Approved => approved = true,
                Progress::Asked | Progress::Delivered => {}
                other => panic!("{other:?}"),
            },
            Event::Changed(_) | Event::Progress { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(values, Some(1));
}
