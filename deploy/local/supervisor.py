"""The supervisor, circus: one daemon a stack, told what to run by one generated file."""

import configparser
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
from circus.client import CircusClient
from circus.exc import CallError

from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import free_ports
from deploy.local.program import Program
from deploy.local.refusal import Refusal
from deploy.local.waiting import until

MARK = "KP_STACK_HOME"

# Standard error joins standard output, so that a log is one file; exec lets the program keep the process id.
_ONE_STREAM = ("/bin/sh", "-c", 'exec "$0" "$@" 2>&1')
_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Supervisor:
    """The supervisor of the stack that `layout` describes, running or not."""

    layout: Layout

    def start(self, programs: Iterable[Program]) -> None:
        """Start the daemon, which knows `programs` and runs none of them yet; a running one is left alone."""
        wanted = list(programs)
        if self.is_running():
            return self._require_same(wanted)
        self.end_orphans()
        endpoints = self._endpoints()
        self._ini.write_text(self._configuration(wanted, endpoints))
        environment = {**os.environ, MARK: str(self.layout.home)}
        daemon = [sys.executable, "-m", "circus.circusd", "--daemon", str(self._ini)]
        subprocess.run(daemon, cwd=REPOSITORY, env=environment, check=True)
        return until(self._listens, 20, f"The supervisor did not start: {self.layout.log / 'circus.log'} says why.")

    def is_running(self) -> bool:
        """Whether this stack's own daemon lives."""
        return self._daemon() is not None

    def start_program(self, name: str) -> None:
        """Run a program; one that runs is left alone."""
        self._tell("start", name=name)

    def stop_program(self, name: str) -> None:
        """Ask a program to end and wait until it has."""
        self._tell("stop", name=name)

    def process(self, name: str) -> psutil.Process | None:
        """The process of a program, None when it does not run."""
        if not self.is_running():
            return None
        try:
            return next((psutil.Process(pid) for pid in self._ask("list", name=name)["pids"]), None)
        except psutil.NoSuchProcess:
            return None

    def quit(self) -> None:
        """End every program and the daemon itself; nothing else."""
        daemon = self._daemon()
        if daemon is not None:
            self._tell("quit")
            psutil.wait_procs([daemon], timeout=60)
        self.end_orphans()

    def end_orphans(self) -> None:
        """End what a daemon that was killed has left behind: processes that carry this stack's mark."""
        left = [one for one in psutil.process_iter() if self._is_ours(one)]
        for one in left:
            one.terminate()
        for one in psutil.wait_procs(left, timeout=20)[1]:
            one.kill()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == str(self.layout.home)
        except (psutil.Error, OSError):
            return False

    @property
    def _ini(self) -> Path:
        return self.layout.run / "circus.ini"

    @property
    def _pid_file(self) -> Path:
        return self.layout.run / "circus.pid"

    def _daemon(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            return process if str(self._ini) in process.cmdline() else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _listens(self) -> bool:
        try:
            return self.is_running() and self._ask("numwatchers", timeout=1)["status"] == "ok"
        except CallError:
            return False

    def _require_same(self, programs: list[Program]) -> None:
        if self._configuration(programs, self._known_endpoints()) != self._ini.read_text():
            raise Refusal("The stack is running with other settings: run `make down` first.")

    def _tell(self, command: str, **properties: Any) -> None:
        def is_done() -> bool:
            answer = self._ask(command, waiting=True, **properties)
            if answer["status"] != "ok" and "already running" not in answer["reason"]:
                raise Refusal(f"The supervisor could not {command}: {answer['reason']}.")
            return answer["status"] == "ok"

        # It does one thing at a time and refuses the next one meanwhile.
        until(is_done, 60, f"The supervisor could not {command}: {self.layout.log / 'circus.log'} says why.")

    def _ask(self, command: str, *, timeout: float = 60, **properties: Any) -> dict[str, Any]:
        client = CircusClient(endpoint=self._known_endpoints()["endpoint"], timeout=timeout)
        try:
            return cast(dict[str, Any], client.send_message(command, **properties))
        finally:
            client.stop()

    def _endpoints(self) -> dict[str, str]:
        sockets = [self.layout.run / f"{name}.sock" for name in ("circus", "events")]
        if max(len(str(one)) for one in sockets) < _LONGEST_SOCKET_PATH:
            addresses = [f"ipc://{one}" for one in sockets]
        else:
            addresses = [f"tcp://127.0.0.1:{port}" for port in free_ports(2)]
        return dict(zip(("endpoint", "pubsub_endpoint"), addresses, strict=True))

    def _known_endpoints(self) -> dict[str, str]:
        known = _parser()
        known.read(self._ini)
        return {name: known["circus"][name] for name in ("endpoint", "pubsub_endpoint")}

    def _configuration(self, programs: Iterable[Program], endpoints: Mapping[str, str]) -> str:
        ini = _parser()
        # Without an address for multicast there is no discovery on the network.
        files = {"pidfile": str(self._pid_file), "logoutput": str(self.layout.log / "circus.log")}
        ini["circus"] = {**endpoints, **files, "multicast_endpoint": "", "check_delay": "0.5"}
        for one in programs:
            ini[f"watcher:{one.name}"] = self._watcher(one)
            ini[f"env:{one.name}"] = dict(one.environment)
        written = io.StringIO()
        ini.write(written)
        return written.getvalue()

    def _watcher(self, program: Program) -> dict[str, str]:
        return {
            "cmd": shlex.join([*_ONE_STREAM, *program.command]),
            "working_dir": str(REPOSITORY),
            "copy_env": "True",
            "singleton": "True",
            "autostart": "False",
            "graceful_timeout": str(program.graceful_seconds),
            "stdout_stream.class": "FileStream",
            "stdout_stream.filename": str(self.layout.log / f"{program.name}.log"),
            "stdout_stream.max_bytes": "10000000",
            "stdout_stream.backup_count": "2",
        }


def lives(process: psutil.Process) -> bool:
    """Whether the process is still there and not a zombie."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _parser() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keeps upper case, as configparser documents
    return parser
