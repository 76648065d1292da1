"""How the Java of a pinned wheel is given its arguments, and those that keep a small program small."""

from pathlib import Path

SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def write_arguments(file: Path, *arguments: str) -> None:
    """Write what `java @file` reads: a class path is too long for a list of processes."""
    quoted = ('"{}"'.format(one.replace("\\", "\\\\").replace('"', '\\"')) for one in arguments)
    file.write_text("\n".join(quoted) + "\n")
