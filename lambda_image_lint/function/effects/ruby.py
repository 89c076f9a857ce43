"""gem and bundle."""

from lambda_image_lint.answer import Unknown
from lambda_image_lint.function.effects.call import Call
from lambda_image_lint.function.effects.python import program_folders
from lambda_image_lint.function.model import File, Installed, Packaged
from lambda_image_lint.function.walk import normal

_GEM_VALUES = ("-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P")


def gem(call: Call) -> None:
    options = call.options(_GEM_VALUES)
    texts = [word.text for word in options.positionals]
    if texts[:1] not in (["install"], ["update"]):
        return
    version = options.last("-v", "--version")
    names = tuple(text for text in texts[1:] if isinstance(text, str))
    for name in names:
        number = version.text if version is not None and isinstance(version.text, str) else None
        call.building.installed.append(Installed("gem", name, number, call.place))
    folder = options.last("-i", "--install-dir")
    _bring(call, names, [] if folder is None else [call.path(folder)])


def bundle(call: Call) -> None:
    """``bundle install``: ``--path``, BUNDLE_PATH and the project's own configuration say where."""
    options = call.options(("--path", "--gemfile", "--jobs", "-j", "--without", "--with", "--retry"))
    verb = next((word.text for word in options.positionals), "install")
    if verb not in ("install", "update", "config", "add", "package"):
        return
    if isinstance(call.folder, Unknown):
        call.blur(call.folder, changes=False)
        return
    _gemfile(call, normal("Gemfile", call.folder))
    folder = options.last("--path")
    places = [normal("vendor", call.folder), normal(".bundle", call.folder)]
    _bring(call, None, [*places, *([call.path(folder)] if folder is not None else [])])
    call.blur(normal("Gemfile.lock", call.folder))


def _gemfile(call: Call, path: str) -> None:
    """``gem "name", "version"`` at the beginning of a line; Ruby may say more than that."""
    found = call.files.find(path)
    content = found.read() if isinstance(found, File) else Unknown(f"{path} is not known")
    call.building.install_gaps.append(call.unknown(f"what {path} asks for is known in part only"))
    if isinstance(content, Unknown):
        return
    for line in content.decode("utf-8", "replace").splitlines():
        words = line.strip().replace("'", '"').split('"')
        if words[0].strip() in ("gem", "gem(") and len(words) > 2:
            call.building.installed.append(Installed("gem", words[1], None, call.place))


def _bring(call: Call, names: tuple[str, ...] | None, more: list[str | Unknown]) -> None:
    unknown = Packaged(f"{call.line} may have brought it", call.place, packages=names)
    home = call.environment.get("GEM_HOME")
    folders = [*program_folders(call), "/usr/local/bundle", *more, *([home] if home is not None else [])]
    for folder in folders:
        call.blur(folder, changes=False, unknown=unknown)


EFFECTS = {"gem": gem, "bundle": bundle, "bundler": bundle}
