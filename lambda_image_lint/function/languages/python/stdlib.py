"""Which modules CPython itself brings, by version."""

import sys

# Built into the interpreter in every build, so that no file of that name is ever imported.
# Source: CPython's Modules/config.c.in and Modules/Setup.bootstrap.in of 3.9 to 3.14, read 2026-11-23.
_BUILTIN = (
    "_abc _ast _codecs _collections _functools _imp _io _locale _operator _signal _sre _stat _string _symtable _thread "
    "_tracemalloc _warnings _weakref atexit builtins errno faulthandler gc itertools marshal posix pwd sys time "
)
BUILTIN = frozenset(_BUILTIN.split())

# Minor version of Python 3 → what it dropped. Source: "Removed" in docs.python.org/3/whatsnew, read 2026-11-23.
_REMOVED = {
    9: "_dummy_thread dummy_threading",
    10: "formatter parser symbol",
    11: "binhex",
    12: "asynchat asyncore distutils imp smtpd",
    13: (
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd "
        "sunau telnetlib uu xdrlib"
    ),
}  # fmt: skip

# Minor version of Python 3 → what it added. Source: "New Modules" in docs.python.org/3/whatsnew, read 2026-11-23.
_ADDED = {
    9: "graphlib zoneinfo",
    11: "tomllib",
    14: "annotationlib compression",
}

NEWEST_KNOWN = 14
"""Minor version of the newest Python 3 whose modules are known here."""


def removed_in(module: str) -> int | None:
    """The minor version of Python 3 that dropped a top-level module, None where none did."""
    return next((minor for minor, names in _REMOVED.items() if module in names.split()), None)


def in_standard_library(module: str, minor: int | None) -> bool | None:
    """True: Python 3.`minor` has the top-level module; None: it may, or not.

    Private names come and go between versions; only those of the running interpreter's own version are certain.
    """
    if module in BUILTIN:
        return True
    known = module in sys.stdlib_module_names or any(
        module in names.split() for names in (*_REMOVED.values(), *_ADDED.values())
    )
    if not known:
        return None if module.startswith("_") or minor is None or minor > NEWEST_KNOWN else False
    removed = removed_in(module)
    added = next((at for at, names in _ADDED.items() if module in names.split()), None)
    if minor is None:
        return True if removed is None and added is None and not module.startswith("_") else None
    if removed is not None and minor >= removed:
        return False
    if added is not None and minor < added:
        return False
    return None if module.startswith("_") and minor != sys.version_info.minor else True
