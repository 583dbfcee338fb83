"""The small authority: what it makes is believed by OpenSSL, and only where it may be."""

import json
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from cryptography import x509
from typer.testing import CliRunner

from alerts.judging.conditions import Ends
from controller.certificates import authority as ca
from controller.certificates.authority import (
    SERVER_DAYS,
    Pair,
    Unfit,
    host,
    issue,
    make_authority,
    pin_of,
    zone,
)
from controller.certificates.ending import ending_terms
from controller.certificates.folder import CaFolder
from controller.certificates.serving import CertificateWatch
from controller.certificates.trusted import read_authorities
from controller.cli import app as fleet

NOW = datetime.now(UTC).replace(microsecond=0)
NAME = "fleet.example.edu.cn"


def believed(tmp_path: Path, authority: Pair, server: Pair) -> str:
    """What OpenSSL says about a certificate, as strictly as it can; empty when it believes it."""
    (tmp_path / "a.pem").write_bytes(authority.certificate_pem)
    (tmp_path / "s.pem").write_bytes(server.certificate_pem)
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "a.pem", "s.pem"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    ("zones", "hosts"),
    [
        ([NAME], [NAME]),
        (["example.edu.cn"], [NAME, "example.edu.cn"]),
        (["10.20.0.0/16"], ["10.20.3.4"]),
        (["fd00::/8", NAME], ["fd00::1", NAME]),
        (["教育.cn"], ["学校.教育.cn"]),
    ],
)
def test_a_server_within_the_zones_is_believed(
    tmp_path: Path, zones: list[str], hosts: list[str]
) -> None:
    authority = make_authority("Bureau", [zone(one) for one in zones], now=NOW)
    server = issue(authority, [host(one) for one in hosts], now=NOW)
    assert believed(tmp_path, authority, server) == ""


@pytest.mark.parametrize(
    ("zones", "outside"),
    [
        ([NAME], "other.example.edu.cn"),
        ([NAME], "10.0.0.1"),
        (["10.0.0.0/8"], "11.0.0.1"),
        (["10.0.0.0/8"], NAME),
        (["10.0.0.0/8"], "fd00::1"),
        (["example.edu.cn"], "notexample.edu.cn"),
    ],
)
def test_nothing_outside_the_zones_is_issued_or_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zones: list[str], outside: str
) -> None:
    authority = make_authority("Bureau", [zone(one) for one in zones], now=NOW)
    with pytest.raises(Unfit, match="outside"):
        issue(authority, [host(outside)], now=NOW)
    monkeypatch.setattr(ca, "_within", lambda *_: True)  # whoever stole the key does not ask us
    assert "subtree violation" in believed(
        tmp_path, authority, issue(authority, [host(outside)], now=NOW)
    )


@pytest.mark.parametrize(
    "text", ["", "a b", "-", "1.2.3", "*.example", "a" * 64 + "é" * 200, "a..b"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        host(text)


def test_a_server_ends_with_its_authority_at_the_latest() -> None:
    authority = make_authority("Bureau", [zone(NAME)], now=NOW - timedelta(days=300), years=1)
    server = issue(authority, [host(NAME)], now=NOW).certificate
    assert server.not_valid_after_utc == authority.certificate.not_valid_after_utc


def folder(tmp_path: Path, now: datetime = NOW) -> CaFolder:
    return CaFolder(tmp_path / "ca", now=now)


def made(tmp_path: Path) -> CaFolder:
    at = folder(tmp_path)
    at.create("Bureau", [zone(NAME)], years=10)
    at.issue([host(NAME)])
    return at


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made(tmp_path)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "ca").iterdir()}
    assert modes == {
        "ca.key": 0o600, "server.key": 0o600,
        "ca.pem": 0o644, "server.pem": 0o644, "authorities.pem": 0o644,
    }  # fmt: skip


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    at = made(tmp_path)
    before = (tmp_path / "ca/ca.key").read_bytes()
    with pytest.raises(Unfit, match="already"):
        at.create("Other", [zone(NAME)], years=10)
    assert (tmp_path / "ca/ca.key").read_bytes() == before


def test_a_certificate_is_renewed_when_it_ends_soon_and_not_before(tmp_path: Path) -> None:
    first = made(tmp_path).server
    assert first is not None
    month = timedelta(days=30)
    assert folder(tmp_path, NOW + timedelta(days=SERVER_DAYS - 40)).renew(within=month) is None
    later = folder(tmp_path, NOW + timedelta(days=SERVER_DAYS - 20))
    second = later.renew(within=month)
    assert second is not None
    assert ca.hosts_of(second) == ca.hosts_of(first) == (NAME,)
    assert second.not_valid_after_utc > first.not_valid_after_utc
    assert second.public_key() != first.public_key()


def test_the_next_authority_is_announced_before_it_takes_over(tmp_path: Path) -> None:
    at = made(tmp_path)
    with pytest.raises(Unfit, match="ahead"):
        at.switch()
    (old,) = at.authorities
    following = at.announce("Bureau", years=10)
    assert at.authorities == [old, following]
    assert ca.zones_of(following) == ca.zones_of(old)
    with pytest.raises(Unfit, match="--switch"):
        at.announce("Bureau", years=10)
    assert at.switch() == following
    assert at.authorities == [following]
    assert at.server is not None
    at.server.verify_directly_issued_by(following)
    assert not list((tmp_path / "ca").glob("next.*"))


def test_a_switch_that_was_broken_off_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = made(tmp_path)
    following = at.announce("Bureau", years=10)
    with monkeypatch.context() as patched:
        patched.setattr(CaFolder, "_tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            at.switch()
    assert at.switch() == following
    assert at.authorities == [following]


def test_without_the_key_nothing_is_issued(tmp_path: Path) -> None:
    at = made(tmp_path)
    (tmp_path / "ca/ca.key").rename(tmp_path / "taken away")
    with pytest.raises(Unfit, match=r"ca\.key"):
        at.issue([host(NAME)])


def test_a_key_of_another_authority_is_found_out(tmp_path: Path) -> None:
    at = made(tmp_path)
    other = make_authority("Other", [zone(NAME)], now=NOW)
    (tmp_path / "ca/ca.key").write_bytes(other.key_pem)
    with pytest.raises(Unfit, match="belong together"):
        at.issue([host(NAME)])


def test_a_replaced_certificate_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    at = made(tmp_path)
    certificate, key = tmp_path / "ca/server.pem", tmp_path / "ca/server.key"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    watch = CertificateWatch(context, certificate, key)
    assert not watch.look()
    whole = key.read_bytes()
    key.write_bytes(b"half")
    assert not watch.look()
    key.write_bytes(whole)
    assert watch.look()
    at.issue([host(NAME)])
    assert watch.look()
    assert not watch.look()
    certificate.unlink()
    assert not watch.look()


def test_ends_are_read_from_the_files_that_are_in_use(tmp_path: Path) -> None:
    at = CaFolder(tmp_path, now=NOW)
    at.create("Bureau", [zone(NAME)], years=1)
    at.issue([host(NAME)], days=30)
    server, trusted = tmp_path / "server.pem", tmp_path / "authorities.pem"
    terms = ending_terms(server, trusted, f"https://{NAME}")
    assert terms is not None
    assert [one.ends for one in terms] == [Ends.controller, Ends.authority]
    assert terms[0].name == NAME
    assert terms[1].name.startswith("Bureau ")
    assert terms[0].at == NOW + timedelta(days=30)
    assert ending_terms(None, None, f"http://{NAME}") == []
    trusted.write_bytes(b"half")
    assert ending_terms(server, trusted) is None
    assert ending_terms(tmp_path / "nothing.pem", None) is None


def test_behind_a_proxy_the_certificate_counts_that_is_shown_there(tmp_path: Path) -> None:
    at = CaFolder(tmp_path, now=NOW - timedelta(days=40))
    at.create("Bureau", [zone("localhost")], years=1)
    at.issue([host("localhost")], days=30)  # ended ten days ago: it is seen nevertheless
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://localhost:{listening.getsockname()[1]}/fleet"

        def serve() -> None:
            plain, _ = listening.accept()
            with context.wrap_socket(plain, server_side=True) as wrapped:
                wrapped.recv(1)

        with ThreadPoolExecutor(1) as pool:
            served = pool.submit(serve)
            terms = ending_terms(None, None, url)
            served.result()
    assert terms is not None
    [term] = terms
    assert (term.name, term.at) == ("localhost", NOW - timedelta(days=10))
    assert ending_terms(None, None, url) is None


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def invoke(command: str, *arguments: str) -> Result:
        words = ["ca", command, *arguments, "--folder", str(tmp_path / "ca")]
        return CliRunner().invoke(fleet, words, env={"FLEET_LANG": "en"})

    return invoke


def test_the_commands_make_show_and_renew(run: Run, tmp_path: Path) -> None:
    assert run("show").exit_code == 1
    first = run("init", NAME, "10.20.0.0/16")
    assert first.exit_code == 0, first.output
    (told,) = read_authorities(tmp_path / "ca/authorities.pem")
    assert first.stdout.strip() == told.pin
    assert "FLEET_AUTHORITIES_FILE" in first.stderr
    assert run("init", NAME).exit_code == 2
    assert run("renew").exit_code == 2
    assert run("issue", "elsewhere.example").exit_code == 2
    issued = run("issue", NAME, "10.20.0.5")
    assert "FLEET_TLS_KEY" in issued.stderr
    rows = json.loads(run("show", "--format", "json").stdout)
    assert [row["kind"] for row in rows] == ["authority", "server"]
    assert rows[1]["certifies"] == [NAME, "10.20.0.5"]
    assert rows[0]["pin"] == told.pin
    assert "nothing was done" in run("renew").stderr
    assert "FLEET_TLS_CERTIFICATE" in run("renew", "--days", "400").stderr
    following = run("rollover").stdout.strip()
    assert [one.pin for one in read_authorities(tmp_path / "ca/authorities.pem")] == [
        told.pin,
        following,
    ]
    assert run("rollover", "--switch").stdout.strip() == following
    assert run("rollover", "--switch").exit_code == 2


def test_the_pin_is_of_the_certificate_itself() -> None:
    authority = make_authority("Bureau", [zone(NAME)], now=NOW).certificate
    again = x509.load_pem_x509_certificate(Pair(authority, None).certificate_pem)  # type: ignore[arg-type]
    assert pin_of(again) == pin_of(authority)
    assert len(pin_of(authority)) == 43
