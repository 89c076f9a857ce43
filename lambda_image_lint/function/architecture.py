"""The names of architectures."""

_OCI = {"x86_64": "amd64", "amd64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def oci_architecture(name: str) -> str:
    """An architecture in OCI's words: ``x86_64`` is ``amd64``; what is not known stays as it is."""
    return _OCI.get(name.lower(), name.lower())
