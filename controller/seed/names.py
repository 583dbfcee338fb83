"""Invented names of places and people, in Chinese, with their reading in Latin letters."""

import random
from collections.abc import Iterator
from itertools import product
from typing import Final

#: Syllables of place names and how they are read.
_FIRST: Final = (
    ("云", "Yun"), ("青", "Qing"), ("临", "Lin"), ("安", "An"), ("清", "Qing"), ("永", "Yong"),
    ("南", "Nan"), ("东", "Dong"), ("柳", "Liu"), ("石", "Shi"), ("松", "Song"), ("龙", "Long"),
    ("金", "Jin"), ("银", "Yin"), ("长", "Chang"), ("新", "Xin"), ("平", "Ping"), ("凤", "Feng"),
    ("梅", "Mei"), ("竹", "Zhu"), ("白", "Bai"), ("玉", "Yu"), ("洪", "Hong"), ("沙", "Sha"),
    ("高", "Gao"), ("双", "Shuang"), ("三", "San"), ("大", "Da"), ("上", "Shang"), ("湖", "Hu"),
)  # fmt: skip
_SECOND: Final = (
    ("溪", "xi"), ("河", "he"), ("山", "shan"), ("桥", "qiao"), ("湾", "wan"), ("塘", "tang"),
    ("岭", "ling"), ("泉", "quan"), ("坪", "ping"), ("洲", "zhou"), ("浦", "pu"), ("阳", "yang"),
    ("城", "cheng"), ("店", "dian"), ("墩", "dun"), ("林", "lin"), ("江", "jiang"), ("源", "yuan"),
    ("峰", "feng"), ("庄", "zhuang"), ("田", "tian"), ("港", "gang"), ("洞", "dong"),
    ("川", "chuan"),
)  # fmt: skip
_VIRTUES: Final = (
    ("育才", "Yucai"), ("实验", "Experimental"), ("文昌", "Wenchang"), ("明德", "Mingde"),
    ("崇文", "Chongwen"), ("启航", "Qihang"), ("求真", "Qiuzhen"), ("博雅", "Boya"),
    ("滨江", "Binjiang"), ("朝晖", "Zhaohui"), ("星海", "Xinghai"), ("新华", "Xinhua"),
    ("和平", "Heping"), ("春晖", "Chunhui"), ("学府", "Xuefu"), ("东风", "Dongfeng"),
)  # fmt: skip
_FAMILY: Final = tuple(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
)
_GIVEN: Final = (
    "晓", "岚", "海", "芳", "静", "明", "伟", "敏", "强", "丽", "磊", "洋", "艳", "勇", "娟", "杰",
    "涛", "超", "霞", "平", "刚", "桂英", "文博", "思远", "雨桐", "建国", "志强",
    "秀兰", "国庆", "晓东",
    "梓涵", "浩然", "佳怡", "俊杰", "雪梅", "立新", "海燕", "春生", "小红", "一鸣",
)  # fmt: skip
BUILDINGS: Final = (
    "明德楼", "博学楼", "笃行楼", "致远楼", "求是楼", "格物楼", "崇文楼", "弘毅楼",
)  # fmt: skip
ROADS: Final = (
    "文昌路", "学府路", "人民路", "建设路", "解放街", "育英街", "滨河路", "中山路",
    "新华街", "学苑街",
)  # fmt: skip
NUMERALS: Final = "零一二三四五六七八九十"


def place_names(dice: random.Random) -> Iterator[tuple[str, str]]:
    """Place names such as ``青河``, ``Qinghe``: each once, then with a third syllable."""
    pairs = [(a + b, x + y) for (a, x), (b, y) in product(_FIRST, _SECOND)]
    dice.shuffle(pairs)
    yield from pairs
    while True:
        for name, reading in pairs:
            other, sound = dice.choice(_SECOND)
            yield name + other, reading + sound


def virtues(dice: random.Random) -> list[tuple[str, str]]:
    """What urban schools are called, in some order."""
    names = list(_VIRTUES)
    dice.shuffle(names)
    return names


def person(dice: random.Random) -> str:
    """A person's name."""
    return dice.choice(_FAMILY) + dice.choice(_GIVEN)


def ordinal(number: int) -> str:
    """``1`` to ``99`` as Chinese write it: ``十二``."""
    tens, ones = divmod(number, 10)
    text = ("" if tens < 2 else NUMERALS[tens]) + ("十" if tens else "")  # noqa: PLR2004
    return text + (NUMERALS[ones] if ones or not tens else "")
