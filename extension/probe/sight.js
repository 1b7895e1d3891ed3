// Whether a person can see a field or the chooser: drawn, opaque, of a size, and with nothing over it.
//
// What lies over it is asked of the browser's own hit testing. That passes over what lets the pointer through, so for the moment of the question a style sheet makes
// all things tangible: nothing of the page runs meanwhile, and no selector of its can tell. Of what then lies over a field only what surely paints next to nothing there
// is let through. Hit testing does not find what stays intangible and what is painted outside of boxes: of these the styles are read.

/* global FIREFOX, probe, ELEMENT, NODE, OPAQUE, TOP_LAYER, backdropOf, boxOf, extentOf, isWithin, liesUnder, lineOf, opacityOf, overlap, paintAt, ringsOf, rootOf, shadowOf, styleOf, sum */
/* exported inSight, inPlainSight */

/** Points are looked at in so many columns and rows. Of a field's so many must be free: there may be an icon at its end, and a label on it; of the chooser's all. */
const [POINTS, ENOUGH] = [4, 3];
/** The least width and height of a field in CSS pixels, and the least opacity of it and all that it is in. */
const [LEAST_SIZE, LEAST_OPACITY] = [8, 0.2];
/** Outdoes what a page finds important, but for style attributes, layers and transitions. */
const EACH = ":is(#x#x#x#x,*)";
const TANGIBLE = `${EACH},${EACH}::before,${EACH}::after{pointer-events:auto!important;interactivity:auto!important}`;

/** The properties of documents and forms may be what is named in them: ask the prototypes. */
const { checkVisibility, closest } = ELEMENT;

const typeOf = (root) => [Document, ShadowRoot, Element].find((type) => root instanceof type).prototype;

/** Whether a user can see all of these fields; scrolls them into view. */
function inSight(fields) {
  if (!fields.every(isDrawn)) return false;
  const lines = fields.map(lineOf);
  const isOnTop = (line) => (x, y) => [...(above(line, x, y) ?? line)].every((other) => labels(line[0], other));
  const points = lines.map(scatter);
  const look = (most) => {
    const parts = lines.map((line, at) => partsOf(inView(line[0]), points[at], isOnTop(line), most));
    return whileTangible(sceneOf([document]), (isSeenBy) =>
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
  const raised = FIREFOX ? sceneOf([document])[2].filter((top) => !line.includes(top)) : [];
  return !raised.length || whileTangible(sceneOf(raised), (isSeenBy) => isAll(isSeenBy(line)));
}

function isDrawn(field) {
  const { width, height } = inView(field);
  return isVisible(field) && opacityOf(field) >= LEAST_OPACITY && Math.min(width, height) >= LEAST_SIZE;
}

function isVisible(element) {
  return checkVisibility.call(element, {
    opacityProperty: true,
    visibilityProperty: true,
    contentVisibilityAuto: true,
  });
}

/** Where a field is, after it was scrolled into view. */
function inView(field) {
  const { top, left, bottom, right } = boxOf(field);
  if (top < 0 || left < 0 || bottom > innerHeight || right > innerWidth)
    field.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  return boxOf(field);
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
    const found = all("*");
    trees.push(rootOf(root));
    elements.push(...found);
    tops.push(...all(TOP_LAYER));
    sceneOf(found.map(shadowOf).filter(Boolean), scene);
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
      .flatMap((suspect) => straysOf(suspect, line))
      .filter(
        ([element, outer]) =>
          overlap(outer, box) && isVisible(element) && (line.includes(element) || !liesUnder(element, line)),
      );
    const everywhere = sum(scene[2], (top) => (line.includes(top) ? 0 : backdropOf(top)));
    return (x, y) => {
      const found = above(line, x, y);
      if (!found) return false;
      const stray = ([element, outer, inner, alpha]) => {
        if (!inner) return paintAt(element, line, x, y);
        return isWithin(outer, x, y) && !isWithin(inner, x, y) ? alpha * opacityOf(element, line) : 0;
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
  /** Of what is in a shadow tree above, some may be under the target; nobody says what. */
  const add = (element) => {
    if (element === probe.parts.host()) return;
    found.add(element);
    const inner = shadowOf(element);
    for (const other of inner ? hits(inner) : []) {
      if (other === target) break;
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

/** What may paint without hit testing telling of it: what is still intangible, by itself or by the inert element that is named with it, and what paints outside of its box. */
function suspectsIn([trees, elements, tops]) {
  // What is outside of a modal dialog is as good as inert, also what is over it.
  const shut = tops.some((top) => ELEMENT.matches.call(top, ":modal")) ? `[inert],${TOP_LAYER}` : "[inert]";
  const isAnyShut = trees.some((tree) => typeOf(tree).querySelector.call(tree, shut));
  const shutHosts = new Map();
  return elements.flatMap((element) => {
    const style = styleOf(element);
    const resists = style.pointerEvents === "none" || style.interactivity === "inert";
    const by = resists ? element : isAnyShut && (closest.call(element, shut) ?? shutHosts.get(rootOf(element).host));
    if (by) shutHosts.set(element, by);
    return by || style.boxShadow !== "none" || style.outlineStyle !== "none" ? [[element, style, by]] : [];
  });
}

function straysOf([element, style, by], line) {
  const rings = ringsOf(element, style, line);
  return by && !line.includes(by) ? [...rings, [element, extentOf(element)]] : rings;
}
