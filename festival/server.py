"""How gunicorn serves the house: ``gunicorn -c python:festival.server``.

Each worker carries the relay in a thread of its own, started after the fork.
"""

import ctypes
import gc
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from festival.config import Settings
from festival.logs import MaskTokens, masked_path, shortened
from festival.mail import relay

# Whoever writes gives the interpreter away at each statement, and holds the gate while
# they wait to have it back from a thread that computes.
SWITCH_SECONDS = 0.0005

# Threads that take turns need no heap each: eight of them kept 16 MB for themselves.
M_ARENA_MAX = -8  # of malloc.h

settings = Settings.from_env()


class DiscreetLogger(Logger):  # type: ignore[misc]  # gunicorn is untyped
    """Gunicorn's logger, telling what happened and not to whom."""

    def setup(self, cfg: Any) -> None:
        """Mask tokens in errors as well as in the access log."""
        super().setup(cfg)
        self.error_log.addFilter(MaskTokens())

    def atoms(  # gunicorn's signature
        self, resp: Any, _req: Any, environ: Mapping[str, Any], request_time: timedelta
    ) -> dict[str, Any]:
        """Give the access log only the few things that it may hold."""
        return {
            "t": self.now(),
            "h": shortened(environ.get("REMOTE_ADDR", "")),
            "m": environ["REQUEST_METHOD"],
            "U": masked_path(environ["RAW_URI"]),
            "s": str(resp.status).partition(" ")[0],
            "B": resp.sent,
            "M": round(request_time / timedelta(milliseconds=1)),
        }


def pre_fork(_server: Any, _worker: Any) -> None:
    """Let the collector leave alone what workers share, or each would copy it."""
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Begin to carry letters, once the worker has its app."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    app = worker.wsgi
    app.logger.addFilter(MaskTokens())
    worker.relay = relay.start(app)


def worker_exit(_server: Any, worker: Any) -> None:
    """Finish the letter in hand; gunicorn also calls this in the master."""
    if carried := getattr(worker, "relay", None):
        carried.stop()


# What gunicorn reads by name.
wsgi_app = "festival:create_app()"
preload_app = True  # made once: workers share the memory of what never changes
bind = settings.BIND
workers = settings.WORKERS
worker_class = "gthread"
threads = settings.THREADS
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a heartbeat must not wait for a disk
forwarder_headers = ""  # no header says below which path, or which page, we are
control_socket_disable = True  # it would lie in the home folder, shared by all sites
logger_class = DiscreetLogger
accesslog = "-"
access_log_format = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'
