"""The local stack as an object: what `make up`, the demo, the benchmark and the tests start and stop."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import psutil
from rich.console import Console

from deploy.local import anchor, kafka, mongod, preflight, services, zipkin
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import Ports
from deploy.local.program import Program
from deploy.local.refusal import Refusal
from deploy.local.services import SERVICES
from deploy.local.supervisor import Supervisor, lives
from deploy.local.waiting import until

MODULES = {"kafka": kafka, "mongod": mongod, "zipkin": zipkin}
SERVERS = tuple(MODULES)
_PATIENCE_SECONDS = 60

Report = Callable[[str], None]


def silent(_line: str) -> None:
    """The report of a caller that wants none."""


@dataclass(frozen=True)
class Row:
    """What `status` says of one process; `state` is "running" or "stopped"."""

    name: str
    title: str
    state: str
    port: int
    pid: int | None = None
    uptime_seconds: float = 0.0
    rss_bytes: int = 0


@dataclass(frozen=True)
class Stack:
    """Kafka, MongoDB, Zipkin and the services under `root`/.local, on `ports` of 127.0.0.1.

    `servers` are those that the stack runs itself; `own` says where a server stands that it does not
    run, by the name of the variable: `{"KP_KAFKA": "kafka.example.org:9092"}`.
    """

    root: Path
    ports: Ports = field(default_factory=Ports.fixed)
    servers: Sequence[str] = SERVERS
    own: dict[str, str] = field(default_factory=dict)
    console: Console = field(default_factory=lambda: Console(stderr=True), compare=False)

    @classmethod
    def from_environment(cls, root: Path = REPOSITORY, ports: Ports | None = None) -> Self:
        """The stack people use; a server whose variable the environment sets is theirs and not started."""
        own = {name: os.environ[name] for name in preflight.OWN_SERVER.values() if os.environ.get(name)}
        servers = [name for name in SERVERS if preflight.OWN_SERVER[name] not in own]
        return cls(root, ports or Ports.fixed(), servers, own)

    def up(self, report: Report = silent) -> None:
        """Everything: servers, topics, the trust anchor, services; returns when all are ready."""
        self._check_ports([*self.servers, *SERVICES])
        self.start_servers(report)
        self.apply_topics(report)
        self.start_services(report)

    def prepare(self) -> None:
        """Check the machine, and download and verify what is missing; may be repeated."""
        preflight.check_python()
        self.layout.make()
        preflight.check_disk(self.layout.home)
        if self.servers:
            preflight.check_platform()
        self._require_same_ports()
        for name in self.servers:
            MODULES[name].prepare(self.layout, self.ports, self.console)

    def start_servers(self, report: Report = silent) -> None:
        """Start the servers that do not run yet, side by side, and wait until each answers."""
        if not self.supervisor.is_running():
            self.prepare()
        self._start(self.servers, report)

    def apply_topics(self, report: Report = silent) -> None:
        """Create the topics with the operator's command, where it is there."""
        if not (REPOSITORY / "deploy" / "ops" / "cli.py").exists():
            return
        command = [sys.executable, "-m", "deploy.ops.cli", "topics", "apply"]
        environment = {**os.environ, **self.environment()}
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Refusal(f"The topics could not be created: {(done.stderr or done.stdout).strip()}")
        report("Topics are as contracts/topics.toml says.")

    def start_services(self, report: Report = silent, names: Iterable[str] = SERVICES) -> None:
        """Start the services that do not run yet and wait until each says it is ready."""
        anchor.ensure(self.root)
        self._start(names, report)

    def stop(self) -> None:
        """End the services, then the servers, then the supervisor: what this stack started, nothing else."""
        if self.supervisor.is_running():
            with ThreadPoolExecutor() as pool:
                list(pool.map(self.supervisor.stop_program, SERVICES))
        self.supervisor.quit()

    def start(self, name: str) -> None:
        """Start one program that was halted and wait until it is ready."""
        self._start([name], silent)

    def halt(self, name: str) -> None:
        """Ask one program to end, wait until it has, and leave it stopped."""
        self.supervisor.stop_program(name)

    def restart(self, name: str) -> None:
        """End one program gracefully, start it again and wait until it is ready."""
        self.halt(name)
        self.start(name)

    def kill(self, name: str) -> None:
        """SIGKILL one program and wait until the supervisor has started it again and it is ready."""
        killed = self.supervisor.process(name)
        if killed is None:
            raise Refusal(f"{name} cannot be killed, for it does not run: start it first.")
        killed.kill()
        until(lambda: self._is_new(name, killed), 20, f"{name} was not started again after it died.")
        self._await_ready(self._programs[name])

    def pid(self, name: str) -> int | None:
        """The process id of one program, None when it does not run."""
        process = self.supervisor.process(name)
        return process.pid if process else None

    def is_ready(self, name: str) -> bool:
        """Whether one program answers as it should."""
        return self._programs[name].ready()

    def is_running(self) -> bool:
        """Whether everything this stack would run is running."""
        return all(row.pid for row in self.status())

    def status(self) -> list[Row]:
        """One row for each server the stack runs and each service."""
        return [self._row(one) for one in self._programs.values()]

    def versions(self) -> dict[str, str]:
        """The versions of the servers, by name."""
        return {name: MODULES[name].VERSION for name in self.servers}

    def environment(self) -> dict[str, str]:
        """The variables that point a service, `kp` or `kp-ops` at this stack."""
        return {
            "KP_KAFKA": f"127.0.0.1:{self.ports.kafka}",
            "KP_MONGO_URI": mongod.uri(self.ports),
            **self._tracing(),
            "KP_PROFILE": "local-insecure",
            "KP_NAMESPACE": os.environ.get("KP_NAMESPACE", "kp"),
            "KP_GATEWAY_PORT": str(self.ports.gateway),
            "KP_TRUST_ANCHOR": str(self.layout.trust_anchor),
            **self.own,
        }

    @property
    def layout(self) -> Layout:
        """The stack's folders."""
        return Layout(self.root)

    @property
    def supervisor(self) -> Supervisor:
        """The stack's own supervisor, running or not."""
        return Supervisor(self.layout)

    @property
    def _programs(self) -> dict[str, Program]:
        servers = [MODULES[name].program(self.layout, self.ports) for name in self.servers]
        ours = services.programs(self.ports, self.environment())
        return {one.name: one for one in (*servers, *ours)}

    def _tracing(self) -> dict[str, str]:
        if "zipkin" in self.servers:
            return {"KP_OTEL_ENDPOINT": zipkin.endpoint(self.ports), "OTEL_TRACES_EXPORTER": "zipkin_json"}
        default = "otlp_proto_http" if "KP_OTEL_ENDPOINT" in self.own else "none"
        return {"OTEL_TRACES_EXPORTER": os.environ.get("OTEL_TRACES_EXPORTER", default)}

    def _start(self, names: Iterable[str], report: Report) -> None:
        wanted = [self._programs[name] for name in names]
        self._check_ports(one.name for one in wanted)
        self.supervisor.start(self._programs.values())
        with ThreadPoolExecutor() as pool:
            for line in pool.map(self._start_one, wanted):
                report(line)

    def _start_one(self, program: Program) -> str:
        if self.pid(program.name):
            self._await_ready(program)
            return f"{program.title} already runs on 127.0.0.1:{program.ports[0]}."
        began = time.monotonic()
        self.supervisor.start_program(program.name)
        self._await_ready(program)
        return f"{program.title} runs on 127.0.0.1:{program.ports[0]} ({time.monotonic() - began:.1f} s)."

    def _await_ready(self, program: Program) -> None:
        log = self.layout.log / f"{program.name}.log"
        process = self.supervisor.process(program.name)

        def is_ready() -> bool:
            if process is None or not lives(process):
                self.halt(program.name)
                raise Refusal(f"{program.title} ended while it started: {log} says why.")
            return program.ready()

        until(is_ready, _PATIENCE_SECONDS, f"{program.title} was not ready within a minute: {log} says why.")

    def _is_new(self, name: str, old: psutil.Process) -> bool:
        process = self.supervisor.process(name)
        return process is not None and process != old

    def _check_ports(self, names: Iterable[str]) -> None:
        if not self.supervisor.is_running():
            self.supervisor.end_orphans()
        preflight.check_ports(self._programs[name] for name in names if self.pid(name) is None)

    def _require_same_ports(self) -> None:
        # Both servers keep their own address in their data, so data made for other ports cannot be started.
        file = self.layout.data / "ports"
        here = f"{self.ports.kafka} {self.ports.kafka_controller} {self.ports.mongo}"
        if file.exists() and file.read_text() != here:
            raise Refusal(f"{self.layout.data} was made for other ports: delete it or use its ports again.")
        file.write_text(here)

    def _row(self, program: Program) -> Row:
        row = Row(program.name, program.title, "stopped", program.ports[0])
        process = self.supervisor.process(program.name)
        if process is None or not lives(process):
            return row
        uptime = time.time() - process.create_time()
        rss = process.memory_info().rss
        return replace(row, state="running", pid=process.pid, uptime_seconds=uptime, rss_bytes=rss)
