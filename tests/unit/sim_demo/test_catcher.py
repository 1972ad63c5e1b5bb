"""What the demo's city sends is caught on this machine and can be read there, as text and never as markup."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import httpx

from siaga_sim.demo.catcher import MOST_MAILS, read_mail, running_catcher


def a_mail(subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "siaga@example.org", "warga@example.org"
    mail.set_content(text)
    return mail


def test_a_mail_is_read_on_the_page_and_a_push_is_counted() -> None:
    with running_catcher() as catcher:
        with smtplib.SMTP("127.0.0.1", catcher.smtp_port, timeout=60) as server:
            server.send_message(a_mail("Siaga 1 di Manggarai – awas", "Air naik.\n<script>alert(1)</script>"))
        page = httpx.get(f"{catcher.url}/", timeout=60)
        assert httpx.post(f"{catcher.url}/push/ani", content=b"secret", timeout=60).status_code == 201
        assert httpx.post(f"{catcher.url}/elsewhere", content=b"x", timeout=60).status_code == 404
        assert httpx.get(f"{catcher.url}/other", timeout=60).status_code == 404
        telegram = httpx.post(f"{catcher.url}/bot1:a/sendMessage", json={"chat_id": 7, "text": "Beres"}, timeout=60)
        assert telegram.json()["ok"] is True
        form = {"To": "whatsapp:+62811", "From": "x", "Body": "Diterima"}
        twilio = httpx.post(f"{catcher.url}/2010-04-01/Accounts/AC/Messages.json", data=form, timeout=60)
        assert twilio.status_code == 201
    assert "Siaga 1 di Manggarai – awas" in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert (catcher.count, catcher.push_count) == (3, 1)
    assert [one.text for one in catcher.mails][1:] == ["Beres", "Diterima"]
    assert catcher.mails[0].to == "warga@example.org"
    assert catcher.pushes[0].path == "/push/ani"


def test_only_the_own_page_breaks_something() -> None:
    done: list[str] = []

    def cover() -> str:
        done.append("covered")
        return "The camera <x> is covered"

    with running_catcher() as catcher:
        catcher.actions = lambda: {"camera": ("Cover the camera", cover)}
        assert "Cover the camera" in httpx.get(f"{catcher.url}/", timeout=60).text
        for origin in ({}, {"Origin": "https://elsewhere.example"}):
            assert httpx.post(f"{catcher.url}/break/camera", headers=origin, timeout=60).status_code == 403
        own = httpx.post(f"{catcher.url}/break/camera", headers={"Origin": catcher.url}, timeout=60)
        assert "&lt;x&gt; is covered" in own.text
        assert httpx.post(f"{catcher.url}/break/other", headers={"Origin": catcher.url}, timeout=60).status_code == 404
    assert done == ["covered"]


def test_mails_are_bounded_and_a_broken_one_is_shown_as_far_as_it_can_be_read() -> None:
    broken = read_mail(b"Subject: =?utf-8?q?Awas?=\nContent-Type: text/html\n\n<b>x</b>", "", [])
    assert (broken.subject, broken.text) == ("Awas", "")
    assert MOST_MAILS <= 500
