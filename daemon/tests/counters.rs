//! `kill -9` at any moment: no code of a counter is handed out twice.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]
#![cfg(unix)]

use countersign_daemon::{
    store::{OpenStore, Store},
    unlock::Keystore,
};
use countersign_seal::{
    field::{FieldKind, Policy},
    id::UnixMillis,
    origin::{Origin, Site},
    secret::SecretBytes,
};
use countersign_vault::{
    item::{FieldDraft, ItemDraft, ItemKind, MetadataDraft},
    one_time_code::{Seed, choose},
};
use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

const DIR: &str = "COUNTERSIGN_TEST_DIR";
const SEED: &str = "otpauth://hotp/Example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&counter=0";
const ROUNDS: u64 = 8;

fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(String::from(text))
}

async fn unlock(dir: &Path) -> OpenStore {
    let store = Store::open(dir).await.unwrap();
    store.unlock(secret("a long passphrase"), &Keystore::absent()).await.unwrap()
}

#[tokio::test]
#[ignore = "run by no_code_is_handed_out_twice"]
async fn child_that_hands_out_codes() {
    let dir: PathBuf = std::env::var_os(DIR).expect("run by another test").into();
    let mut open = unlock(&dir).await;
    let item = open.items("", 0, 1).0.remove(0);
    loop {
        let value = open.release_local(item.id, &[item.fields[0].id]).await.unwrap().remove(0).value;
        // Handed out: from here on the parent has it, whatever happens.
        let mut out = std::io::stdout().lock();
        writeln!(out, "\ncode {}", value.expose_str().unwrap()).unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn no_code_is_handed_out_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let mut open = store.set_up(secret("a long passphrase"), "Desk", &Keystore::absent()).await.unwrap();
    let sites = vec![Site::exact(Origin::parse("https://example.com").unwrap())];
    let metadata = MetadataDraft { title: "Example".into(), sites, policy: Policy::default() };
    let field = FieldDraft { id: None, kind: FieldKind::OneTimeCodeSeed, value: secret(SEED) };
    let kind = ItemKind::OneTimeCode;
    let draft = ItemDraft { kind, metadata, username: String::new(), fields: vec![field], identity: None };
    open.add(draft).await.unwrap();
    drop((open, store));

    let seed = Seed::parse(SEED).unwrap();
    let code = |counter| choose(seed.codes(Some(counter), UnixMillis(0)).unwrap()).0.expose_str().unwrap().to_owned();
    // Eight digits repeat among so many: what counts is that each is the one that comes next, or one after it.
    let mut next = 0;
    let mut handed_out = HashMap::new();
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_hands_out_codes", "--ignored", "--nocapture", "--test-threads=1"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut codes = lines.by_ref().filter_map(|line| line.strip_prefix("code ").map(str::to_owned));
        let first = codes.next().unwrap();
        sleep(Duration::from_millis(3 + 11 * round));
        child.kill().unwrap();
        let codes: Vec<_> = core::iter::once(first).chain(codes).collect();
        child.wait().unwrap();
        for (index, handed) in codes.iter().enumerate() {
            // At most one was spent and never seen: that at which the last round ended.
            let spent = if index == 0 && round > 0 { next + 1 } else { next };
            let counter = (next..=spent).find(|counter| code(*counter) == *handed).expect("a code of before");
            assert_eq!(handed_out.insert(counter, round), None);
            next = counter + 1;
        }
    }
    assert!(handed_out.len() > usize::try_from(2 * ROUNDS).unwrap(), "{next}");
}
