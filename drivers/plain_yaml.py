"""YAML that people write: without references, of which a few can unfold into more than fits."""

import yaml


class PlainLoader(yaml.SafeLoader):
    """The safe loader, without references."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """One node.

        Raises:
            YAMLError: it stands for another one.
        """
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "references (*name) are not taken", mark)
        return super().compose_node(parent, index)
