//! Scenes of several files that ask for the same computer, phone and browser, played in turn: starting those is most of what such tests cost.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Home, Kind, Options, PATIENCE, Site,
    spine::{Desk, Unlock},
};

use crate::{
    cards, codes, copies, corrections, demo, devices, diagnose, documents, fill, formats, frameworks, generator,
    hostile_chooser, hostile_globals, hostile_sites, http_authentication, new_passwords, phone, private,
    rig::{Rig, plays, scene, share},
    saving, screens, spine, submit, suite, two_steps, vault, webcrypto,
};

/// What sites ask for, and what users say of them.
async fn on_sites(kind: Kind) -> Result<()> {
    let rig = Rig::set_up(kind, Unlock::Passphrase).await?;
    scene("corrections", corrections::fills_where_the_user_said(&rig)).await?;
    let rig = rig.anew().await?;
    scene("replaced globals", hostile_globals::pages_that_replace_everything_hear_nothing(&rig)).await?;
    let rig = cards::shop(rig).await?;
    scene("cards", cards::pays(&rig)).await?;
    scene("formats", formats::fit_their_fields(&rig)).await?;
    let rig = rig.anew().await?;
    scene("two steps", two_steps::logs_in_on_two_pages(&rig)).await?;
    let (sites, rig) = hostile_chooser::Sites::visit(rig).await?;
    scene("against the chooser", hostile_chooser::pages_cannot_press_cover_or_count_the_chooser(&rig, &sites)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_cards_two_pages_and_pages_against_the_chooser_in_chromium() -> Result<()> {
    on_sites(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_cards_two_pages_and_pages_against_the_chooser_in_firefox() -> Result<()> {
    on_sites(Kind::Firefox).await
}

/// What pages are given and what is made for them, what is submitted for their users, and servers that ask by themselves.
async fn given(kind: Kind) -> Result<()> {
    let proxy = Site::start().await?;
    let options = Options::default().proxy(http_authentication::BEHIND_PROXY, proxy.port());
    let rig = Rig::set_up_with(kind, Unlock::Passphrase, options).await?;
    // Saving quits the browser, which then knows of no proxy.
    scene("proxies", http_authentication::proxies_are_left_to_the_browser(&rig, &proxy)).await?;
    let rig = rig.anew().await?;
    let rig = scene("saving", saving::keeps_what_pages_took(rig)).await?;
    let mut rig = rig.anew().await?;
    scene("generator", generator::makes_new_passwords(&mut rig)).await?;
    let rig = rig.anew().await?;
    scene("submit after fill", submit::only_where_the_item_says_so(&rig)).await?;
    let rig = rig.anew().await?;
    scene("servers that ask", http_authentication::servers_are_answered_after_approval(&rig)).await?;
    scene("parts of a page", http_authentication::parts_of_a_page_have_one_answer(&rig)).await?;
    scene("realms", http_authentication::realms_are_answered_one_by_one(&rig)).await?;
    scene("servers in vain", http_authentication::all_else_is_left_to_the_browser(&rig)).await?;
    scene("a popup by itself", http_authentication::the_popup_opens_by_itself(&rig)).await?;
    scene("private windows", private::are_filled_and_nothing_is_kept_of_them(&rig)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_saved_made_and_submitted_and_servers_answered_in_chromium() -> Result<()> {
    given(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_saved_made_and_submitted_and_servers_answered_in_firefox() -> Result<()> {
    given(Kind::Firefox).await
}

/// Every way in which a request ends. With PIN and keystore; most other tests unlock with a passphrase.
async fn requests(kind: Kind) -> Result<()> {
    let rig = Rig::set_up(kind, Unlock::Pin).await?;
    scene("a yes", spine::fills_after_approval(&rig)).await?;
    let rig = rig.anew().await?;
    scene("a no", spine::says_no(&rig)).await?;
    let rig = rig.anew().await?;
    scene("not me", spine::was_not_me(&rig)).await?;
    let rig = rig.anew().await?;
    scene("its document goes", documents::ends_with_its_document(&rig)).await?;
    let rig = rig.anew().await?;
    scene("its form or window goes", documents::ends_with_its_form_or_window(&rig)).await?;
    let rig = rig.next(Site::start().await?, suite::save).await?;
    scene("pages of the form suite", suite::sample_is_filled(&rig)).await?;
    let mut rig = rig.anew().await?;
    scene("kills", spine::survives_kills(&mut rig)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_filled_after_a_yes_and_end_with_all_else_in_chromium() -> Result<()> {
    requests(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_filled_after_a_yes_and_end_with_all_else_in_firefox() -> Result<()> {
    requests(Kind::Firefox).await
}

/// One-time codes; forms for new passwords; what is edited after it was sealed; and who else may fill it.
async fn sealed(kind: Kind) -> Result<()> {
    let rig = Rig::around(kind, Unlock::Passphrase, Options::default(), codes::site().await?, codes::save).await?;
    scene("codes", codes::are_filled(&rig)).await?;
    scene("codes to copy", copies::are_shown_and_copied(&rig)).await?;
    let rig = rig.next(codes::site().await?, codes::save).await?;
    scene("a login and its code", codes::follow_their_login(&rig)).await?;
    let rig = demo::visit(rig).await?;
    scene("new passwords", new_passwords::an_old_password_goes_into_no_box_for_a_new_one(&rig)).await?;
    let rig = rig.anew().await?;
    scene("reseals with consent", vault::reseals_with_consent(&rig)).await?;
    if plays(kind, 1) {
        let rig = rig.anew().await?;
        scene("a second profile", devices::a_second_profile_joins_and_fills(&rig)).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_new_passwords_resealed_items_and_a_second_profile_in_chromium() -> Result<()> {
    sealed(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_new_passwords_resealed_items_and_a_second_profile_in_firefox() -> Result<()> {
    sealed(Kind::Firefox).await
}

/// Forms that frameworks control, and components that people put into them.
async fn controlled(kind: Kind) -> Result<()> {
    let rig = demo::visit(Rig::set_up(kind, Unlock::Passphrase).await?).await?;
    frameworks::serve(&rig.site)?;
    scene("the demo site's forms", demo::every_form_is_filled(&rig)).await?;
    scene("frameworks", frameworks::built(&rig)).await?;
    scene("components", frameworks::components(&rig)).await?;
    scene("saving in frameworks", frameworks::logins_are_saved(&rig)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_site_frameworks_and_components_are_filled_in_chromium() -> Result<()> {
    controlled(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_site_frameworks_and_components_are_filled_in_firefox() -> Result<()> {
    controlled(Kind::Firefox).await
}

/// Before there is a phone.
async fn without_a_phone(kind: Kind) -> Result<()> {
    let mut desk = Desk::start(Unlock::Passphrase).await?;
    let browser = desk.browser(kind, hostile_sites::options(), None).await?;
    println!("{}", browser.version().await?);
    scene("the vault page", vault::keeps_items_before_there_is_a_phone(&browser)).await?;
    browser.close_tabs().await?;
    scene("confirmation", fill::fills_after_confirmation(&desk, &browser)).await?;
    scene("strict policies", fill::fills_under_strict_policies(&desk, &browser)).await?;
    scene("other sites", hostile_sites::logins_are_offered_only_where_they_belong(&desk, &browser)).await?;
    browser.close_tabs().await?;
    scene("unlocking", devices::unlocks_where_the_user_is(&mut desk, &browser)).await?;
    browser.close().await?;
    ensure!(desk.daemon.stop(PATIENCE).await?.success(), "the daemon did not end in order");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_phone_items_are_kept_and_offered_only_where_they_belong_in_chromium() -> Result<()> {
    without_a_phone(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_phone_items_are_kept_and_offered_only_where_they_belong_in_firefox() -> Result<()> {
    without_a_phone(Kind::Firefox).await
}

/// A browser without the extension.
async fn plain(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let browser = Browser::launch(kind, &home, Options::default()).await?;
    if kind == Kind::Chromium {
        scene("the demo site", demo::shows_well_and_keeps_its_policy(&browser)).await?;
    }
    for path in share(kind, ["/window", "/worker-page"]) {
        scene("WebCrypto", webcrypto::keeps_the_contract(&browser, path)).await.context(path)?;
    }
    scene("the phone app on any host", phone::hosted::keeps_its_policy(&browser)).await?;
    scene("the phone app's whole life", phone::whole_life(browser, home)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_pages_webcrypto_and_the_phone_app_in_chromium() -> Result<()> {
    plain(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_pages_webcrypto_and_the_phone_app_in_firefox() -> Result<()> {
    plain(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_off_whoever_looks_and_a_bundle_names_nobody() -> Result<()> {
    let rig = Rig::set_up(Kind::Chromium, Unlock::Passphrase).await?;
    scene("screens", screens::nothing_is_cut_off(&rig)).await?;
    rig.desk.unlock().await?;
    let mut rig = rig.anew().await?;
    scene("diagnosis", diagnose::a_bundle_tells_nothing_of_its_owner(&mut rig)).await
}
