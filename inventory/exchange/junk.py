"""Asset numbers that number nothing."""

import re

from inventory.exchange.values import BLANKS

#: Typed to fill a cell; several devices have them, and none is meant.
_PLACEHOLDERS = frozenset(
    {"123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "test", "测试", "示例"}
    | {"无编号", "无资产编号", "未编号", "自编", "同上", "新增", "asset", "default", "xxx"}
)
#: One character over and over: ``0000``, ``****``; two digits may be a number.
_SAME = re.compile(r"(.)\1\1+\Z|[0*#]+\Z")
_SEPARATORS = re.compile(r"[\s\-_./]+")


def is_junk(number: str) -> bool:
    """Whether this is no number by which one device can be told from others."""
    folded = number.casefold()
    if folded in BLANKS or folded in _PLACEHOLDERS:
        return True
    bare = _SEPARATORS.sub("", folded)
    return not bare or bare in _PLACEHOLDERS or bool(_SAME.match(bare))
