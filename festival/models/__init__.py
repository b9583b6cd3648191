"""Records. What is stored, and nothing about why."""

from festival.models import base, directory, events, journal, rsvps

__all__ = ["base", "directory", "events", "journal", "rsvps"]
