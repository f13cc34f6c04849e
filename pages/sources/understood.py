"""What was understood of files, before anything is asked: a picture, some figures, the role of each column, what is left out."""

import math
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st

from core import formatting
from core.presentation.recordings_plot import MOST_CHANNELS, MOST_RECORDINGS, first_recordings
from core.recordings.import_files import ReadSettings, layout_of
from core.recordings.layout.cells import as_text
from core.recordings.layout.layout import Kind, TimeUnit
from core.recordings.layout.roles import ROLES, Role, roles_of
from core.recordings.reading.raw import Recorded, Table, is_text
from core.recordings.reading.text import SEPARATORS, TextFormat
from core.recordings.understanding import record_of
from pages.components.chart import chart
from pages.widgets.text import plain
from pages.widgets.tiles import Tile, tiles

FileKind = Literal["text", "workbook", "other"]  # how it is read by hand
LAYOUTS: dict[Kind, str] = {
    "rows": "a signal in each row",
    "columns": "a signal in each column",
    "long": "a moment in each row, with the id of its recording",
    "channels": "one long recording, a channel in each column",
}
ROLE_TITLES: dict[Role, str] = {
    "channel": "samples",
    "time": "time",
    "day": "date, with the time of day in another column",
    "condition": "condition or class",
    "recording": "id of the recording",
    "channel name": "name of the channel",
    "ignore": "left out",
}
ROLE_OF = {title: role for role, title in ROLE_TITLES.items()}
MOST_COLUMNS = 40  # whose roles are listed; of more, those that hold no samples and the first others
N_VALUES = 3  # that are shown of a column
SHOWN_ROWS, SHOWN_COLUMNS = 6, 12  # of a table
FOUND_OUT = "automatic"
MOST_FINDINGS = 5  # that are told at once


def picture(recorded: Recorded) -> None:
    """The first recordings."""
    units = recorded.units or (recorded.unit,) * len(recorded.values[0])
    figure = first_recordings(recorded.values, float(recorded.rates[0]), recorded.channel_names, units)
    chart(figure, "first-recordings", "The first recordings as they were read.")
    n, n_channels = len(recorded.values), len(recorded.values[0])
    left = [
        f"the first {shown} of {formatting.quantity(total, what)}"
        for shown, total, what in ((MOST_RECORDINGS, n, "recording"), (MOST_CHANNELS, n_channels, "channel"))
        if total > shown
    ]
    if left:
        sentence = " and ".join(left)
        st.caption(f"{sentence[0].upper()}{sentence[1:]}.")


def figures(recorded: Recorded) -> None:
    """How many recordings, of what length, with which channels, at which rate, and where that was read."""
    found = record_of(recorded, (), "made")
    lengths = sorted({values.shape[1] for values in recorded.values})
    others = {float(f"{rate:.4g}") for rate in recorded.rates if math.isfinite(rate)}
    source = recorded.rate_source or "from the times"
    unit = f" in {found.unit}" if found.unit else ""
    names = ", ".join(found.channels[:6]) + (", …" if len(found.channels) > 6 else "") if found.channels else "no names"
    tiles(
        [
            Tile("Recordings", formatting.count(found.n_recordings), _span(lengths)),
            Tile("Channels", formatting.count(found.n_channels), names + unit),
            Tile(
                "Sampling rate",
                "not said" if found.rate_hz is None else f"{formatting.number(found.rate_hz)} Hz",
                "time counts samples until you give it"
                if found.rate_hz is None
                else f"{source}; rates differ"
                if len(others) > 1
                else source,
            ),
            Tile(
                "Conditions",
                formatting.count(len(found.conditions)),
                ", ".join(found.conditions[:6]) or "none found",
            ),
        ],
        "understood",
    )


def findings(recorded: Recorded) -> None:
    """What was left out or changed while the files were read, and why."""
    sentences = list(dict.fromkeys(finding.sentence for finding in recorded.findings))
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences[:MOST_FINDINGS]))
    if rest := sentences[MOST_FINDINGS:]:
        with st.expander(f"{len(rest):,} more"):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in rest))


def columns(table: Table, settings: ReadSettings, key: str) -> dict[str, Role]:
    """Each column with its role, which can be changed where it stands; the roles that were changed, by name."""
    roles = roles_of(table.names, layout_of(table, settings))
    others = [name for name in table.names if roles[name] != "channel"]
    room = max(0, MOST_COLUMNS - len(others))
    listed = {*others[:MOST_COLUMNS], *[name for name in table.names if roles[name] == "channel"][:room]}
    names = [name for name in table.names if name in listed]
    edited = st.data_editor(
        {
            "Column": [formatting.csv_cell(name) for name in names],
            "Role": [ROLE_TITLES[roles[name]] for name in names],
            "First values": [_first_values(table, name) for name in names],
        },
        column_config={
            "Column": st.column_config.TextColumn(width="medium"),
            "Role": st.column_config.SelectboxColumn(
                options=[ROLE_TITLES[role] for role in ROLES],
                required=True,
                width="medium",
                help="What the column holds. Double-click to change it.",
            ),
            "First values": st.column_config.TextColumn(width="medium"),
        },
        disabled=["Column", "First values"],
        hide_index=True,
        width="stretch",
        key=f"roles-{key}",
    )
    if len(names) < len(table.names):
        st.caption(f"{len(names)} of {formatting.quantity(len(table.names), 'column')}; the others hold samples.")
    chosen = zip(names, edited["Role"], strict=True)
    return {name: ROLE_OF[title] for name, title in chosen if ROLE_OF[title] != roles[name]}


def written_by_hand(key: str) -> TextFormat:
    """How text is written, as `how_it_is_read` was answered."""
    values = {
        "skip_lines": st.session_state.get(f"skip-{key}"),
        "separator": st.session_state.get(f"separator-{key}", ""),
        "decimal": st.session_state.get(f"decimal-{key}", ""),
        "encoding": (st.session_state.get(f"encoding-{key}") or "").strip(),
        "sheet": (st.session_state.get(f"sheet-{key}") or "").strip(),
    }
    return TextFormat.model_validate(values)


def how_it_is_read(table: Table | None, files: set[FileKind], is_refused: bool, key: str) -> dict[str, Any]:
    """What a table holds, and how files are written, by hand; the settings of `ReadSettings` that were changed."""
    if table is None and not files & {"text", "workbook"}:
        return {}
    changed: dict[str, Any] = {}
    with st.expander("How the file is read", expanded=is_refused):
        if table is not None:
            found = layout_of(table).kind
            kinds: list[Kind] = list(LAYOUTS)
            left, right = st.columns([2, 1])
            picked = left.selectbox(
                "What the table holds",
                kinds,
                index=kinds.index(found),
                format_func=lambda one: LAYOUTS[one],
                key=f"layout-{key}",
                help="Found out from names and numbers. Change it if it is wrong.",
            )
            changed["layout"] = None if picked == found else picked
            changed["time_unit"] = right.selectbox(
                "Unit of times",
                get_args(TimeUnit),
                format_func=lambda unit: unit or FOUND_OUT,
                key=f"time-unit-{key}",
                help=ReadSettings.model_fields["time_unit"].description,
            )
        if "text" in files:
            _text_controls(key)
        if "workbook" in files:
            st.text_input(
                "Sheet",
                placeholder=FOUND_OUT,
                max_chars=80,
                key=f"sheet-{key}",
                help=TextFormat.model_fields["sheet"].description,
            )
        if table is not None:
            preview(table)
    return changed


def _text_controls(key: str) -> None:
    left, right = st.columns(2)
    info = TextFormat.model_fields
    with left:
        st.number_input(
            "Skip lines",
            min_value=0,
            max_value=100_000,
            value=None,
            placeholder=FOUND_OUT,
            key=f"skip-{key}",
            help=info["skip_lines"].description,
        )
        st.selectbox(
            "Decimal sign",
            ["", ".", ","],
            format_func=lambda sign: {"": FOUND_OUT, ".": "point", ",": "comma"}[sign],
            key=f"decimal-{key}",
            help=info["decimal"].description,
        )
    with right:
        st.selectbox(
            "Separator",
            ["", *SEPARATORS],
            format_func=lambda name: name or FOUND_OUT,
            key=f"separator-{key}",
            help=info["separator"].description,
        )
        st.text_input(
            "Encoding", placeholder=FOUND_OUT, max_chars=40, key=f"encoding-{key}", help=info["encoding"].description
        )


def preview(table: Table) -> None:
    """The first cells; like all tables of pages, these can be saved as CSV."""
    shown: dict[str, Any] = {
        formatting.csv_cell(name): [formatting.csv_cell(cell) for cell in column[:SHOWN_ROWS]]
        for name, column in zip(table.names[:SHOWN_COLUMNS], table.columns[:SHOWN_COLUMNS], strict=True)
    }
    st.dataframe(shown, hide_index=True, key="table-preview")
    st.caption(
        f"The first {min(SHOWN_ROWS, len(table.columns[0]))} of {formatting.quantity(len(table.columns[0]), 'row')} and "
        f"{min(SHOWN_COLUMNS, len(table.names))} of {formatting.quantity(len(table.names), 'column')}."
    )


def _span(lengths: list[int]) -> str:
    if len(lengths) == 1:
        return f"{formatting.quantity(lengths[0], 'sample')} each"
    return f"{formatting.count(lengths[0])} to {formatting.quantity(lengths[-1], 'sample')} each"


def _first_values(table: Table, name: str) -> str:
    cells: np.ndarray = table.columns[table.names.index(name)][:N_VALUES]
    if is_text(cells):
        end = (
            ":00" if name in table.short_clocks else ""
        )  # which nobody wrote: whether 12:30 is of minutes is decided later
        return formatting.csv_cell(", ".join(cell.removesuffix(end)[:20] for cell in as_text(cells)))
    return ", ".join("" if np.isnan(cell) else f"{cell:.6g}" for cell in cells).replace(
        "-", "−"
    )  # a hyphen begins a formula
