"""Mails as other people's programs write them; every name and number is invented."""

from __future__ import annotations

import base64
from typing import Any

SERVER = "mx.halle.example"
VOUCHED = (
    "{server};\r\n"
    "\tdkim=pass (2048-bit key; unprotected) header.d={domain} header.i=@{domain}"
    ' header.b="Ab3+/x=";\r\n'
    "\tspf=pass ({server}: domain of {address} designates 192.0.2.7 as permitted"
    " sender) smtp.mailfrom={address}"
)


def mail(*lines: str, **headers: str) -> bytes:
    head = [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*head, *lines]).encode("utf-8", "surrogateescape")


def vouched(address: str, server: str = SERVER) -> str:
    domain = address.rpartition("@")[2]
    return VOUCHED.format(address=address, domain=domain, server=server)


def calendar(uid: str, attendee: str, **facts: Any) -> str:
    """What a calendar answers; ``organizer=False`` as outlook.com does."""
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Google Inc//Google Calendar 70.9054//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        f"METHOD:{facts.get('method', 'REPLY')}",
        "BEGIN:VEVENT",
        "DTSTART:20270608T100000Z",
        "DTEND:20270608T120000Z",
        "DTSTAMP:20270602T081500Z",
        "ORGANIZER;CN=Halle:mailto:agenda@halle.example",
        f"UID:{uid}",
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;CN={attendee}",
        f" ;PARTSTAT={facts.get('answer', 'DECLINED')};X-NUM-GUESTS=0",
        f" :mailto:{attendee}",
        f"SEQUENCE:{facts.get('sequence', 0)}",
        "STATUS:CONFIRMED",
        "SUMMARY:Ouverture",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    if not facts.get("organizer", True):
        lines = [line for line in lines if not line.startswith("ORGANIZER")]
    return "\r\n".join(lines)


def gmail_reply(uid: str, guest: str, **facts: Any) -> bytes:
    headers = {
        "Authentication_Results": vouched(guest),
        "Received": "from mail.example.net by mx.halle.example; Tue, 2 Jun 2027",
        "From": f'"Ada, who comes" <{guest}>',
        **facts.pop("headers", {}),
    }
    headers = {name: text for name, text in headers.items() if text}
    return mail(
        "To: agenda@halle.example",
        "Subject: =?UTF-8?Q?Refus=C3=A9_=3A_Ouverture?=",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="000000000000a1"',
        "",
        "--000000000000a1",
        'Content-Type: multipart/alternative; boundary="000000000000a2"',
        "",
        "--000000000000a2",
        'Content-Type: text/plain; charset="UTF-8"',
        "",
        "Ada has declined this invitation.",
        "--000000000000a2",
        'Content-Type: text/calendar; charset="UTF-8"; method=REPLY',
        "Content-Transfer-Encoding: 7bit",
        "",
        calendar(uid, guest, **facts),
        "--000000000000a2--",
        "--000000000000a1",
        'Content-Type: application/ics; name="invite.ics"',
        "Content-Transfer-Encoding: base64",
        "",
        base64.b64encode(calendar(uid, guest, **facts).encode()).decode(),
        "--000000000000a1--",
        "",
        **headers,
    )


def outlook_reply(uid: str, guest: str, **facts: Any) -> bytes:
    """Base64, one alternative, and nobody who organises."""
    text = calendar(uid, guest, organizer=False, **facts)
    return mail(
        "Subject: Declined: Ouverture",
        'Content-Type: multipart/alternative; boundary="_000_X_"',
        "MIME-Version: 1.0",
        "",
        "--_000_X_",
        'Content-Type: text/plain; charset="iso-8859-1"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "",
        "--_000_X_",
        'Content-Type: text/calendar; charset="utf-8"; method=REPLY',
        "Content-Transfer-Encoding: base64",
        "",
        base64.encodebytes(text.encode()).decode(),
        "--_000_X_--",
        "",
        Authentication_Results=vouched(guest),
        From=guest,
        To="La Halle <agenda@halle.example>",
    )


def _report(boundary: str, parts: list[tuple[str, str]], **headers: str) -> bytes:
    lines = [""]
    for kind, body in parts:
        lines += [f"--{boundary}", f"Content-Type: {kind}", "", *body.split("\n")]
    return mail(
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        f'\tboundary="{boundary}"',
        *lines,
        f"--{boundary}--",
        "",
        **headers,
    )


def postfix_bounce(
    message_id: str, *, action: str = "failed", status: str = "5.1.1"
) -> bytes:
    report = (
        "Reporting-MTA: dns; mail.halle.example\n"
        "X-Postfix-Queue-ID: 4ZxQ1\n"
        "Arrival-Date: Tue,  1 Jun 2027 12:00:02 +0200 (CEST)\n"
        "\n"
        "Final-Recipient: rfc822; sam@example.org\n"
        "Original-Recipient: rfc822;sam@example.org\n"
        f"Action: {action}\n"
        f"Status: {status}\n"
        "Remote-MTA: dns; mx.example.org\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <sam@example.org>: User unknown\n"
    )
    returned = f"Return-Path: <agenda@halle.example>\nMessage-ID: {message_id}\n"
    return _report(
        "4ZxQ1.1780000000/mail.halle.example",
        [
            ("text/plain; charset=us-ascii", "This is the mail system."),
            ("message/delivery-status", report),
            ("text/rfc822-headers", returned),
        ],
        From="MAILER-DAEMON@mail.halle.example (Mail Delivery System)",
        Subject="Undelivered Mail Returned to Sender",
    )


def exim_bounce(message_id: str) -> bytes:
    report = (
        "Reporting-MTA: dns; relay.example.net\n"
        "\n"
        "Action: failed\n"
        "Final-Recipient: rfc822;sam@example.org\n"
        "Status: 5.0.0\n"
        "Remote-MTA: dns; mx.example.org\n"
        "Diagnostic-Code: smtp; 550 No such user here\n"
    )
    returned = (
        "Return-path: <agenda@halle.example>\n"
        "Subject: Samedi 14 h\n"
        f"Message-ID:\n {message_id}\n"
        "Content-Type: text/plain\n"
        "\n"
        "Bonjour\n"
    )
    return _report(
        "1780000000-eximdsn-42",
        [
            ("text/plain; charset=us-ascii", "This message was created automatically"),
            ("message/delivery-status", report),
            ("message/rfc822", returned),
        ],
        X_Failed_Recipients="sam@example.org",
        From="Mail Delivery System <Mailer-Daemon@relay.example.net>",
    )


def exchange_bounce(message_id: str) -> bytes:
    """Returns no letter at all, only names it."""
    report = (
        "Reporting-MTA: dns;PR0P264.PROD.EXAMPLE\n"
        "\n"
        "Final-Recipient: rfc822;sam@example.org\n"
        "Action: failed\n"
        "Status: 5.1.10\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound\n"
    )
    return _report(
        "d6a7",
        [
            (
                "text/html; charset=us-ascii",
                "<p>It couldn't be delivered.</p>",
            ),
            ("message/delivery-status", report),
        ],
        From="<postmaster@example.org>",
        In_Reply_To=message_id,
        References=f"<other@example.org> {message_id}",
    )
