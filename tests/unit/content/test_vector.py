"""SVG: what stays of a drawing, and what it may cost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_desktop.content.vector import of_html, sanitize_svg, text_of

NS = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def drawn(inner, attributes=""):
    found = sanitize_svg(f"<svg {NS} {attributes}>{inner}</svg>".encode())
    return "" if found is None else found.decode()


@pytest.mark.parametrize(
    "inner",
    [
        '<rect width="9" height="9" fill="#fff"/>',
        '<path d="M0,0 L9-3z" stroke-width=".5" transform="rotate(45 3 3)"/>',
        '<g opacity="0.5"><circle cx="1" cy="1" r="1"/></g>',
        '<text x="1" y="2" font-family="Arial, \'Open Sans\'">a<tspan dy="3">b</tspan>c</text>',
        '<linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient>',
        '<rect fill="url(#g)"/>',
        '<defs><path id="p" d="M0 0"/></defs><use href="#p" x="3"/>',
        '<style>.a { fill: red; clip-path: url(#c) }</style><path class="a" d="M0 0"/>',
        f'<image href="data:image/png;base64,{PIXEL}" width="3" height="3"/>',
    ],
)
def test_drawings_stay(inner):
    inner += "<line/>"
    assert drawn(inner) == f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'


ALIVE = [
    "<script>alert(1)</script>",
    "<rect onload='alert(1)' onclick='x'/>",
    "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
    "<a href='javascript:alert(1)'><rect/></a>",
    "<a xlink:href='https://evil.example/'><rect/></a>",
    "<image href='https://evil.example/a.png'/>",
    "<image xlink:href='https://evil.example/a.png'/>",
    "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
    "<use href='https://evil.example/a.svg#x'/>",
    "<use href='data:image/svg+xml,evil.example'/>",
    "<filter id='f'><feImage href='https://evil.example/'/></filter>",
    "<rect fill='url(https://evil.example/#a)'/>",
    "<rect style='fill:url(https://evil.example/#a);mask:url(//evil.example)'/>",
    "<rect style='fill:\\75rl(//evil.example)'/>",
    "<style>@import '//evil.example';rect{fill:url(//evil.example)}</style>",
    "<style>@font-face{font-family:x;src:url(//evil.example)}</style>",
    "<set attributeName='href' to='//evil.example'/>",
    "<animate attributeName='href' values='//evil.example'/>",
    "<animateTransform attributeName='transform' to='1'/>",
    "<metadata>evil.example</metadata><title>evil.example</title>",
    "<x:script xmlns:x='http://www.w3.org/2000/svg'>evil.example</x:script>",
    "<script xmlns='http://www.w3.org/1999/xhtml'>evil.example</script>",
    "<rect xml:base='//evil.example' cursor='url(//evil.example)'/>",
    "<font-face-uri xlink:href='//evil.example'/><handler>evil.example</handler>",
    "<?xml-stylesheet href='//evil.example'?><!-- evil.example -->",
]


@pytest.mark.parametrize("inner", ALIVE)
def test_nothing_acts_or_leads_out(inner):
    found = drawn(f"<path d='M1 1'/>{inner}", "onload='evil.example'")
    assert '<path d="M1 1"/>' in found
    for word in ("evil", "script", "alert", "://", "set", "animate", "foreign", "@", "<a", "on"):
        assert word not in found.replace("http://www.w3.org/2000/svg", "")


def test_inside_html_it_may_be_sloppy():
    assert of_html("<svg><use xlink:href=#a /><g id=a><style><![CDATA[.a{fill:red}]]></style>") == (
        b'<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/><g id="a">'
        b"<style>.a { fill: red }</style></g></svg>"
    )
    found = of_html("<svg viewbox='0 0 9 9'><RECT /><path d=M1></g>&nbsp;\0")
    assert found == (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect/><path d="M1"/></svg>'
    )
    assert text_of(drawn("<text>a <tspan>b</tspan></text><text>c</text>").encode()) == "a b c"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><svg/></html>",
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",  # nothing is drawn
        b"<svg xmlns='http://www.w3.org/1999/xhtml'><rect/></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>",
        b"\x1f\x8b\x08",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 500 + b"<rect/>" + b"</g>" * 500
        + b"</svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<rect/>" * 20_000 + b"</svg>",
    ],
)  # fmt: skip
def test_what_is_no_drawing_or_too_much_of_one(data):
    assert sanitize_svg(data) is None


def test_references_may_not_multiply():
    levels = "".join(
        f"<g id='l{n}'>" + f"<use href='#l{n - 1}'/>" * 10 + "</g>" for n in range(1, 9)
    )
    assert drawn(f"<g id='l0'><rect/></g>{levels}") == ""
    assert drawn("<g id='a'><rect/><use href='#a'/></g>") == ""  # a circle
    masks = "".join(f"<mask id='m{n}'><rect mask='url(#m{n - 1})'/></mask>" for n in range(900))
    assert drawn(f"{masks}<rect mask='url(#m899)'/>") == ""
    assert drawn("<path d='M0 0h9999' stroke-dasharray='0.0001'/>").count("dash") == 0


def test_encodings_that_are_not_ours():
    text = f"<?xml version='1.0' encoding='utf-16'?><svg {NS}><rect onload='x'/></svg>"
    found = sanitize_svg(text.encode("utf-16"))
    assert found == b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *ALIVE,
                "<g>",
                "</g>",
                "<text>x",
                "</text>",
                "<![CDATA[",
                "]]>",
                "&#60;",
                "<rect/>",
                "<svg>",
            ]
        )
        | st.text(max_size=5),
        max_size=12,
    )
)
def test_a_second_pass_changes_nothing(pieces):
    once = of_html(f"<svg {NS}>{''.join(pieces)}")
    if once is not None:
        assert sanitize_svg(once) == once
        assert b"evil" not in once or b"<text" in once
