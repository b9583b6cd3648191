"""The agenda in a page of another site, in a browser; every other page refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.browser.house import DESK, SIDEWAYS

FRAME = '<iframe title="{0}" src="{1}/{0}" width="320" height="660"></iframe>'


class Host(BaseHTTPRequestHandler):
    """A site of somebody else: one page, with *framed* inside."""

    def __init__(self, framed: str, *args: object) -> None:
        self.framed = framed
        super().__init__(*args)

    def do_GET(self) -> None:
        body = f"<!DOCTYPE html><title>A neighbour</title>{self.framed}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def neighbour(house) -> Iterator:
    """Serve the house's *paths* in frames of a page elsewhere; yields its address."""
    servers = []

    def serve(*paths: str) -> str:
        framed = "".join(FRAME.format(path, house.address) for path in paths)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, framed))
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://localhost:{server.server_port}/"  # another host than the house

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def window(pages, clock) -> Iterator:
    """A window with JavaScript, and what its console said."""
    page = pages(java_script_enabled=True)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    said: list[str] = []
    listen = lambda message: said.append(message.text)  # noqa: E731  (to be removed)
    page.on("console", listen)
    yield page, said
    page.remove_listener("console", listen)


def test_a_neighbours_page_shows_the_agenda_with_its_style(window, neighbour):
    page, said = window
    embed = "embed/agenda?n=3&amp;theme=dark&amp;lang=en"

    page.goto(neighbour(embed))
    page.wait_for_load_state("networkidle")
    [_, frame] = page.frames

    assert frame.locator("li h2 a").count() == 3
    assert frame.locator("li h2 a").first.is_visible()
    assert frame.locator("html").get_attribute("lang") == "en"
    style = "it => getComputedStyle(it).backgroundColor"
    assert frame.locator("body").evaluate(style) == "rgb(13, 22, 19)"
    assert frame.evaluate(SIDEWAYS) == 0
    assert page.context.cookies() == []
    assert said == []

    frame.locator("li h2 a").first.click()
    page.wait_for_url("**/en/events/*")
    assert len(page.frames) == 1


def test_every_other_page_refuses_to_be_framed(window, neighbour):
    page, said = window

    page.goto(neighbour("fr/", "fr/subscribe", "fr/tickets"))
    page.wait_for_load_state("networkidle")

    assert [frame.url for frame in page.frames[1:]] == [
        "chrome-error://chromewebdata/"
    ] * 3
    assert len([line for line in said if "frame-ancestors" in line]) == 3
