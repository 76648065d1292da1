"""Reads `docs/connect.md`: its checked blocks by name, and its table of headers."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "connect.md"
_TEXT = DOCUMENT.read_text("utf-8")
_BLOCK = re.compile(r"<!-- checked: (\S+) -->\n```\w+\n(.*?)\n```", re.DOTALL)
_HEADER = re.compile(r"^\| header `(\S+)` \| `(\S+)` \|$", re.MULTILINE)
_HEREDOC = re.compile(r"<<'(\w+)'\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)

BLOCKS: dict[str, str] = dict(_BLOCK.findall(_TEXT))
HEADERS: list[tuple[str, bytes]] = [(name, value.encode()) for name, value in _HEADER.findall(_TEXT)]
TOPICS: set[str] = set(re.findall(r"`kp\.([a-z]+\.submissions)`", _TEXT))


def heredoc(name: str) -> str:
    """Give what the shell block of that name writes into its file."""
    found = _HEREDOC.search(BLOCKS[name])
    if found is None:
        raise ValueError(f"the block {name} writes no file")
    return found[2]


def unhex(dump: str) -> bytes:
    """Read the bytes of a hexadecimal dump: offset, two spaces, up to sixteen bytes, two spaces, the same as text."""
    return b"".join(bytes.fromhex(line[6:53]) for line in dump.splitlines())
