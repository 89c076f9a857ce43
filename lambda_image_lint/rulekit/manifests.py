"""What makes a manifest long."""

from lambda_image_lint.image.manifest import Manifest


def bulk(image: Manifest) -> str:
    """What to do about a manifest that is too long: whichever of annotations and layers takes most of it."""
    carriers = [image.annotations or {}, *(layer.annotations for layer in image.layers)]
    annotated = sum(len(key) + len(value) for annotations in carriers for key, value in annotations.items())
    if annotated * 2 > image.size:
        return f"Drop annotations: they take {annotated:,} bytes of it."
    return f"Join layers, there are {len(image.layers)}: put RUN steps that belong together into one."
