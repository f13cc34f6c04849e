"""What a run learned, to compare it with another."""

from core.store.run import Run


def results(run: Run) -> dict[str, bytes]:
    """All that a run learned: its files but for the settings, the status and what a killed process left unfinished."""
    files = {str(file.relative_to(run.path)): file for file in run.path.rglob("[!.]*") if file.is_file()}
    learned = ("metrics", "snapshots", "checkpoints", "surrogate", "reals")
    return {name: file.read_bytes() for name, file in files.items() if name.startswith(learned)}
