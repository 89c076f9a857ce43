"""Where ``uv pip`` finds the Python that it installs into."""

from lambda_image_lint.knowledge.load import rows, table

Version = tuple[int, ...]


def uv_wants_environment() -> frozenset[str]:
    """The actions of uv that want a virtual environment: ``pip install`` …"""
    return frozenset(table("tools")["uv"]["wants"])


def uv_environment_variables() -> frozenset[str]:
    """Names of variables by which uv may find another Python, ``VIRTUAL_ENV`` apart."""
    return frozenset(table("tools")["uv"]["variables"])


def uv_environment_settings() -> frozenset[str]:
    """Keys of uv's settings for ``uv pip`` that spare it the virtual environment."""
    return frozenset(table("tools")["uv"]["settings"])


def uv_spared_since(option: str) -> Version | None:
    """The first version in which an option spares ``uv pip`` the virtual environment; None: none does."""
    return next((_version(row["since"]) for row in rows("tools", "uv_option") if option == row["name"]), None)


def uv_refuses_prefix_since() -> Version:
    """The first version that does not take ``VIRTUAL_ENV`` where it names a Python that is no virtual environment."""
    return _version(table("tools")["uv"]["refuses_prefix_since"])


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))
