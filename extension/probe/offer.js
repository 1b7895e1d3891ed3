// The offer to save what a page was given: a frame of the extension's in a corner of the top document, loaded when there is one.
//
// As the chooser, it lives in the top layer under an element with a closed shadow root, and is styled without markup.

const probe = globalThis.countersign;

/** The offer's size in CSS pixels, and how far it stands from the edges. */
const [WIDTH, HEIGHT, GAP] = [380, 352, 12];

const STYLE = `:host{all:initial!important;position:fixed!important;inset:${GAP}px ${GAP}px auto auto!important;\
width:min(${WIDTH}px,100vw - ${2 * GAP}px)!important;height:${HEIGHT}px!important;display:block!important}\
:host::backdrop{display:none!important}\
:host::before,:host::after{content:none!important}\
iframe{all:initial;display:block;width:100%;height:100%;border-radius:12px;color-scheme:light dark;\
box-shadow:0 0 0 1px #0003,0 8px 28px #0006;background:#fff}\
@media(prefers-color-scheme:dark){iframe{background:#17201d}}`;

let host;

// A worker that has restarted loads this script again.
if (probe && !probe.offer) Object.assign(probe, { offer, endOffer });

function offer(ticket) {
  endOffer();
  host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const frame = document.createElement("iframe");
  frame.title = chrome.i18n.getMessage("offer_title");
  frame.src = `${chrome.runtime.getURL("offer.html")}#${ticket}`;
  frame.allow = "";
  root.append(frame);
  document.documentElement.append(host);
  host.popover = "manual";
  host.showPopover();
}

function endOffer() {
  host?.remove();
  host = undefined;
}
