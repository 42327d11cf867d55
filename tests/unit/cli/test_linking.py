"""What `links` prints of a message."""

from missive_desktop.cli import linking

MAIL = (
    b"From: Claire <claire@atelier-velo.com>\r\nSubject: Sale\r\nContent-Type: text/html\r\n\r\n"
    b"<p><a href='https://www.atelier-velo.com/sale?id=1&utm_source=mail'>The sale</a>"
    b"<a href='https://evil.example/'>www.paypal.com</a><a href='mailto:a@b.org?attach=x'>Write</a>"
    b"<a href='https://u1.ct.sendgrid.net/ls/click?upn=x'>\x1b[31m</a></p>"
)


def test_each_link_with_what_is_known_of_it():
    found = [linking.described(text, link) for text, link in linking.examined(MAIL)]
    assert [one["text"] for one in found] == ["The sale", "www.paypal.com", "Write", "\x1b[31m"]
    assert found[0]["target"] == "https://www.atelier-velo.com/sale?id=1"
    assert found[0]["cut"] == ["utm_source"]
    assert found[1]["warnings"] == [
        {
            "code": "text",
            "text": "Its text says www.paypal.com, but it leads to evil.example.",
            "asks": True,
        }
    ]
    assert found[2]["target"] == "mailto:a@b.org"
    assert found[3]["through"] == "SendGrid"
