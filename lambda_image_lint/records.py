"""Records that derive from abstract classes."""

from abc import ABCMeta

from msgspec import StructMeta


class AbstractRecord(StructMeta, ABCMeta):
    """Metaclass of a `msgspec.Struct` that fills in an abstract class: `ABCMeta` alone would clash with Struct's own."""
