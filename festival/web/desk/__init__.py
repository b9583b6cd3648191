"""The organisers' desk: one module per part of it."""
