//! How a page's origin is shown: the host, with what one should notice about it.

use crate::message::Msg;
use countersign_seal::origin::{Origin, OriginChain, Scheme, Site, SiteRule};
use countersign_ui::notice::{Badge, Tone};
use leptos::prelude::*;

/// An origin as people read it: host and port, with the scheme only where it is not `https`.
#[must_use]
pub fn short(origin: &Origin) -> String {
    let full = origin.to_string();
    full.strip_prefix("https://").map_or_else(|| full.clone(), str::to_owned)
}

/// A site as people read it: a domain with all its hosts begins with `*.`.
#[must_use]
pub fn site(site: &Site) -> String {
    match &site.rule {
        SiteRule::Host => short(&site.origin),
        SiteRule::Domain { domain } => format!("*.{domain}"),
    }
}

/// The innermost page, and the top one if it is another.
#[must_use]
pub fn ends(chain: &OriginChain) -> (Option<&Origin>, Option<&Origin>) {
    let (top, own) = (chain.origins().first(), chain.origins().last());
    (own, top.filter(|top| Some(*top) != own))
}

/// Shows where a pick would fill.
#[component]
pub fn Where(
    /// From the browser's own frame tree.
    chain: OriginChain,
) -> impl IntoView {
    let (own, top) = ends(&chain);
    let text = match (own, top) {
        (Some(own), Some(top)) => Msg("place_framed").with(&[&short(own), &short(top)]),
        (Some(own), None) => short(own),
        (None, _) => String::new(),
    };
    let any = |noticed: fn(&Origin) -> bool| chain.origins().iter().any(noticed);
    let open = any(|origin| origin.scheme() == Scheme::Http && origin.host() != "localhost");
    let punycode = any(Origin::is_punycode);
    view! {
        <p class="place">
            <bdi class="place-host">{breakable(&text)}</bdi>
            {open.then(|| view! { <Badge tone=Tone::Warning text=Msg("place_not_encrypted").text() /> })}
            {punycode.then(|| view! { <Badge tone=Tone::Warning text=Msg("place_punycode").text() /> })}
        </p>
    }
}

/// A long host breaks after its dots rather than within a label.
fn breakable(text: &str) -> impl IntoView + use<> {
    text.split_inclusive('.').map(|part| view! { {part.to_owned()}<wbr /> }).collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn a_scheme_shows_only_where_it_is_not_https() {
        assert_eq!(short(&origin("https://example.com:8443")), "example.com:8443");
        assert_eq!(short(&origin("http://example.com")), "http://example.com");
    }

    #[test]
    fn a_domain_shows_its_reach() {
        let rule = SiteRule::Domain { domain: "example.com".into() };
        assert_eq!(site(&Site { origin: origin("https://www.example.com"), rule }), "*.example.com");
        assert_eq!(site(&Site::exact(origin("https://www.example.com"))), "www.example.com");
    }

    #[test]
    fn a_frame_shows_both_ends() {
        let (own, top) = (origin("https://pay.example"), origin("https://shop.example"));
        let chain = OriginChain::new(vec![top.clone(), own.clone()]).unwrap();
        assert_eq!(ends(&chain), (Some(&own), Some(&top)));
        let chain = OriginChain::new(vec![own.clone(), own.clone()]).unwrap();
        assert_eq!(ends(&chain), (Some(&own), None));
    }
}
