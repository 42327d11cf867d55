"""What Blink makes of mail that `sanitize` let through: its tree is what we wrote, nothing in it
lives, and no pixel of it stands outside its card.
"""

from __future__ import annotations

import json
from concurrent.futures import Future

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage
from PySide6.QtWebEngineWidgets import QWebEngineView

from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content import darkening, page_body
from missive_desktop.content.rendered import render
from missive_desktop.content.sanitize import SafeHtml, sanitize

READ = """
JSON.stringify([...document.querySelectorAll("section")].map((place) => {
  const root = place.shadowRoot.querySelector("div");
  const live = [];
  for (const element of place.shadowRoot.querySelectorAll("*")) {
    const name = element.localName;
    if (element.namespaceURI !== "http://www.w3.org/1999/xhtml") live.push("foreign " + name);
    if (/^(script|i?frame|object|embed|link|meta|base|form|input|button|select|textarea|template)$/
        .test(name)) live.push(name);
    for (const { name: key, value } of element.attributes) {
      if (/^on|^(action|formaction|srcset|ping|target|srcdoc|tabindex|autofocus|is|slot|part)$/
          .test(key)) live.push(key);
      if (key === "src" && !/^(missive:|data:image\\/)/.test(value)) live.push(key + value);
      if (key === "href" && !/^(https?:|mailto:|tel:|#mvx-)/i.test(value)) live.push(key + value);
    }
  }
  for (const sheet of place.shadowRoot.styleSheets)
    for (const rule of sheet.cssRules)
      if (!["CSSStyleRule", "CSSMediaRule", "CSSContainerRule"].includes(rule.constructor.name))
        live.push(rule.constructor.name);
  const css = [...place.shadowRoot.querySelectorAll("[style]")]
    .map((element) => element.getAttribute("style"));
  for (const style of place.shadowRoot.querySelectorAll("style")) css.push(style.textContent);
  for (const found of css.join(" ").matchAll(/url\\(([^)]*)\\)/g))
    if (!/^"(missive:|data:image)/.test(found[1])) live.push(found[0]);
  return { html: root.innerHTML, text: root.innerText, live };
}))
"""


class Shown:
    """A view, and what stands in it."""

    def __init__(self, sandbox: Sandbox, view: QWebEngineView, until) -> None:
        self.view = view
        self._sandbox = sandbox
        self._until = until
        self._page = sandbox.page()
        self._count = 0
        self._painted: list[str] = []
        view.setPage(self._page)
        self._page.painted.connect(self._painted.append)

    def load(self, html: str) -> None:
        self._count += 1
        token = f"p{self._count}"
        self._sandbox.handler.put(token, html)
        self._page.show_page(page_url(token))
        self._until(lambda: token in self._painted, 60)

    def picture(self, html: SafeHtml) -> QImage:
        """Return how the mail is drawn; the frame of the page before may stand a little longer."""
        mark = QColor(255, 0, self._count % 256)
        self.load(_page_with(html, mark.name()))
        pictures: list[QImage] = []

        def drawn() -> bool:
            pictures.append(self.view.grab().toImage())
            return pictures[-1].pixel(5, 5) == mark.rgb()

        self._until(drawn)
        return pictures[-1]

    def ask(self, code: str):
        answers: list[str] = []
        self._page.own_code(code, answers.append)
        self._until(lambda: answers)
        return json.loads(answers[0])

    def read(self, pieces: list[str]) -> list[dict]:
        """Return what Blink makes of pieces of safe HTML."""
        self.load(
            "<!doctype html><body>"
            + "".join(
                "<section><template shadowrootmode=open><div dir=auto>"
                f"{piece}</div></template></section>"
                for piece in pieces
            )
        )
        found = self.ask(READ)
        assert len(found) == len(pieces)
        return found


@pytest.fixture(scope="module")
def shown(qapp):
    """One view for all: hundreds of pieces go through it."""
    from pytestqt.qtbot import QtBot

    def nothing(_message: int, _part: int) -> Future[bytes]:
        found: Future[bytes] = Future()
        found.set_exception(LookupError("no images here"))
        return found

    bot = QtBot(None)

    def until(condition, seconds=60):
        bot.waitUntil(lambda: bool(condition()), timeout=seconds * 1000)

    sandbox = Sandbox(nothing, nothing)
    view = QWebEngineView()
    view.resize(500, 400)
    view.show()
    made = Shown(sandbox, view, until)
    yield made
    view.close()
    sandbox.close()
    view.deleteLater()


# Each holds the word "seen", which must be left. Trees that cannot be written as they are, elements
# that change how the rest is read, names that shadow others, sheets that read or draw too much.
TRICKY = [
    "<h1><a href=https://a.example><h2>seen</a></h1>",
    "<a href=https://a.example><table><a href=https://b.example>seen",
    "<table><b onclick=x><tr>seen<td>",
    "<table><tr><p>seen<table><caption><b>",
    "<p><b><i><div>seen</b></i>",
    "<nobr><table><nobr>seen",
    "<svg><style><a title='</style><img src=x onerror=x>'></svg>seen",
    "<svg><title><style></title><img src=x onerror=x>seen",
    (
        "<math><mtext><table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src onerror=x&gt;'>seen"
    ),
    "<math><annotation-xml encoding=text/html><p>x</annotation-xml></math>seen",
    "<svg><foreignObject><math><mi><img src=x onerror=x>seen",
    "<svg><p title='</p><script>x</script>'>seen",
    "<noscript><p title='</noscript><img src=x onerror=x>'>seen",
    "<noembed><img src=x onerror=x></noembed>seen",
    "<xmp><img src=x onerror=x>seen</xmp>",
    "<textarea></textarea><img src=x onerror=x>seen",
    "<select><style></select><img src=x onerror=x>seen</style></select>seen",
    "<select><option><iframe></select><script>x</script></iframe>seen</select>seen",
    "<template><div shadowrootmode=open><script>x</script></div></template>seen",
    "<div><template shadowrootmode=open><script>x</script></template>seen</div>",
    "<frameset onload=x><frame src=javascript:x>seen",
    "<body onload=x><body onfocus=y>seen",
    "<form id=a><input name=parentNode><input name=attributes></form><p form=a>seen",
    "<img name=getElementById id=body><a id=location name=location href=x:y>seen</a>",
    "<p is=x-y slot=z part=q tabindex=1 accesskey=s contenteditable inert popover>seen",
    "<p onclick\x0c=x on\nclick=y o\x00nclick=z style\x0b=x>seen",
    "<img/src='x'/onerror=x//><image src=x onerror=x>seen",
    "<scr<script>ipt>x</script>seen",
    "<<b>seen",
    "<!--><img src=x onerror=x>--!>seen",
    "<!-- --!><img src=x onerror=x>seen",
    "<![CDATA[<img src=x onerror=x>]]>seen",
    "<?php <img src=x onerror=x>?>seen",
    "</br></p><!doctype html>seen",
    "<a href='java&Tab;script&colon;x'>seen</a><a href='&#1;javascript:x'>x</a>",
    "<a href='\u00a0javascript:x'>seen</a><a href=jAvAsCrIpT:x>x</a><a href=blob:x>y</a>",
    (
        "<style>@import 'x';@font-face{font-family:x;src:url(y)}@property --x{syntax:'*'}"
        "@layer a{p{color:red}}@keyframes k{from{top:0}}@counter-style c{symbols:url(x)}"
        "@namespace svg url(x);@page{margin:0}@scope(p){p{color:red}}p{color:red}</style>seen"
    ),
    "<style></style/><img src=x onerror=x></style>seen",
    "<style>p{font:'</style><img src=x onerror=x>'}</style>seen",
    "<style>p{color:red;&:hover{background:url(x)}}p::after{content:attr(x)}</style>seen",
    "<style>*{background:u\\72l(x)}*{background:u\\rl(https://a.example)}</style>seen",
    "<style>input[value^=a]{background:url(https://a.example/a)}</style>seen",
    '<p style=\'background:url("x\\"),url(https://a.example)"\'>seen',
    "<p style='color:red/*'>seen<p style='*/;background:url(x)'>x",
    "<p style='background:url(x;y)}p{color:red'>seen",
    "<style>p{--x:url(https://a.example);background:var(--x,url(x))}</style>seen",
    (
        "<base href=https://a.example><link rel=preconnect href=https://a.example>"
        "<meta http-equiv=refresh content='0;url=https://a.example'>seen"
    ),
    "<details open ontoggle=x><summary>seen</summary>x</details>",
    "<map name=m><area href=javascript:x onfocus=x></map><img usemap=#m src=x>seen",
    "<bdo dir=rtl>nees</bdo> seen",
    "<ruby><rt><rp>x</ruby>seen",
    "<plaintext>seen<script>x</script>",
    "<p>" + "<font size=1>" * 40 + "seen",
    "+ADw-script+AD4-x+ADw-/script+AD4- seen",
    "\ufeff<\x00img src=x onerror=x>seen",
]


def test_blink_reads_what_we_wrote_and_nothing_lives(shown):
    safe = [str(sanitize(html).html) for html in TRICKY]
    for html, written, found in zip(TRICKY, safe, shown.read(safe), strict=True):
        assert found["html"] == written, html
        assert found["live"] == [], html
        assert "seen" in found["text"], html
        assert str(sanitize(found["html"]).html) == written, html


PIECES = st.sampled_from(
    sorted({piece for html in TRICKY for piece in html.replace("<", "\0<").split("\0") if piece})
)


@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=40))
def test_any_mixture_of_them_is_read_as_written(shown, mails):
    safe = [str(sanitize(html).html) for html in mails]
    for html, written, found in zip(mails, safe, shown.read(safe), strict=True):
        assert found["html"] == written, html
        assert found["live"] == [], html
        assert str(sanitize(found["html"]).html) == written, html


# Ways to draw elsewhere than in one's own box.
ESCAPES = [
    "position:fixed;inset:0;background:red",
    "position:sticky;top:-900px;background:red",
    "position:absolute;top:-300px;left:-300px;width:2000px;height:2000px;background:red",
    "margin:-500px;padding:500px;background:red",
    "transform:scale(50);background:red",
    "transform:translate(-300px,-300px);width:900px;height:900px;background:red",
    "box-shadow:0 0 0 900px red",
    "outline:900px solid red",
    "outline:9px solid red;outline-offset:300px",
    "text-shadow:0 -120px red,0 120px red;color:red",
    "filter:drop-shadow(0 -100px red);background:red",
    "width:100vw;height:100vh;margin-left:-200px;background:red",
    "z-index:2147483647;position:relative;top:-200px;background:red;height:900px",
    "border:600px solid red;margin:-600px",
    "display:table;margin-top:-500px;height:900px;background:red",
    "float:left;margin:-300px;width:900px;height:900px;background:red",
    "background:red;letter-spacing:-900px;text-indent:-900px;line-height:900px",
    "anchor-name:--a;position-anchor:--a;inset-area:top;background:red;position:absolute",
]
RULES = [
    ":host{position:fixed;inset:0;background:red!important;contain:none!important}",
    "html,body{position:fixed;inset:0;background:red;height:900px;margin:-300px}",
    ":root{background:red;margin:-300px;height:900px}",
    "p::before{content:'x';position:fixed;inset:0;background:red}",
    "p:target,*{box-shadow:0 0 0 900px red}",
]


def _page_with(html: SafeHtml, mark: str) -> str:
    """The mail in the middle of blue, in its own frame; a corner tells pictures of pages apart."""
    mail = b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\nx"
    rendered = msgspec.structs.replace(render(mail), html=html)
    box = page_body.body(1, rendered, "light", dark=False)
    return (
        "<!doctype html><style>html{background:#00f}body{margin:0}"
        ".body{display:block;margin:100px;height:120px;--body-ground:#fff}</style><body>"
        f"<i style='position:fixed;top:0;left:0;width:14px;height:14px;background:{mark}'></i>{box}"
    )


@pytest.mark.parametrize("css", [*ESCAPES, *RULES])
def test_a_mail_draws_in_its_own_box_only(shown, css):
    html = f"<style>{css}</style><p>seen" if "{" in css else f"<div style='{css}'>seen</div><p>x"
    picture = shown.picture(sanitize(html).html)
    blue = QColor("#00f").rgb()
    width, height = picture.width(), picture.height()
    outside = [
        (x, y)
        for x in range(0, width - 20, 7)
        for y in range(0, height, 7)
        if not (98 <= x <= width - 80 and 98 <= y <= 222) and not (x <= 14 and y <= 14)
    ]
    assert all(picture.pixel(x, y) == blue for x, y in outside), css
    assert picture.pixel(width // 2, 160) != blue


CONTRASTS = """
(() => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    const linear = parts.slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return { y: 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2],
             alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const root = document.querySelector("section").shadowRoot;
  const found = {};
  for (const element of root.querySelectorAll("[id]")) {
    let ground = { y: 1, alpha: 0 }, node = element;
    while (node && ground.alpha < 0.5) {
      ground = light(getComputedStyle(node).backgroundColor);
      node = node.parentElement;
    }
    const text = light(getComputedStyle(element).color).y;
    const pair = [text, ground.alpha < 0.5 ? PAPER : ground.y].sort((a, b) => b - a);
    found[element.id] = (pair[0] + 0.05) / (pair[1] + 0.05);
  }
  return JSON.stringify(found);
})()
"""
COLOURED = (
    "<style>.a{color:#333}.b{background:#eef}.c{color:#fff;background-color:#0a7}</style>"
    "<body bgcolor=#f4f4f4 text=#222><p id=n1>x<p id=n2 class=a>x<div class=b><p id=n3 class=a>x"
    "<a id=n4 class=c>x</a></div><table bgcolor=white><td id=n5 style='color:#555'>x"
    "<td id=n6 bgcolor=navy><font id=n7 color=white>x</font><span id=n8 style='color:#ccc'>x</span>"
    "<td id=n9 style='background:black;color:#eee'>x<td id=n10 style='color:#b00'>x</table>"
)


def test_text_stays_readable_in_the_dark(shown):
    safe = sanitize(COLOURED).html
    shown.read([str(safe)])
    before = shown.ask(CONTRASTS.replace("PAPER", "1"))
    shown.read([str(darkening.darkened(safe))])
    after = shown.ask(CONTRASTS.replace("PAPER", "0.011"))
    assert len(before) == len(after) == 10
    poor = {key: after[key] for key in after if before[key] >= 4.5 and after[key] < 4.5}
    assert poor == {}


def test_styles_for_the_dark_follow_the_page(shown):
    safe = sanitize(
        "<style>p{color:rgb(1,1,1)}@media (prefers-color-scheme:dark){p{color:rgb(9,9,9)}}</style>"
        "<p>seen"
    )
    code = (
        "JSON.stringify([...document.querySelectorAll('section')].map((one) =>"
        " getComputedStyle(one.shadowRoot.querySelector('p')).color))"
    )
    mail = f"<template shadowrootmode=open><div dir=auto>{safe.html}</div></template></section>"
    shown.load(
        "<!doctype html><style>.night{--mv-scheme:dark}</style><body>"
        f"<section>{mail}<section class=night>{mail}"
    )
    assert shown.ask(code) == ["rgb(1, 1, 1)", "rgb(9, 9, 9)"]
