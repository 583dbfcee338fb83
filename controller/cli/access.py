"""``fleet devices add|set``, ``fleet credentials``: putting devices up, and what opens them.

Secrets are asked for without an echo, or come from the environment or standard input; never from
an argument, which every user of the machine could read.
"""

from typing import Annotated, Any

import typer

from controller.cli.asking import asked
from controller.cli.exits import WRONG_USE, fail
from controller.cli.language import gettext as _
from controller.cli.output import Format, FormatOption, print_rows

_DEVICE = Annotated[str, typer.Argument(help=_("Id of the device."))]
_Protocol = Annotated[
    str | None, typer.Option(help="snmp, mqtt, pjlink, ssh, presence, ping, none")
]
_Address = Annotated[str | None, typer.Option(help=_("IP address or host name."))]
_Port = Annotated[int | None, typer.Option(help=_("Port, where it is not the usual one."))]
_Credential = Annotated[str | None, typer.Option(help=_("Id of the credential that opens it."))]
_Mac = Annotated[
    list[str] | None,
    typer.Option(help=_("Hardware address by which switches know it; repeatable.")),
]
_Ping = Annotated[bool | None, typer.Option(help=_("Measure round trip, loss and jitter, too."))]
_Profile = Annotated[str | None, typer.Option(help=_("MQTT: the layout of its messages."))]
_Client = Annotated[str | None, typer.Option(help=_("MQTT: the id it publishes under."))]
_SshCredential = Annotated[
    str | None, typer.Option(help=_("Id of the credential of its command line."))
]
_SshPlatform = Annotated[str | None, typer.Option(help="huawei_vrp, hp_comware, ruijie_os, …")]
_SshPort = Annotated[int | None, typer.Option(help=_("Port of its command line."))]


def register_devices(group: typer.Typer) -> None:
    """Add the commands to ``fleet devices``."""
    group.command("add", help=_ADD)(add_device)
    group.command("set", help=_SET)(set_device)


def register(app: typer.Typer) -> None:
    """Add the command group to the application."""
    group = typer.Typer(
        name="credentials", no_args_is_help=True, help=_("What opens devices; secrets stay inside.")
    )
    group.command("add", help=_ADD_CREDENTIAL)(add_credential)
    group.command("list", help=_LIST_CREDENTIALS)(list_credentials)
    group.command("replace", help=_REPLACE)(replace_secret)
    group.command("remove", help=_REMOVE)(remove_credential)
    app.add_typer(group)


_ADD = _(
    "Put a device into the register and have it watched."
    "\n\nExample: fleet devices add --school 330483-01 --name 'Panel 201' --kind display"
    " --protocol presence --mac 3c:7c:3f:12:34:56"
)
_SET = _(
    "Have a device watched in another way; what is not named stays as it is."
    "\n\nExample: fleet devices set d01jd3k6m2w8x4zq7 --protocol pjlink --address 10.1.2.3"
)
_ADD_CREDENTIAL = _(
    "Keep a secret, sealed. Asks for it, or takes it from FLEET_SECRET or standard input."
    "\n\nExample: fleet credentials add --name 'Switches' --kind snmp --school 330483-01"
)
_LIST_CREDENTIALS = _(
    "List credentials, without what they hold.\n\nExample: fleet credentials list"
)
_REPLACE = _(
    "Replace the secret of a credential; its devices follow."
    "\n\nExample: fleet credentials replace c01jd3k6m2w8x4zq7 --kind ssh --user backup"
)
_REMOVE = _(
    "Forget a credential that no device needs any more."
    "\n\nExample: fleet credentials remove c01jd3k6m2w8x4zq7"
)


def add_device(
    *,
    school: Annotated[str, typer.Option(help=_("Code of its school."))],
    name: Annotated[str, typer.Option(help=_("What the school calls it."))],
    kind: Annotated[str, typer.Option(help="switch, display, projector, terminal, …")] = "unknown",
    protocol: _Protocol = "none",
    address: _Address = None,
    port: _Port = None,
    credential: _Credential = None,
    mac: _Mac = None,
    ping: _Ping = None,
    mqtt_profile: _Profile = None,
    mqtt_client: _Client = None,
    ssh_credential: _SshCredential = None,
    ssh_platform: _SshPlatform = None,
    ssh_port: _SshPort = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415 - keeps --help quick

    access = _access(
        protocol=protocol,
        address=address,
        service_port=port,
        credential_id=credential,
        macs=mac,
        ping=ping,
        mqtt_profile=mqtt_profile,
        mqtt_client=mqtt_client,
        ssh_credential_id=ssh_credential,
        ssh_platform=ssh_platform,
        ssh_port=ssh_port,
    )
    body = {"school_code": school, "name": name, "kind": kind, "access": access}
    typer.echo(ask("POST", "/devices", body=body)["id"])


def set_device(
    *,
    device: _DEVICE,
    protocol: _Protocol = None,
    address: _Address = None,
    port: _Port = None,
    credential: _Credential = None,
    mac: _Mac = None,
    ping: _Ping = None,
    mqtt_profile: _Profile = None,
    mqtt_client: _Client = None,
    ssh_credential: _SshCredential = None,
    ssh_platform: _SshPlatform = None,
    ssh_port: _SshPort = None,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    access = _access(
        protocol=protocol,
        address=address,
        service_port=port,
        credential_id=credential,
        macs=mac,
        ping=ping,
        mqtt_profile=mqtt_profile,
        mqtt_client=mqtt_client,
        ssh_credential_id=ssh_credential,
        ssh_platform=ssh_platform,
        ssh_port=ssh_port,
    )
    made = ask("PATCH", f"/devices/{device}/access", body=access)
    told = _("{device} is watched by {protocol} from now on.")
    typer.echo(told.format(device=made["name"], protocol=made["access"]["protocol"]), err=True)


def _access(**given: Any) -> dict[str, Any]:
    """What was said on the command line; an empty text takes a value away."""
    return {name: value or None if value == "" else value
            for name, value in given.items() if value not in (None, [])}  # fmt: skip


_Kind = Annotated[str, typer.Option(help="snmp, ssh, pjlink")]
_User = Annotated[str | None, typer.Option(help=_("SSH or SNMP version 3: who logs in."))]
_Version = Annotated[str, typer.Option("--snmp-version", help="1, 2c, 3")]
_Auth = Annotated[str, typer.Option(help="MD5, SHA, SHA-224, SHA-256, SHA-384, SHA-512")]
_Priv = Annotated[str, typer.Option(help="DES, AES-128, AES-192, AES-256")]
_Stdin = Annotated[
    bool, typer.Option("--stdin", help=_("Read the secrets from standard input, one a line."))
]


def add_credential(
    *,
    name: Annotated[str, typer.Option(help=_("What it is called."))],
    kind: _Kind = "snmp",
    school: Annotated[
        str | None, typer.Option(help=_("Code of its school; left out: for all of them."))
    ] = None,
    user: _User = None,
    version: _Version = "2c",
    auth: _Auth = "SHA-256",
    priv: _Priv = "AES-128",
    stdin: _Stdin = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    secret = _secret(kind, user, version, auth, priv, stdin=stdin)
    body = {"name": name, "school_code": school, "secret": secret}
    typer.echo(ask("POST", "/credentials", body=body)["id"])


def list_credentials(shape: FormatOption = Format.table) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    rows = ask("GET", "/credentials")["items"]
    columns = {"id": "id", "name": _("Name"), "kind": _("Kind"), "school_code": _("School")}
    print_rows(rows, columns, shape)


def replace_secret(
    *,
    credential: Annotated[str, typer.Argument(help=_("Id of the credential."))],
    kind: _Kind = "snmp",
    user: _User = None,
    version: _Version = "2c",
    auth: _Auth = "SHA-256",
    priv: _Priv = "AES-128",
    stdin: _Stdin = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    secret = _secret(kind, user, version, auth, priv, stdin=stdin)
    made = ask("PATCH", f"/credentials/{credential}", body={"secret": secret})
    typer.echo(_("“{name}” holds the new secret.").format(name=made["name"]), err=True)


def remove_credential(
    *,
    credential: Annotated[str, typer.Argument(help=_("Id of the credential."))],
    yes: Annotated[bool, typer.Option("--yes", help=_("Do not ask again."))] = False,
) -> None:
    from controller.cli.service import ask  # noqa: PLC0415

    if not yes:
        question = _("A secret that is forgotten cannot be had back. Forget {credential}?")
        typer.confirm(question.format(credential=credential), abort=True, err=True)
    ask("DELETE", f"/credentials/{credential}")
    typer.echo(_("{credential} is forgotten.").format(credential=credential), err=True)


def _secret(
    kind: str, user: str | None, version: str, auth: str, priv: str, *, stdin: bool
) -> dict[str, Any]:
    match kind:
        case "ssh":
            fields = {"password": _("Password"), "enable": _("Password of enable (may be empty)")}
            secret: dict[str, Any] = {"user": user}
        case "pjlink":
            fields, secret = {"password": _("Password")}, {}
        case "snmp" if version == "3":
            fields = {
                "auth_password": _("Authentication password (may be empty)"),
                "priv_password": _("Privacy password (may be empty)"),
            }
            secret = {"version": "3", "user": user, "auth_protocol": auth, "priv_protocol": priv}
        case "snmp":
            fields, secret = {"community": _("Community")}, {"version": version}
        case _:
            fail(_("--kind {kind}: expected snmp, ssh or pjlink").format(kind=kind), WRONG_USE)
    return {"kind": kind} | secret | asked(fields, stdin=stdin)
