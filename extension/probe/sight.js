// Whether a person can see a field or the chooser: drawn, opaque, of a size, and with nothing over it.
//
// What lies over it is asked of the browser's own hit testing. That passes over what lets the pointer through, so for the moment of the question a style sheet makes
// all things tangible: nothing of the page runs meanwhile, and no selector of its can tell. Of what then lies over a field only what surely paints next to nothing there
// is let through. Hit testing does not find what stays intangible and what is painted outside of boxes: of these the styles are read.

/* global FIREFOX, ELEMENT, NODE, OPAQUE, PARTS, THIN, TOP_LAYER, backdropOf, boxOf, clarityOf, extentOf, generatedIn, grow, inFrontOf, isGenerated, isHtml, isSunk, isWithin, liesUnder, lineOf, overlap, paintAt, reachOf, ringOf, ringsOf, rootOf, shadowOf, strokeOf, styleOf, sum, throughWhatIsAround */

const probe = globalThis.countersign;

/** Points are looked at in so many columns and rows. Of a field's so many must be free: there may be an icon at its end, and a label on it; of the chooser's all. */
const [POINTS, ENOUGH] = [4, 5];
/** The least width and height of a field in CSS pixels, and the least opacity of it and all that it is in. */
const [LEAST_SIZE, LEAST_OPACITY] = [8, 0.2];
/** Outdoes what a page finds important, but for style attributes, layers and transitions. */
const EACH = `:is(${"#x".repeat(300)},*)`;
/** Each in a rule of its own: a browser drops a rule in which it does not know one. */
const OTHERS = FIREFOX
  ? "details-content file-selector-button -moz-range-thumb -moz-range-track -moz-range-progress -moz-progress-bar -moz-meter-bar -moz-color-swatch"
  : "details-content file-selector-button scroll-button(*) scroll-marker scroll-marker-group picker(select) picker-icon checkmark " +
    "slider-thumb slider-runnable-track slider-container progress-bar progress-value progress-inner-element meter-bar meter-optimum-value meter-suboptimum-value meter-even-less-good-value meter-inner-element color-swatch color-swatch-wrapper datetime-edit datetime-edit-fields-wrapper calendar-picker-indicator".replace(
      /\S+/g,
      "-webkit-$&",
    );
const TANGIBLE = ["", ...PARTS, ...OTHERS.split(" ").map((part) => `::${part}`)]
  .map(
    (part) =>
      `${EACH}${part}{pointer-events:auto!important;interactivity:auto!important;transition-behavior:normal!important}`,
  )
  .join("");
/** Pixels that generated content may paint around itself: nobody says where that is. */
const RING = 50;

// A worker that has restarted loads this script again.
probe.sight ??= { inSight, inPlainSight };

/** The properties of documents and forms may be what is named in them: ask the prototypes. */
const { checkVisibility, closest } = ELEMENT;

const typeOf = (root) => [Document, ShadowRoot, Element].find((type) => root instanceof type).prototype;

/** Whether a user can see all of these fields; scrolls them into view. */
function inSight(fields) {
  if (!fields.every(isDrawn)) return false;
  const lines = fields.map(lineOf);
  const isOnTop = (line) => (x, y) => [...(above(line, x, y) ?? line)].every((other) => labels(line[0], other));
  const points = lines.map(scatter);
  const scene = sceneOf([document]);
  const look = (most) => {
    const parts = lines.map((line, at) => partsOf(inView(line[0]), points[at], isOnTop(line), most));
    return whileTangible(scene, (isSeenBy) =>
      lines.every((line, at) => partsOf(inView(line[0]), parts[at], isSeenBy(line), ENOUGH).length === ENOUGH),
    );
  };
  // The first points that do are mostly enough.
  return look(ENOUGH) || look(POINTS * POINTS);
}

/** Whether a user sees all of the chooser, in its own size. */
function inPlainSight(frame, host, width, height) {
  const box = boxOf(frame);
  const line = lineOf(host);
  const isAll = (isSeen) => partsOf(box, scatter(), isSeen).length === POINTS * POINTS;
  const isWhole = Math.round(box.width) === width && Math.round(box.height) === height;
  if (!isWhole || document.activeViewTransition || !isAll((x, y) => above(line, x, y)?.size === 0)) return false;
  // Chromium tells the chooser itself whether anything covers it.
  if (!FIREFOX) return true;
  const raised = sceneOf([document])[2].filter((top) => !line.includes(top));
  return !raised.length || whileTangible(sceneOf(raised), (isSeenBy) => isAll(isSeenBy(line)));
}

function isDrawn(field) {
  const box = inView(field);
  return isVisible(field) && clarityOf(field) >= LEAST_OPACITY && box && Math.min(box.width, box.height) >= LEAST_SIZE;
}

function isVisible(element) {
  return checkVisibility.call(element, {
    opacityProperty: true,
    visibilityProperty: true,
    contentVisibilityAuto: true,
  });
}

/** Where a field is, after it was scrolled into view; nowhere, if no person could scroll it there. */
function inView(field) {
  const placeOf = (at) => ["scrollTop", "scrollLeft"].map((name) => Reflect.get(ELEMENT, name, at));
  const line = lineOf(field).map((at) => [at, placeOf(at)]);
  field.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const isHeld = (at) => {
    const { overflowX, overflowY } = styleOf(at);
    return [overflowY, overflowX].map((overflow) => /hidden|clip/.test(overflow));
  };
  const isForced = ([at, before]) => {
    const after = placeOf(at);
    // What the body says of it holds for the page.
    const held = [isHeld(at), isHeld(at === document.documentElement ? document.body : at)];
    return after.some((place, axis) => place !== before[axis] && held.some((of) => of[axis]));
  };
  if (!line.some(isForced)) return boxOf(field);
  for (const [at, [down, right]] of line) ELEMENT.scroll.call(at, { top: down, left: right, behavior: "instant" });
  return undefined;
}

/** Points in parts of a size: one somewhere in each cell, as a cover could leave holes where it knows them to be. */
function scatter() {
  const within = (cell) => (cell + 0.1 + 0.8 * Math.random()) / POINTS;
  return Array.from({ length: POINTS * POINTS }, (_, at) => [within(at % POINTS), within(Math.floor(at / POINTS))]);
}

/** The first parts of a box at whose points something is so. */
function partsOf(box, parts, isSo, most) {
  const found = [];
  for (const [x, y] of parts) {
    if (found.length === most) break;
    if (isSo(box.left + box.width * x, box.top + box.height * y)) found.push([x, y]);
  }
  return found;
}

/** A label may lie over its own field, as floating labels do. What the field is in does not lie over it: there the field is cut out. */
function labels(field, other) {
  return closest.call(other, "label")?.control === field && !NODE.contains.call(other, field);
}

/** All trees and elements of a document, or of some elements, and those in the top layer among them; but the icon and the chooser. */
function sceneOf(roots, scene = [[], [], []]) {
  const [trees, elements, tops] = scene;
  for (const root of roots) {
    const own = root instanceof Element ? [root] : [];
    const all = (selector) =>
      [...own, ...typeOf(root).querySelectorAll.call(root, selector)].filter((other) => other !== probe.parts.host());
    trees.push(rootOf(root));
    for (const top of all(TOP_LAYER)) tops.push(top);
    for (const element of all("*")) {
      elements.push(element);
      const inner = shadowOf(element);
      if (inner) sceneOf([inner], scene);
    }
  }
  return scene;
}

/** Asks while nothing lets the pointer through, but for what resists. */
function whileTangible(scene, ask) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(TANGIBLE);
  const adopted = [];
  try {
    for (const tree of scene[0]) {
      const sheets = Reflect.get(typeOf(tree), "adoptedStyleSheets", tree);
      sheets.push(sheet);
      adopted.push(sheets);
    }
    return ask(sightIn(scene));
  } finally {
    for (const sheets of adopted) sheets.pop();
  }
}

/** Tells of what has a line, and then of points, whether it can be seen there; while all is tangible. */
function sightIn(scene) {
  const suspects = suspectsIn(scene);
  return (line) => {
    const box = boxOf(line[0]);
    const strays = suspects
      .flatMap((suspect) => straysOf(suspect, line, box))
      .filter(
        ([element, outer]) =>
          (!outer || overlap(outer, box)) &&
          isVisible(element) &&
          (line.includes(element) || !liesUnder(element, line)),
      );
    const everywhere = inFrontOf(line) + sum(scene[2], (top) => (line.includes(top) ? 0 : backdropOf(top)));
    return (x, y) => {
      const found = above(line, x, y);
      if (!found) return false;
      const stray = ([element, outer, inner, alpha]) => {
        if (!outer) return generatedIn(element);
        if (!alpha) return paintAt(element, line, x, y, false);
        const isIn = isWithin(outer, x, y) && !(inner && isWithin(inner, x, y));
        return isIn ? throughWhatIsAround(alpha, element, line) : 0;
      };
      return everywhere + sum([...found], (other) => paintAt(other, line, x, y)) + sum(strays, stray) < OPAQUE;
    };
  };
}

/** What lies above a field or the chooser at a point, in whatever shadow tree; nothing if that is not there itself. */
function above(line, x, y) {
  const [target] = line;
  const found = new Set();
  const hits = (tree) => typeOf(tree).elementsFromPoint.call(tree, x, y);
  /** Of what is in a shadow tree above, some may be under the target: what is under something that this is in. Firefox does not list the target itself there. */
  const isEnd = (other) => other === target || (line.includes(other) && !isSunk(line));
  const add = (element) => {
    if (element === probe.parts.host()) return;
    found.add(element);
    const inner = shadowOf(element);
    for (const other of inner ? hits(inner) : []) {
      if (isEnd(other)) break;
      if (rootOf(other) === inner && !found.has(other)) add(other);
    }
  };
  for (let tree = document; ;) {
    const end = line.find((at) => rootOf(at) === tree);
    const list = hits(tree);
    const place = list.indexOf(end);
    if (place < 0) return undefined;
    list.slice(0, place).forEach(add);
    if (end === target) return found;
    tree = shadowOf(end);
  }
}

/**
 * What may paint without hit testing telling of it: what is still intangible, by itself or by the inert element that is named with it, what paints outside of its box,
 * what is a copy, and what is generated and still intangible, which nobody says the place of.
 */
function suspectsIn([trees, elements, tops]) {
  // What is outside of a modal dialog is as good as inert, also what is over it.
  const shut = tops.some((top) => ELEMENT.matches.call(top, ":modal")) ? `[inert],${TOP_LAYER}` : "[inert]";
  const isAnyShut = trees.some((tree) => typeOf(tree).querySelector.call(tree, shut));
  const shutHosts = new Map();
  return elements.flatMap((element) => {
    const style = styleOf(element);
    const by = resists(style)
      ? element
      : isAnyShut && (closest.call(element, shut) ?? shutHosts.get(rootOf(element).host));
    if (by) shutHosts.set(element, by);
    const isStray = PARTS.map((part) => styleOf(element, part)).some(
      (part) => isGenerated(part) && (resists(part) || ringOf(part) > RING),
    );
    const reach = reachOf(element, style);
    const isSuspect =
      by ||
      isStray ||
      reach > THIN ||
      element.localName === "use" ||
      style.boxShadow !== "none" ||
      style.outlineStyle !== "none";
    return isSuspect ? [[element, style, by, isStray, reach]] : [];
  });
}

function resists(style) {
  return style.pointerEvents !== "auto" || style.interactivity === "inert";
}

/** Each as an element, where it paints, where within that it does not, and how much, if that is known; what is generated and paints anywhere has no place. */
function straysOf([element, style, by, isStray, reach], line, box) {
  const strays = ringsOf(element, style, line, box);
  if ((by && !line.includes(by)) || element.localName === "use")
    strays.push([
      element,
      grow(element, strokeOf(element, style), 0, 0, extentOf(element)),
      undefined,
      Number(!isHtml(element)),
    ]);
  if (isStray) strays.push([element]);
  if (reach > THIN && !line.includes(element))
    strays.push([element, grow(element, reach, 0, 0, extentOf(element)), undefined, 1]);
  return strays;
}
