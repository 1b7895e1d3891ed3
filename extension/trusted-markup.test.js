import assert from "node:assert/strict";
import test from "node:test";

import { isPlain } from "./trusted-markup.js";

test("plain templates pass", () => {
  for (const markup of [
    "",
    "text &amp; text",
    '<div class="cs-card" role="status"><p>Text</p><!></div>',
    '<img class="mark" src="icons/icon.svg" alt="" width="24">',
    '<input type="checkbox" hidden><!-- --><br/>',
  ]) {
    assert.ok(isPlain(markup), markup);
  }
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
  ]) {
    assert.ok(!isPlain(markup), markup);
  }
});
