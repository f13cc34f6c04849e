"""Each term of the trade, said once in plain words: for tooltips and for the list on the first page."""

import streamlit as st

TERMS = {
    "signal": "A quantity measured again and again over time, drawn as a curve.",
    "sample": "One measured value of a signal, at one moment.",
    "real": "A signal from the source itself: the simulator, or an experiment. Always blue and solid.",
    "fake": "A signal that the twin made up. Always orange and dashed.",
    "channel": "One of several curves that are recorded at the same time, such as the three axes of a vibration.",
    "recording": "What was measured in one go. Long recordings are cut into windows, each of which is a signal.",
    "data set": "Recordings that were made ready: of one length, checked, and kept under a name.",
    "held out": "Real signals that a training never sees, so that they can judge the twin.",
    "condition": "What a twin can be asked for: a number such as an amplitude, or a class such as the state of a machine. "
    "Engineers call such a twin conditional.",
    "twin": "A trained network that gives out signals like those of the source; engineers say surrogate.",
    "GAN": "Generative adversarial network: two networks that learn by playing against each other. One makes fakes, the "
    "other tries to catch them, and both get better.",
    "generator": "The network that turns random numbers into fake signals.",
    "discriminator": "The network that is shown real and fake signals and says which is which.",
    "latent": "The random numbers that the generator starts from; each set of them becomes one signal.",
    "shape": "The course of a clean signal, whatever its strength and level. Often a few coordinates, such as frequency and "
    "phase, say which shape it is: then all shapes lie on a curve or surface, which is called a manifold.",
    "learning the shapes": "The first phase of a twin's training: finding that curve or surface.",
    "matching the latents": "The second phase: making shapes, strengths, levels and noise as frequent in fakes as in reals.",
    "adversarial training": "The third phase: the game of the two networks, step by step. The article's networks have no "
    "other.",
    "step": "One lesson for each of the two networks. A training is a few thousand of them.",
    "loss": "How badly a network did in a step. It goes up and down in a GAN, because each network's success is the "
    "other's failure; it does not say how good the fakes are.",
    "gradient": "How much, and in which direction, a result changes when what it depends on changes a little. Networks learn by "
    "following it.",
    "distance to real": "How different the fakes are from real signals that the training never saw, in multiples of how "
    "different two sets of real signals are by chance. 1 is as good as it gets.",
    "diversity": "How different the fakes are from each other, as a share of how different real signals are: 1 is as varied as "
    "reals, 0 is all alike.",
    "mode collapse": "When the generator makes a few kinds of signal only, because these have fooled the discriminator.",
    "gradient penalty": "Keeps the discriminator's judgement from changing steeply between signals that are nearly the same; "
    "without it the game of the two networks can go in circles.",
    "floor": "What a measure says of two sets of real signals. No twin can honestly be better than that.",
    "verdict": "A report on a twin in one sentence: whether its fakes can stand in for real signals.",
    "classifier test": "A program is trained to tell fakes from real signals and then tried on others. If it is right half of "
    "the time it only guesses, and nothing gives the fakes away. Engineers say C2ST.",
    "coverage": "The share of real signals that have a fake like them: low where a twin leaves out kinds of signal.",
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
