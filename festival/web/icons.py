"""Icons: drawn once at the end of the page, used by name anywhere on it."""

from __future__ import annotations

from flask import Flask, g
from markupsafe import Markup

LOGO = (
    '<path d="M4 44V20a20 20 0 0 1 40 0v24M13 44V22a11 11 0 0 1 22 0v22M13 30h22M24 0'
    'v11M9.9 5.9l6.3 8.3M38.1 5.9l-6.3 8.3M4 20h9M35 20h9" fill="none" '
    'stroke="currentColor" stroke-width="4.5"/>'
)

# Strokes of 1.8 in a square of 24; see the style sheet's ``.i``.
ICONS = {
    "festival": (
        '<path d="M3 6c6 4 12 4 18 0M6 8l1 5 3-4M12 9l0 5 3-5M17 8l1.'
        '5 4L21 7"/><path d="M5 21h14"/>'
    ),
    "workshop": (
        '<path d="M14 6a4 4 0 0 0-5 5L3.5 16.5a2 2 0 0 0 3 3L12 14a4 '
        '4 0 0 0 5-5l-2.5 2.5-3-3z"/>'
    ),
    "screening": (
        '<circle cx="12" cy="12" r="9"/><path d="m12 7 4.5 3.3-1.7 5.'
        "2H9.2L7.5 10.300zM12 3v4M20.5 9.500l-4 .8M17.5 19l-2.7-3.500"
        'M6.5 19l2.7-3.500M3.5 9.500l4 .8"/>'
    ),
    "concert": (
        '<path d="M9 18V5l11-2v13"/><circle cx="6.5" cy="18" r="2.5"/'
        '><circle cx="17.5" cy="16" r="2.5"/>'
    ),
    "meeting": ('<path d="M4 5h11v8H9l-3 3v-3H4z"/><path d="M18 9h2v8h-2v3l-3-3h-4"/>'),
    "open_day": (
        '<path d="M4 21h16M6 21V9a6 6 0 0 1 12 0v12M12 3v18M15 13v2M9 13v2"/>'
    ),
    "meal": (
        '<path d="M3 11h18a9 8 0 0 1-18 0zM8 21h8M9 7c0-2 2-2 2-4M14 7c0-2 2-2 2-4"/>'
    ),
    "pin": (
        '<path d="M12 21s7-6.5 7-11.500A7 7 0 0 0 5 9.500C5 14.5 12 2'
        '1 12 21z"/><circle cx="12" cy="9.5" r="2.5"/>'
    ),
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
    "cal": ('<path d="M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M12 13v4M10 15h4"/>'),
    "share": (
        '<circle cx="6" cy="12" r="2.5"/><circle cx="17" cy="6" r="2.'
        '5"/><circle cx="17" cy="18" r="2.5"/><path d="m8.3 10.8 6.5-'
        '3.600M8.3 13.200l6.5 3.6"/>'
    ),
    "people": (
        '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 '
        "1 13 0M16 5a3.5 3.5 0 0 1 0 6.500M18 14.500a6.5 6.5 0 0 1 3."
        '5 5.5"/>'
    ),
    "step_free": (
        '<circle cx="11" cy="4" r="1.8"/><path d="M11 8v6h5l3 5M11 10'
        '.500h4.5"/><path d="M8.5 11.500a5 5 0 1 0 6 7"/>'
    ),
    "sign_language": (
        '<path d="M7 13 4.5 8.500M9 11 6 4.500M11.5 10 10 4M14 11V6M7'
        ' 13c-1 4 1 7.5 5 7.500s5.5-3 5-7l-.5-4M7 13l4 .5"/>'
    ),
    "hearing_loop": (
        '<path d="M7 10a5 5 0 0 1 10 0c0 4-4 4-4 8a2.5 2.5 0 0 1-5 .5'
        'M10 10a2 2 0 0 1 4 0c0 2-2 2-2 4M3 3l3 2"/>'
    ),
    "accessible_toilet": (
        '<path d="m2.5 8 2.2 8L7 9.500 9.300 16l2.2-8'
        'M21.500 9.800a3.8 3.8 0 1 0 0 4.400"/>'
    ),
    "quiet_place": '<path d="M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z"/>',
    "globe": (
        '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 '
        '15 0 18M12 3c-3 3-3 15 0 18"/>'
    ),
    "way": '<path d="M12 3v18M12 5h7l2 2.5-2 2.5h-7M12 12H6l-2 2.5L6 17h6"/>',
    "check": '<path d="m4 12.5 5 5L20 6.5"/>',
    "unknown": (
        '<path d="M8.500 8.500a3.500 3.500 0 1 1 5 3.200c-1 .5-1.500 1.200-1.500 '
        '2.300M12 18v.1"/>'
    ),
    "phone": (
        '<path d="M5 3h4l2 5-2.500 1.500a12 12 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A16 '
        '16 0 0 1 3 5a2 2 0 0 1 2-2z"/>'
    ),
    "no": '<path d="M5 5l14 14M19 5 5 19"/>',
    "back": '<path d="m14 5-7 7 7 7"/>',
    "filter": '<path d="M4 6h16M7 12h10M10 18h4"/>',
    "debate": (
        '<path d="M4 19V9a8 8 0 0 1 16 0v10M12 4v6M8 21h8M12 14v7"/><'
        'circle cx="12" cy="12" r="2"/>'
    ),
    "residency": '<path d="M4 20V11l8-7 8 7v9zM10 20v-6h4v6"/>',
    "visit": '<path d="M8 20 4 18V6l4 2 8-2 4 2v12l-4-2zM8 8v12M16 6v12"/>',
    "mail": '<path d="M3 6h18v12H3zM3 7l9 7 9-7"/>',
    "ticket": ('<path d="M3 8h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM14 8v10"/>'),
}


def init_app(app: Flask) -> None:
    """Give templates ``icon`` and ``sprite``."""
    app.jinja_env.globals.update(icon=icon, sprite=sprite)


def icon(name: str, css: str = "i") -> Markup:
    """Return the icon *name*, and note that the page needs it."""
    used: set[str] = g.setdefault("icons", set())
    used.add(name)
    return Markup(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>'
    ).format(css, name)


def sprite() -> Markup:
    """Return the drawings of the icons this page has used."""
    drawings = [
        Markup('<symbol id="i-{}" viewBox="{}">{}</symbol>').format(
            name,
            "0 0 48 46" if name == "logo" else "0 0 24 24",
            Markup(drawing),  # noqa: S704  (our own drawings)
        )
        for name in sorted(g.get("icons", ()))
        for drawing in [LOGO if name == "logo" else ICONS[name]]
    ]
    return Markup(
        '<svg width="0" height="0" class="vh" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(Markup("").join(drawings))
