"""Attributes in braces, as Quarto writes them: ``{#fig-x .wide width=50% fig-alt="…"}``."""

import re
from dataclasses import dataclass, field

_ITEM = r"""(?:\#[\w:.-]+|\.[\w-]+|-|[\w-]+=(?:"[^"]*"|'[^']*'|[^\s"'{}]+))"""
ATTRIBUTES = re.compile(rf"\{{[ ]*{_ITEM}(?:[ \n]+{_ITEM})*[ ]*\}}")
_PARTS = re.compile(
    r"""\#(?P<id>[\w:.-]+)|\.(?P<class>[\w-]+)|(?P<key>[\w-]+)="""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}]+))"""
)


@dataclass
class Attributes:
    """What stands in one pair of braces."""

    id: str = ""
    classes: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def read_attributes(text: str) -> Attributes:
    """Read text that `ATTRIBUTES` matches; of two identifiers the last holds."""
    attributes = Attributes()
    for part in _PARTS.finditer(text):
        if part["id"]:
            attributes.id = part["id"]
        elif part["class"]:
            attributes.classes.append(part["class"])
        else:
            value = next(
                part[name] or "" for name in ("double", "single", "bare") if part[name] is not None
            )
            attributes.values[part["key"].lower()] = value
    return attributes
