"""The only place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present, in UTC, in whole seconds as everything we keep is."""
    return datetime.now(UTC).replace(microsecond=0)
