"""Each technical term, explained once in plain words: for tooltips and for the list at the end of pages."""

import streamlit as st

TERMS = {
    "signal": "A quantity measured again and again over time, drawn as a curve.",
    "sample": "One measured value of a signal, at one moment.",
    "sampling rate": "How many samples are measured per second, in hertz (Hz).",
    "real": "A signal from the source itself: the simulator, or an experiment. Always blue and solid.",
    "fake": "A signal that the twin made. Always orange and dashed.",
    "channel": "One of several curves that are recorded at the same time, such as the three axes of a vibration.",
    "recording": "What was measured in one go. A long recording is cut into windows, and each window is a signal.",
    "data set": "Recordings that were prepared: brought to one length, checked, and saved under a name.",
    "held out": "Real signals that the training never uses, so that they can judge the twin fairly.",
    "condition": "A property that you can ask a twin for: a number such as an amplitude, or a class such as the state of "
    "a machine. Engineers call such a twin conditional.",
    "twin": "A trained network that makes signals like those of the source. Engineers call it a surrogate model.",
    "GAN": "Generative adversarial network: two networks that train against each other. One makes fakes, the other tries "
    "to catch them, and both get better.",
    "generator": "The network that turns random numbers into fake signals.",
    "discriminator": "The network that sees real and fake signals and tries to tell them apart.",
    "latent": "One of the random numbers that the generator starts from. Each set of latents becomes one signal.",
    "shape": "The curve of a signal without its noise, whatever its strength and level. A few coordinates, such as "
    "frequency and phase, often determine it; then all shapes lie on a curve or surface, called a manifold.",
    "adversarial training": "The last phase of a training: generator and discriminator train against each other, step "
    "by step. The article’s networks train only this way.",
    "step": "One update of each of the two networks. A training takes from a few dozen to a few thousand steps.",
    "loss": "How badly a network did in a step. In a GAN it goes up and down, because each network’s success is the "
    "other’s failure. It does not tell you how good the fakes are.",
    "gradient": "How much, and in which direction, a result changes when its inputs change a little. Networks learn by "
    "following it.",
    "distance to real": "How much the fakes differ from held-out real signals, divided by how much two sets of real "
    "signals differ by chance. 1 is as good as it gets.",
    "diversity": "How much the fakes differ from each other, divided by how much real signals do. 1 means as varied as "
    "real signals, 0 means that all fakes are the same.",
    "mode collapse": "When the generator makes only a few kinds of signals, because these fooled the discriminator.",
    "gradient penalty": "Keeps the discriminator’s output from changing steeply between similar signals. Without it, the "
    "two networks can chase each other in circles.",
    "floor": "What a measure gives for two sets of real signals. No twin can honestly do better.",
    "verdict": "The result of a fidelity report in one sentence: whether the fakes can stand in for real signals.",
    "classifier": "A program that is trained to tell fakes from real signals, then tested on new ones. If it is right "
    "half of the time, it only guesses, and nothing gives the fakes away. Engineers call this test C2ST.",
    "coverage": "The share of real signals that have a similar fake. It is low if a twin leaves out kinds of signals.",
    "PSD": "Power spectral density: how much of a signal’s power lies at each frequency.",
    "seed": "A number that decides all random choices. The same seed gives the same result again.",
    "noise": "The small random error of every measurement.",
    "planted fault": "A simple fault that is put into a good signal, so that it is known which samples are faulty. Detectors of "
    "faults are tested with it.",
    "card": "A page that goes with every file of signals: what they are, where they come from, how far they can be trusted, and "
    "what not to conclude from them.",
    "checkpoint": "The saved state of a training, from which it can resume.",
    "run": "One training with all its settings and results.",
    "sweep": "Many runs that were queued together: one of every seed with every preset, source and setting in a file.",
    "worker": "A process that trains the runs in the queue, one after the other: this dashboard, or `python -m core work` on any "
    "machine that sees the same data folder.",
}


def glossary() -> None:
    """All terms, folded."""
    with st.expander("Glossary"):
        st.markdown("\n".join(f"- **{term}**: {meaning}" for term, meaning in TERMS.items()))
