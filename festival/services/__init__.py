"""Deeds. One function per thing a person can do; they flush, and never commit."""
