//! `kill -9` at any moment: mail that the relay took is delivered, as it was, once or again, and never lost.
//!
//! What happens is drawn from a seed, which is printed: `COUNTERSIGN_SEED` draws the same again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

mod support;

use countersign_seal::{
    envelope::Envelope,
    id::AccountId,
    log::{DeviceKind, Log},
};
use countersign_wire::relay::{FromRelay, ToRelay};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use support::{Client, Member, RelayProcess, account, now};
use tokio::time::{sleep, timeout};

#[tokio::test(flavor = "multi_thread")]
async fn accepted_mail_survives_kills() {
    run(1, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: kills a relay for two minutes"]
async fn soak_accepted_mail_survives_kills() {
    run(now().0, Duration::from_secs(120)).await;
}

/// Numbers drawn from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn from_seed(otherwise: u64) -> Self {
        let seed = std::env::var("COUNTERSIGN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        println!("COUNTERSIGN_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (drawn ^ (drawn >> 31)) % end
    }
}

/// What is known of one envelope.
#[derive(Default)]
struct Mail {
    /// The relay said that it has it.
    accepted: bool,
    delivered: u32,
    /// The relay dealt with the acknowledgement.
    gone: bool,
}

/// All envelopes that were ever sent.
#[derive(Default)]
struct Post(HashMap<Vec<u8>, Mail>);

impl Post {
    /// Takes a delivery: it was sent, it is as it was sent, and it was not gone.
    fn delivered(&mut self, envelope: &[u8]) {
        let mail = self.0.get_mut(envelope).expect("nobody sent that");
        assert!(!mail.gone, "an envelope that was dealt with is delivered again");
        mail.delivered += 1;
    }
}

async fn run(seed: u64, time: Duration) {
    let mut chance = Chance::from_seed(seed);
    let (log, desktop, phone) = account().await;
    let mut relay = RelayProcess::start().await;
    drop(Client::register_and_login(&relay, &log, &desktop).await.unwrap());
    let (mut post, end, mut kills) = (Post::default(), Instant::now() + time, 0_u32);
    while kills < 3 || Instant::now() < end {
        let sender = Client::login(&relay, log.account(), &desktop).await.unwrap();
        let receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
        let pause = Duration::from_millis(chance.below(180));
        let (made, sent, received) = {
            let seed = chance.below(u64::MAX);
            let sending = send(sender, &log, &desktop, &phone);
            let receiving = receive(receiver, Chance(seed));
            let killing = async {
                sleep(pause).await;
                relay.restart().await;
            };
            let ((made, sent), received, ()) = tokio::join!(sending, receiving, killing);
            (made, sent, received)
        };
        kills += 1;
        for envelope in made {
            post.0.entry(envelope).or_default();
        }
        sent.iter().for_each(|envelope| post.0.get_mut(envelope).unwrap().accepted = true);
        received.iter().for_each(|envelope| post.delivered(envelope));
        if chance.below(3) == 0 {
            drain(&relay, log.account(), &phone, &mut post).await;
        }
    }
    drain(&relay, log.account(), &phone, &mut post).await;
    let lost = post.0.values().filter(|mail| mail.accepted && mail.delivered == 0).count();
    let again = post.0.values().filter(|mail| mail.delivered > 1).count();
    println!("{kills} kills, {} envelopes, {again} delivered more than once", post.0.len());
    assert_eq!(lost, 0, "envelopes that the relay accepted never came");
    assert!(
        post.0.values().filter(|mail| mail.accepted).count() > usize::try_from(kills).unwrap(),
        "hardly any mail was accepted"
    );
}

/// Sends until the relay is gone; what was made, and what of it was accepted.
async fn send(mut client: Client, log: &Log, desktop: &Member, phone: &Member) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    assert_eq!(phone.device().kind, DeviceKind::Phone);
    let keys = &log.active(phone.id).unwrap().device.keys;
    let (mut made, mut accepted) = (Vec::new(), Vec::new());
    for call in 0_u32.. {
        let body = call.to_be_bytes();
        let envelope = Envelope::seal(&desktop.keys, log.account(), keys, now(), 3_600_000, &body).await.unwrap();
        made.push(envelope.as_bytes().to_vec());
        client.tell(&ToRelay::Send { call, envelope: envelope.as_bytes().to_vec() }).await;
        match client.next().await {
            Some(FromRelay::Done { call: done, .. }) => assert_eq!(done, call),
            None => break,
            other => panic!("{other:?}"),
        }
        accepted.push(envelope.as_bytes().to_vec());
    }
    (made, accepted)
}

/// Receives until the relay is gone, and acknowledges most of it.
async fn receive(mut client: Client, mut chance: Chance) -> Vec<Vec<u8>> {
    let (mut received, mut last) = (Vec::new(), 0);
    while let Some(message) = client.next().await {
        let FromRelay::Deliver { delivery, envelope } = message else { panic!("{message:?}") };
        assert!(delivery > last, "out of order");
        last = delivery;
        received.push(envelope);
        if chance.below(4) > 0 {
            client.tell(&ToRelay::Ack { delivery }).await;
        }
    }
    received
}

/// Receives and acknowledges all that waits. The relay confirms that it is gone.
async fn drain(relay: &RelayProcess, account: AccountId, phone: &Member, post: &mut Post) {
    let mut client = Client::login(relay, account, phone).await.unwrap();
    while let Ok(message) = timeout(Duration::from_millis(300), client.next()).await {
        let Some(FromRelay::Deliver { delivery, envelope }) = message else { panic!("{message:?}") };
        post.delivered(&envelope);
        client.tell(&ToRelay::Ack { delivery }).await;
    }
    client.settle().await;
    // Mail that was accepted before has now been delivered, and is gone.
    for mail in post.0.values_mut().filter(|mail| mail.accepted || mail.delivered > 0) {
        assert!(mail.delivered > 0, "an envelope that the relay accepted did not come");
        mail.gone = true;
    }
}
