"""In which format signals are downloaded: first what reads it, then which one."""

import streamlit as st

from core import formatting
from core.generation.export import FORMATS, Content, Kind

HELP = {
    Kind.TABLES: "CSV opens in every program: a row for each signal, a column for each sample. Compressed CSV and Parquet are "
    "smaller.",
    Kind.ARRAYS: "For programs: one array of all signals, and with it all that is known of them.",
    Kind.INSTRUMENTS: "LabVIEW, sound, and waveforms that a generator plays. Each signal becomes a file, so ask for fewer.",
}


def picked_format() -> str:
    """Widgets for a format, which they return."""
    kind = st.segmented_control(
        "File for", list(Kind), default=Kind.TABLES, required=True, format_func=lambda kind: kind.value, key="kind"
    )
    names = [name for name, form in FORMATS.items() if form.kind is kind]
    return st.selectbox(
        "File format", names, format_func=lambda name: FORMATS[name].title, key=f"format-{kind.name}", help=HELP[kind]
    )


def is_possible(name: str, count: int, content: Content) -> bool:
    """Whether a file can hold so many signals; the page says why not, or what one should know of the file."""
    form = FORMATS[name]
    if wrong := form.refusal(content):
        st.warning(wrong, icon=":material/block:")
    elif wrong := form.too_many(count, content):
        most = int(form.most(content))
        st.warning(wrong, icon=":material/block:")
        st.button(f"Ask for {formatting.quantity(most, 'signal')}", on_click=_ask_for, args=(most,), key="most")
    for note in form.notes(content):
        st.caption(note)
    return not wrong


def _ask_for(count: int) -> None:
    st.session_state["count"] = count
