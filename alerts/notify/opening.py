"""From a channel's row to what speaks to it; the only place where addresses are unsealed."""

from collections.abc import Callable, Sequence

from alerts.notify.addresses import Network
from alerts.notify.channels import Notifier
from alerts.notify.models import ChannelKind, NotifyChannel
from alerts.notify.service import Service
from alerts.notify.webhook import AlertmanagerWebhook, Webhook
from inventory.secrets import SecretBox


def opener(box: SecretBox, allowed: Sequence[Network]) -> Callable[[NotifyChannel], Notifier]:
    """Makes what takes messages for a channel.

    Args:
        box: opens addresses; what it makes raises ``SecretUnreadable`` of another key's.
        allowed: networks webhooks may go to although they are not of the Internet.
    """

    def opened(channel: NotifyChannel) -> Notifier:
        url = box.open(channel.sealed)
        if channel.kind is ChannelKind.service:
            return Service(url)
        secret = box.open(channel.sealed_secret) if channel.sealed_secret else ""
        if channel.kind is ChannelKind.alertmanager:
            return AlertmanagerWebhook(url, secret, allowed)
        return Webhook(url, secret, allowed)

    return opened
