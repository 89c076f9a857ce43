"""Credential helpers: programs that docker asks for user name and password."""

from pathlib import Path


def credential_helper(home: str, name: str, script: str) -> Path:
    """A helper that is a shell script, in ``bin`` below a folder; returns ``bin``."""
    folder = Path(home, "bin")
    folder.mkdir(exist_ok=True)
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder
