"""What programs ask a site for: the map of its pages, pictures, whom to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from festival import clock, entries
from festival.extensions import current_settings
from festival.formats import jsonld, picture
from festival.models.directory import Organisation, Space, Venue
from festival.models.events import Event
from festival.queries import agenda, calendar, discovery
from festival.queries.agenda import AccessFact, Day, EventCard
from festival.web.caching import is_public, public
from festival.web.lists import whole
from festival.web.looks import HOUSE_SEED
from festival.wording import LANGUAGES

bp = Blueprint("discovery", __name__)

GREEN = "#0f3d33"  # the roof of every page
A_DAY = "public, max-age=86400, stale-while-revalidate=604800"
MOST_PAGES = 45_000 // len(LANGUAGES)  # of one map; the standard ends at 50,000
STILL_TRUE = timedelta(days=180)  # security.txt; RFC 9116 wants less than a year

Page = tuple[str, dict[str, str], datetime | None]  # endpoint, values, last revised


# Robots


@bp.get("/robots.txt")
@public()
def robots() -> ResponseReturnValue:
    """Let everybody read, except in a demonstration; feeds must stay open."""
    settings = current_settings()
    if settings.DEMO:
        return _text("User-agent: *", "Disallow: /")
    keys = [
        f"Disallow: /{language}/{door}/"
        for language in LANGUAGES
        for door in ("rsvp", "ticket", "calendar")
    ]
    where = settings.base_url + url_for(".sitemap")
    return _text("User-agent: *", *keys, "", f"Sitemap: {where}")


@bp.get("/sitemap.xml")
@public()
def sitemap() -> ResponseReturnValue:
    """Name every page that is to be found, in each language, the past last."""
    found = []
    for endpoint, values, revised in islice(_pages(), MOST_PAGES):
        addresses = {
            language: escape(entries.address_of(endpoint, lang=language, **values))
            for language in LANGUAGES
        }
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}"/>'
            for tag, address in (*addresses.items(), ("x-default", addresses["fr"]))
        )
        moved = f"<lastmod>{revised:%Y-%m-%dT%H:%M:%SZ}</lastmod>" if revised else ""
        found += [
            f"<url><loc>{address}</loc>{moved}{others}</url>\n"
            for address in addresses.values()
        ]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{''.join(found)}</urlset>\n"
    )
    return Response(body, mimetype="application/xml")


def _pages() -> Iterator[Page]:
    """Yield every page to be found: those without a name of their own first."""
    found = discovery.slugs(MOST_PAGES)
    yield "agenda.agenda", {}, calendar.moved_at()
    for rule in current_app.url_map.iter_rules():
        nameless = rule.arguments == {"lang"} and is_public(rule.endpoint)
        if nameless and rule.endpoint != "agenda.agenda":
            yield rule.endpoint, {}, None
    for slug in found.venues:
        yield "venues.venue", {"slug": slug}, None
    for venue, slug in found.spaces:
        yield "venues.space", {"venue_slug": venue, "slug": slug}, None
    for slug in found.organisations:
        yield "organisations.organisation", {"slug": slug}, None
    for slug in found.competitions:
        yield "competitions.competition", {"slug": slug}, None
    for slug, revised in found.events:
        yield "events.event", {"slug": slug}, revised


@bp.get("/.well-known/security.txt")
@public()
def security() -> ResponseReturnValue:
    """Say whom to tell of a weakness (RFC 9116)."""
    settings = current_settings()
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return _text(
        f"Contact: mailto:{settings.CONTACT_EMAIL}",
        f"Expires: {today + STILL_TRUE:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings.base_url}{url_for('.security')}",
    )


def _text(*lines: str) -> Response:
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


# Pictures


@bp.get("/events/<slug>.png")
@public()
def event_picture(slug: str) -> ResponseReturnValue:
    """Draw an event's poster, as messages show it beside a link."""
    event = agenda.public_event(slug)
    return _shared(picture.shared(event.uid, event.kind))


@bp.get("/house.png")
@public()
def house_picture() -> ResponseReturnValue:
    """Draw the house's poster, for pages without an event."""
    return _shared(picture.shared(HOUSE_SEED, ""))


@bp.get("/favicon.ico")
@public()
def favicon() -> ResponseReturnValue:
    """Draw the icon for browsers that draw no SVG."""
    return _picture(_icon(32))


@bp.get("/apple-touch-icon.png")
@public()
def apple_touch_icon() -> ResponseReturnValue:
    """Draw the icon of a telephone's home screen, which rounds corners itself."""
    return _picture(_icon(180, GREEN))


def _icon(size: int, ground: str = "transparent") -> bytes:
    drawing = Path(current_app.static_folder or "") / "img" / "favicon.svg"
    return picture.icon(drawing.read_text(), size, ground)


def _picture(content: bytes) -> Response:
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = A_DAY
    response.add_etag()
    return response


def _shared(content: bytes) -> Response:
    """Return a picture that other sites may show beside a link to us."""
    response = _picture(content)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


# What pages say of themselves


@bp.app_template_global()
def lasting() -> bool:
    """Say whether this page is to be found: it is public, and no key is in it."""
    return request.routing_exception is None and is_public(request.endpoint)


@bp.app_template_global()
def lasting_address(
    language: str, parameters: dict[str, list[str]] | None = None
) -> str:
    """Return this page's one address in *language*, with those of its *parameters*."""
    values: dict[str, Any] = {**(parameters or {}), **(request.view_args or {})}
    path = url_for(request.endpoint or "", **{**values, "lang": language})
    return current_settings().base_url + path


@bp.app_template_global()
def event_data(card: EventCard, reading: str, programme: Iterable[Day] = ()) -> Markup:
    """Return an event in the words of schema.org, with its *programme*."""
    parts: list[Event] = [part.event for day in programme for part in day.cards]
    found = entries.happening(
        card, reading=reading, whole=whole(card.event), parts=parts
    )
    return _data(jsonld.event(found))


@bp.app_template_global()
def venue_data(
    venue: Venue, spaces: Iterable[tuple[Space, Iterable[AccessFact]]] = ()
) -> Markup:
    """Return a venue in the words of schema.org."""
    return _data(jsonld.place(entries.venue_place(venue, spaces)))


@bp.app_template_global()
def space_data(space: Space, access: Iterable[AccessFact]) -> Markup:
    """Return a space of a venue in the words of schema.org."""
    return _data(jsonld.place(entries.space_place(space, access)))


@bp.app_template_global()
def organisation_data(organisation: Organisation) -> Markup:
    """Return an organisation in the words of schema.org."""
    return _data(jsonld.organisation(entries.body(organisation)))


def _data(thing: jsonld.Thing) -> Markup:
    return Markup(jsonld.script(thing))  # noqa: S704  (it escapes what HTML would read)
