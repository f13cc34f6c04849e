"""The twin itself as a file, on page Generate."""

import streamlit as st

from core.routes.twin import file_name
from core.store.run import Run
from pages.components.prepared import prepared_button


def portable_twin(run: Run) -> None:
    """What the file is good for, and the button that downloads it."""
    st.markdown(
        "Take the twin with you: a ZIP file that makes signals wherever Python, C++, C#, Java or JavaScript can run "
        "an ONNX model, without Wavetwin and without PyTorch. A page of Python in it draws the random numbers: "
        "the same seed gives the same signals as here. The file is compared with the twin before you get it."
    )
    prepared_button(
        "Download the twin",
        "Writing and checking the file takes up to a minute …",
        "twin",
        {"run": run.id},
        file_name(run.id),
        "download-twin",
    )
