"""A report as a file: one self-contained page that opens and prints anywhere, offline, or a table."""

import csv
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import orjson
import plotly

from core import formatting
from core.fidelity.measure import GROUP_TITLES, Grade, Group
from core.fidelity.pictures import Bands, Overlay
from core.fidelity.report import Report
from core.fidelity.verdict import Score
from core.presentation.content_policy import content_policy
from core.presentation.palette import PALETTES, as_css
from core.presentation.plots import Figure
from core.presentation.report_plots import figure_of

LIGHTS = {Grade.GOOD: "● good", Grade.FAIR: "◐ fair", Grade.POOR: "○ poor"}  # told apart without colour, also in print
TEMPLATE = Path(__file__).with_name("report.html")
SHOW = Path(__file__).with_name("report.js")


def as_json(report: Report) -> str:
    """Everything, including the data of the plots."""
    return report.model_dump_json(indent=2)


def as_csv(report: Report) -> str:
    """A row for each measure."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["measure", "title", "group", "value", "floor", "ratio", "grade", "low_95", "high_95", "meaning"])
    for score in report.scores:
        low, high = score.interval or ("", "")
        ratio = "" if score.ratio is None else score.ratio
        table.writerow(
            [
                score.key,
                formatting.csv_cell(score.title),
                score.group,
                score.value,
                score.floor,
                ratio,
                score.grade,
                low,
                high,
                formatting.csv_cell(score.sentence),
            ]
        )
    return out.getvalue()


def as_html(report: Report) -> str:
    """One page with the verdict, the scorecard and the plots; it loads nothing from anywhere."""
    subject = report.subject
    plots = list(_plots(report))
    calls = [_call(index, figure) for index, (_, _, figure) in enumerate(plots)]
    show = SHOW.read_text("utf-8")
    plotly_js = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text("utf-8")
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        policy=content_policy(plotly_js, show, *calls),
        title=escape(subject.name),
        grade=report.verdict.grade,
        level=escape(report.verdict.title),
        verdict=escape(report.verdict.sentence),
        advice=escape(report.verdict.advice),
        basis=escape(basis(report)),
        scorecard="".join(_group(group, report.scores) for group in Group),
        pictures="".join(
            _figure(index, title, caption, calls[index]) for index, (title, caption, _) in enumerate(plots)
        ),
        plotly=plotly_js,
        show=show,
        palette=as_css(),
    )


def basis(report: Report) -> str:
    """What was compared with what, in a sentence."""
    subject = report.subject
    step = "" if subject.step is None else f" {formatting.moment(subject.step)}"
    kind = "Quick scorecard" if subject.quick else "Full scorecard"
    return (
        f"{kind} of {formatting.quantity(subject.n_signals, 'fake')} from “{subject.name}”{step}, seed {subject.seed}. "
        f"Reals: {subject.reals}; each floor compares them with as many other reals. "
        f"Measured {subject.measured_at:%d %b %Y %H:%M} UTC in {formatting.duration(subject.seconds)}."
    )


def _plots(report: Report) -> Iterator[tuple[str, str, Figure]]:
    """Titles, captions and figures: those of the first channel, then what differs in the others."""
    for picture in report.pictures:
        yield picture.title, picture.caption, figure_of(picture)
    for channel in range(1, report.subject.n_channels):
        for picture in report.pictures:
            if isinstance(picture, Overlay | Bands):
                title = f"Channel {channel + 1}: {picture.title.lower()}"
                yield title, picture.caption, figure_of(picture, channel)


def _group(group: Group, scores: list[Score]) -> str:
    rows = "".join(_row(score) for score in scores if score.group is group)
    return f'<tr><th colspan="5" scope="rowgroup">{escape(GROUP_TITLES[group])}</th></tr>{rows}' if rows else ""


def _row(score: Score) -> str:
    ratio = "–" if score.ratio is None else formatting.number(score.ratio)
    cells = (score.format(score.value), score.format(score.floor), ratio)
    numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    meaning = escape(score.sentence)
    return f'<tr><td>{escape(score.title)}<p>{meaning}</p></td>{numbers}<td class="{score.grade}">{LIGHTS[score.grade]}</td></tr>'


def _call(index: int, figure: Figure) -> str:
    """The script that draws a figure."""
    # In a script element only "</" could end it early.
    data = orjson.dumps(_painted(figure)).decode().replace("</", "<\\/")
    return f"show({index}, {data})"


def _figure(index: int, title: str, caption: str, call: str) -> str:
    return (
        f'<figure><figcaption><strong>{escape(title)}</strong> {escape(caption)}</figcaption><div id="picture-{index}"></div>'
        f"<script>{call}</script></figure>"
    )


def _painted(value: Any) -> Any:
    """A figure with the colours of the light theme in the place of their roles, and drawn without WebGL.

    For WebGL, plotly makes scripts on the fly, which the page's policy forbids; and what is printed is sharper so.
    """
    if value == "scattergl":
        return "scatter"
    if isinstance(value, str):
        return PALETTES["light"][value[5:]] if value.startswith("role:") else value
    if isinstance(value, dict):
        return {key: _painted(item) for key, item in value.items()}
    return [_painted(item) for item in value] if isinstance(value, list | tuple) else value
