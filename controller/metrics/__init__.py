"""The metric store: a small protocol and its engines."""
