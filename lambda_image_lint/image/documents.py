"""Reading JSON that anybody may have written: wrong types become problems, never tracebacks."""

from collections.abc import Mapping
from typing import Any

from lambda_image_lint.errors import SourceError
from lambda_image_lint.image.problem import Damage, Problem


def parse_object(raw: bytes, what: str) -> dict[str, Any]:
    """The JSON object in `raw`. Raises `SourceError` where it is none; `what` names the document in the message."""
    import json

    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        # ValueError covers bad JSON, bad UTF-8 and numbers of thousands of digits; RecursionError deep nesting.
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise SourceError(f"the {what} is not readable JSON: {reason}", "Build or pull the image again") from error
    if not isinstance(data, dict):
        raise SourceError(f"the {what} is {_name(data)}, not an object", "Build or pull the image again")
    return data


class Fields:
    """Typed access to a JSON object; remembers each key that has a wrong type. JSON null counts as absent."""

    def __init__(self, data: Mapping[str, Any], key: str, problems: list[Problem]) -> None:
        self._data = data
        self._key = key
        self._problems = problems

    def wrong(self, name: str, detail: str) -> None:
        """Note that a key does not hold what it must."""
        key = f"{self._key}.{name}" if name else self._key
        self._problems.append(Problem(Damage.DOCUMENT, f"{key} {detail}", key=key))

    def _get(self, name: str, kind: type | tuple[type, ...], expected: str) -> Any:
        value = self._data.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            self.wrong(name, f"is {_name(value)}, not {expected}")
            return None
        return value

    def text(self, name: str) -> str | None:
        """A string."""
        value: str | None = self._get(name, str, "a string")
        return value

    def integer(self, name: str) -> int | None:
        """A whole number."""
        value: int | None = self._get(name, int, "a whole number")
        return value

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        return bool(self._get(name, bool, "true or false"))

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of strings; members of another type are noted and left out."""
        value = self._get(name, list, "a list of strings")
        if value is None:
            return None
        for position, member in enumerate(value):
            if not isinstance(member, str):
                self.wrong(f"{name}[{position}]", f"is {_name(member)}, not a string")
        return tuple(member for member in value if isinstance(member, str))

    def text_map(self, name: str) -> dict[str, str]:
        """An object of strings; members of another type are noted and left out."""
        value = self._get(name, dict, "an object") or {}
        for key, member in value.items():
            if not isinstance(member, str):
                self.wrong(f"{name}.{key}", f"is {_name(member)}, not a string")
        return {key: member for key, member in value.items() if isinstance(member, str)}

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an object, whatever their values (``ExposedPorts``, ``Volumes``)."""
        return tuple(self._get(name, dict, "an object") or ())

    def object(self, name: str) -> "Fields | None":
        """An object."""
        value = self._get(name, dict, "an object")
        return None if value is None else Fields(value, f"{self._key}.{name}", self._problems)

    def objects(self, name: str) -> "tuple[Fields, ...] | None":
        """A list of objects; a member of another type is noted and stands as an empty one, so that indexes hold."""
        value = self._get(name, list, "a list of objects")
        if value is None:
            return None
        fields = []
        for position, member in enumerate(value):
            if not isinstance(member, dict):
                self.wrong(f"{name}[{position}]", f"is {_name(member)}, not an object")
                member = {}
            fields.append(Fields(member, f"{self._key}.{name}[{position}]", self._problems))
        return tuple(fields)


def _name(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")
