"""What every source and dialect must give alike: the facts of an image, and those of the small image worked out by hand."""

from typing import Any

from lambda_image_lint.image.cache import LayerCache
from lambda_image_lint.image.model import Image
from lambda_image_lint.image.sources import open_source
from tests.image.sources.dialects import SmallImage, small_image

IMAGE = small_image()


def facts(word: str, *, cache: LayerCache | None = None, **options: Any) -> dict[str, Any]:
    """All that must not depend on where an image lies; `options` are those of `open_source`."""
    with Image(open_source(word, **options), cache=cache) as image:
        config, layers = image.config, image.layers
        return {
            "problems": [*config.problems, *layers.problems],
            "run": (config.entrypoint, config.cmd, dict(config.env), config.working_dir, dict(config.labels)),
            "platform": (config.os, config.architecture),
            "diff_ids": config.diff_ids,
            "layers": [(layer.diff_id, layer.created_by, layer.uncompressed_bytes, layer.entries) for layer in layers],
            "sizes": (layers.uncompressed_bytes, layers.files, layers.live_bytes, layers.dead_bytes, layers.efficiency),
            "tree": [(node.path, node.kind, node.mode, node.uid, node.size, node.layer) for node in image.tree.walk()],
        }


def expected(image: SmallImage = IMAGE) -> dict[str, Any]:
    """The facts of the small image, worked out by hand."""
    one, two, _, last = (len(layer) for layer in image.layers)
    sources = [len(b"def handler(): ...\n" * 100), len(b"def handler(): pass\n")]
    live = 3000 + sources[1]
    dead = 2 * (sources[0] + 4000)
    steps = ["COPY app.py gone /", "COPY data /data", "COPY app.py gone /", "RUN rm gone"]
    lengths, entries = [one, two, one, last], [4, 2, 4, 4]
    return {
        "problems": [],
        "run": (
            ("/usr/bin/runtime",),
            ("app.handler",),
            {"PATH": "/usr/bin:/bin", "MODE": "small"},
            "/var/task",
            {"marker": "one"},
        ),
        "platform": ("linux", "amd64"),
        "diff_ids": tuple(image.diff_ids),
        "layers": list(zip(image.diff_ids, steps, lengths, entries, strict=True)),
        "sizes": (sum(lengths), 2, live, dead, live / (live + dead)),
        "tree": [
            ("/data", "directory", 0o755, 0, 0, 1),
            ("/data/marker", "file", 0o644, 0, 3000, 1),
            ("/var", "directory", 0o755, 0, 0, 3),
            ("/var/task", "directory", 0o755, 0, 0, 3),
            ("/var/task/app.py", "file", 0o644, 0, sources[1], 3),
        ],
    }
