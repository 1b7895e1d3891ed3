// What an element paints, as far as its styles tell: 0 is nothing, 1 hides what is under it, and layers add up. What cannot be told counts as paint.

/* global FIREFOX, ELEMENT, NODE, boxOf, lineOf */
/* exported OPAQUE, TOP_LAYER, backdropOf, extentOf, isWithin, liesUnder, opacityOf, overlap, paintAt, ringsOf, shadowOf, styleOf, sum */

/** From here on, what is under it cannot be read. */
const OPAQUE = 0.5;
/** Edges up to this many pixels leave what they frame to be seen. */
const THIN = 4;
/** What paints without a background. */
const REPLACED = /^(img|canvas|video|iframe|embed|object|input|button|select|textarea|meter|progress)$/;
const BLANK = /^"[\s\u200b]*"$/;
const TOP_LAYER = ":popover-open,:modal,:fullscreen";

const styleOf = (element, part) => getComputedStyle(element, part);
const sum = (list, number) => list.reduce((total, one) => total + number(one), 0);

/** The shadow tree of an element, a closed one too; each browser has its own way. */
function shadowOf(element) {
  if (FIREFOX) return element.openOrClosedShadowRoot;
  return element instanceof HTMLElement ? chrome.dom.openOrClosedShadowRoot(element) : null;
}

/** How much of an element comes through all that it is in, but for what the other line is in too. */
function opacityOf(element, line = []) {
  let opacity = 1;
  for (const at of lineOf(element)) {
    if (line.includes(at)) break;
    const style = styleOf(at);
    opacity *= style.opacity * (/opacity\(([\d.]+)/.exec(style.filter)?.[1] ?? 1);
  }
  return opacity;
}

function alphaOf(color) {
  return Number(/(?:rgba.*, |\/ )([^)]*)\)/.exec(color)?.[1] ?? 1);
}

function isWithin({ left, top, right, bottom }, x, y) {
  return left <= x && x <= right && top <= y && y <= bottom;
}

/** Pixels on the screen for one of its styles. */
function scaleOf(element) {
  return Math.max(1, boxOf(element).width / element.offsetWidth || 1);
}

/** What an element above a field paints at a point over it; the line is the field's. */
function paintAt(element, line, x, y) {
  // The surface of what is around the field is under it, unless the field was put under that.
  const isUnder = line.includes(element) && !line.some((at) => styleOf(at).zIndex < 0);
  const paint = (isUnder ? 0 : surfaceAt(element, x, y)) + textAt(element, x, y) + generatedIn(element);
  return paint && paint * opacityOf(element, line);
}

function surfaceAt(element, x, y) {
  const box = boxOf(element);
  if (!isWithin(box, x, y)) return 0;
  const style = styleOf(element);
  const edge = Math.min(x - box.left, box.right - x, y - box.top, box.bottom - y);
  const atEdge = ([width, alpha]) => (width * scaleOf(element) > THIN || edge < width ? alpha : 0);
  const isReplaced = REPLACED.test(element.localName) || element instanceof SVGElement;
  return surfaceOf(style) + Number(isReplaced) + sum(edgesOf(style), atEdge);
}

function surfaceOf({ backgroundColor, backgroundImage, backdropFilter, borderImageSource }) {
  const image = [backgroundImage, backdropFilter, borderImageSource].some((value) => value !== "none");
  return alphaOf(backgroundColor) + Number(image);
}

/** Width and alpha of what is painted along the edges, within them. */
function edgesOf(style) {
  const insets = shadowsOf(style, true).map(([x, y, grown, alpha]) => [Math.hypot(x, y) + grown, alpha]);
  const border = (side) => [parseFloat(style[`border${side}Width`]), alphaOf(style[`border${side}Color`])];
  return [...insets, ...["Top", "Right", "Bottom", "Left"].map(border)].filter(([width]) => width > 0);
}

function textAt(element, x, y) {
  const range = new Range();
  return sum([...Reflect.get(NODE, "childNodes", element)], (node) => {
    if (!node.data?.trim()) return 0;
    range.selectNode(node);
    return Number([...range.getClientRects()].some((box) => isWithin(box, x, y)));
  });
}

/** What is generated in an element. Nobody says where it is: its edges count by their share of it. */
function generatedIn(element) {
  return sum(["::before", "::after"], (part) => {
    const style = styleOf(element, part);
    if (/^no/.test(style.content)) return 0;
    const least = Math.min(parseFloat(style.width) || 0, parseFloat(style.height) || 0);
    const edges = sum(edgesOf(style), ([width, alpha]) => (width / Math.max(least, width)) * alpha);
    return style.opacity * (surfaceOf(style) + edges + Number(!BLANK.test(style.content)));
  });
}

/** What lies behind an element of the top layer, over all of the page. */
function backdropOf(element) {
  const style = styleOf(element, "::backdrop");
  return style.opacity * surfaceOf(style);
}

/** What an element paints outside of its box over what has this line: rings, each what lies within one box and not within another. */
function ringsOf(element, style, line) {
  const rings = [];
  const add = (alpha, outer, inner) => rings.push([element, outer, inner, alpha]);
  // What is around has its shadows under it.
  if (!line.includes(element))
    for (const [x, y, grown, alpha] of shadowsOf(style, false)) add(alpha, grow(element, grown, x, y), boxOf(element));
  if (style.outlineStyle !== "none" && element !== line[0]) {
    const offset = parseFloat(style.outlineOffset);
    const outer = grow(element, offset + parseFloat(style.outlineWidth));
    add(alphaOf(style.outlineColor), outer, grow(element, offset));
  }
  return rings;
}

/** A box that is an element's, some of its own pixels larger on each side, and moved. */
function grow(element, by, x = 0, y = 0) {
  const { left, top, right, bottom } = boxOf(element);
  const scale = scaleOf(element);
  return {
    left: left + (x - by) * scale,
    top: top + (y - by) * scale,
    right: right + (x + by) * scale,
    bottom: bottom + (y + by) * scale,
  };
}

/** Shadows, those within a box or those outside of it, as what they are moved by, how far they grow, and their alpha. */
function shadowsOf({ boxShadow }, inset) {
  return boxShadow.split(/,(?![^(]*\))/).flatMap((shadow) => {
    const [x, y, blur, spread] = (shadow.match(/-?[\d.e+-]+(?=px)/g) ?? []).map(Number);
    return blur >= 0 && shadow.includes("inset") === inset ? [[x, y, blur + spread, alphaOf(shadow)]] : [];
  });
}

/** What an element paints with its text. */
function extentOf(element) {
  const range = new Range();
  range.selectNode(element);
  return range.getBoundingClientRect();
}

function overlap(one, other) {
  return one.left <= other.right && other.left <= one.right && one.top <= other.bottom && other.top <= one.bottom;
}

/**
 * Whether an element is surely painted under what has this line, for what no hit testing finds: because that is in the top layer, or because nothing lifts the element and
 * the other is positioned and comes later.
 */
function liesUnder(element, line) {
  const its = lineOf(element);
  const fork = its.find((at) => line.includes(at));
  const [low, high] = [its, line].map((each) => each.slice(0, each.indexOf(fork)));
  const isRaised = (branch) => branch.some((at) => ELEMENT.matches.call(at, TOP_LAYER));
  if (!low.length || isRaised(low)) return !low.length;
  const [under, over] = [low, high].map((branch) => branch.map((at) => styleOf(at)));
  return (
    isRaised(high) ||
    (NODE.compareDocumentPosition.call(low.at(-1), high.at(-1)) === Node.DOCUMENT_POSITION_FOLLOWING &&
      under.at(-1).order === over.at(-1).order &&
      styleOf(fork).transformStyle === "flat" &&
      !under.some(({ zIndex }) => zIndex > 0) &&
      !over.some(({ zIndex }) => zIndex < 0) &&
      over.some(({ position }) => position !== "static"))
  );
}
