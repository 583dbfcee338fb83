"""Text as devices write it: no declared encoding, padding, control characters."""

from drivers.base import Value

#: Chinese firmware writes GB 18030 where it does not write UTF-8.
_ENCODINGS = ("utf-8", "gb18030")
#: Longest text kept of one object; the rest is dropped.
MAX_TEXT = 2_048


def decode_text(value: Value) -> str | None:
    """Readable text of an octet string, None when there is none.

    NULs and other control characters are dropped, line ends become newlines, the ends are
    trimmed. Bytes that are neither UTF-8 nor GB 18030 are read as Latin-1.
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    raw = value[: MAX_TEXT * 4].rstrip(b"\0")
    if raw.isascii() and (plain := raw.decode("ascii")).isprintable():
        return plain.strip()[:MAX_TEXT] or None
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = raw.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c if c.isprintable() or c == "\n" else " " if c == "\t" else "" for c in text)
    return kept.strip()[:MAX_TEXT] or None
