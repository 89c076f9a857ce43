"""Checks of certificates and signatures that a build switches off."""

import re
from collections.abc import Iterator

from msgspec import Struct

from lambda_image_lint.dockerfile.installers import Installer, installer
from lambda_image_lint.dockerfile.model import Dockerfile, Instruction
from lambda_image_lint.dockerfile.shell import Command, Option, ShellWord
from lambda_image_lint.finding import Span
from lambda_image_lint.patterns import lazy
from lambda_image_lint.rulekit.stages import needed_instructions

_OFF = frozenset({"0", "false", "no", "off", "never"})
_ON = frozenset({"1", "true", "yes", "on"})
_VARIABLES = {
    "PYTHONHTTPSVERIFY": _OFF, "NODE_TLS_REJECT_UNAUTHORIZED": _OFF, "NPM_CONFIG_STRICT_SSL": _OFF,
    "YARN_STRICT_SSL": _OFF, "YARN_ENABLE_STRICT_SSL": _OFF, "GIT_SSL_NO_VERIFY": _ON, "PIP_TRUSTED_HOST": None,
    "UV_INSECURE_HOST": None, "CURL_INSECURE": _ON,
}  # fmt: skip
"""Variable → the values that switch the check off; None: any. Sources: the tools' own manuals, read 2026-11-23."""
_LOCAL = ("localhost", "127.0.0.1", "[::1]", "host.docker.internal")
_OPTIONS = {
    "curl": ("-k", "--insecure", "--proxy-insecure"), "wget": ("--no-check-certificate",),
    "apk": ("--no-check-certificate",), "aws": ("--no-verify-ssl",), "az": ("--disable-certificate-verification",),
}  # fmt: skip
"""Program → options without a value that switch the check off."""
_CURL_VALUES = ("-o", "-H", "-d", "-X", "-u", "-A", "-e", "-b", "-c", "-x", "-m", "-w", "-E", "-F", "-T", "-r", "-D", "-C", "-K", "-Y", "-y")  # fmt: skip
_UNSIGNED = {
    **dict.fromkeys(("yum", "dnf", "microdnf", "tdnf"), ("--nogpgcheck", "--no-gpgchecks")),
    **dict.fromkeys(("apt-get", "apt", "aptitude"), ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories")),
    "apk": ("--allow-untrusted",), "rpm": ("--nosignature", "--nogpg"), "zypper": ("--no-gpg-checks",),
}  # fmt: skip
"""Program → options that take packages without a signature. Sources: the tools' own manuals, read 2026-11-23."""


_SSLVERIFY = lazy(r"sslverify\s*=\s*(?:0|false|no|off)\b(?!.*sslverify)", re.IGNORECASE)
"""The last word on it: ``s/sslverify=0/sslverify=1/`` switches the check on."""


class Switch(Struct, frozen=True):
    """One check that is switched off."""

    instruction: Instruction
    who: str
    """The program, or ``ENV``."""
    written: str
    """As written: ``--insecure``, ``PYTHONHTTPSVERIFY=0``."""
    span: Span
    option: Option | None = None
    """An option without a value, which can be taken away."""


def tls_switches(dockerfile: Dockerfile) -> Iterator[Switch]:
    """Checks of certificates, in every stage that is built."""
    for instruction in needed_instructions(dockerfile, "ENV", "ARG"):
        for pair in instruction.pairs:
            if pair.value is not None and _switches_off(pair.name, pair.value):
                yield Switch(instruction, instruction.keyword, f"{pair.name}={pair.value}", pair.span)
    for run in needed_instructions(dockerfile, "RUN"):
        for command in run.shell:
            for one in command.assignments:
                if one.value is not None and one.value.text is not None and _switches_off(one.name, one.value.text):
                    yield Switch(run, command.program or "the shell", f"{one.name}={one.value.text}", one.span)
            if not _only_local(command):
                yield from _tls_options(run, command)


def _switches_off(name: str, value: str) -> bool:
    values = _VARIABLES.get(name.upper(), frozenset())
    return bool(value) if values is None else value.lower() in values


def _only_local(command: Command) -> bool:
    """A server of the build itself has no certificate that anybody could check."""
    hosts = [host for word in command.words if (host := _host(word)) is not None]
    return bool(hosts) and all(host in _LOCAL for host in hosts)


def _host(word: ShellWord) -> str | None:
    _, found, rest = word.prefix.partition("://")
    return rest.partition("/")[0].rpartition("@")[2].rpartition(":")[0] or rest.partition("/")[0] if found else None


def _tls_options(run: Instruction, command: Command) -> Iterator[Switch]:
    program = command.program or ""
    if program in _OPTIONS:
        options, _ = command.parsed_options(_CURL_VALUES if program == "curl" else ())
        for option in options:
            if option.name in _OPTIONS[program]:
                yield Switch(run, program, option.name, option.word.span, option)
        return
    words = [word.text or "" for word in command.words]
    if program == "sed" or (program in ("echo", "printf") and command.redirects):
        yield from _written(run, command)
    call = installer(command)
    if call is not None:
        yield from _of_installer(run, call)
    settings = {
        "git": ("http.sslverify",), "npm": ("strict-ssl",), "yarn": ("strict-ssl", "enablestrictssl"), "pnpm": ("strict-ssl",),
        "conda": ("ssl_verify",),
    }.get(program, ())  # fmt: skip
    for index, word in enumerate(words):
        name, equals, value = word.lower().lstrip("-").partition("=")
        follows = value if equals else words[index + 1].lower() if index + 1 < len(words) else ""
        if name in settings and follows in _OFF:
            yield Switch(run, program, word if equals else f"{word} {follows}", command.words[index].span)


def _written(run: Instruction, command: Command) -> Iterator[Switch]:
    """``sslverify=0`` put into a file: yum's and dnf's configuration."""
    for word in command.arguments:
        found = _SSLVERIFY.search(word.text or "")
        if found is not None:
            yield Switch(run, command.program or "", found[0], word.span)


def _of_installer(run: Instruction, call: Installer) -> Iterator[Switch]:
    names = {"pip": ("--trusted-host",), "uv": ("--trusted-host", "--allow-insecure-host")}.get(call.tool, ())
    for option in call.options:
        if option.name in names:
            yield Switch(run, call.tool, option.name, option.word.span)
        elif option.name in ("-o", "--option", "--setopt") and option.value is not None:
            name, _, value = (option.value.text or "").lower().partition("=")
            if name in ("sslverify", "acquire::https::verify-peer") and value in _OFF:
                yield Switch(run, call.tool, option.value.text or "", option.word.span)
    if (
        call.tool == "pip"
        and call.action == "config"
        and "global.trusted-host" in [word.text for word in call.operands]
    ):
        yield Switch(run, "pip", "config set global.trusted-host", call.tool_word.span)


def unsigned_switches(dockerfile: Dockerfile) -> Iterator[Switch]:
    """Packages of the system that are taken without a signature, in every stage that is built."""
    for run in needed_instructions(dockerfile, "RUN"):
        for command in run.shell:
            program = command.program or ""
            call = installer(command)
            options = call.options if call is not None else command.parsed_options()[0]
            for option in options:
                text = (option.value.text or "").lower() if option.value is not None else ""
                if option.name in _UNSIGNED.get(program, ()):
                    yield Switch(run, program, option.name, option.word.span, option)
                elif option.name in ("-o", "--option", "--setopt") and text.partition("=")[0].endswith(
                    ("gpgcheck", "allowunauthenticated", "allowinsecurerepositories")
                ):
                    name, _, value = text.partition("=")
                    if value in (_OFF if name.endswith("gpgcheck") else _ON):
                        yield Switch(run, program, option.value.text or "" if option.value else "", option.word.span)
            for word in command.words if program in ("echo", "printf", "add-apt-repository") else ():
                for mark in ("[trusted=yes", "gpgcheck=0"):
                    if mark in (word.text or ""):
                        yield Switch(run, program, mark.lstrip("["), word.span)
