"""What a schema cannot say about a profile; ``fleet-agent drivers check`` and the tests ask."""

from collections.abc import Iterator

from drivers.dictionary import METRICS
from drivers.mqtt.paths import BadPath, parse_path
from drivers.mqtt.profiles.model import Profile
from drivers.mqtt.topics import BadPattern, TopicPattern

#: Names that are no profile: devices found by their own announcements.
RESERVED = frozenset({"home_assistant"})


def problems_of(profile: Profile) -> list[str]:
    """Everything wrong with a profile, in words; empty when it is sound."""
    return [
        *([f"name: {profile.name} is taken"] if profile.name in RESERVED else []),
        *_topic_problems(profile),
        *_metric_problems(profile),
        *_path_problems(profile),
    ]


def _topic_problems(profile: Profile) -> Iterator[str]:
    texts = [*profile.state, *(command.topic for command in profile.commands)]
    texts += [command.reply for command in profile.commands if command.reply is not None]
    if profile.availability is not None:
        texts.append(profile.availability.topic)
        if profile.availability.online == profile.availability.offline:
            yield "availability: online and offline are the same word"
    if profile.identity is not None and profile.identity.topic is not None:
        texts.append(profile.identity.topic)
    for text in texts:
        try:
            TopicPattern(text)
        except BadPattern as error:
            yield f"topic {error}"


def _metric_problems(profile: Profile) -> Iterator[str]:
    for metric in profile.metrics:
        where = f"metric {metric.metric}"
        if metric.metric not in METRICS:
            yield f"{where}: not in the data dictionary"
        if metric.topic is not None and metric.topic not in profile.state:
            yield f"{where}: {metric.topic} is no state topic"
        if metric.part.startswith("$") and "[*]" not in metric.path:
            yield f"{where}: a part by path needs [*] in its path"


def _path_problems(profile: Profile) -> Iterator[str]:
    paths: list[tuple[str, str | None]] = [("stamp", profile.stamp)]
    for metric in profile.metrics:
        where = f"metric {metric.metric}"
        part = metric.part if metric.part.startswith("$") else None
        paths += [(where, metric.path), (where, metric.over), (where, part)]
    if profile.identity is not None:
        names = ("vendor", "model", "serial", "version", "os", "name")
        paths += [
            (f"identity.{name}", path) for name in names for path in profile.identity.of(name)
        ]
    for where, path in paths:
        try:
            if path is not None:
                parse_path(path)
        except BadPath:
            yield f"{where}: {path!r} is not a path of the subset in docs/mqtt.md"
