"""Whom to trust, read once: httpx reads all of it again with each request that is not told."""

import ssl

TLS = ssl.create_default_context()
