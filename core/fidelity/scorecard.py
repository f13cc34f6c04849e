"""The scorecard: all measures, in their order. Each is declared in a file of its own in core/fidelity/measures/.

docs/fidelity.md explains the measures and shows which of them catches which fault.
"""

from core.fidelity.comparison import Comparison
from core.fidelity.measure import Measure
from core.fidelity.measures import (
    c2st,
    context_fid,
    controllability,
    membership,
    neighbours,
    parameters,
    prdc,
    residual,
    spectra,
    timegan,
    tsgbench,
    tstr,
)


def measures(comparison: Comparison, quick: bool) -> list[Measure]:
    """The measures that apply to a pair of sets; a quick look leaves out the slow ones."""
    listed = [
        c2st.BOOSTED_TREES,
        c2st.RANDOM_KERNELS,
        c2st.SMALL_CNN,
        timegan.RECURRENT,
        *parameters.of_quantities(comparison),
        parameters.LARGEST_GAP,
        parameters.MISSING_COMBINATIONS,
        residual.STRENGTH,
        residual.WHITENESS,
        residual.COLOUR,
        spectra.POWER_SPECTRUM,
        spectra.AUTOCORRELATION,
        spectra.SPECTROGRAM,
        spectra.CROSS_CORRELATION,
        spectra.CROSS_SPECTRUM,
        prdc.PRECISION,
        prdc.RECALL,
        prdc.DENSITY,
        prdc.COVERAGE,
        neighbours.COPIES,
        membership.MEMBERSHIP,
        *controllability.requested(comparison.columns),
        *controllability.taught(comparison.columns),
        tstr.FREQUENCY,
        timegan.PREDICTIVE_SCORE,
        tsgbench.MARGINAL_DISTRIBUTION,
        tsgbench.AUTOCORRELATION,
        tsgbench.SKEWNESS,
        tsgbench.KURTOSIS,
        context_fid.CONTEXT_FID,
    ]
    return [measure for measure in listed if measure.applies(comparison) and (measure.in_quick or not quick)]
