"""When an image and its base were built."""

from datetime import date

from lambda_image_lint.image.config import Config

_FIRST_YEAR = 2013
"""Docker's first: an earlier date was set by a builder that leaves time out (1970, 1980, the year 1)."""


def built(config: Config) -> date | None:
    """The day on which the image was made; None where it does not tell, or was built so as not to."""
    return _day(config.created)


def base_built(config: Config) -> date | None:
    """The day on which the lowest layer, the base's operating system, was made; None as above."""
    maker = next((step for step in config.history if not step.empty_layer), None)
    return _day(maker.created) if maker is not None else None


def _day(moment: str | None) -> date | None:
    try:
        day = date.fromisoformat((moment or "")[:10])
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None
