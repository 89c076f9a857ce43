"""The Lambda Web Adapter: an extension that asks for events in the application's place."""

from posixpath import basename

from lambda_image_lint import knowledge
from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.model import File, Function, Kind, Packaged, RuntimeClient
from lambda_image_lint.function.native import Elf, elf

EXTENSIONS = "/opt/extensions"


def web_adapter(function: Function) -> Answer[RuntimeClient | None]:
    """The adapter among the extensions; None where there certainly is none."""
    undecided: Unknown | None = None
    for file in function.files.known_under(EXTENSIONS):
        if file.kind is not Kind.FILE or file.path.count("/") != EXTENSIONS.count("/") + 1:
            continue
        if basename(file.path) in knowledge.adapter_files():
            return RuntimeClient(knowledge.adapter_name(), _version(file), file.path)
        holds = _asks_for_events(file)
        if isinstance(holds, Unknown):
            undecided = undecided or holds
        elif holds:
            return RuntimeClient(knowledge.adapter_name(), _version(file), file.path)
    everything = function.files.under(EXTENSIONS)
    # The system's own packages may lie in /opt, but none of them brings the adapter.
    by_system = isinstance(everything, Packaged) and everything.of_system
    if isinstance(everything, Unknown) and not by_system:
        return undecided or everything
    return undecided


def _asks_for_events(file: File) -> Answer[bool]:
    """Whether an extension asks for invocations, which an ordinary one never does: it asks the Extensions API."""
    facts = elf(file)
    if isinstance(facts, Unknown):
        return facts
    return isinstance(facts, Elf) and "runtime/invocation" in facts.marks


def _version(file: File) -> str | None:
    """The tag of the image that it was copied from."""
    origin = getattr(file, "origin", None)
    tag = knowledge.image_name(origin).tag if isinstance(origin, str) else None
    return None if tag == "latest" else tag
