"""Where the Runtime API listens, so that the function reaches it and, unless told otherwise, nothing else."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from lambda_image_lint.boot.container import Engine, StartRefused
from lambda_image_lint.boot.network_holder import PORT, NamespaceError, listener_beside


@dataclass(frozen=True)
class Reach:
    """A socket that listens, and how the function comes to it."""

    listener: socket.socket
    address: str
    """``HOST:PORT`` as the function sees it."""
    network: str
    """The network mode of the function's container."""
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def reach(engine: Engine, boot_id: str, network: str | None) -> Iterator[Reach]:
    """The best that this host allows.

    First the server inside the container's own network namespace, which takes root on the daemon's host. Else a network
    that leads to this host only. Else the host's own, with a note that says so. `network` opens the way for the
    function: a docker network, or ``host``.
    """
    with contextlib.ExitStack() as stack:
        yield _choose(stack, engine, boot_id, network)


def _choose(stack: contextlib.ExitStack, engine: Engine, boot_id: str, network: str | None) -> Reach:
    if network == "host":
        return _on_host(stack)
    try:
        return _beside(stack, engine, boot_id, network or "none")
    except (NamespaceError, StartRefused) as error:
        beside = str(error)
    try:
        return _on_internal_network(stack, engine, boot_id)
    except (StartRefused, OSError) as error:
        note = f"the function has the host's network, where it would reach more than the Runtime API: {beside}; {error}"
    return _on_host(stack, note)


def _beside(stack: contextlib.ExitStack, engine: Engine, boot_id: str, network: str) -> Reach:
    with contextlib.ExitStack() as attempt:
        holder = attempt.enter_context(engine.network_holder(boot_id, network))
        listener = attempt.enter_context(listener_beside(holder.pid, boot_id))
        stack.push(attempt.pop_all())
    return Reach(listener, f"127.0.0.1:{PORT}", f"container:{holder.name}")


def _on_internal_network(stack: contextlib.ExitStack, engine: Engine, boot_id: str) -> Reach:
    with contextlib.ExitStack() as attempt:
        name, gateway = attempt.enter_context(engine.internal_network(boot_id))
        listener = attempt.enter_context(socket.create_server((gateway, 0)))
        stack.push(attempt.pop_all())
    return Reach(listener, f"{gateway}:{listener.getsockname()[1]}", name)


def _on_host(stack: contextlib.ExitStack, *notes: str) -> Reach:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return Reach(listener, f"127.0.0.1:{listener.getsockname()[1]}", "host", notes)
