"""Commands of an entry script that install or download something at each cold start."""

from lambda_image_lint.function.chain import Step

_INSTALL = frozenset({"install"})
_INSTALLERS = {
    "apk": frozenset({"add", "update", "upgrade"}), "apt": frozenset({"install", "update", "upgrade"}),
    "apt-get": frozenset({"install", "update", "upgrade"}), "bundle": _INSTALL, "composer": frozenset({"install", "update"}),
    "dnf": _INSTALL, "gem": _INSTALL, "microdnf": _INSTALL, "npm": frozenset({"ci", "i", "install"}), "pip": _INSTALL,
    "pip3": _INSTALL, "playwright": _INSTALL, "pnpm": frozenset({"i", "install"}), "poetry": _INSTALL, "yarn": _INSTALL,
    "yum": _INSTALL,
}  # fmt: skip
"""Program → the first words with which it fetches packages."""
_SAVES = {"curl": ("-o", "-O", "--output", "--remote-name"), "wget": ()}
"""Downloader → the options without which it prints what it gets, and saves nothing; none: it saves anyway."""
_PRINTS = ("-O-", "-qO-", "--spider")


def download(step: Step) -> str | None:
    """The command where a step certainly fetches something to keep; None where it may just ask a service."""
    words = [word if isinstance(word, str) else "" for word in step.arguments]
    first = next((word for word in words if word and not word.startswith("-")), "")
    if step.program in _INSTALLERS and first in _INSTALLERS[step.program]:
        return f"{step.program} {first}"
    if step.kind == "module" and step.name == "pip" and first == "install":
        return "pip install"
    if step.program == "git" and first == "clone":
        return "git clone"
    if step.program == "aws" and words[:2] in (["s3", "cp"], ["s3", "sync"]) and words[2:3] and _is_bucket(step):
        return f"aws s3 {words[1]}"
    # The address of the Runtime API is put together when it runs, and no known word.
    return _saved(step.program, words) if step.program in _SAVES else None


def _is_bucket(step: Step) -> bool:
    source = step.arguments[2]
    return isinstance(source, str) and source.startswith("s3://")


def _saved(program: str, words: list[str]) -> str | None:
    url = next((word for word in words if word.startswith(("https://", "http://", "ftp://"))), None)
    if url is None or "127.0.0.1" in url or "localhost" in url or any(word in _PRINTS for word in words):
        return None
    if program == "wget":
        return None if "-" in words else "wget"
    options = _SAVES[program]
    names_file = any(word in options or _joined(word) for word in words)
    return "curl" if names_file and "/dev/null" not in words else None


def _joined(word: str) -> bool:
    """``-fsSLo``, ``-sSO``, ``--output=x``."""
    return word.startswith("--output=") or (word[:1] == "-" and word[:2] != "--" and word[-1:] in ("o", "O"))
