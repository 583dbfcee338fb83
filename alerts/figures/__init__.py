"""Figures of repairs: how soon somebody answers, how soon it works again, how often at once."""
