//! What nobody answers in time. The daemon runs inside these tests, which turn its monotonic clock.

use crate::{
    browser::Browser,
    desk::{Desk, Relay, SITE, login},
    phone::Phone,
};
use countersign_seal::request::LIFETIME_MILLIS;
use countersign_wire::local::{Fault, Method, Progress, Reply};
use std::time::Duration;

/// Lets a request's lifetime pass.
async fn pass() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(LIFETIME_MILLIS + 1000)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_unconfirmed_fill_expires() {
    let relay = Relay::start().await;
    let desk = Desk::inside(&relay).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let item = desk.add_login("hunter2").await;
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::ConfirmHere);
    pass().await;
    assert_eq!(session.progress(ask.id).await, Progress::Expired);
    assert_eq!(session.call(Method::Confirm { request: ask.id }).await.unwrap_err(), Fault::NotFound);
    assert!(browser.ask(&mut session, &item).await.is_ok());
}

#[tokio::test]
async fn an_unanswered_request_expires_and_one_that_no_phone_took_says_so() {
    let relay = Relay::start().await;
    let desk = Desk::inside(&relay).await;
    let browser = Browser::paired(&desk).await;
    let mut phone = Phone::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let Ok(Reply::Item(item)) = session.call(Method::Add { draft: login("Example", SITE, "hunter2") }).await else {
        panic!("not added")
    };
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::Asked);
    let shown = phone.request().await;
    phone.delivered(&shown).await;
    assert_eq!(session.progress(ask.id).await, Progress::Delivered);
    pass().await;
    assert_eq!(session.progress(ask.id).await, Progress::Expired);

    phone.come_back().await;
    phone.approve(&shown, ask.number.get()).await;
    phone.leave().await;
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::Asked);
    // On its way: the relay has it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    pass().await;
    assert_eq!(session.progress(ask.id).await, Progress::PhoneUnreachable);
}
