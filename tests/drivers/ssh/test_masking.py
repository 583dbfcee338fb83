import re
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.ssh.configuration import cleaned
from drivers.ssh.masking import Masker
from drivers.ssh.platform import builtin_platforms, platform_named

MASKER = Masker(b"k" * 32)
#: Lines of real command lines with the place of a secret; {0} is a word, {1} may hold spaces.
LINES = [
    "enable secret 5 {0}",
    "enable password {1}",
    "username admin privilege 15 password 7 {0}",
    "snmp-server community {0} ro 10",
    "snmp-server host 10.0.0.9 version 2c {0}",
    "snmp-server host 10.0.0.9 traps {0}",
    "snmp-server user nms grp v3 auth sha {0} priv aes 128 abc",
    "snmp-server user nms grp v3 auth sha abc priv aes 128 {0}",
    "snmp-agent community read cipher {0}",
    "snmp-agent usm-user v3 nms authentication-mode sha cipher {0}",
    "snmp-agent usm-user v3 nms grp cipher privacy-mode aes128 {0}",
    "snmp-agent target-host trap address udp-domain 10.0.0.9 params securityname {0} v2c",
    " local-user x password irreversible-cipher {0}",
    " radius-server shared-key cipher {0}",
    " key accounting simple {0}",
    " super password role network-admin hash {0}",
    " security wpa2 psk pass-phrase {0} aes",
    " wpa-psk ascii 0 {1}",
    " crypto isakmp key {0} address 192.0.2.1",
    " neighbor 192.0.2.1 password 7 {0}",
    " ntp authentication-key 1 md5 {0} 7",
    " key-string 7 {0}",
    'password manager user-name "admin" sha1 "{1}"',
    'radius-server host 10.0.0.8 key "{1}"',
    'set system root-authentication encrypted-password "{1}"; ## SECRET-DATA',
    '/interface wireless security-profiles add name=a wpa2-pre-shared-key="{1}"',
    "/user add name=tech password={0} group=full",
    "set psksecret ENC {0}",
    "set login user x authentication plaintext-password '{1}'",
    "archive path ftp://backup:{0}@192.0.2.7/cfg",
    " authorization: Bearer {0}",
    '  "adminPassword": "{1}",',
    '{{"password":"{0}"}}',
    "sharedSecret={0}",
    "x_passwd:{0}",
    "<password>{1}</password>",
    "apikey {0}",
    "login user x pass {0}",
    " standby 1 authentication {0}",
    "mgmt-user admin root {0}",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n{0}\n-----END PGP PRIVATE KEY BLOCK-----",
    "-----BEGIN RSA PRIVATE KEY-----\n{0}\n-----END RSA PRIVATE KEY-----",
]
HARMLESS = [
    "hostname east-1",
    "interface GigabitEthernet0/0/1",
    " description room 101",
    " ip address 10.0.0.1 255.255.255.0",
    "aaa authentication login default group radius local",
    "service password-encryption",
    " authentication-mode aaa",
    " send-community both",
    "#",
    "",
]
# What nobody writes by chance: a letter and a digit, at least eight characters.
_word = st.text(string.ascii_letters + string.digits + "%^#$@!+/._-", min_size=6, max_size=24)
WORDS = _word.map(lambda text: f"Q{text}7")
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(HARMLESS).map(lambda line: (line, "")),
            st.tuples(st.sampled_from(LINES), PHRASES),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(sorted(builtin_platforms())),
)
def test_no_secret_of_a_configuration_survives_masking(lines, platform):
    secrets, text = set(), []
    for line, phrase in lines:
        words = phrase.split()
        secrets.update(words if "{1}" in line else words[:1])
        text.append(line.format(words[0], phrase) if words else line)
    masked = cleaned("\n".join(text), platform_named(platform).configuration, MASKER)
    for secret in secrets:
        assert secret not in masked


@given(st.text(max_size=400))
@example('password "')
@example("key 'x")
@example("community")
@example("-----BEGIN PRIVATE KEY-----")
def test_any_text_can_be_masked_and_masking_twice_changes_nothing(text):
    once = MASKER.mask(text)
    assert MASKER.mask(once) == once


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_to_the_letter(line):
    assert MASKER.mask(line) == line


def test_a_changed_secret_shows_and_an_equal_one_does_not():
    before, same, after = (
        MASKER.mask(f"enable secret {secret}") for secret in ("old-1-pw", "old-1-pw", "new-2-pw")
    )
    assert before == same != after


def test_a_fingerprint_needs_the_key():
    other = Masker(b"o" * 32)
    assert MASKER.fingerprint("public") != other.fingerprint("public")
    assert re.fullmatch(r"[0-9a-f]{10}", MASKER.fingerprint("public"))


def test_a_key_too_short_to_protect_anything_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        Masker(b"short")


def test_a_secret_repeated_where_nothing_announces_it_is_masked_there_too():
    masked = MASKER.mask("snmp-server community Kreis-7-lesen ro\n description was Kreis-7-lesen")
    assert "Kreis-7-lesen" not in masked


def test_a_weak_password_that_is_a_word_of_the_language_does_not_ruin_the_rest():
    masked = MASKER.mask("enable password interface\ninterface Gi1/0/1")
    assert masked.endswith("\ninterface Gi1/0/1")
    assert not masked.startswith("enable password interface")


@pytest.mark.parametrize(
    "line",
    [
        "enable password password",
        "enable password 7",
        "snmp-server community ro",
        "enable password role",
        "key md5",
    ],
)
def test_a_password_that_looks_like_an_option_is_masked(line):
    assert MASKER.mask(line).count("<secret:") == 1
    assert MASKER.mask(line).split()[-1].startswith("<secret:")


def test_a_device_that_encrypts_anew_each_time_gets_no_fingerprint():
    source = platform_named("fortinet").configuration
    first, second = (
        cleaned(f"set password ENC {salted}\n", source, MASKER) for salted in ("aaa1", "bbb2")
    )
    assert first == second == "set password ENC <secret>\n"


def test_more_secrets_than_any_device_has_are_masked_in_linear_time():
    lines = [f"password Abcdefgh{number}x1" for number in range(60_000)]
    masked = MASKER.mask("\n".join([*lines, "description ask Abcdefgh7x1, he knows"]))
    assert "Abcdefgh" not in masked


def test_a_line_too_long_for_any_configuration_is_masked_whole():
    assert re.fullmatch("a\n<secret:[0-9a-f]{10}>\nb", MASKER.mask(f"a\n{'x ' * 20_000}\nb"))


@pytest.mark.campaign
@pytest.mark.parametrize(
    "line",
    [
        '"' * 200_000,
        "'x \"y " * 50_000,
        "-" * 400_000,
        "a=" * 200_000,
        "ftp://u:" * 50_000,
        "<key>" * 50_000,
        '"key": "' * 50_000,
        "key:" * 99_000,
    ],
)
def test_no_line_holds_masking_up(line):
    assert MASKER.mask(f"password {line}")
