"""Find what in recordings is unlike the source of a run."""

import argparse

from tqdm import tqdm

from core import formatting
from core.commands.output import files_of, read_settings, say
from core.errors import WavetwinError
from core.jobs.anomalies import Found, detector_of, find, promise, windows_of
from core.recordings.one_by_one import contents
from core.store.run import Run
from core.store.runs import RunStore

N_TOLD = 20  # anomalies


def main(options: argparse.Namespace) -> int:
    """Score the windows of recordings, and tell which are above the threshold."""
    if not 0 < options.false_alarms < 1:
        raise WavetwinError(
            f"The share of false alarms is {options.false_alarms:g}; give one between 0 and 1, such as 0.01."
        )
    run = RunStore().get(options.run)
    windows = windows_of(contents(files_of(options.files)), run, read_settings(options))
    with tqdm(total=100, unit=" %", disable=None, bar_format="{l_bar}{bar}|") as bar:

        def show(share: float) -> None:
            bar.update(round(100 * share) - bar.n)

        detector = detector_of(run, lambda share: show(share / 2))
        found = find(windows, run, detector, options.false_alarms, lambda share: show((1 + share) / 2))
    say(options, _result(run, found), _told(found))
    return 0


def _result(run: Run, found: Found) -> dict[str, object]:
    threshold = found.threshold
    return {
        "run_id": run.id,
        "threshold": threshold.value,
        "false_alarm_rate": threshold.rate,
        "asked_rate": threshold.asked,
        "n_reals": threshold.n_reals,
        "time_unit": found.units.time,
        "windows": found.places(),
        "findings": found.windows.story,
    }


def _told(found: Found) -> str:
    """The anomalies, the most unlike first, and what the threshold promises."""
    places = found.places()
    anomalies = sorted((one for one in places if one["is_anomaly"]), key=lambda one: -one["score"])
    n = f"{formatting.count(len(anomalies))} of {formatting.quantity(len(places), 'window')}"
    time = found.units.time
    lines = [*found.windows.story, f"{n} unlike the source.", promise(found.threshold, len(places))]
    lines += [
        f"  {one['recording']} from {one['start']:.6g} {time}: score {formatting.number(one['score'])} (threshold "
        f"{formatting.number(found.threshold.value)}), most at {one['worst']:.6g} {time} in channel {one['worst_channel']}"
        for one in anomalies[:N_TOLD]
    ]
    if len(anomalies) > N_TOLD:
        lines.append(f"  and {formatting.count(len(anomalies) - N_TOLD)} more; --json lists all")
    return "\n".join(lines)
