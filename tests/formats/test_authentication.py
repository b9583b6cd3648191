"""Whose mail it is: by our own server's word, and nobody else's."""

from __future__ import annotations

import pytest

from festival.formats.authentication import vouched
from festival.formats.post import HEADER_LENGTH, opened
from tests.mail.samples import SERVER, mail
from tests.mail.samples import vouched as by_server

ADA = "ada@mail.example.org"


def believed(*results: str, sender: str = ADA, server: str = SERVER) -> bool:
    headers = [f"Authentication-Results: {text}" for text in results]
    return vouched(opened(mail(*headers, "", "")), sender, server)


@pytest.mark.parametrize(
    "result",
    [
        by_server(ADA),
        f"{SERVER}; dkim=pass header.d=mail.example.org",
        f"{SERVER}; dkim=pass header.d=mail.example.org header.s=2027",
        f"{SERVER}; dkim=pass header.i=@mail.example.org header.s=20230601",  # Gmail
        f"{SERVER}; dkim=fail header.d=mail.example.org; spf=pass smtp.mailfrom={ADA}",
        f"{SERVER} 1; spf=pass (comment (in comment)) smtp.mailfrom=mail.example.org",
        f"{SERVER.upper()};DKIM=PASS header.d=Mail.Example.ORG",
        f'{SERVER}; dkim=pass reason="1024-bit key" header.d=mail.example.org',
        (
            f"{SERVER}; dkim=none; spf=softfail smtp.mailfrom=x.example;\r\n"
            f"\tdkim=pass header.d=mail.example.org"
        ),
        (  # the server knows whose parent may speak for whom
            f"{SERVER}; dkim=pass header.d=example.org;\r\n"
            "\tdmarc=pass (p=NONE dis=NONE) header.from=mail.example.org"
        ),
    ],
)
def test_a_mail_that_its_own_domain_sent_is_believed(result):
    assert believed(result)


@pytest.mark.parametrize(
    "result",
    [
        "",
        SERVER,
        f"{SERVER}; none",
        f"mx.evil.example; dkim=pass header.d={ADA}",
        f"{SERVER}.evil.example; dkim=pass header.d=mail.example.org",
        f"{SERVER}; dkim=pass header.d=evil.example",
        f"{SERVER}; dkim=pass header.d=evil-mail.example.org.evil.example",
        f"{SERVER}; dkim=pass header.d=sub.mail.example.org",
        f"{SERVER}; dkim=pass header.d=org",
        f"{SERVER}; dkim=pass header.d=example.org",
        f"{SERVER}; spf=pass smtp.mailfrom=bounces@example.org",
        f"{SERVER}; dmarc=pass header.from=example.org",
        f"{SERVER}; dmarc=bestguesspass header.from=mail.example.org",
        f"{SERVER}; dmarc=fail header.from=mail.example.org",
        f"{SERVER}; dmarc=pass header.d=mail.example.org",
        f"{SERVER}; dkim=pass",
        f"{SERVER}; dkim=fail header.d=mail.example.org",
        f"{SERVER}; dkim=passable header.d=mail.example.org",
        f"{SERVER}; dkim=pass-ish header.d=mail.example.org",
        f"{SERVER}; spf=fail smtp.mailfrom=mail.example.org",
        f"{SERVER}; spf=pass smtp.helo=mail.example.org",
        f"{SERVER}; spf=pass smtp.mailfrom=eve@evil.example",
        f"{SERVER}; arc=pass header.d=mail.example.org",
        f"{SERVER}; x=y (dkim=pass header.d=mail.example.org)",
        (
            f"{SERVER}; spf=pass (a; dkim=pass header.d=mail.example.org) "
            "smtp.mailfrom=evil.example"
        ),
        # What an enemy may have chosen for the envelope's local part
        (
            f"{SERVER}; spf=pass "
            'smtp.mailfrom="a; dkim=pass header.d=mail.example.org; b"@evil.example'
        ),
        (
            f"{SERVER}; spf=pass (of "
            '"a); dkim=pass header.d=mail.example.org; (b"@evil.example) x=y'
        ),
        f"{SERVER}; spf=pass (of a); dkim=pass header.d=mail.example.org; b@evil) x=y",
        f"{SERVER}; spf=pass smtp.mailfrom=a\\; dkim=pass header.d=mail.example.org",
        f"{SERVER}; x=y )(; dkim=pass header.d=mail.example.org",
        f"{SERVER}; dkim=pass header.d=evil.example header.d=mail.example.org",
    ],
)
def test_any_other_is_not(result):
    assert not believed(result)


@pytest.mark.parametrize(
    "real",
    [
        rf'{SERVER}; dkim=none; spf=pass smtp.mailfrom="a\"b"@evil.example',
        f'{SERVER}; spf=pass smtp.mailfrom="x;y"@evil.example',
        f'{SERVER}; spf=pass smtp.mailfrom=")"@evil.example',
        f"{SERVER}; spf=fail (a( b) smtp.mailfrom=x@evil.example",
        f"({SERVER}); spf=fail",
        f'"{SERVER}"; spf=fail',
        f"{SERVER} spf=fail",
        "",
        f"{SERVER}; dkim=none header.d=" + "x" * HEADER_LENGTH,
    ],
)
def test_a_word_that_an_enemy_made_odd_hides_no_forged_one_below_it(real):
    assert not believed(real, by_server(ADA))


def test_only_the_topmost_word_of_our_own_server_counts():
    forged, real = by_server(ADA), f"{SERVER}; dkim=none; spf=fail smtp.mailfrom=a@b.c"

    assert not believed(real, forged)
    assert believed("mx.elsewhere.example; dkim=fail", forged)
    assert not believed(forged, sender="ada@elsewhere.example")
    assert not believed(forged, server="")
    assert not believed(forged, sender="")
    assert not believed(forged, sender="ada@org")
