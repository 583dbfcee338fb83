"""Accesses that makers ship and everybody knows; compared with what the plan says, never tried."""

#: As net-snmp and the makers of switches and UPSs write them in their first configuration.
_COMMUNITIES = frozenset({"public", "private", "admin", "cisco", "snmp", "manager", "community"})
#: User and password, from the makers' own manuals; an empty user stands for a password alone.
_LOGINS = frozenset(
    {
        ("admin", ""),
        ("admin", "admin"),
        ("admin", "admin123"),
        ("admin", "password"),
        ("admin", "12345"),
        ("admin", "123456"),
        ("admin", "1234"),
        # Huawei, H3C, Ruijie, ZTE, Maipu, TP-Link, Hikvision, Dahua.
        ("admin", "admin@huawei.com"),
        ("admin", "Admin@huawei.com"),
        ("admin", "Admin@123"),
        ("admin", "h3capadmin"),
        ("admin", "ruijie"),
        ("admin", "zte"),
        ("admin", "hik12345"),
        ("zte", "zte"),
        # Others in schools.
        ("root", ""),
        ("root", "root"),
        ("root", "admin"),
        ("cisco", "cisco"),
        ("ubnt", "ubnt"),
        ("manager", "friend"),
        ("super", "sp-admin"),
        ("super", "super"),
        ("user", "user"),
        ("apc", "apc"),
        # PJLink.
        ("", "JBMIAProjectorLink"),
        ("", "panasonic"),
        ("", "admin"),
        ("", "admin1"),
    }
)


def is_known_community(community: str) -> bool:
    """Whether a community is one that anybody would try first."""
    return community.strip().lower() in _COMMUNITIES


def is_default_login(user: str, password: str) -> bool:
    """Whether a login is one that some maker ships."""
    return (user.strip().lower(), password) in _LOGINS
