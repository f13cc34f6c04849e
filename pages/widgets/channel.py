"""Which channel pictures show."""

import streamlit as st


def picked_channel(n_channels: int, key: str) -> int:
    """The place of the channel to show; asked for only where there are several."""
    if n_channels == 1:
        return 0
    number = st.selectbox(
        "Channel",
        range(1, n_channels + 1),
        key=key,
        width=140,
        help="The pictures show one channel at a time; all of them are trained, measured and downloaded.",
    )
    return number - 1
