"""Writes `contracts/schema.graphql`, or checks that it is what the code says."""

import argparse
import sys
from pathlib import Path

from services.gateway.schema import sdl

_FILE = Path("contracts/schema.graphql")


def main() -> int:
    """Do as asked; 1 when the checked file is another one."""
    parser = argparse.ArgumentParser(prog="python -m services.gateway.schema", description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help=f"write {_FILE}")
    mode.add_argument("--check", action="store_true", help=f"fail when {_FILE} is not current")
    if parser.parse_args().write:
        _FILE.write_text(sdl(), "utf-8")
        return 0
    if _FILE.is_file() and _FILE.read_text("utf-8") == sdl():
        return 0
    print(f"{_FILE} is not what the code says: run 'make contracts'.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
