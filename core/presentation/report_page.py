"""A report as a file: one self-contained page that opens and prints anywhere, offline, or a table."""

import csv
import io
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import orjson
import plotly

from core import formatting
from core.fidelity.grading import Grade, Group
from core.fidelity.report import Report
from core.fidelity.verdict import Score
from core.presentation import report_plots
from core.presentation.palette import PALETTES, as_css
from core.presentation.plots import Figure

LIGHTS = {Grade.GOOD: "● good", Grade.FAIR: "◐ fair", Grade.POOR: "○ poor"}  # told apart without colour, also in print
TEMPLATE = Path(__file__).with_name("report.html")


def as_json(report: Report) -> str:
    """Everything, with the data of the pictures."""
    return report.model_dump_json(indent=2)


def as_csv(report: Report) -> str:
    """A row for each line of the sheet."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["measure", "title", "group", "value", "floor", "ratio", "grade", "low_95", "high_95", "meaning"])
    for score in report.scores:
        low, high = score.interval or ("", "")
        ratio = "" if score.ratio is None else score.ratio
        table.writerow(
            [
                score.key,
                score.title,
                score.group,
                score.value,
                score.floor,
                ratio,
                score.grade,
                low,
                high,
                score.sentence,
            ]
        )
    return out.getvalue()


def as_html(report: Report) -> str:
    """One page with the verdict, the sheet and the pictures; nothing is loaded from anywhere."""
    subject = report.subject
    script = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text("utf-8")
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        title=escape(subject.name),
        grade=report.verdict.grade,
        level=escape(report.verdict.level),
        verdict=escape(report.verdict.sentence),
        advice=escape(report.verdict.advice),
        basis=escape(basis(report)),
        sheet="".join(_group(group, report.scores) for group in Group),
        pictures="".join(_figure(index, *picture) for index, picture in enumerate(_all_pictures(report))),
        plotly=script,
        palette=as_css(),
    )


def basis(report: Report) -> str:
    """What was compared with what, in a sentence."""
    subject = report.subject
    step = "" if subject.step is None else f" as it was at step {formatting.count(subject.step)}"
    kind = "A quick look" if subject.quick else "The full sheet"
    return (
        f"{kind} at {formatting.quantity(subject.n_signals, 'fake')} of “{subject.name}”{step}, seed {subject.seed}. "
        f"Reals: {subject.reals}; each floor compares them with as many others. "
        f"Measured {subject.measured_at:%d %b %Y %H:%M} UTC in {formatting.duration(subject.seconds)}."
    )


class Illustration(NamedTuple):
    """A picture with what one sees in it."""

    title: str
    seen: str
    figure: Figure


def illustrations(report: Report, channel: int = 0) -> dict[str, Illustration]:
    """All pictures of a report, in their order; those of single signals show one channel."""
    evidence, unit = report.evidence, report.subject.unit
    best = evidence["classifier"].lower()
    found = {
        "overlay": Illustration(
            "Reals and fakes on top of each other",
            "If the fakes are true, neither colour stands out.",
            report_plots.overlay(evidence, channel, unit),
        ),
        "histograms": Illustration(
            "How often each quantity has which value",
            "Reals filled, fakes as a dashed line: the line should follow the filling.",
            report_plots.histograms(evidence),
        ),
        "psd": Illustration(
            "Power spectrum",
            "Means of both, and in grey where 90 % of the reals lie.",
            report_plots.psd(evidence, channel),
        ),
        "acf": Illustration(
            "Autocorrelation",
            "How a signal resembles itself some time later; in grey where 90 % of the reals lie.",
            report_plots.acf(evidence, channel),
        ),
        "scatter": Illustration(
            "Two quantities together",
            "Each point is a signal; crosses should lie where circles lie, and everywhere that they do.",
            report_plots.scatter(evidence),
        ),
        "missing": Illustration(
            "Where fakes are missing",
            "Fakes in each cell ÷ how many there should be: 1 is right, and an empty cell lacks fakes.",
            report_plots.missing(evidence),
        ),
        "easiest": Illustration(
            "Easiest to tell",
            f"The reals and the fakes that the best classifier ({best}) was surest of.",
            report_plots.easiest(evidence, channel, unit),
        ),
        "nearest": Illustration(
            "Nearest to what it was trained with",
            "The fakes that come nearest to a training signal, below it: like siblings is right, like twins is a copy.",
            report_plots.nearest(evidence, channel, unit),
        ),
        "distances": Illustration(
            "How near is that?",
            "Reals filled, fakes as a dashed line. A pile of fakes near 0 would be copies.",
            report_plots.nearest_distances(evidence),
        ),
    }
    if evidence["asked"]:
        found["asked"] = Illustration(
            "Asked for, and what came",
            "Each point is a fake: on the dotted line it is just what was asked for. Of classes, how many fakes are taken for "
            "the class that was asked for.",
            report_plots.asked(evidence),
        )
    return found


PER_CHANNEL = ("overlay", "psd", "acf")  # pictures that are worth a look in every channel


def _all_pictures(report: Report) -> list[Illustration]:
    """Those of the first channel, and what differs in the others."""
    others = [
        drawn[name]._replace(title=f"Channel {channel + 1}: {drawn[name].title.lower()}")
        for channel in range(1, report.subject.n_channels)
        for drawn in [illustrations(report, channel)]
        for name in PER_CHANNEL
    ]
    return [*illustrations(report).values(), *others]


def _group(group: Group, scores: list[Score]) -> str:
    rows = "".join(_row(score) for score in scores if score.group is group)
    return f'<tr><th colspan="5" scope="rowgroup">{escape(group)}</th></tr>{rows}' if rows else ""


def _row(score: Score) -> str:
    ratio = "–" if score.ratio is None else formatting.number(score.ratio)
    cells = (score.written(score.value), score.written(score.floor), ratio)
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    meaning = escape(score.sentence)
    return f'<tr><td>{escape(score.title)}<p>{meaning}</p></td>{numbers}<td class="{score.grade}">{LIGHTS[score.grade]}</td></tr>'


def _figure(index: int, title: str, seen: str, figure: Figure) -> str:
    # In a script element only "</" could end it early.
    data = orjson.dumps(_painted(figure)).decode().replace("</", "<\\/")
    return (
        f'<figure><figcaption><strong>{escape(title)}</strong> {escape(seen)}</figcaption><div id="picture-{index}"></div>'
        f"<script>show({index}, {data})</script></figure>"
    )


def _painted(value: Any) -> Any:
    """A figure with the colours of the light theme in the place of their roles."""
    if isinstance(value, str):
        return PALETTES["light"][value[5:]] if value.startswith("role:") else value
    if isinstance(value, dict):
        return {key: _painted(item) for key, item in value.items()}
    return [_painted(item) for item in value] if isinstance(value, list | tuple) else value
