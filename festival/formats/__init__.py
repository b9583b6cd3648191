"""What other programs read and write: calendars. Pure functions of values."""
