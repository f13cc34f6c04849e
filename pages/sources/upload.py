"""New files of recordings: read, laid out, made ready, and kept as a data set; each step can be corrected."""

from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import formatting
from core.config import DataSetOptions
from core.errors import WavetwinError
from core.presentation import plots
from core.recordings.layout.apply import apply_layout, join
from core.recordings.layout.inference import infer_layout
from core.recordings.layout.layout import Layout
from core.recordings.preparation.prepare import Preparation, Prepared, prepare, suggested
from core.recordings.reading.files import KINDS, read
from core.recordings.reading.limits import MAX_BYTES
from core.recordings.reading.raw import Recorded, Table
from pages import session
from pages.components.chart import chart
from pages.sources.preparation import preparation_controls
from pages.widgets.channel import picked_channel
from pages.widgets.fields import fields
from pages.widgets.text import plain

N_SHOWN = 12
SHOWN_ROWS, SHOWN_COLUMNS = 6, 12  # of a table
LAYOUTS = {
    "rows": "a signal in each row",
    "columns": "a signal in each column",
    "long": "a moment in each row, with the signal's id",
    "channels": "one long recording, a channel in each column",
}
NONE = "–"

Raws = list[tuple[UploadedFile, Table | Recorded]]  # files may have the same name


def drop_zone() -> list[UploadedFile]:
    """Where files are dropped; those that were."""
    return st.file_uploader(
        "Files of recordings",
        type=list(KINDS),
        accept_multiple_files=True,
        max_upload_size=-(-MAX_BYTES // 2**20),
        key=f"files-{st.session_state.setdefault('uploads', 0)}",
        help="Tables (CSV, TSV, Parquet), NumPy, MATLAB, WAV or FLAC; several files together make one data set.",
    )


@st.cache_resource(max_entries=4, ttl="1h", show_spinner="Reading …")
def raw(file_id: str, name: str, _file: UploadedFile) -> Table | Recorded:
    """What a file holds; the id stands for its content."""
    return read(name, _file.getvalue())


@st.cache_resource(max_entries=4, ttl="1h", show_spinner="Sorting …")
def recorded(file_ids: tuple[str, ...], layout: Layout | None, _raws: Raws) -> Recorded:
    """The recordings in some files, tables laid out as `layout` says; the ids stand for the files."""
    parts: list[Recorded] = []
    for file, one in _raws:
        if isinstance(one, Recorded):
            parts.append(one)
        elif layout:  # which there is wherever there is a table
            parts.append(apply_layout(one, layout, file.name))
    return join(parts)


@st.cache_resource(max_entries=4, ttl="1h", show_spinner="Making ready …")
def prepared(
    file_ids: tuple[str, ...], layout: Layout | None, preparation: Preparation, _recorded: Recorded
) -> Prepared:
    """The data set that is made of them."""
    return prepare(_recorded, preparation)


def made_ready(files: list[UploadedFile]) -> None:
    """All steps from files to a data set."""
    raws = read_all(files)
    if not raws:
        return
    ids = tuple(file.file_id for file, _ in raws)
    try:
        layout = layout_controls(raws, ids)
        found = recorded(ids, layout, raws)
        st.caption(plain(in_short(found)))
        key = f"{'-'.join(ids)}-{layout}"
        preparation = preparation_controls(suggested(found), found, key)
        if preparation.sampling_rate is None and not np.isfinite(found.rates).any():
            st.info(
                "The files do not say how many samples there are in a second: give that above. If you do not know it, give 1; "
                "then times count samples.",
                icon=":material/edit:",
            )
            return
        result = prepared(ids, layout, preparation, found)
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    outcome(result)


def read_all(files: list[UploadedFile]) -> Raws:
    """What each file holds; those that cannot be read are said and left out."""
    raws = []
    for file in files:
        try:
            raws.append((file, raw(file.file_id, file.name, file)))
        except WavetwinError as error:
            st.error(plain(str(error)), icon=":material/error:")
    return raws


def in_short(found: Recorded) -> str:
    """How many recordings of what length."""
    lengths = sorted({values.shape[1] for values in found.values})
    length = (
        formatting.count(lengths[0])
        if len(lengths) == 1
        else f"{formatting.count(lengths[0])} to {formatting.count(lengths[-1])}"
    )
    channels = len(found.values[0])
    rates = np.unique(found.rates[np.isfinite(found.rates)])
    rate = f", {' and '.join(formatting.number(one) for one in rates[:3])} samples a second" if len(rates) else ""
    several = f" in {channels} channels" if channels > 1 else ""
    return f"Read: {formatting.quantity(len(found.values), 'recording')} of {length} samples{several}{rate}."


def layout_controls(raws: Raws, ids: tuple[str, ...]) -> Layout | None:
    """How the tables are laid out: what was guessed, and what the user makes of it; None where there are no tables."""
    table = next((one for _, one in raws if isinstance(one, Table)), None)
    if table is None:
        return None
    layout = infer_layout(table)
    names = list(table.names)
    key = "-".join(ids)
    st.subheader("How the table is laid out")
    kind = st.radio(
        "Guessed from its names and numbers; correct it if it is wrong",
        list(LAYOUTS),
        index=list(LAYOUTS).index(layout.kind),
        format_func=LAYOUTS.get,
        key=f"layout-{key}",
        horizontal=True,
    )
    preview(table)
    with st.expander("What the columns are"):
        chosen: dict[str, Any] = {}
        for column, (field, text) in zip(st.columns(3), SINGLE_ROLES.items(), strict=True):
            now = getattr(layout, field)
            options = [NONE, *names]
            picked = column.selectbox(
                text,
                options,
                index=options.index(now) if now in names else 0,
                key=f"{field}-{key}",
                help=Layout.model_fields[field].description,
            )
            chosen[field] = "" if picked == NONE else picked
        for field, text in (("labels", "Known of each signal"), ("ignored", "Left out")):
            chosen[field] = tuple(
                st.multiselect(
                    text,
                    names,
                    default=list(getattr(layout, field)),
                    key=f"{field}-{key}",
                    placeholder="none",
                    help=Layout.model_fields[field].description,
                )
            )
    return Layout(kind=kind, **chosen)


SINGLE_ROLES = {"id_column": "Id of the signal", "time_column": "Time", "channel_column": "Channel"}


def preview(table: Table) -> None:
    """The first cells."""
    shown = {
        name: column[:SHOWN_ROWS]
        for name, column in zip(table.names[:SHOWN_COLUMNS], table.columns[:SHOWN_COLUMNS], strict=True)
    }
    st.dataframe(shown, hide_index=True, key="table-preview")
    if len(table.names) > SHOWN_COLUMNS:
        st.caption(
            f"The first {SHOWN_ROWS} of {formatting.quantity(len(table.columns[0]), 'row')} and {SHOWN_COLUMNS} of "
            f"{formatting.quantity(len(table.names), 'column')}."
        )


def outcome(result: Prepared) -> None:
    """What was found and done, a dozen signals, and the button that keeps them."""
    data = result.data
    n, n_channels, n_samples = data.signals.shape
    st.subheader("What comes of it")
    for finding in result.findings:
        st.markdown(f"- {plain(finding.sentence)}")
    several = f" in {n_channels} channels" if n_channels > 1 else ""
    st.caption(f"{formatting.quantity(n, 'signal')} of {formatting.count(n_samples)} samples{several}.")
    channel = picked_channel(n_channels, "upload-channel")
    times = np.arange(n_samples) / data.sampling_rate
    shown = data.signals[np.linspace(0, n - 1, min(n, N_SHOWN)).astype(int)]
    chart(
        plots.signal_rows(times, shown, -(-len(shown) // 4), channel, data.unit),
        "upload-signals",
        "A dozen of the signals, all on one scale.",
    )
    with st.expander("Held out, limits of values, and cost of a real experiment"):
        settings = fields(DataSetOptions(), list(DataSetOptions.model_fields), "upload")
    if st.button("Use these recordings", type="primary", key="keep", icon=":material/check:"):
        keep(result, settings)


def keep(result: Prepared, settings: dict[str, Any]) -> None:
    """Keep the data set and take it as the source."""
    try:
        session.set_source(session.data_sets().keep(result.data, **settings))
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.session_state["uploads"] += 1  # a fresh, empty drop zone
    st.rerun()
