"""Texts become terms, the same on every database: what an index holds and what a question asks.

A text is folded first: full-width forms to plain ones (Unicode NFKC), case, and everything but
letters and digits taken away, so that ``00-1A-2B``, ``001a.2b`` and ``００１Ａ２Ｂ`` are one.
Its terms are

- every two neighbouring characters of which one is not ASCII (``录播``), and every three that are
  all ASCII: parts of any length are found through them;
- ``^ab``: an ASCII word begins so; how two ASCII characters alone are found;
- ``<ab``: the text begins so; ``=abc``: this is all of it.

What a document has besides: ``#device``, its kind, and ``@/33/3304/``, every place it lies in.
Terms say where to look; whoever has found something compares the folded text itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

#: Longest text that is searched, and most words of a question; what is beyond is left out.
MAX_TEXT, MAX_WORDS = 200, 8
#: A question's word is looked up by so many terms: the text is compared anyway.
_MAX_TERMS = 8
#: Longest ``=`` term.
_MAX_EXACT = 64
_PAIR, _TRIPLE = 2, 3
_BEGINS = re.compile(r"(?<![a-z])[a-z]|(?<![0-9])[0-9]")


def fold(text: str) -> str:
    """Letters and digits alone, in the one form in which texts are compared."""
    return "".join(filter(str.isalnum, _plain(text)))


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks for.

    Args:
        whole: everything they typed, folded.
        words: each of these must be in the same document, folded.
        terms: by which documents with these words are looked up; empty: too little to look for.
    """

    whole: str
    words: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def exact(self) -> str:
        """The term of texts that are the question and nothing else."""
        return exact_term(self.whole)

    @property
    def beginning(self) -> str:
        """The term of texts that begin like the question."""
        return f"<{self.whole[:_PAIR]}"


def question(text: str) -> Question:
    """What a person typed; words are parted by blanks."""
    words = tuple(filter(None, map(fold, _plain(text[:MAX_TEXT]).split())))[:MAX_WORDS]
    return _question(words)


def joined(asked: Question) -> Question | None:
    """The same words written together, ``00 1a 2b``; ``None`` unless several are all ASCII."""
    if len(asked.words) < _PAIR or not asked.whole.isascii():
        return None
    return _question((asked.whole,))


def terms_of(texts: Iterable[str]) -> set[str]:
    """Terms of a document that holds these texts."""
    found: set[str] = set()
    for text in texts:
        plain = _plain(text)
        folded = "".join(filter(str.isalnum, plain))
        if folded:
            found.update(_grams(folded))
            found.update(_beginnings(plain))
            found.add(f"<{folded[:_PAIR]}")
            found.add(exact_term(folded))
    return found


def exact_term(folded: str) -> str:
    """The term of documents that have this text, folded, as one of theirs."""
    return f"={folded[:_MAX_EXACT]}"


def kind_term(kind: str) -> str:
    """The term of everything of a kind."""
    return f"#{kind}"


def place_term(path: str) -> str:
    """The term of everything at or below a path such as ``/33/3304/``."""
    return f"@{path.lower()}"


def place_terms(path: str) -> Iterator[str]:
    """The terms of something at a path: one for it and one for each above."""
    for end, letter in enumerate(path, start=1):
        if letter == "/":
            yield place_term(path[:end])


def _question(words: tuple[str, ...]) -> Question:
    terms: dict[str, None] = {}
    for word in words:
        terms.update(dict.fromkeys(_looked_up(word)))
    return Question("".join(words), words, tuple(terms))


def _plain(text: str) -> str:
    if text.isascii():
        return text[:MAX_TEXT].lower()
    return unicodedata.normalize("NFKC", text[:MAX_TEXT]).casefold()


def _grams(folded: str) -> Iterator[str]:
    if folded.isascii():
        yield from (folded[start : start + _TRIPLE] for start in range(len(folded) - _TRIPLE + 1))
        return
    for start, (one, two) in enumerate(pairwise(folded)):
        if not (one.isascii() and two.isascii()):
            yield one + two
        elif len(three := folded[start : start + _TRIPLE]) == _TRIPLE and three.isascii():
            yield three


def _looked_up(word: str) -> list[str]:
    """Terms by which a word is looked up: few of those it has, spread over it."""
    grams = list(dict.fromkeys(_grams(word)))
    if not grams:
        return [f"^{word}"] if len(word) == _PAIR else []
    if word.isascii():
        # Every third, and the last: they cover the word.
        grams = list(dict.fromkeys([*grams[::_TRIPLE], grams[-1]]))
    step = -(-len(grams) // _MAX_TERMS)
    return grams[::step]


def _beginnings(plain: str) -> Iterator[str]:
    """``^ab`` for every ASCII word: after anything else, and where letters and digits meet."""
    for begun in _BEGINS.finditer(plain):
        start = begun.start()
        pair = "".join(filter(str.isalnum, plain[start : start + 2 * _PAIR]))[:_PAIR]
        if len(pair) == _PAIR:
            yield f"^{pair}"
