"""Which channel the plots show."""

import streamlit as st


def picked_channel(n_channels: int, key: str, first: int = 0) -> int:
    """The index of the channel to show; asked for only where there are several. first: the one that is shown at first."""
    if n_channels == 1:
        return 0
    number = st.selectbox(
        "Channel",
        range(1, n_channels + 1),
        index=first,
        key=key,
        width=140,
        help="Plots show one channel at a time. Training, measurements and downloads always include all channels.",
    )
    return number - 1
