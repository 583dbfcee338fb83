"""Which version of Campus Fleet this is."""

from importlib.metadata import version

VERSION = version("campus-fleet")
