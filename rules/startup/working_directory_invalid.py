from collections.abc import Iterator

from lambda_image_lint import Absent, File, Finding, Function, Severity, Unknown, rule


@rule(
    "LIL212",
    Severity.ERROR,
    sources=(
        "https://github.com/aws/aws-lambda-runtime-interface-emulator",
        "https://github.com/ko-build/ko/issues/669",
        "own: boots of images whose working directory is relative, absent or closed",
    ),
    help="Name a directory that is in the image and open to everybody: WORKDIR /var/task.",
)
def working_directory_invalid(function: Function) -> Iterator[Finding | Unknown]:
    """The process cannot start in its working directory: relative, absent, or closed to Lambda's user."""
    folder, place = function.working_dir, function.where("working_dir")
    if isinstance(folder, Unknown):
        yield folder
        return
    if not folder.startswith("/"):
        yield Finding(f"the working directory {folder} is not absolute", place)
        return
    found = function.files.find(folder)
    if isinstance(found, Absent):
        yield Finding(f"the working directory {folder} is not in the image", place)
    elif isinstance(found, File) and found.kind != "directory":
        yield Finding(f"the working directory {folder} is a {found.kind.value}", place)
    else:
        barrier = function.files.executable(folder)
        if isinstance(barrier, Unknown):
            yield barrier
        elif barrier is not None:
            what = "it" if barrier.path == folder else f"the working directory {folder}"
            yield Finding(
                f"mode {barrier.mode:04o} of {barrier.path} keeps Lambda's user from entering {what}",
                place,
                related=tuple(one for one in (barrier.place, barrier.mode_place) if one is not None and one != place),
            )
