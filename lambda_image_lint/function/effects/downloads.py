"""Commands that fetch: a file, a folder, a repository."""

from posixpath import basename

from lambda_image_lint.answer import Answer, Unknown
from lambda_image_lint.function.effects.archives import written
from lambda_image_lint.function.effects.call import Argument, Call
from lambda_image_lint.function.trees import is_directory
from lambda_image_lint.function.walk import normal

_CURL_VALUES = (
    "-o", "--output", "--output-dir", "-H", "--header", "-d", "--data", "-X", "--request", "-u", "--user", "-A", "-e",
    "--user-agent", "-b", "--cookie", "-c", "--cookie-jar", "-x", "--proxy", "--retry", "--retry-delay", "--max-time",
    "-m", "--connect-timeout", "-w", "--write-out", "--cacert", "--capath", "-E", "--cert", "-F", "--form", "-T",
    "--url", "--data-binary", "--data-raw", "-r", "--range", "-D", "--dump-header", "--proto", "-C", "-K", "-Y", "-y",
)  # fmt: skip
_WGET_VALUES = (
    "-O", "--output-document", "-P", "--directory-prefix", "-o", "--output-file", "-a", "--header", "-U",
    "--user-agent", "-t", "--tries", "-T", "--timeout", "--user", "--password", "-i", "-e", "--waitretry",
)  # fmt: skip


def curl(call: Call) -> None:
    options = call.options(_CURL_VALUES)
    folder = options.last("--output-dir")
    into = call.folder if folder is None else call.path(folder)
    for output in options.all("-o", "--output"):
        if output.text != "-":
            _land(call, output.text, into)
    if options.has("-O", "--remote-name", "--remote-name-all"):
        for url in (*options.positionals, *options.all("--url")):
            _land(call, _name_of(url), into)
    for jar in options.all("-c", "--cookie-jar", "-D", "--dump-header"):
        _land(call, jar.text, call.folder)


def wget(call: Call) -> None:
    options = call.options(_WGET_VALUES)
    if options.has("-r", "--recursive", "-m", "--mirror", "-i"):
        call.blur(call.folder)
        return
    output = options.last("-O", "--output-document")
    if output is not None:
        if output.text != "-":
            _land(call, output.text, call.folder)
        return
    folder = options.last("-P", "--directory-prefix")
    into = call.folder if folder is None else call.path(folder)
    for url in options.positionals:
        _land(call, _name_of(url), into)


def _name_of(url: Argument) -> Answer[str]:
    """The last name of a URL's path; its query is part of the name for wget, and nobody relies on that."""
    if isinstance(url.text, Unknown):
        # The last part may be known where the host or a version is not: curl -O $BASE/tool.tar.gz
        name = url.raw.strip("\"'").rpartition("/")[2]
        return url.text if not name or any(each in name for each in "$`(){}") else name
    return basename(url.text.partition("?")[0].partition("#")[0]) or "index.html"


def _land(call: Call, name: Answer[str], folder: Answer[str]) -> None:
    if isinstance(name, Unknown) or (isinstance(folder, Unknown) and not name.startswith("/")):
        call.blur(folder if isinstance(name, Unknown) else "/")
        return
    path = normal(name, folder if isinstance(folder, str) else "/")
    if path.startswith("/dev/"):
        return
    written(call, path)


def git(call: Call) -> None:
    words = list(call.options(("-C", "-c", "-b", "--branch", "--depth", "-o", "--origin", "-j", "--jobs")).positionals)
    texts = [word.text for word in words]
    if texts[:1] == ["config"] or not texts:
        return
    if texts[0] != "clone" or len(words) < 2:
        call.blur(call.folder)
        return
    if len(words) > 2:
        call.blur(call.path(words[2]))
        return
    name = _name_of(words[1])
    if isinstance(name, Unknown) or isinstance(call.folder, Unknown):
        call.blur(call.folder)
    else:
        call.blur(normal(name.removesuffix(".git"), call.folder))


def aws(call: Call) -> None:
    """``aws s3 cp s3://… TARGET``: the last word is where it goes; all else only asks."""
    words = call.options(("--region", "--profile", "--endpoint-url", "--exclude", "--include")).positionals
    if [word.text for word in words[:2]] not in (["s3", "cp"], ["s3", "sync"], ["s3", "mv"]) or len(words) < 4:
        return
    path = call.path(words[3])
    if (
        (isinstance(path, str) and not path.startswith("/s3:") and not is_directory(call.files.find(path)))
        or not isinstance(words[3].text, str)
        or not words[3].text.startswith("s3://")
    ):
        call.blur(path)


EFFECTS = {"curl": curl, "wget": wget, "git": git, "aws": aws}
