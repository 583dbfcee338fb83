"""Takes the secrets out of a configuration and leaves a keyed fingerprint in their place.

A secret is whatever follows a word that announces one (``password``, ``community``, ``key`` ...)
on the same line, key blocks in PEM, and what a platform's own patterns name. In doubt more is
masked than needed: a masked harmless word still shows that it changed, a leaked password cannot
be called back. The fingerprint is HMAC-SHA-256 under a key that never leaves the agent, 40 bits
of it, so that equal secrets look equal and nothing can be tried against it without the key.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from drivers.ssh.platform import ConfigurationSource

_FINGERPRINT_DIGITS = 10
_MASK = re.compile(r"<secret(?::[0-9a-f]{10})?>")
_TOKEN = re.compile(
    r"""[^\s"'=]+=(?:"(?:[^"\\]|\\.)*"|'[^']*'|\S*)|"(?:[^"\\]|\\.)*"|'[^']*'|\S+"""
)
# An unclosed block (a text cut short) is secret to its end.
_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
#: Secrets that no word before them announces: in an address, an HTTP header, an XML element.
_INSIDE = (
    re.compile(
        r"(?P<before>\b[a-z][a-z0-9+.-]{1,15}://[^\s/:@]{0,200}:)(?P<secret>\S{1,200})(?=@)", re.I
    ),
    re.compile(r"(?P<before>\bauthorization: ?(?:basic|bearer|digest) +)(?P<secret>\S+)", re.I),
    re.compile(
        r"(?P<before><[\w:.-]{0,64}(?:password|passwd|secret|psk|passphrase|community|key|token)>)"
        r"(?P<secret>[^<\s][^<]*)(?=<)",
        re.I,
    ),
    re.compile(
        r"(?P<before>[\"'][\w.-]{0,64}(?:password|passwd|secret|psk|passphrase|community|key|token)"
        r"[\"'] ?: ?\")(?P<secret>(?:[^\"\\\n]|\\.)+)(?=\")",
        re.I,
    ),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What follows one of these is a secret; a word that ends in one counts, too.
_ANNOUNCERS = re.compile(
    r"(?:.*[-_.])?(?:pass-phrase|psk-secret|community|communityname|key|key-string|keystring|ppk|"
    r"securityname|preshared|irreversible-cipher|authpass|privpass|pwd|pass|pw|pin|apikey|"
    r"key-data|plaintext|ciphertext)|"
    # Some write them together: adminPassword, sharedSecret, x_passwd.
    r".*(?:password|passwd|passphrase|passcode|secret|psk|token|credential|(?-i:Key))s?"
    r"(?:[-_]?hash)?",
    re.IGNORECASE,
)
#: The same, but only before something that is no algorithm and no option.
_HINTS = frozenset({"cipher", "simple", "encrypted", "hash", "md5", "sha", "sha1", "sha256", "enc"})
#: These announce a secret only with an algorithm between: ``auth md5 SECRET``.
_PROTECTIONS = frozenset(
    {"auth", "priv", "authentication-mode", "privacy-mode", "authentication", "privacy"}
)
_NOT_ANNOUNCERS = frozenset({"send-community", "public-key", "peer-public-key", "host-key"})
#: Words between the announcement and the secret.
_OPTIONS = _words(
    """
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 128 192 256 = : is
    aes aes128 aes192 aes256 aes-128 aes-192 aes-256 aes-128-cfb aes-192-cfb aes-256-cfb des 3des
    des56 accounting admin-password ascii authentication auth authorization both ciphertext
    cipher enc encrypted encryption hash hashed hex hmac-md5 hmac-sha1 hmac-sha256 hmac-sha-256
    irreversible-cipher key key-string level manager md5 operator plain plaintext pbkdf2 priv
    privacy read read-only read-write ro rw sha sha1 sha224 sha256 sha384 sha512 sha-256 sha-512
    simple text type unencrypted write pass-phrase passphrase password secret set wpa-psk algorithm
    value bind-password crypt
    """
)
#: Options with a value of their own that is no secret.
_WITH_VALUE = frozenset({"user-name", "username", "user", "keyid", "key-id", "name"})
#: Where a secret of several words ends.
_FOLLOWERS = _words(
    """
    { ; | ro rw acl address view role priv privacy privilege privacy-mode level user-role group
    read-only read-write unrestricted restricted operator manager service-type v1 v2c v3 access
    authorization hostname no-xauth ipv4 ipv6 vrf timeout retransmit auth-port acct-port
    trustpoint permit
    """
)
_PUNCTUATION = frozenset("{;|")
_TRAP_TARGETS = (
    re.compile(
        r"^\s*snmp-server host \S+(?: (?:traps?|informs?|vrf \S+|use-vrf \S+))*"
        r"(?: version (?:1|2c|3(?: (?:no)?auth| priv)?)| (?:1|2c|v1|v2c))?"
        r" (?!traps?\b|informs?\b|version\b|vrf\b)(?P<secret>\"[^\"]*\"|\S+)"
    ),
)
#: Lines whose secret has its place, and no word of its own: of routers that stand in for each
#: other (plain text by default), and of ArubaOS's administrators.
_IN_PLACE = (
    re.compile(
        r"^\s*(?:standby|vrrp|glbp)(?: \d+)? authentication (?!md5\b|text\b|mode\b)(?P<secret>\S+)"
    ),
    re.compile(r"^\s*mgmt-user \S+ [\w-]+ (?P<secret>\S+)"),
)
#: A secret as long as this, with a letter and a digit, is masked wherever it stands.
_DISTINCT = 8
_LONGEST_WORD = 64
#: Letters compared, secrets times text, up to which every secret is looked for in all of the text.
_MOST_COMPARED = 1_000_000_000
#: A longer line is no line of a configuration: all of it is masked.
_LONGEST_LINE = 16_384
_PIECE = re.compile(r"[^\s\"'()\[\]{}<>,;=:|]+")
_NAMED = re.compile(r"(?P<name>[\w.-]{1,64}):(?P<value>.+)")


@dataclass(frozen=True, slots=True)
class Masker:
    """Masks with one key.

    Args:
        key: at least 16 bytes, kept by the agent; whoever has it can try secrets against a
            fingerprint.
    """

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 16:  # noqa: PLR2004
            raise ValueError("a masking key has at least 16 bytes")

    def fingerprint(self, secret: str) -> str:
        """Ten hex digits that change with the secret and do not tell it."""
        digest = hmac.new(self.key, secret.encode("utf-8", "replace"), hashlib.sha256)
        return digest.hexdigest()[:_FINGERPRINT_DIGITS]

    def mask(self, text: str, source: ConfigurationSource | None = None) -> str:
        """The text with every secret replaced by ``<secret:FINGERPRINT>``.

        Args:
            text: a configuration, or what a device answered.
            source: the platform's own secrets; ``stable_secrets=False`` leaves ``<secret>``.
        """
        run = _Run(self, stable=source is None or source.stable_secrets)
        text = _PEM.sub(lambda found: run.replaced(found[0]), text)
        for pattern in _INSIDE:
            text = pattern.sub(lambda found: found["before"] + run.replaced(found["secret"]), text)
        own = [
            *_TRAP_TARGETS,
            *_IN_PLACE,
            *(re.compile(one) for one in (source.secrets if source else ())),
        ]
        lines = []
        for line, inside in _with_sections(text, source):
            masked = line
            for pattern in (*own, *inside):
                masked = run.by_pattern(pattern, masked)
            lines.append(run.by_words(masked))
        return run.everywhere("\n".join(lines))


@dataclass(slots=True)
class _Run:
    """One text being masked: which secrets were met."""

    masker: Masker
    stable: bool
    met: set[str]

    def __init__(self, masker: Masker, *, stable: bool) -> None:
        self.masker, self.stable, self.met = masker, stable, set()

    def replaced(self, secret: str) -> str:
        bare = secret.strip("\"'")
        if not bare or _MASK.fullmatch(bare):
            return secret
        self.met.add(bare)
        return f"<secret:{self.masker.fingerprint(bare)}>" if self.stable else "<secret>"

    def by_pattern(self, pattern: re.Pattern[str], line: str) -> str:
        found = pattern.search(line)
        if found is None or found["secret"] is None:
            return line
        start, end = found.span("secret")
        if _announces(found["secret"]):
            return line  # the secret itself comes behind it
        return line[:start] + self.replaced(found["secret"]) + line[end:]

    def by_words(self, line: str) -> str:
        """Mask what the words of a line announce; everything else stays to the letter."""
        if len(line) > _LONGEST_LINE:
            return self.replaced(line)
        tokens = list(_TOKEN.finditer(line))
        pieces, done, index = [], 0, 0
        while index < len(tokens):
            span = _secret_at(tokens, index)
            if span is None:
                index += 1
                continue
            start, end, index = span
            pieces += [line[done:start], self.replaced(line[start:end])]
            done = end
        return "".join([*pieces, line[done:]])

    def everywhere(self, text: str) -> str:
        """Mask the distinct ones where nothing announced them, such as in a description."""
        distinct = [secret for secret in self.met if _is_distinct(secret)]
        if len(distinct) * len(text) > _MOST_COMPARED:
            # No device has so many: whoever printed this must not hold us up. Whole words will do.
            known = frozenset(distinct)
            return _PIECE.sub(
                lambda found: self.replaced(found[0]) if found[0] in known else found[0], text
            )
        for secret in sorted(distinct, key=len, reverse=True):
            if secret in text:
                whole = rf"(?<![\w-]){re.escape(secret)}(?![\w-])"
                text = re.sub(whole, lambda found: self.replaced(found[0]), text)
        return text


def _is_distinct(secret: str) -> bool:
    return (
        len(secret) >= _DISTINCT
        and "\n" not in secret
        and re.search(r"[A-Za-z]", secret) is not None
        and re.search(r"\d", secret) is not None
    )


#: Where a secret starts and ends in its line, and the number of the token behind it.
_Span: TypeAlias = tuple[int, int, int]


def _secret_at(tokens: list[re.Match[str]], index: int) -> _Span | None:
    """The secret a token holds (``password=...``) or announces."""
    token = tokens[index]
    held = _held(token)
    if held is not None:
        return *held, index + 1
    word = token[0].rstrip(":=").strip("\"'")
    strong = _announces(word)
    word = word.lower()
    if not (strong or word in _HINTS or word in _PROTECTIONS):
        return None
    rest = tokens[index + 1 :]
    if _opens_a_list(rest) or (not strong and any(_announces(one[0]) for one in rest)):
        return None  # what is announced comes further on
    first = _behind_options(tokens, index + 1)
    if first == len(tokens) or _ends(tokens[first][0]):
        return _chosen_from_options(tokens, index + 1, first) if strong else None
    if word in _PROTECTIONS and first == index + 1:
        return None
    last = first
    if tokens[first][0][0] not in "\"'":
        while last + 1 < len(tokens) and not _ends(tokens[last + 1][0]):
            last += 1
    return tokens[first].start(), _end(tokens[last]), last + 1


def _held(token: re.Match[str]) -> tuple[int, int] | None:
    """Where the secret stands in ``password=...`` or ``password:...``."""
    name, equals, value = token[0].partition("=")
    if equals and value.strip("\"'") and _announces(name):
        return token.start() + len(name) + 1, token.end()
    named = _NAMED.fullmatch(token[0])
    if named is not None and _announces(named["name"]):
        return token.start() + named.start("value"), token.end()
    return None


def _chosen_from_options(tokens: list[re.Match[str]], start: int, end: int) -> _Span | None:
    """Nothing but known words follows: one of them may be what somebody chose as a password."""
    if start < end:
        return tokens[start].start(), _end(tokens[end - 1]), end
    if start < len(tokens) and tokens[start][0].lower() in _FOLLOWERS - _PUNCTUATION:
        return tokens[start].start(), tokens[start].end(), start + 1
    return None


def _announces(word: str) -> bool:
    if len(word) > _LONGEST_WORD or word.lower() in _NOT_ANNOUNCERS:
        return False
    return _ANNOUNCERS.fullmatch(word) is not None


def _opens_a_list(rest: list[re.Match[str]]) -> bool:
    """RouterOS: ``/ppp secret add name=...``, where each secret has its own ``name=``."""
    return (
        len(rest) > 1 and rest[0][0] in ("add", "set") and ("=" in rest[1][0] or rest[1][0] == "[")
    )


def _ends(token: str) -> bool:
    return token.lower() in _FOLLOWERS or token.startswith("##") or _MASK.search(token) is not None


def _end(token: re.Match[str]) -> int:
    """Behind the token, less the semicolon that closes a statement."""
    return token.end() - (len(token[0]) > 1 and token[0].endswith(";"))


def _behind_options(tokens: list[re.Match[str]], index: int) -> int:
    while index < len(tokens):
        word = tokens[index][0].lower()
        if word in _WITH_VALUE and index + 2 < len(tokens):
            index += 2
        elif word in _OPTIONS:
            index += 1
        else:
            break
    return index


def _with_sections(
    text: str, source: ConfigurationSource | None
) -> Iterator[tuple[str, list[re.Pattern[str]]]]:
    """Each line, with the patterns of the sections it lies in."""
    sections = [
        (re.compile(one.begin), re.compile(one.end), re.compile(one.secret))
        for one in (source.sections if source else ())
    ]
    inside = [False] * len(sections)
    for line in text.split("\n"):
        for number, (begin, end, _) in enumerate(sections):
            if inside[number] and end.search(line):
                inside[number] = False
            if begin.search(line):
                inside[number] = True
        yield line, [secret for (_, _, secret), on in zip(sections, inside, strict=True) if on]
