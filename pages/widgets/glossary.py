"""Each term of the trade, said once in plain words: for tooltips and for the list on the first page."""

import streamlit as st

TERMS = {
    "signal": "A quantity measured again and again over time, drawn as a curve.",
    "sample": "One measured value of a signal, at one moment.",
    "real": "A signal from the source itself: the simulator, or an experiment. Always blue and solid.",
    "fake": "A signal that the twin made up. Always orange and dashed.",
    "twin": "A trained network that gives out signals like those of the source; engineers say surrogate.",
    "GAN": "Generative adversarial network: two networks that learn by playing against each other. One makes fakes, the "
    "other tries to catch them, and both get better.",
    "generator": "The network that turns random numbers into fake signals.",
    "discriminator": "The network that is shown real and fake signals and says which is which.",
    "latent": "The random numbers that the generator starts from; each set of them becomes one signal.",
    "step": "One lesson for each of the two networks. A training is a few thousand of them.",
    "loss": "How badly a network did in a step. It goes up and down in a GAN, because each network's success is the "
    "other's failure; it does not say how good the fakes are.",
    "distance to real": "How different the fakes are from real signals that the training never saw, in multiples of how "
    "different two sets of real signals are by chance. 1 is as good as it gets.",
    "floor": "What a measure says of two sets of real signals. No twin can honestly be better than that.",
    "PSD": "Power spectral density: how much of a signal's power lies at which frequency.",
    "seed": "A number that decides all random choices: the same seed gives the same result again.",
    "noise": "The small random error of every measurement.",
    "checkpoint": "The saved state of a training, from which it can go on.",
    "run": "One training with all its settings and results.",
}


def glossary() -> None:
    """All terms, folded."""
    with st.expander("Words used here"):
        st.markdown("\n".join(f"- **{term}**: {meaning}" for term, meaning in TERMS.items()))
