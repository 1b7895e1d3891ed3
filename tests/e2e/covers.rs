//! Ways to cover a field with what is neither an element's surface nor its edge, to have it cut off, and pages that only look as if they did.

/// Ways to hide the password field; what lets clicks through paints all of them.
pub(crate) const COVERS: [(&str, &str); 39] = [
    ("a rule between columns", "cover('pointer-events: none; columns: 2; column-gap: 600px; column-rule: 600px solid #fff; column-fill: auto; overflow: hidden').innerHTML = '<div style=height:200%></div>'"),
    ("content that is an image", "cover(`pointer-events: none; content: url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='600' height='60'><rect width='600' height='60' fill='white'/></svg>\")`)"),
    ("a list's marker", "style(`.cover { list-style: inside url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='600' height='60'><rect width='600' height='60' fill='white'/></svg>\") }`); cover('pointer-events: none; display: list-item; overflow: hidden')"),
    ("a column of a table", "cover('pointer-events: none; border-collapse: collapse', document.body, 'table').innerHTML = '<colgroup><col style=\"background: #fff\"></colgroup><tr><td></td></tr>'"),
    ("a row of a table", "cover('pointer-events: none; border-collapse: collapse', document.body, 'table').innerHTML = '<tr style=\"background: #fff\"><td></td></tr>'"),
    ("a filter that floods", "document.body.insertAdjacentHTML('beforeend', '<svg class=cover width=0 height=0><filter id=f x=0 y=0 width=1 height=1><feFlood flood-color=white /></filter></svg>'); cover('pointer-events: none; filter: url(#f)')"),
    ("a fraction's line", "cover('pointer-events: none; overflow: hidden').innerHTML = '<math style=\"font-size: 10px; color: #fff\"><mfrac linethickness=\"90px\"><mspace width=\"600px\" height=\"1px\" /><mspace width=\"600px\" height=\"1px\" /></mfrac></math>'"),
    ("a line through blanks", "cover('pointer-events: none; text-decoration: line-through 90px #fff; white-space: pre; font: 40px/30px monospace; overflow: hidden').textContent = '\\u00a0'.repeat(60)"),
    ("blanks that are marked", "const text = cover('pointer-events: none; white-space: pre; font: 40px/30px monospace; overflow: hidden'); text.textContent = '\\u00a0'.repeat(60);
        const range = new Range(); range.selectNodeContents(text); CSS.highlights.set('x', new Highlight(range)); style('::highlight(x) { background-color: #fff }')"),
    ("blanks on a first line", "style('.cover::first-line { background: #fff }'); cover('pointer-events: none; white-space: pre; font: 40px/30px monospace; overflow: hidden').textContent = '\\u00a0'.repeat(60)"),
    ("edges that are stretched upwards", "const over = cover('pointer-events: none; border: solid #fff; border-width: 1px 0; box-sizing: border-box; transform-origin: 0 0; transform: scaleY(60)'); over.style.height = '2px'; over.style.top = `${password.getBoundingClientRect().top - 30}px`"),
    ("a scrollbar", "cover('pointer-events: none; overflow: scroll').innerHTML = '<p style=height:900px>'"),
    ("a drawing's stroke", "const { top, height } = password.getBoundingClientRect();
        document.body.insertAdjacentHTML('beforeend', `<svg class=cover width=1 height=1 style=\"position: fixed; left: 0; top: 0; overflow: visible\"><path style=\"pointer-events: none\" d=\"M0 ${top + height / 2}H900\" stroke=white stroke-width=60 /></svg>`)"),
    ("a drawing's marker", "document.body.insertAdjacentHTML('beforeend', `<svg class=cover width=1 height=1 style=\"position: fixed; left: 0; top: 0; overflow: visible\"><marker id=m markerWidth=800 markerHeight=800 markerUnits=userSpaceOnUse overflow=visible><rect width=800 height=800 fill=white /></marker><path d=\"M0 0h1\" marker-end=\"url(#m)\" /></svg>`)"),
    ("a drawing that is used again", "document.body.insertAdjacentHTML('beforeend', `<svg class=cover width=1 height=1 style=\"position: fixed; left: 0; top: 0; overflow: visible; pointer-events: none\"><defs><rect id=r width=800 height=800 fill=white style=\"pointer-events: none !important\" /></defs><use href=\"#r\" /></svg>`)"),
    ("a file's button", "style(`#d::file-selector-button { ${over()} background: #fff; pointer-events: none }`); document.body.insertAdjacentHTML('beforeend', '<input class=cover id=d type=file>')"),
    ("what is generated and goes on passing for a while", "style(`#h::after { content: ''; ${over()} background: #fff; pointer-events: none; transition: pointer-events 1000s step-end allow-discrete }`);
        const title = document.createElement('h1'); title.id = 'h'; title.className = 'cover'; document.body.append(title); getComputedStyle(title, '::after').pointerEvents"),
    ("what is generated and passes, very importantly", "style(`#h#h#h#h#h#h::after { content: ''; ${over()} background: #fff; pointer-events: none !important }`);
        const title = document.createElement('h1'); title.id = 'h'; title.className = 'cover'; document.body.append(title)"),
    ("what is generated and passes, by a layer", "style(`@layer first { #h::after { content: ''; ${over()} background: #fff; pointer-events: none !important } }`);
        const title = document.createElement('h1'); title.id = 'h'; title.className = 'cover'; document.body.append(title)"),
    ("a backdrop's border", "style('#other::backdrop { background: none !important; border: 100vmax solid #fff }'); showPopover(other, 'inset: auto 0 0 auto')"),
    ("a backdrop's shadow", "style('#other::backdrop { background: none !important; box-shadow: inset 0 0 0 100vmax #fff }'); showPopover(other, 'inset: auto 0 0 auto')"),
    ("an outline that goes inwards too far", "cover('pointer-events: none; outline: 300px solid #fff; outline-offset: -2000px')"),
    ("the corner of a round box", "const { left, top } = user.getBoundingClientRect();
        cover('').style.cssText = `position: fixed; left: ${left - 10}px; top: ${top - 10}px; width: 4000px; height: 4000px; border-radius: 50%; pointer-events: none; box-shadow: 0 0 0 3000px #fff`"),
    ("the shadow of a turned box", "const { top } = password.getBoundingClientRect();
        cover('').style.cssText = `position: fixed; left: -600px; top: ${top + 90}px; width: 2000px; height: 1px; transform: rotate(20deg); pointer-events: none; box-shadow: 0 0 0 300px #fff`"),
    ("the shadow of a text elsewhere", "const text = cover('font: 40px/40px monospace; color: #0000; text-shadow: 0 300px 0 #fff; pointer-events: none; white-space: pre'); text.style.top = `${password.getBoundingClientRect().top - 305}px`; text.textContent = '█'.repeat(20)"),
    ("the stroke of a text elsewhere", "const text = cover('color: #fff; -webkit-text-stroke: 120px #fff; font: 40px monospace; pointer-events: none; white-space: pre'); text.textContent = 'I'.repeat(20); text.style.top = `${password.getBoundingClientRect().top - 70}px`"),
    ("the line under a text elsewhere", "const text = cover('font: 20px/20px monospace; text-decoration: underline #fff 60px; text-underline-offset: 60px; pointer-events: none; white-space: pre'); text.textContent = 'I'.repeat(60); text.style.top = `${password.getBoundingClientRect().top - 80}px`"),
    ("a shadow that a filter throws", "const over = cover('background: #fff; filter: drop-shadow(0 300px 0 #fff); pointer-events: none'); over.style.top = `${password.getBoundingClientRect().top - 305}px`"),
    ("a form behind which the field is", "login.style.cssText = 'transform-style: preserve-3d; background: #fff'; password.parentNode.parentNode.style.transform = 'translateZ(-1px)'"),
    ("a filter around that leaves nothing", "around.style.filter = 'opacity(1) opacity(0)'"),
    ("a filter around that makes all dark", "around.style.filter = 'brightness(0)'"),
    ("a filter around that makes all one blur", "around.style.filter = 'blur(90px)'"),
    ("what comes later by its order", "const flex = document.createElement('div'); flex.id = 'flex'; flex.className = 'cover'; style('#flex { display: flex; flex-direction: column } #late { order: 5; position: relative; top: -300px; height: 400px; background: #fff; pointer-events: none !important }');
        login.style.position = 'relative'; const form = login; form.replaceWith(flex); flex.innerHTML = '<div style=\"display: contents\"><div id=late></div></div>'; flex.append(form)"),
    ("what is nearer", "const space = document.createElement('div'); space.className = 'cover'; space.style.transformStyle = 'preserve-3d'; login.style.position = 'relative'; const form = login; form.replaceWith(space);
        space.innerHTML = '<div id=w style=\"display: contents\"><div style=\"pointer-events: none !important; position: absolute; inset: 0; background: #fff; transform: translateZ(9px)\"></div></div>'; space.querySelector('#w').append(form)"),
    ("a slot that is hardly opaque", "slotted('open')"),
    ("a slot of a closed tree that is hardly opaque", "slotted('closed')"),
    ("a box that nobody can scroll", "const box = document.createElement('div'); box.className = 'cover'; const form = login; form.replaceWith(box); box.innerHTML = '<p style=height:5000px>'; box.append(form); box.style.cssText = 'height: 500px; overflow: hidden'"),
    ("a page that nobody can scroll", "document.documentElement.style.overflow = 'hidden'; around.style.marginTop = '5000px'"),
    ("a body that nobody can scroll", "document.body.style.overflow = 'hidden'; around.style.marginTop = '5000px'"),
];

/// What attackers came up with later: parts of controls, blending, what goes on for a while.
pub(crate) const FINE_COVERS: [(&str, &str); 17] = [
    (
        "the shadow of what is generated elsewhere",
        "style(`#far::before { content: ''; box-shadow: 0 0 0 3000px #fff }`); document.body.insertAdjacentHTML('beforeend', `<div id=far class=cover style=\"position: fixed; left: 1px; bottom: 1px; width: 1px; height: 1px\"></div>`)",
    ),
    (
        "the outline of what is generated elsewhere",
        "style(`#far::before { content: ''; outline: 3000px solid #fff }`); document.body.insertAdjacentHTML('beforeend', `<div id=far class=cover style=\"position: fixed; left: 1px; bottom: 1px; width: 1px; height: 1px\"></div>`)",
    ),
    (
        "a line through generated blanks",
        "style(`.cover::before { content: '${'\\u00a0'.repeat(60)}'; text-decoration: line-through 90px #fff; white-space: pre; font: 40px/30px monospace }`); cover('pointer-events: none; overflow: hidden')",
    ),
    (
        "a generated list's marker",
        "style(`.cover::before { content: ''; display: list-item; list-style: inside '${'█'.repeat(40)}'; font: 60px/40px monospace; color: #fff }`); cover('pointer-events: none; overflow: hidden')",
    ),
    (
        "a generated scroll bar",
        "style(`.cover::before { content: ''; display: block; box-sizing: border-box; width: 15px; height: 40px; overflow-y: scroll; scrollbar-color: #fff #fff; transform-origin: 0 0; transform: scale(50, 3) }`); cover('pointer-events: none; overflow: hidden')",
    ),
    (
        "a drawing that is hit where it is not drawn",
        "const { top } = password.getBoundingClientRect(); document.body.insertAdjacentHTML('beforeend', `<svg class=cover style=\"position: fixed; left: 0; top: 0; overflow: visible; pointer-events: none\" width=1 height=1><path d=\"M0 ${top + 15}H900\" fill=none stroke=white stroke-width=80 style=\"pointer-events: visibleFill !important\" /></svg>`)",
    ),
    (
        "the shadow of an enlarged drawing",
        "const { left, top } = password.getBoundingClientRect(); document.body.insertAdjacentHTML('beforeend', `<svg class=cover style=\"position: fixed; left: ${left + 100}px; top: ${top + 60}px; transform: scale(70); box-shadow: 0 0 0 9px #fff; pointer-events: none\" width=1 height=1></svg>`)",
    ),
    (
        "what a drawing lets out",
        "document.body.insertAdjacentHTML('beforeend', `<svg class=cover style=\"position: fixed; left: 0; top: 0; overflow: visible; pointer-events: none\" width=1 height=1><foreignObject x=0 y=0 width=1 height=1 style=\"overflow: visible\"><div style=\"width: 900px; height: 900px; background: #fff; pointer-events: none\"></div></foreignObject></svg>`)",
    ),
    ("a filter around that makes all gray", "around.style.filter = 'invert(.5)'"),
    (
        "filters around that make all gray together",
        "around.style.filter = login.style.filter = document.body.style.filter = 'contrast(.6)'",
    ),
    (
        "a cover that takes away all difference",
        "cover('background: rgba(255, 255, 255, .49); mix-blend-mode: difference; pointer-events: none')",
    ),
    ("a form that is blended into white", "around.style.mixBlendMode = 'screen'"),
    (
        "a trace that filters make opaque",
        "const over = cover('pointer-events: none; filter: ' + 'drop-shadow(0 0 0 #fff) '.repeat(6)); over.innerHTML = '<div style=\"height: 100%; background: rgba(255, 255, 255, .1)\"></div>'",
    ),
    (
        "a shadow from very far",
        "document.body.insertAdjacentHTML('beforeend', `<div class=cover style=\"position: fixed; left: -1000000px; top: ${password.getBoundingClientRect().top - 5}px; font: 40px/40px monospace; white-space: pre; text-shadow: 1000000px 0 #fff\">${'█'.repeat(30)}</div>`)",
    ),
    (
        "a hyphen of one's own",
        "const { left } = password.getBoundingClientRect(); const text = cover(`color: #fff; font: 40px/40px monospace; width: 1px; hyphens: manual; hyphenate-character: '${'█'.repeat(16)}'`); text.style.left = `${left - 30}px`; text.textContent = 'a\\u00adb'",
    ),
    (
        "a file's button that goes on passing for a while",
        "style(`#d::file-selector-button { ${over()} background: #fff; pointer-events: none; transition: pointer-events 1000s step-end allow-discrete }`); document.body.insertAdjacentHTML('beforeend', `<input class=cover id=d type=file>`); getComputedStyle(d, '::file-selector-button').pointerEvents",
    ),
    (
        "what unfolds and goes on passing for a while",
        "style(`#d::details-content { display: block; content-visibility: visible; ${over()} background: #fff; pointer-events: none; transition: pointer-events 1000s step-end allow-discrete }`); document.body.insertAdjacentHTML('beforeend', `<details class=cover id=d open><summary>x</summary>y</details>`); d.offsetTop",
    ),
];

/// The same with what Chromium alone has.
pub(crate) const CHROMIUM_COVERS: [(&str, &str); 9] = [
    ("a slider's track", "style(`#q::-webkit-slider-runnable-track { ${over()} display: block !important; visibility: visible !important; background: #fff !important; appearance: none !important; pointer-events: none !important; z-index: 99; opacity: 1 !important;  }`); document.body.insertAdjacentHTML('beforeend', `<input id=q class=cover type=range>`)"),
    ("a slider's container", "style(`#q::-webkit-slider-container { ${over()} display: block !important; visibility: visible !important; background: #fff !important; appearance: none !important; pointer-events: none !important; z-index: 99; opacity: 1 !important;  }`); document.body.insertAdjacentHTML('beforeend', `<input id=q class=cover type=range>`)"),
    ("a colour's swatch", "style(`#q::-webkit-color-swatch { ${over()} display: block !important; visibility: visible !important; background: #fff !important; appearance: none !important; pointer-events: none !important; z-index: 99; opacity: 1 !important;  }`); document.body.insertAdjacentHTML('beforeend', `<input id=q class=cover type=color>`)"),
    ("a progress bar's value", "style(`#q::-webkit-progress-value { ${over()} display: block !important; visibility: visible !important; background: #fff !important; appearance: none !important; pointer-events: none !important; z-index: 99; opacity: 1 !important;  }`); document.body.insertAdjacentHTML('beforeend', `<progress id=q class=cover value=1 style=\"appearance: none\"></progress>`)"),
    ("a meter's value", "style(`#q::-webkit-meter-optimum-value { ${over()} display: block !important; visibility: visible !important; background: #fff !important; appearance: none !important; pointer-events: none !important; z-index: 99; opacity: 1 !important;  }`); document.body.insertAdjacentHTML('beforeend', `<meter id=q class=cover value=1 style=\"appearance: none\"></meter>`)"),
    ("the list of a select that is shut", "style(`#d, #d::picker(select) { appearance: base-select } #d::picker(select) { display: block !important; opacity: 1 !important; ${over()} background: #fff; pointer-events: none; z-index: 99; overflow: hidden }`); document.body.insertAdjacentHTML('beforeend', `<select class=cover id=d><option>x</select>`)"),
    ("a corner that is cut", "const { left, top } = password.getBoundingClientRect(); document.body.insertAdjacentHTML('beforeend', `<div class=cover style=\"position: fixed; left: ${left - 220}px; top: ${top - 230}px; width: 1200px; height: 1200px; border-radius: 49%; corner-shape: notch; box-shadow: 0 0 0 800px #fff; pointer-events: none\"></div>`)"),
    ("what boxes are resized by", "style('#d::-webkit-resizer { background: #fff }'); const { left, top } = password.getBoundingClientRect(); document.body.insertAdjacentHTML('beforeend', `<div class=cover id=d style=\"position: fixed; left: ${left - 10}px; top: ${top - 5}px; width: 15px; height: 15px; overflow: hidden; resize: both; transform-origin: 0 0; transform: scale(40, 5); pointer-events: none\"></div>`)"),
    ("a closed tree that comes from another document", "const frame = document.createElement('iframe'); frame.className = 'cover'; frame.srcdoc = '<form><input name=user id=u><input type=password name=password><div id=h></div></form>'; document.body.append(frame);
        const later = (millis) => new Promise((done) => setTimeout(done, millis));
        return (async () => { await new Promise((done) => (frame.onload = done)); await later(300);
          const host = frame.contentDocument.getElementById('h'); host.attachShadow({ mode: 'closed' }).innerHTML = `<div style=\"${over()} background: #fff; pointer-events: none !important\"></div>`;
          frame.contentWindow.focus(); frame.contentDocument.getElementById('u').focus(); await later(700);
          host.className = 'cover'; document.body.append(host); frame.style.cssText = 'position: fixed; left: 600px; top: 500px; width: 50px; height: 50px' })()"),
];

/// The same with what Firefox alone has.
pub(crate) const FIREFOX_COVERS: [(&str, &str); 2] = [
    (
        "a slider's thumb",
        "style('#d::-moz-range-thumb { appearance: none; width: 16px; height: 16px; border: 0; border-radius: 0; background: #fff; pointer-events: none; transform: scale(90) }'); document.body.insertAdjacentHTML('beforeend', `<input class=cover id=d type=range style=\"appearance: none; position: fixed; top: ${password.getBoundingClientRect().top}px; left: 100px; pointer-events: none\">`)",
    ),
    (
        "a colour's swatch",
        "style(`#d::-moz-color-swatch { ${over()} background: #fff !important; pointer-events: none }`); document.body.insertAdjacentHTML('beforeend', `<input class=cover type=color id=d>`)",
    ),
];

/// What looks like one of these and is honest.
pub(crate) const HONEST: [(&str, &str); 10] = [
    (
        "a box that can be scrolled",
        "const box = document.createElement('div'); box.className = 'cover'; const form = login; form.replaceWith(box); box.innerHTML = '<p style=height:5000px>'; box.append(form); box.style.cssText = 'height: 500px; overflow: auto'",
    ),
    (
        "a dialog over a page that is held",
        "document.documentElement.style.overflow = 'hidden'; document.body.style.overflow = 'hidden'; showDialog()",
    ),
    (
        "a card that can be turned, shown from its front",
        "around.style.cssText = 'transform-style: preserve-3d'; login.style.cssText = 'transform: rotateY(0deg) translateZ(0); backface-visibility: hidden; background: #fff'",
    ),
    ("a shadow that a filter throws", "around.style.filter = 'drop-shadow(0 2px 6px #0006)'"),
    ("shadows under all text", "document.body.style.textShadow = '0 1px 2px #999'"),
    (
        "a link beside the field",
        "password.parentNode.insertAdjacentHTML('beforeend', ' <a href=/help style=\"filter: brightness(.9)\">Forgotten?</a>')",
    ),
    (
        "a drawing beside the field, used again",
        "password.parentNode.insertAdjacentHTML('beforeend', '<svg class=cover width=16 height=16><defs><path id=eye d=\"M0 8h16\" stroke=black /></defs><use href=\"#eye\" /></svg>')",
    ),
    (
        "as many elements as no page has",
        "const many = document.createElement('div'); many.className = 'cover'; many.style.cssText = 'position: absolute; top: 900px'; many.innerHTML = '<i></i>'.repeat(40000); document.body.append(many)",
    ),
    (
        "shadows of generated content",
        "style('h1::before, p::after { content: \"\"; box-shadow: 0 8px 24px #0004; outline: 2px solid #00f }')",
    ),
    ("what is cleared by generated tables", "style('form::before, p::after { content: \" \"; display: table }')"),
];
