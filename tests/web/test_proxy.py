"""The site as strangers have it: several processes, with a caching proxy between."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hishel import CacheOptions, SqliteStorage
from hishel.httpx import CacheClient

from festival.domain.words import Words
from festival.extensions import db
from festival.services import events
from tests import lab
from tests.builders import Builders
from tests.routes import Access, paths_by

WITHIN = 1.0  # seconds, at every process
BEHIND = 5.0  # and behind a proxy
A_CITIZEN = {"User-Agent": "Mozilla/5.0", "Accept-Language": "fr"}
A_READER = {"User-Agent": "Reader/1", "Accept-Language": "en", "Cookie": "seen=1"}


def present() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def proxied(tmp_path):
    """A house with two processes, its public paths, and a way through a proxy."""
    with lab.house("sqlite", tmp_path) as (_, url, _):
        build = Builders(present)
        starts_at = present() + timedelta(days=3)
        event = build.event("concert", starts_at=starts_at, venue=build.venue("hangar"))
        paths = paths_by(build, Access.PUBLIC)
        db.session.rollback()  # the server waits for no transaction of ours
        with (
            lab.serving(url, tmp_path, FESTIVAL_WORKERS="2") as server,
            CacheClient(
                base_url=f"http://127.0.0.1:{server.port}",
                rfc=CacheOptions(shared=True),
                storage=SqliteStorage(database_path=tmp_path / "proxy.sqlite"),
            ) as proxy,
        ):
            paths.pop("site.home")  # it leads on by language
            yield event, sorted(paths.values()), proxy


def straight(proxy: httpx.Client, path: str, **headers: str) -> httpx.Response:
    """Ask past the proxy, by a connection of one's own: any process may answer."""
    return httpx.get(str(proxy.base_url).rstrip("/") + path, headers=headers)


def test_two_visitors_and_a_proxy_see_the_same_and_changes_in_time(proxied):
    event, paths, proxy = proxied

    for path in paths:
        answers = [
            straight(proxy, path, **A_CITIZEN),
            straight(proxy, path, **A_READER),
            proxy.get(path, headers=A_CITIZEN),
            proxy.get(path, headers=A_READER),
        ]
        assert {answer.status_code for answer in answers} == {200}, path
        assert len({answer.content for answer in answers}) == 1, path
        assert not any("Set-Cookie" in answer.headers for answer in answers)

    proxy.get("/fr/events/concert")
    changed_at = time.monotonic()
    events.revise(event, actor="test", now=present(), name=Words(fr="Récital"))
    db.session.commit()

    time.sleep(max(0.0, changed_at + WITHIN - time.monotonic()))
    for path in ("/fr/", "/fr/events/concert", "/agenda.ics") * 8:
        assert "Récital" in straight(proxy, path).text, path

    time.sleep(max(0.0, changed_at + BEHIND - time.monotonic()))
    for path in ("/fr/", "/fr/events/concert", "/agenda.ics"):
        assert "Récital" in proxy.get(path).text, path
