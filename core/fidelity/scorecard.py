"""The lines of the score sheet: every measure with what it means, when it is good, and what to try where it is not.

docs/fidelity.md shows which measure catches which fault.
"""

from core.config import Column
from core.fidelity import controllability
from core.fidelity.comparison import Comparison
from core.fidelity.grading import Group, Measure
from core.fidelity.measures import context_fid, neighbours, parameters, residual, spectra, timegan, tsgbench, tstr
from core.fidelity.measures.c2st import C2ST, boosted_trees, random_kernels, small_cnn

QUICK_KERNELS = 256

LONGER = "Train longer: take preset thorough, or more steps."
MORE_DATA = "Give the training more signals, or preset thorough more of its own."
SHAPES = (
    "Train longer. If it stays, the signals have edges or details that the twin smooths; look at the pairs that are easiest "
    "to tell."
)
NOISE = "Look at the noise: train longer, and check in the pictures whether it changes along the signal."


def _boosted(c: Comparison) -> C2ST:
    return boosted_trees(c.real.features, c.other.features, c.seed)


CLASSIFIERS = [
    Measure(
        "boosted_trees",
        "Boosted trees",
        Group.CLASSIFIERS,
        _boosted,
        0.05,
        0.15,
        "Reading measured features of a signal, it is right {value} of the time; 50 % is guessing.",
        "shows in its measured features",
        LONGER,
        form="percent",
    ),
    Measure(
        "random_kernels",
        "Random kernels",
        Group.CLASSIFIERS,
        lambda c: random_kernels(*c.signals, c.seed, QUICK_KERNELS),
        0.05,
        0.15,
        "Looking for hundreds of random patterns in a signal, it is right {value} of the time.",
        "shows in patterns within its signals",
        SHAPES,
        form="percent",
        cost=6.0,
    ),
    Measure(
        "small_cnn",
        "Convolutional network",
        Group.CLASSIFIERS,
        lambda c: small_cnn(*c.signals, c.seed),
        0.05,
        0.15,
        "A small network that looks at the curve is right {value} of the time.",
        "shows in the curves of its signals",
        SHAPES,
        form="percent",
        in_quick=False,
        cost=16.0,
    ),
    Measure(
        "recurrent",
        "Recurrent network",
        Group.CLASSIFIERS,
        lambda c: timegan.recurrent(*c.signals, c.seed),
        0.05,
        0.15,
        "A small network that reads sample by sample is right {value} of the time.",
        "shows to a reader that goes sample by sample",
        SHAPES,
        form="percent",
        in_quick=False,
        cost=16.0,
    ),
]


def _quantity(name: str) -> Measure:
    return Measure(
        f"w1_{name.replace(' ', '_').replace(',', '').replace('-', '_')}",
        f"{name[0].upper()}{name[1:]}",
        Group.PARAMETERS,
        lambda c: parameters.w1(c.real.quantities[name], c.other.quantities[name]),
        0.06,
        0.2,
        "On average it must be moved by {value} standard deviations to match the reals.",
        f"has another distribution of the {name}",
        NOISE if name == "noise" else LONGER,
    )


LARGEST_GAP = Measure(
    "largest_ks",
    "Largest gap of any of them",
    Group.PARAMETERS,
    lambda c: max(
        parameters.ks(c.real.quantities[name], c.other.quantities[name])
        for name in c.real.quantities
        if name in c.other.quantities
    ),
    0.03,
    0.15,
    "At worst, {value} more of the signals lie below some value in one set than in the other (Kolmogorov–Smirnov).",
    "has too many or too few signals on one side of some value",
    LONGER,
    form="percent",
)
MISSING = Measure(
    "missing",
    "Combinations that are missing",
    Group.PARAMETERS,
    lambda c: parameters.missing_share(*c.planes),
    0.01,
    0.05,
    "{value} of the reals have a combination of two quantities that hardly any fake has.",
    "lacks some kinds of signal altogether",
    LONGER,
    form="percent",
)
OF_SINES = [
    Measure(
        "noise_strength",
        "Strength of the noise",
        Group.PARAMETERS,
        lambda c: residual.std_difference(*c.residuals),
        0.02,
        0.06,
        "The noise is {value} stronger or weaker than that of reals.",
        "has noise of the wrong strength",
        NOISE,
        form="percent",
    ),
    Measure(
        "whiteness",
        "Whiteness of the noise",
        Group.PARAMETERS,
        lambda c: residual.whiteness_difference(*c.residuals),
        0.03,
        0.15,
        "A test for white noise (Ljung–Box) says otherwise for {value} more or fewer signals than among reals.",
        "has noise whose samples depend on each other as they should not",
        NOISE,
        form="percent",
    ),
    Measure(
        "noise_slope",
        "Colour of the noise",
        Group.PARAMETERS,
        lambda c: residual.slope_difference(*c.residuals),
        0.05,
        0.2,
        "The noise’s power follows frequency with an exponent that is {value} off.",
        "has noise of another colour",
        NOISE,
    ),
]
SPECTRUM = [
    Measure(
        "psd",
        "Power spectrum",
        Group.SPECTRUM,
        lambda c: spectra.psd_difference(*c.signals, c.real.sampling_rate),
        0.15,
        1.0,
        "Averaged over frequencies, the power is {value} dB off.",
        "has power at the wrong frequencies",
        SHAPES,
    ),
    Measure(
        "acf",
        "Autocorrelation",
        Group.SPECTRUM,
        lambda c: spectra.acf_difference(*c.signals),
        0.02,
        0.06,
        "How a signal resembles its own past is {value} off (from −1 to 1).",
        "has signals with another memory of their past",
        SHAPES,
    ),
    Measure(
        "spectrogram",
        "Spectrogram",
        Group.SPECTRUM,
        lambda c: spectra.spectrogram_difference(*c.signals),
        0.15,
        1.0,
        "Averaged over frequencies and stretches of time, the power is {value} dB off.",
        "has power at the wrong frequencies or times",
        SHAPES,
    ),
]
OF_CHANNELS = [
    Measure(
        "cross_correlation",
        "Cross-correlation",
        Group.SPECTRUM,
        lambda c: spectra.cross_correlation_difference(*c.signals),
        0.01,
        0.05,
        "How channels resemble each other, also shifted in time, is {value} off.",
        "has channels that go together in another way",
        LONGER,
    ),
    Measure(
        "cross_spectrum",
        "Cross-spectrum",
        Group.SPECTRUM,
        lambda c: spectra.cross_spectrum_difference(*c.signals),
        0.02,
        0.1,
        "What channels have in common at each frequency (coherency) is {value} off.",
        "has channels that share the wrong frequencies",
        LONGER,
    ),
]
DIVERSITY = [
    Measure(
        "precision",
        "Precision",
        Group.DIVERSITY,
        lambda c: c.precision_recall[0],
        0.02,
        0.1,
        "{value} of the fakes lie where there are reals.",
        "makes signals such as the source does not give",
        LONGER,
        form="percent",
        cost=2.5,
        more_is_better=True,
    ),
    Measure(
        "recall",
        "Recall",
        Group.DIVERSITY,
        lambda c: c.precision_recall[1],
        0.02,
        0.1,
        "{value} of the reals lie where there are fakes.",
        "does not make some of the signals that the source gives",
        MORE_DATA,
        form="percent",
        cost=2.5,
        more_is_better=True,
    ),
    Measure(
        "density",
        "Density",
        Group.DIVERSITY,
        lambda c: c.density_coverage[0],
        0.05,
        0.25,
        "Fakes have {value} times as many reals around them as reals have.",
        "makes signals where reals are rare",
        LONGER,
        more_is_better=True,
    ),
    Measure(
        "coverage",
        "Coverage",
        Group.DIVERSITY,
        lambda c: c.density_coverage[1],
        0.02,
        0.1,
        "{value} of the reals have a fake in their neighbourhood.",
        "leaves out some of the signals that the source gives",
        MORE_DATA,
        form="percent",
        more_is_better=True,
    ),
    Measure(
        "copied",
        "Copies",
        Group.DIVERSITY,
        lambda c: neighbours.copied_share(c.other.signals, c.real.signals, c.training),
        0.02,
        0.1,
        "{value} of the fakes are as near to a training signal as only 1 % of fresh reals are.",
        "copies signals that it was trained with",
        "Train with more signals or fewer steps; copies tell nothing new.",
        form="percent",
        cost=2.0,
    ),
]
FREQUENCY = Measure(
    "tstr",
    "Frequency read by a model trained on fakes",
    Group.USE,
    lambda c: tstr.regression_error(
        c.other.described, c.other.fit.angular_frequency, c.real.described, c.real.fit.angular_frequency, c.seed
    ),
    0.1,
    0.5,
    "Trained on fakes and tested on reals, a model reads the frequency with an error of {value} standard deviations; trained "
    "on reals, {floor}.",
    "teaches a model the wrong thing",
    LONGER,
    in_multiples=True,
)
PREDICTIVE = Measure(
    "predictive",
    "Predictive score",
    Group.USE,
    lambda c: timegan.predictive_score(c.other.signals, c.real.signals, c.seed),
    0.1,
    0.5,
    "Trained on fakes, a model predicts the next sample of reals with an error of {value} of their range; trained on reals, "
    "{floor}.",
    "teaches a model to predict wrongly",
    LONGER,
    in_multiples=True,
    in_quick=False,
    cost=16.0,
)


def _context_fid(c: Comparison) -> float:
    embedding = context_fid.Embedding(c.real.signals, c.seed)
    return context_fid.frechet_distance(*(embedding(signals) for signals in c.signals))


NAMES = [
    Measure(
        "mdd",
        "Marginal distribution difference",
        Group.NAMES,
        lambda c: tsgbench.marginal_distribution_difference(*c.signals),
        0.3,
        2.0,
        "The histograms of each sample differ by {value} on average; {floor} between reals.",
        "has the wrong values at some moments",
        LONGER,
        in_multiples=True,
    ),
    Measure(
        "acd",
        "Autocorrelation difference",
        Group.NAMES,
        lambda c: tsgbench.autocorrelation_difference(*c.signals),
        0.2,
        0.6,
        "The autocorrelations of all signals together are {value} apart.",
        "has another memory of the past over all its signals",
        LONGER,
    ),
    Measure(
        "sd",
        "Skewness difference",
        Group.NAMES,
        lambda c: tsgbench.skewness_difference(*c.signals),
        0.06,
        0.2,
        "The skews of all values are {value} apart.",
        "has lopsided values",
        LONGER,
    ),
    Measure(
        "kd",
        "Kurtosis difference",
        Group.NAMES,
        lambda c: tsgbench.kurtosis_difference(*c.signals),
        0.1,
        0.3,
        "The kurtoses of all values are {value} apart.",
        "has too many or too few extreme values",
        LONGER,
    ),
    Measure(
        "context_fid",
        "Context-FID",
        Group.NAMES,
        _context_fid,
        2.0,
        10.0,
        "The embeddings are {value} apart; {floor} between reals.",
        "shows to an embedding learned from reals",
        SHAPES,
        in_multiples=True,
        in_quick=False,
        cost=6.0,
    ),
]


def _of_number(index: int, name: str) -> list[Measure]:
    """The lines of a condition that is a number."""
    return [
        Measure(
            f"asked_{index}",
            f"What was asked for: {name}",
            Group.CONDITIONS,
            lambda c: controllability.error(c, index),
            0.02,
            0.06,
            "On average, what came is off by {value} of the range; on reals the reading itself by {floor}.",
            f"does not give the {name} that it is asked for",
            LONGER,
            form="percent",
        ),
        Measure(
            f"taught_{index}",
            f"{name[0].upper()}{name[1:]} read by a model trained on fakes",
            Group.USE,
            lambda c: controllability.taught_error(c, index),
            0.02,
            0.06,
            "Trained on fakes and tested on reals, a model reads it with an error of {value} of the range; trained on reals, "
            "{floor}.",
            f"teaches a model the wrong {name}",
            LONGER,
            form="percent",
            cost=2.0,
        ),
    ]


def _of_class(index: int, name: str) -> list[Measure]:
    """The lines of a condition that is a class."""
    return [
        Measure(
            f"asked_{index}",
            f"What was asked for: {name}",
            Group.CONDITIONS,
            lambda c: controllability.right_share(c, index),
            0.05,
            0.15,
            "A model that learned from reals takes {value} of the fakes for what was asked for; of reals, {floor} for what "
            "they are.",
            f"gives signals of another {name} than it is asked for",
            MORE_DATA,
            form="percent",
            more_is_better=True,
            cost=2.0,
        ),
        Measure(
            f"taught_{index}",
            f"{name[0].upper()}{name[1:]} told by a model trained on fakes",
            Group.USE,
            lambda c: controllability.taught_share(c, index),
            0.05,
            0.15,
            "Trained on fakes and tested on reals, a model is right {value} of the time; trained on reals, {floor}.",
            f"teaches a model to mistake one {name} for another",
            MORE_DATA,
            form="percent",
            more_is_better=True,
            cost=2.0,
        ),
    ]


def _of_conditions(columns: tuple[Column, ...]) -> list[Measure]:
    """The lines of all conditions, by group."""
    lines = [
        line
        for index, column in enumerate(columns)
        for line in (_of_class if column.classes else _of_number)(index, column.name.replace("_", " "))
    ]
    return sorted(lines, key=lambda line: line.group is Group.USE)


def measures(comparison: Comparison, quick: bool) -> list[Measure]:
    """The lines of the sheet that apply to a pair of sets, in their order."""
    real = comparison.real
    quantities = [_quantity(name) for name in real.quantities if name in comparison.other.quantities]
    chosen = [
        *CLASSIFIERS,
        *quantities,
        LARGEST_GAP,
        MISSING,
        *(OF_SINES if real.sines else []),
        *SPECTRUM,
        *(OF_CHANNELS if real.signals.shape[1] > 1 else []),
        *DIVERSITY,
        *_of_conditions(comparison.columns),
        *([FREQUENCY] if real.sines else []),
        PREDICTIVE,
        *NAMES,
    ]
    return [measure for measure in chosen if measure.in_quick or not quick]
