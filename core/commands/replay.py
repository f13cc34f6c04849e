"""Write how a run learned as a web page or a GIF."""

import argparse

from core import formatting
from core.commands.output import say, write
from core.demos import replay_page
from core.demos.replay import replay
from core.errors import WavetwinError
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Write how a run learned as a web page that plays it, or as an animated GIF."""
    form = options.out.suffix.lower().removeprefix(".")
    if form not in replay_page.MEDIA_TYPES:
        raise WavetwinError(f"{options.out} is neither a page nor a picture; let its name end in .html or .gif.")
    run = RunStore().get(options.run)
    found = replay(run, options.channel - 1)
    n_bytes = write(options.out, iter([replay_page.encoded(found, form)]))
    result = {"run_id": run.id, "path": str(options.out), "snapshots": len(found.steps), "bytes": n_bytes}
    text = formatting.quantity(len(found.steps), "snapshot")
    say(options, result, f"{text} in {options.out} ({formatting.size(n_bytes)}).")
    return 0
