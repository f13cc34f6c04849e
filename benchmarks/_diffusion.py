"""A diffusion model of signals, as a rival: the temporal U-Net of Janner et al. 2022 (arXiv:2205.09991), which diffusers has.

It predicts velocities (Salimans & Ho 2022, arXiv:2202.00512) and samples by DDIM (Song et al. 2021, arXiv:2010.02502).
"""

import time
from copy import deepcopy
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

WIDTHS = (32, 64, 128)  # channels; between them signals are halved
BATCH, RATE, DECAY = 128, 1e-3, 0.995
N_NOISES, N_SAMPLING_STEPS = 1000, 25
N_SAMPLED = 512  # signals at a time


def is_installed() -> bool:
    """Whether diffusers is."""
    return find_spec("diffusers") is not None


def diffused(training: np.ndarray, n: int, seconds: float, seed: int) -> np.ndarray:
    """`n` signals of a model that learns from standardised (n_signals, n_channels, n_samples) for `seconds` of CPU time."""
    from diffusers import DDIMScheduler, UNet1DModel

    torch.manual_seed(seed)
    reals = torch.from_numpy(training)
    n_channels = reals.shape[1]
    network = UNet1DModel(
        in_channels=n_channels,
        out_channels=n_channels,
        block_out_channels=WIDTHS,
        down_block_types=("DownResnetBlock1D",) * len(WIDTHS),
        up_block_types=("UpResnetBlock1D",) * (len(WIDTHS) - 1),
        mid_block_type="MidResTemporalBlock1D",
        out_block_type="OutConv1DBlock",
        layers_per_block=1,
        time_embedding_type="positional",
        use_timestep_embedding=True,
        act_fn="mish",
        flip_sin_to_cos=False,
        freq_shift=1,
    )
    noises = DDIMScheduler(
        N_NOISES, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False
    )
    average = deepcopy(network).requires_grad_(False).eval()
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    ends = time.process_time() + seconds
    step = 0
    while time.process_time() < ends:
        clean = reals[torch.randint(len(reals), (BATCH,))]
        noise, level = torch.randn_like(clean), torch.randint(N_NOISES, (BATCH,))
        predicted = network(noises.add_noise(clean, noise, level), level).sample
        optimizer.zero_grad()
        (predicted - noises.get_velocity(clean, noise, level)).square().mean().backward()
        optimizer.step()
        step += 1
        decay = min(DECAY, step / (step + 10))
        for kept, value in zip(average.parameters(), network.parameters(), strict=True):
            kept.lerp_(value.detach(), 1 - decay)
    noises.set_timesteps(N_SAMPLING_STEPS)
    return np.concatenate(
        [_sampled(average, noises, part) for part in torch.randn(n, *reals.shape[1:]).split(N_SAMPLED)]
    )


@torch.no_grad()
def _sampled(network: torch.nn.Module, noises: Any, signals: torch.Tensor) -> np.ndarray:
    for level in noises.timesteps:
        signals = noises.step(network(signals, level).sample, level, signals).prev_sample
    return signals.numpy()
