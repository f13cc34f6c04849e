"""In which format signals are downloaded: first what reads it, then which one."""

import streamlit as st

from core.generation.export import FORMATS, Content, Kind

HELP = {
    Kind.TABLES: "CSV opens in every program: a row for each signal, a column for each sample. Compressed CSV and Parquet are "
    "smaller.",
    Kind.ARRAYS: "For programs: one array of all signals, and with it all that is known of them.",
    Kind.INSTRUMENTS: "LabVIEW, sound, and waveforms that a generator plays. Each signal becomes a file, so ask for a few.",
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


def refusal(name: str, count: int, content: Content) -> str:
    """What is wrong with a file of so many signals, or what one should know of it, said on the page; returns what is wrong."""
    if wrong := FORMATS[name].refusal(count, content):
        st.warning(wrong, icon=":material/block:")
    for note in FORMATS[name].notes(content):
        st.caption(note)
    return wrong
