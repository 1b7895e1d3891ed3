// What an element paints, as far as its styles tell: 0 is nothing, 1 hides what is under it, and layers add up. What cannot be told counts as paint.

/* global ELEMENT, NODE, boxOf, isHtml, lineOf */
/* exported OPAQUE, PARTS, THIN, TOP_LAYER, backdropOf, clarityOf, extentOf, generatedIn, grow, inFrontOf, isGenerated, isSunk, isWithin, liesUnder, overlap, paintAt, reachOf, ringOf, ringsOf, strokeOf, styleOf, sum, throughWhatIsAround */

/** From here on, what is under it cannot be read. */
const OPAQUE = 0.5;
/** Edges up to this many pixels leave what they frame to be seen. */
const THIN = 4;
/** What paints nothing that is not looked at here. Custom elements paint what is in their trees. */
const PLAIN =
  /^([abips]|em|strong|small|span|div|label|form|fieldset|legend|section|article|main|aside|header|footer|nav|body|html|h\d|[uod]l|li|d[dt]|slot|.+-.*)$/;
const BOXES = /^(inline|inline-)?(block|flex|grid|contents|flow-root)?$/;
const PARTS = ["::before", "::after"];
const BLANK = /^"[ \n\u200b]*"$/;
const CLEAR = /^(none|(opacity\([\d.]+\) ?)+)$/;
const TOP_LAYER = ":popover-open,:modal,:fullscreen";

const styleOf = (element, part) => getComputedStyle(element, part);
const sum = (list, number) => list.reduce((total, one) => total + number(one), 0);

/** The styles of an element and of all that it is in, but for what the other line is in too. */
function stylesAround(element, line) {
  const its = lineOf(element);
  const fork = its.findIndex((at) => line.includes(at));
  return (fork < 0 ? its : its.slice(0, fork)).map((at) => styleOf(at));
}

/** How much of an element comes through these. */
function opacityOf(styles) {
  let opacity = 1;
  for (const style of styles) {
    opacity *= style.opacity;
    for (const [, value] of style.filter.matchAll(/opacity\(([\d.]+)/g)) opacity *= value;
  }
  return opacity;
}

/** The same for what is to be read: filters and blending of what it is in may leave nothing to see. */
function clarityOf(element) {
  const styles = stylesAround(element, []);
  const all = styles.flatMap(({ filter }) => [...filter.matchAll(/(\w+)\(([\d.]*)/g)]);
  const of = (filter) => all.filter(([, name]) => name === filter).map(([, , value]) => Number(value));
  const product = (filter) => of(filter).reduce((one, other) => one * other, 1);
  const isLegible =
    styles.every((style) => isUnmixed(style) && !/url|invert\(0\.[3-7]/.test(style.filter)) &&
    sum(of("blur"), Number) <= 2 &&
    ["brightness", "contrast"].every((filter) => product(filter) >= 0.5 && product(filter) <= 2);
  return isLegible ? opacityOf(styles) : 0;
}

function isUnmixed({ mixBlendMode }) {
  return mixBlendMode === "normal";
}

function alphaOf(color) {
  return Number(/(?:rgba.*, |\/ )([^)]*)\)/.exec(color)?.[1] ?? 1);
}

function isWithin({ left, top, right, bottom }, x, y) {
  return left <= x && x <= right && top <= y && y <= bottom;
}

/** Pixels on the screen for one of its styles, the way in which they are the most. */
function scaleOf(element) {
  const { width, height } = boxOf(element);
  if (!isHtml(element)) return 1;
  const [wide, high] = ["offsetWidth", "offsetHeight"].map((name) => Reflect.get(HTMLElement.prototype, name, element));
  return Math.max(1, width / wide || 1, height / high || 1);
}

/** What an element above a field paints at a point over it, where hit testing found it or where it is supposed; the line is the field's. */
function paintAt(element, line, x, y, isHit = true) {
  // The surface of what is around the field is under it, unless the field was put under that.
  const isUnder = line.includes(element) && !isSunk(line);
  const inside = textAt(element, x, y) + generatedIn(element);
  const paint = inside + (isUnder ? 0 : surfaceAt(element, x, y, isHit, inside));
  return paint && throughWhatIsAround(paint, element, line);
}

/** Filters may make any trace opaque, and blending may make anything of it. */
function throughWhatIsAround(paint, element, line) {
  const styles = stylesAround(element, line);
  return styles.every((style) => CLEAR.test(style.filter) && isUnmixed(style)) ? paint * opacityOf(styles) : 1;
}

/** Whether what has this line may lie under what it is in. */
function isSunk(line) {
  return line.some((at) => styleOf(at).zIndex < 0 || isDeep(at));
}

function isDeep(element) {
  return styleOf(element).transformStyle !== "flat";
}

function surfaceAt(element, x, y, isHit, inside) {
  const box = boxOf(element);
  const isIn = isWithin(box, x, y);
  if (!isIn && !isHit) return 0;
  const style = styleOf(element);
  if (!isPlain(element, style)) return 1;
  // Where it is hit out of its box something of it is.
  if (!isIn) return Number(!inside && !PARTS.some((part) => isGenerated(styleOf(element, part))));
  const edge = Math.min(x - box.left, box.right - x, y - box.top, box.bottom - y);
  const atEdge = ([width, alpha]) => (width * scaleOf(element) > THIN || edge < width ? alpha : 0);
  return surfaceOf(style) + sum(edgesOf(style), atEdge);
}

function isGenerated({ content }) {
  return !/^no/.test(content);
}

/** Whether an element is of a kind that paints only what is looked at here: surface, edges, text, and what is generated in it. */
function isPlain(element, style) {
  const isBare = (name, value = "none") => [value, undefined].includes(style[name]);
  return (
    isHtml(element) &&
    PLAIN.test(element.localName) &&
    BOXES.test(style.display) &&
    !/auto|scroll/.test(style.overflow) &&
    CLEAR.test(style.filter) &&
    isBare("resize") &&
    isBare("content", "normal") &&
    ["columnRuleStyle", "rowRuleStyle", "webkitBoxReflect"].every((name) => isBare(name)) &&
    (!Reflect.get(NODE, "textContent", element) ||
      (["textDecorationLine", "textShadow", "textEmphasisStyle"].every((name) => isBare(name)) &&
        isBare("webkitTextStrokeWidth", "0px")))
  );
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

/** Blanks too: what marks them is drawn. */
function textAt(element, x, y) {
  const range = new Range();
  return sum([...Reflect.get(NODE, "childNodes", element)], (node) => {
    if (!node.data) return 0;
    range.selectNode(node);
    return Number([...range.getClientRects()].some((box) => isWithin(box, x, y)));
  });
}

/** What is generated in an element. Nobody says where it is: its edges count by their share of it. */
function generatedIn(element) {
  return sum(PARTS, (part) => {
    const style = styleOf(element, part);
    if (!isGenerated(style)) return 0;
    const least = Math.min(parseFloat(style.width) || 0, parseFloat(style.height) || 0);
    const edges = sum(edgesOf(style), ([width, alpha]) => (width / Math.max(least, width)) * alpha);
    const isMore =
      !BLANK.test(style.content) ||
      !(BOXES.test(style.display) || style.display === "table") ||
      /auto|scroll/.test(style.overflow) ||
      style.textDecorationLine !== "none" ||
      style.filter !== "none" ||
      !isUnmixed(style);
    const rings = sum(shadowsOf(style, false), ([, , , alpha]) => alpha) + Number(style.outlineStyle !== "none");
    return style.opacity * (surfaceOf(style) + edges + rings + isMore);
  });
}

function hasRings(style) {
  return shadowsOf(style, false).length > 0 || style.outlineStyle !== "none";
}

/** What lies behind an element of the top layer, over all of the page. */
function backdropOf(element) {
  const style = styleOf(element, "::backdrop");
  return style.opacity * (surfaceOf(style) + edgesOf(style).length + Number(hasRings(style)));
}

/** What generated content paints around itself, in its pixels. Nobody says where it is. */
function ringOf(style) {
  const outline = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  return Math.max(outline, ...shadowsOf(style, false).map(([x, y, grown]) => Math.hypot(x, y) + grown));
}

/** What an element paints outside of its box over what has this line and box: rings, each what lies within one box and not within another. */
function ringsOf(element, style, line, field) {
  if (!hasRings(style)) return [];
  const rings = [];
  const { width, height } = boxOf(element);
  const isWhole = () =>
    /^(superellipse\(1\))?(none)?$/.test([style.cornerShape, style.borderShape].join("")) &&
    element.getClientRects().length === 1 &&
    !lineOf(element).some(isTurned);
  const radii = [...style.borderRadius.matchAll(/([\d.]+)(%?)/g)];
  // What fits into a round box is smaller by this.
  const lost = Math.max(...radii.map(([, size, share]) => size * (share ? Math.max(width, height) / 100 : 1))) / 3;
  const add = (alpha, outer, by) => {
    if (overlap(outer, field))
      rings.push([element, outer, isWhole() ? grow(element, by - lost) : { left: 1, right: 0 }, alpha]);
  };
  // What is around has its shadows under it.
  if (!line.includes(element))
    for (const [x, y, grown, alpha] of shadowsOf(style, false)) add(alpha, grow(element, grown, x, y), 0);
  if (style.outlineStyle !== "none" && element !== line[0]) {
    const offset = Math.max(parseFloat(style.outlineOffset), -Math.min(width, height) / 2);
    const outer = grow(element, Math.max(0, offset) + parseFloat(style.outlineWidth));
    add(alphaOf(style.outlineColor), outer, Math.min(0, offset));
  }
  return rings;
}

/** What of its own ancestors may lie over what has this line, though no hit testing finds it: something is behind a surface in space. */
function inFrontOf(line) {
  return line.some(isSolid) ? sum(line.filter(isDeep), (at) => surfaceOf(styleOf(at)) + generatedIn(at)) : 0;
}

function isSolid(element) {
  const { transform, translate, rotate } = styleOf(element);
  return !new DOMMatrix(transform).is2D || translate.split(" ").length > 2 || rotate !== "none";
}

/** Whether the sides of what is in an element are not those of the screen. */
function isTurned(element) {
  const { transform, rotate, offsetPath } = styleOf(element);
  const { b, c, is2D } = new DOMMatrix(transform);
  return rotate !== "none" || offsetPath !== "none" || Boolean(b || c) || !is2D;
}

/** A box, by default an element's own, some of the element's pixels larger on each side, and moved. */
function grow(element, by, x = 0, y = 0, { left, top, right, bottom } = boxOf(element)) {
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

/** How many pixels the line around a drawing takes at most. */
function strokeOf(element, { stroke, strokeWidth }) {
  const scale = element.getScreenCTM?.();
  return scale && stroke !== "none" ? parseFloat(strokeWidth) * Math.hypot(scale.a, scale.b, scale.c, scale.d) : 0;
}

/** How many of its pixels an element paints around that: shadows and strokes of its text, lines under it, and what filters make of all. */
function reachOf(element, style) {
  const { filter, textShadow, webkitTextStrokeWidth, textDecorationLine, textDecorationThickness } = style;
  const isAnywhere =
    /url/.test(filter) ||
    (style.webkitBoxReflect ?? "none") !== "none" ||
    !/^(auto|".?")$/.test(style.hyphenateCharacter) ||
    (!isHtml(element) &&
      (hasRings(style) ||
        /url/.test(style.markerStart + style.markerMid + style.markerEnd) ||
        (/^t(ext|span)/.test(element.localName) && style.stroke !== "none") ||
        (element.localName === "foreignObject" && style.overflow === "visible")));
  if (isAnywhere) return 1e6;
  const lines = textDecorationLine === "none" ? "" : textDecorationThickness + style.textUnderlineOffset;
  const lengths = [filter, textShadow, webkitTextStrokeWidth, lines].join().matchAll(/([\d.e+-]+)px/g);
  return sum([...lengths], ([, length]) => Math.abs(length));
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
  const raisedIn = (branch) => branch.filter((at) => ELEMENT.matches.call(at, TOP_LAYER));
  if (!low.length || raisedIn(low).length) return !low.length;
  // What leaves the top layer slowly, or comes slowly, matches as if it were there.
  const raised = raisedIn(high);
  if (raised.length) return raised.some((at) => styleOf(at).overlay !== "none");
  const [under, over] = [low, high].map((branch) => branch.map((at) => styleOf(at)));
  return (
    NODE.compareDocumentPosition.call(low.at(-1), high.at(-1)) === Node.DOCUMENT_POSITION_FOLLOWING &&
    under.at(-1).order === over.at(-1).order &&
    !isDeep(fork) &&
    // Of these the next around is in their place.
    ![...under, ...over, styleOf(fork)].some(({ display }) => display === "contents") &&
    !under.some(({ zIndex }) => zIndex > 0) &&
    !over.some(({ zIndex }) => zIndex < 0) &&
    over.some(({ position }) => position !== "static")
  );
}
