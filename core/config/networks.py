"""The settings of the architectures' networks."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from core.config.model import Model

RENAMED_ARCHITECTURES = {"twin": "manifold"}  # in files from before


class NetworkConfig(Model):
    """Settings of an architecture's networks. Each subclass can be set, under the default of its `architecture`."""

    architecture: str = Field(description="Which networks are trained.")

    @classmethod
    def by_name(cls) -> "dict[str, type[NetworkConfig]]":
        """All architectures that can be set."""
        return {kind.model_fields["architecture"].default: kind for kind in cls.__subclasses__()}


class ArticleConfig(NetworkConfig):
    """The networks of the article: an LSTM generator and a dense discriminator."""

    architecture: Literal["article"] = Field("article", description="Which networks are trained.")
    latent_dim: int = Field(3, ge=1, le=512, description="How many random numbers the generator turns into one signal.")
    sequence_length: int = Field(
        3,
        ge=1,
        le=512,
        description="In how many steps the LSTM reads the latent vector; the latent size must be a multiple of it.",
    )
    hidden_size: int = Field(64, ge=1, le=2048, description="Width of the generator's LSTM.")
    discriminator_sizes: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (300, 250), min_length=1, max_length=8, description="Widths of the discriminator's dense layers."
    )

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.latent_dim % self.sequence_length:
            raise ValueError(
                f"a latent of {self.latent_dim} cannot be read in {self.sequence_length} equal steps; "
                "give a latent size that is a multiple of the sequence length"
            )
        return self


class ManifoldConfig(NetworkConfig):
    """A generator that starts from what can be measured on reals, and a discriminator of views."""

    architecture: Literal["manifold"] = Field("manifold", description="Which networks are trained.")
    width: int = Field(
        64,
        ge=8,
        le=1024,
        description="Width of the generator's network, which corrects what the measurements got wrong.",
    )
    discriminator_width: int = Field(128, ge=8, le=1024, description="Width of the discriminator's network.")


def _of_its_architecture(network: Any) -> Any:
    """Plain values as settings of the class that their architecture names."""
    if not isinstance(network, dict):
        return network
    name = str(network.get("architecture", ""))
    name = RENAMED_ARCHITECTURES.get(name, name)
    known = NetworkConfig.by_name()
    if name not in known:
        raise ValueError(f"there is no architecture “{name[:40]}”; choose one of: {', '.join(known)}")
    return known[name].model_validate(network | {"architecture": name})


AnyNetworkConfig = Annotated[SerializeAsAny[NetworkConfig], BeforeValidator(_of_its_architecture)]
