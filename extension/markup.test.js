import assert from "node:assert/strict";
import test from "node:test";

import { read } from "./markup.js";

test("plain templates are read", () => {
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("text &amp; &lt;text&gt; &quot;&#x27;"), ["text & <text> \"'"]);
  assert.deepEqual(read('<div class="cs-card" role="status"><p>Text</p><!></div>'), [
    {
      name: "div",
      attributes: [
        ["class", "cs-card"],
        ["role", "status"],
      ],
      children: [{ name: "p", attributes: [], children: ["Text"] }, { comment: "" }],
    },
  ]);
  assert.deepEqual(read('<input type="checkbox" hidden><!-- --><br/>after'), [
    {
      name: "input",
      attributes: [
        ["type", "checkbox"],
        ["hidden", ""],
      ],
      children: [],
    },
    { comment: " " },
    { name: "br", attributes: [], children: [] },
    "after",
  ]);
  assert.deepEqual(read('<svg viewBox="0 0 2 2"><path d="M0 0"/><path d="M1 1"></path></svg>'), [
    {
      name: "svg",
      attributes: [["viewBox", "0 0 2 2"]],
      children: [
        { name: "path", attributes: [["d", "M0 0"]], children: [] },
        { name: "path", attributes: [["d", "M1 1"]], children: [] },
      ],
    },
  ]);
  assert.deepEqual(read('<img src="icons/icon.svg" alt="&quot;x&quot;">')[0].attributes, [
    ["src", "icons/icon.svg"],
    ["alt", '"x"'],
  ]);
});

test("all else is refused", () => {
  for (const markup of [
    "<script>1</script>",
    '<img src="icons/x.png" onerror="1">',
    '<img src="https://elsewhere.example/x.png">',
    '<img src="icons/../../x">',
    "<img src=x onerror=1>",
    '<p style="color:red">x</p>',
    '<a href="javascript:1">x</a>',
    '<iframe srcdoc="x"></iframe>',
    "<svg/onload=1>",
    "<p",
    "<P ONCLICK='1'>",
    '<form action="https://elsewhere.example"></form>',
    "<style>p{}</style>",
    "<!--><script>1</script>-->",
    "<p>",
    "</p>",
    "<p></div>",
    "<b><i></b></i>",
    "&nbsp;",
    "&amp",
    "a & b",
    '<p title="&constructor;">x</p>',
  ]) {
    assert.throws(() => read(markup), TypeError, markup);
  }
});
