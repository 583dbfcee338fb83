"""Renewal planning: what is due when, what it costs, why, and what a yearly budget replaces."""
