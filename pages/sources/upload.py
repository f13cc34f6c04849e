"""New files of recordings: read, laid out, made ready, and kept as a data set; each step can be corrected."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import formatting
from core.config import DataSetOptions, RecordingsConfig
from core.errors import WavetwinError
from core.presentation import plots
from core.recordings.import_files import ReadSettings, read_part, recordings_in, together
from core.recordings.preparation.prepare import Prepared, prepare, suggested
from core.recordings.reading.files import HEAD, TEXT, WORKBOOKS, ZIPPED, kind_of
from core.recordings.reading.limits import MAX_MB
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.records import is_header
from core.recordings.reading.text import TextFormat
from pages import access, session
from pages.components.chart import chart
from pages.sources import understood
from pages.sources.preparation import preparation_controls
from pages.widgets.channel import picked_channel
from pages.widgets.fields import fields
from pages.widgets.kept import Kept
from pages.widgets.text import plain
from pages.widgets.waiting import Tell

N_SHOWN = 12
MOST_KEPT, KEPT_SECONDS = 4, 3600.0  # of each stage
JUST_KEPT = "data-set-just-kept"  # in the session: the name of a data set

Raws = list[tuple[str, str, Table | Recorded]]  # id, name and content of each file


def drop_zone() -> list[UploadedFile]:
    """Where files are dropped; those that were."""
    if not access.uploads_allowed():
        return []
    if reason := session.why_no_more_data_now():
        st.warning(plain(reason), icon=":material/hard_drive:")
        return []
    return st.file_uploader(
        "Files of recordings",
        accept_multiple_files=True,
        max_upload_size=MAX_MB,
        key=f"files-{st.session_state.setdefault('uploads', 0)}",
        help="CSV and other text, Excel, Parquet, NumPy, MATLAB, HDF5, TDMS, LVM, EDF, BDF, WFDB, WAV, FLAC. Several files "
        "together make one data set.",
    )


@st.cache_resource
def contents() -> Kept[Table | Recorded]:
    """What files hold that are read as one, by their ids and how text is written."""
    return Kept(MOST_KEPT, KEPT_SECONDS)


@st.cache_resource
def recordings() -> Kept[Recorded]:
    """The recordings in files, by the files' ids and how they are read."""
    return Kept(MOST_KEPT, KEPT_SECONDS)


@st.cache_resource
def data_sets() -> Kept[Prepared]:
    """The data sets that are made of recordings, by the files' ids, how they are read, and how they are made ready."""
    return Kept(MOST_KEPT, KEPT_SECONDS)


def other_files() -> None:
    """Forget the files that were dropped: a fresh, empty drop zone."""
    st.session_state["uploads"] += 1


def made_ready(files: list[UploadedFile]) -> None:
    """All steps from files to a data set: what was understood stands first, whatever it was found out from below."""
    key = "-".join(file.file_id for file in files)
    top = st.container()
    written = understood.written_by_hand(key)
    with top:
        raws = read_all(files, written)
    table = next((one for *_, one in raws if isinstance(one, Table)), None)
    with top:
        seen, panel = st.container(), st.container()
    kinds = {kind_of_file(file) for file in files}
    by_hand = understood.how_it_is_read(table, kinds, len(raws) < len(files), key)
    if not raws:
        return
    settings = ReadSettings.model_validate(written.model_dump() | by_hand)
    if table is not None:
        with panel:
            roles = understood.columns(table, settings, f"{key}-{settings}")
        settings = settings.model_copy(update={"roles": roles})
    ids = tuple(file_id for file_id, *_ in raws)
    try:
        found = recordings().get(
            (ids, str(settings)),
            "Sorting what was read …",
            lambda tell: recordings_in([(name, one) for _, name, one in raws], settings),
            on_cancel=other_files,
        )
    except WavetwinError as error:
        seen.error(plain(str(error)), icon=":material/error:")
        return
    with seen:
        understood.picture(found)
        understood.figures(found)
    with panel:
        understood.findings(found)
    try:
        preparation = preparation_controls(suggested(found), found, f"{key}-{settings}")
        result = data_sets().get(
            (ids, str(settings), preparation.model_dump_json()),
            "Preparing …",
            lambda tell: prepare(found, preparation),
            on_cancel=other_files,
        )
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    outcome(result, found)


def kind_of_file(file: UploadedFile) -> understood.FileKind:
    """Whether a file is text or a workbook, which somebody may know better how to read, or something else."""
    content = file.getvalue()
    try:
        kind = kind_of(file.name, content if content.startswith(ZIPPED) else content[:HEAD])
    except WavetwinError:
        return "other"
    return "text" if kind in (*TEXT, "gz") else "workbook" if kind in WORKBOOKS else "other"


def read_all(files: list[UploadedFile], written: TextFormat) -> Raws:
    """What each file holds; those that cannot be read are said and left out."""
    raws: Raws = []
    headers = {file.name: file.getvalue() for file in files if is_header(file.name)}
    settings = ReadSettings.model_validate(written.model_dump())
    n_bytes, n_read = sum(file.size for file in files), 0
    for places in together([file.name for file in files], headers):
        part = [files[place] for place in places]
        ids, name = tuple(file.file_id for file in part), part[0].name
        try:
            found = contents().get(
                (ids, str(written)),
                f"Reading {plain(name)} …",
                partial(content_of, part, settings),
                n_read / max(1, n_bytes),
                other_files,
            )
            raws.append((ids[0], name, found))
        except WavetwinError as error:
            st.error(plain(str(error)), icon=":material/error:")
        n_read += sum(file.size for file in part)
    return raws


def content_of(part: list[UploadedFile], settings: ReadSettings, _tell: Tell) -> Table | Recorded:
    """What files hold that are read as one. Raises SignalFileError."""
    return read_part([(file.name, file.getvalue()) for file in part], settings)


def outcome(result: Prepared, found: Recorded) -> None:
    """What was done to the recordings that were found, a dozen signals, and the button that keeps them."""
    data = result.data
    n, n_channels, n_samples = data.signals.shape
    st.subheader("Result")
    told = {finding.sentence for finding in found.findings}  # above
    new = [finding.sentence for finding in result.findings if finding.sentence not in told]
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in new))
    several = f" in {n_channels} channels" if n_channels > 1 else ""
    st.caption(f"{formatting.quantity(n, 'signal')} of {formatting.count(n_samples)} samples{several}.")
    channel = picked_channel(n_channels, "upload-channel")
    times = np.arange(n_samples) / data.sampling_rate
    shown = data.signals[np.linspace(0, n - 1, min(n, N_SHOWN)).astype(int)]
    chart(
        plots.signal_rows(times, shown, -(-len(shown) // 4), channel, data.units),
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
        take_kept(session.keep_data_set(result.data, **settings))
    except WavetwinError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    other_files()
    st.rerun()


def take_kept(config: RecordingsConfig) -> None:
    """Take a data set as the source that was kept just now, which the next run of the page says."""
    session.set_source(config)
    st.session_state[JUST_KEPT] = config.name
