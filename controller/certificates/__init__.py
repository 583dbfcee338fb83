"""Certificates: the bureau's own authority, the authorities boxes trust, https served here."""
