"""Widgets with a half in JavaScript."""
