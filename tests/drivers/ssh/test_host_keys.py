import stat

from drivers.ssh.host_keys import KnownHosts, masking_key
from drivers.ssh.task import HostKey

KEY, OTHER = HostKey("ssh-ed25519", "AAAA"), HostKey("ssh-ed25519", "BBBB")


def test_the_first_key_stays_until_the_device_is_forgotten(tmp_path):
    known = KnownHosts(tmp_path / "known_hosts")
    assert known.keys_of("10.0.0.1", 22) == ()
    known.pin("10.0.0.1", 22, KEY)
    known.pin("10.0.0.1", 22, OTHER)
    assert KnownHosts(tmp_path / "known_hosts").keys_of("10.0.0.1", 22) == (KEY,)
    known.forget("10.0.0.1", 22)
    known.pin("10.0.0.1", 22, OTHER)
    assert known.keys_of("10.0.0.1", 22) == (OTHER,)


def test_ports_of_one_address_are_devices_of_their_own(tmp_path):
    known = KnownHosts(tmp_path / "known_hosts")
    known.pin("10.0.0.1", 22, KEY)
    known.pin("10.0.0.1", 2222, OTHER)
    assert known.keys_of("10.0.0.1", 2222) == (OTHER,)
    assert (tmp_path / "known_hosts").read_text() == (
        "10.0.0.1 ssh-ed25519 AAAA\n[10.0.0.1]:2222 ssh-ed25519 BBBB\n"
    )


def test_lines_of_other_hands_are_kept_and_odd_ones_ignored(tmp_path):
    path = tmp_path / "known_hosts"
    path.write_text("# ours\n@revoked x y z\nodd\nh1,10.0.0.2 ssh-ed25519 AAAA\n10.0.0.3 a-b ???\n")
    known = KnownHosts(path)
    assert known.keys_of("10.0.0.2", 22) == (KEY,)
    assert known.keys_of("10.0.0.3", 22) == ()
    known.pin("10.0.0.4", 22, KEY)
    assert path.read_text().startswith("# ours\n@revoked")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_masking_key_is_made_once_and_private(tmp_path):
    path = tmp_path / "masking.key"
    key = masking_key(path)
    assert len(key) == 32
    assert masking_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"torn")
    assert masking_key(path) != key
