"""Whatever a Dockerfile says, its function answers; and a path that no instruction can have touched stays absent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_image_lint.answer import Absent, Unknown
from lambda_image_lint.function.chain import chain
from lambda_image_lint.function.model import File
from tests.function.dockerfiles import function_of

WORDS = st.sampled_from(
    ["app.py", "lib", "/var/task", "/opt/x", ".", "..", "/", "*", "-r", "-R", "--", "-t", "-o", "x=y", "$X", "${X:-y}", "$@",
     "a/../b", "'q u'", "~", "{a,b}", "-", "755", "https://example.com/a", "", "install", "-m", "pip", "\\", "[", "clone"]
)  # fmt: skip
PROGRAMS = st.sampled_from(
    ["cp", "mv", "rm", "ln", "chmod", "chown", "mkdir", "touch", "install", "tar", "unzip", "gzip", "curl", "wget", "git",
     "find", "sed", "pip", "uv", "poetry", "npm", "yarn", "gem", "bundle", "dnf", "apt-get", "go", "make", "gcc", "python",
     "cd", "echo", "tee", "./x", "aws", "sh", "mystery", "composer", "corepack", "rpm", "useradd", "pushd", "popd", "eval"]
)  # fmt: skip
COMMANDS = st.tuples(PROGRAMS, st.lists(WORDS, max_size=4)).map(lambda pair: " ".join([pair[0], *pair[1]]))
INSTRUCTIONS = st.one_of(
    st.lists(COMMANDS, min_size=1, max_size=3).map(lambda commands: "RUN " + " && ".join(commands)),
    st.tuples(st.sampled_from(["COPY", "ADD"]), st.lists(WORDS, min_size=1, max_size=4)).map(
        lambda pair: " ".join([pair[0], *pair[1]])
    ),
    WORDS.map(lambda word: f"WORKDIR {word}"),
    st.lists(WORDS, max_size=3).map(lambda words: "ENTRYPOINT " + " ".join(words)),
    WORDS.map(lambda word: f"ENV X={word}"),
    st.text(max_size=30).map(lambda text: "RUN " + text.replace("\n", " ")),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(INSTRUCTIONS, max_size=6), st.sampled_from(["scratch", "python:3.12", "example.com/x:1"]))
def test_every_dockerfile_has_a_function_that_answers(instructions: list[str], base: str) -> None:
    function = function_of("\n".join([f"FROM {base}", *instructions, ""]), {"app.py": "x", "lib/a": "y"})
    for path in ("/", "/var/task/app.py", "/opt/x", "/a/b/c/d"):
        assert isinstance(function.files.find(path), Absent | File | Unknown)
        function.files.readable(path)
    function.files.under("/opt")
    function.files.known_glob("/**/*")
    assert isinstance(chain(function), tuple | Unknown)
    client = function.runtime_client
    assert client is None or client.name if not isinstance(client, Unknown) else client.reason


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["COPY app.py .", "RUN touch x", "RUN pip install -t . a", "RUN rm -f app.py", "RUN ls"]))
)
def test_nothing_appears_where_nothing_was_put(instructions: list[str]) -> None:
    function = function_of("\n".join(["FROM scratch", "WORKDIR /w", *instructions, ""]), {"app.py": "x"})
    assert function.files.find("/elsewhere/x") == Absent("/elsewhere/x")
