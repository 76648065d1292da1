"""The jars of the Java servers: locked with their sha256, downloaded once, compared at each set-up."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import requests
from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockedDependency, LockFile
from jgo.maven import Artifact, MavenContext, PythonResolver
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from deploy.local.refusal import Refusal

SETTINGS = Path(__file__).parent / "settings"
SERVERS = ("kafka", "zipkin")

OneFile = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def fetch(server: str, cache: Path, console: Console) -> list[Path]:
    """The jars of `server` in `cache`: missing ones are downloaded, each is compared with the lock.

    Raises Refusal when a jar cannot be downloaded or is not the one that was locked.
    """
    locked = LockFile.load(SETTINGS / server / "jgo.lock.toml").dependencies
    missing = [one for one in locked if not _place(one, cache).exists()]
    if missing:
        _download(server, missing, cache, console)
    return [_verified(one, _place(one, cache)) for one in locked]


def lock(server: str, cache: Path) -> Path:
    """Resolve `jgo.toml` of `server` anew and write its lock; returns the lock's path."""
    folder = SETTINGS / server
    context = MavenContext(repo_cache=cache / "maven")
    spec = EnvironmentSpec.load(folder / "jgo.toml")
    asked = EnvironmentBuilder(context=context).spec_to_dependencies(spec)
    wanted, transitive = context.resolver.resolve(asked)
    if not any(one.classifier == "exec" for one in wanted):
        wanted += [one for one in transitive if one.scope in ("compile", "runtime")]
    locked = [LockedDependency.from_dependency(one) for one in wanted]
    LockFile(sorted(locked, key=_file_name), environment_name=server).save(folder / "jgo.lock.toml")
    return folder / "jgo.lock.toml"


def sha256(path: Path) -> str:
    """The file's sha256 as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(locked: LockedDependency, path: Path) -> Path:
    if sha256(path) != locked.sha256:
        raise Refusal(f"{path} is not the file that jgo.lock.toml records: delete it and run the command again.")
    return path


def _place(locked: LockedDependency, cache: Path) -> Path:
    group = locked.groupId.replace(".", "/")
    return cache / "maven" / group / locked.artifactId / locked.version / _file_name(locked)


def _file_name(locked: LockedDependency) -> str:
    classifier = f"-{locked.classifier}" if locked.classifier else ""
    return f"{locked.artifactId}-{locked.version}{classifier}.{locked.packaging}"


def _download(server: str, missing: list[LockedDependency], cache: Path, console: Console) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    # A download lands beside its place and is moved in when whole: an interrupted one leaves nothing behind.
    with tempfile.TemporaryDirectory(dir=cache) as landing, _progress(server, console) as progress:
        context = MavenContext(PythonResolver(progress_callback=progress), Path(landing))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(partial(_download_one, context, cache), missing))


def _download_one(context: MavenContext, cache: Path, locked: LockedDependency) -> None:
    component = context.project(locked.groupId, locked.artifactId).at_version(locked.version)
    artifact: Artifact = component.artifact(locked.classifier or "", locked.packaging)
    try:
        landed = artifact.resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise Refusal(f"{_file_name(locked)} could not be downloaded: check the network and run again.") from error
    place = _place(locked, cache)
    place.parent.mkdir(parents=True, exist_ok=True)
    _verified(locked, landed).replace(place)


@contextmanager
def _progress(server: str, console: Console) -> Iterator[OneFile]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        total = bars.add_task(f"Downloading {server}", total=0)

        @contextmanager
        def one_file(_name: str, size: int) -> Iterator[Callable[[int], None]]:
            bars.update(total, total=(bars.tasks[0].total or 0) + size)
            yield lambda count: bars.advance(total, count)

        yield one_file


if __name__ == "__main__":
    from deploy.local.layout import cache as shared_cache

    for name in SERVERS:
        Console().print(f"Locked {lock(name, shared_cache())}")
