"""All runs below one data directory: made, found and deleted."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from core.config import RunConfig
from core.errors import RunFileError, RunNotFoundError
from core.formatting import name_of
from core.store import atomic
from core.store.owner import Owner
from core.store.paths import default_data_dir
from core.store.run import LOCK, MAX_NAME, Run, exclusively
from core.store.status import State, Status
from core.store.writing import errors_as

ID_STEP = timedelta(microseconds=16)  # after which a run has another id
_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


class RunStore:
    """All runs below one data directory."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.root = (data_dir or default_data_dir()) / "runs"

    def create(
        self,
        config: RunConfig,
        name: str = "",
        owner: Owner | None = None,
        sweep: str = "",
        state: State = State.QUEUED,
    ) -> Run:
        """A new run of somebody. Raises RunFileError where nothing can be written.

        state: a queued run may be begun by any worker; who wants to train it alone makes it an interrupted one.
        """
        created = datetime.now(UTC)
        files: dict[str, bytes | str] = {
            "config.json": config.to_json(indent=True),
            "name.txt": name_of(name, MAX_NAME) or f"{config.preset.capitalize()} {created:%d %b %H:%M}",
            "status.json": Status(state=state, updated_at=created.timestamp()).to_json(),
        }
        if sweep:
            files["sweep.txt"] = name_of(sweep, MAX_NAME)
        while True:
            run = Run(self.root / _id_of(created))
            try:
                with errors_as(RunFileError, self.root), atomic.new_folder(run.path) as folder:
                    for name_of_folder in ("snapshots", "checkpoints"):
                        (folder / name_of_folder).mkdir()
                    for file, content in files.items():
                        atomic.write(folder / file, content)
                    if owner:
                        owner.keep(folder)
                return run
            except RunFileError:
                if not run.path.is_dir():
                    raise
                created += ID_STEP  # clocks go back, and servers share folders: the id belongs to another run

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else looks for runs to add those that are missing. Raises RunFileError."""
        with errors_as(RunFileError, self.root):
            atomic.make_folders(self.root)
            with FileLock(self.root / LOCK):
                yield

    def adopt(self, folder: Path) -> None:
        """Take in a copy of a run directory under its id, unless there is one already. Raises OSError."""
        path = self.root / folder.name
        if not path.exists():
            with atomic.new_folder(path) as copy:
                shutil.copytree(folder, copy, dirs_exist_ok=True)

    def get(self, run_id: str) -> Run:
        """The run of that id; raises RunNotFoundError."""
        if not _RUN_ID.fullmatch(run_id) or not (self.root / run_id).is_dir():
            raise RunNotFoundError(f"There is no run “{run_id[:40]}”; it may have been deleted. Choose another one.")
        return Run(self.root / run_id)

    def all(self) -> list[Run]:
        """Every run, newest first, broken ones too."""
        if not self.root.is_dir():
            return []
        folders = (path for path in self.root.iterdir() if _RUN_ID.fullmatch(path.name) and path.is_dir())
        return [Run(path) for path in sorted(folders, reverse=True)]

    def readable(self) -> tuple[list[Run], dict[str, str]]:
        """The runs whose settings and status can be read, newest first, and for each other id what is wrong."""
        good, broken = [], {}
        for run in self.all():
            try:
                _ = run.config, run.status
                good.append(run)
            except RunFileError as error:
                broken[run.id] = str(error)
        return good, broken

    def statuses(self) -> list[Status]:
        """Where each run stands, newest first, but for those that cannot tell."""
        found = []
        for run in self.all():
            with suppress(RunFileError):
                found.append(run.status)
        return found

    def delete(self, run_id: str) -> None:
        """Delete a run and all that it learned.

        Raises RunStateError while it is being trained, RunFileError where nothing can be written.
        """
        run = self.get(run_id)
        with exclusively(run), errors_as(RunFileError, self.root):
            atomic.remove_folder(run.path)


def _id_of(moment: datetime) -> str:
    """The id of a run that was created then; its end tells runs of one second apart and keeps them in order."""
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond * 65536 // 1_000_000:04x}"
