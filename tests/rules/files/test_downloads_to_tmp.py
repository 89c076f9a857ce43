"""What a build downloads to /tmp by Python: told where the function looks there, as lost or as downloaded anew."""

import pytest

from tests.rules.linting import run_context

BASE = "FROM public.ecr.aws/lambda/python:3.13\nRUN pip install --no-cache-dir nltk transformers\n"
END = 'COPY app.py ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n'
HANDLER = "def handler(event, context):\n    return {}\n"
ANEW = ": they are downloaded anew at each cold start"


def told(lines: str, files: dict[str, str] | None = None) -> list[tuple[str, str]]:
    outcome = run_context(f"{BASE}{lines}\n{END}", {"app.py": HANDLER, **(files or {})}, "tmp-in-image")
    assert outcome.failures == ()
    return [(str(result.severity), result.finding.message) for result in outcome.results]


NLTK = [("error", "/tmp/nltk_data is gone at run time, with the data in it")]
CODE = "import nltk; nltk.download('punkt', download_dir='/tmp/nltk_data')"


@pytest.mark.parametrize(
    "lines",
    [
        "ENV NLTK_DATA=/tmp/nltk_data\nRUN python -m nltk.downloader -d /tmp/nltk_data punkt",
        "RUN python -m nltk.downloader -d /tmp/nltk_data punkt\nENV NLTK_DATA=/tmp/nltk_data",
        "ENV NLTK_DATA=/tmp/nltk_data\nRUN python -m nltk.downloader -d $NLTK_DATA punkt",
        "ENV NLTK_DATA=/tmp/nltk_data\nRUN mkdir -p /tmp/nltk_data && python -m nltk.downloader punkt",
        f'RUN python -c "{CODE}"\nENV NLTK_DATA=/tmp/nltk_data',
        f'RUN mkdir -p /tmp/nltk_data && NLTK_DATA=/tmp/nltk_data python -c "{CODE}"\nENV NLTK_DATA=/tmp/nltk_data',
        "ENV NLTK_DATA=/tmp/nltk_data\nRUN python -c \"import nltk; nltk.download('punkt', '/tmp/nltk_data')\"",
        f"ENV NLTK_DATA=/tmp/nltk_data\nRUN python <<EOF\n{CODE}\nEOF",
    ],
)
def test_data_of_nltk_that_the_environment_names(lines: str) -> None:
    assert told(lines) == NLTK


@pytest.mark.parametrize(
    "app",
    [
        "import nltk\nnltk.data.path.append('/tmp/nltk_data')\n" + HANDLER,
        "import nltk\nnltk.data.path.insert(0, '/tmp/nltk_data')\n" + HANDLER,
        "import os\nos.environ['NLTK_DATA'] = '/tmp/nltk_data'\nimport nltk\n" + HANDLER,
    ],
)
def test_data_of_nltk_that_the_code_names(app: str) -> None:
    assert told(f'RUN python -c "{CODE}"', {"app.py": app}) == NLTK


def test_data_that_the_code_downloads_again() -> None:
    lines = f'RUN python -c "{CODE}"\nENV NLTK_DATA=/tmp/nltk_data'
    app = f"import nltk\nnltk.download('punkt', download_dir='/tmp/nltk_data')\n{HANDLER}"
    assert told(lines, {"app.py": app}) == [("warning", NLTK[0][1] + ANEW)]


MODEL = "from transformers import AutoModel; AutoModel.from_pretrained('bert-base-uncased')"
SCRIPT = "from huggingface_hub import snapshot_download\n\nsnapshot_download('bert-base-uncased')\n"


@pytest.mark.parametrize(
    ("lines", "folder"),
    [
        (f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}"', "/tmp/hf/hub"),
        ("ENV HF_HOME=/tmp/hf\nRUN hf download bert-base-uncased", "/tmp/hf/hub"),
        ("ENV HF_HOME=/tmp/hf\nCOPY download.py ./\nRUN python download.py", "/tmp/hf/hub"),
        ("ENV HF_HOME=/tmp/hf\nCOPY download.py ./\nRUN python download.py && rm download.py", "/tmp/hf/hub"),
        ("ENV HF_HOME=/tmp/hf\nCOPY scripts/ /build/\nRUN python /build/fetch.py && rm -r /build", "/tmp/hf/hub"),
        ("COPY download.py ./\nRUN HF_HOME=/tmp/hf python download.py\nENV HF_HOME=/tmp/hf", "/tmp/hf/hub"),
        ("COPY download.py ./\nRUN export HF_HOME=/tmp/hf && python download.py\nENV HF_HOME=/tmp/hf", "/tmp/hf/hub"),
        (f'ENV HOME=/tmp\nRUN python -c "{MODEL}"', "/tmp/.cache/huggingface/hub"),
        (f'ENV XDG_CACHE_HOME=/tmp/c\nRUN python -c "{MODEL}"', "/tmp/c/huggingface/hub"),
        (
            "ENV TORCH_HOME=/tmp/torch\nRUN python -c \"import torch; torch.hub.load('pytorch/vision', 'resnet18')\"",
            "/tmp/torch",
        ),
        (
            "ENV SENTENCE_TRANSFORMERS_HOME=/tmp/st\n"
            'RUN python -c "from sentence_transformers import SentenceTransformer as S, SentenceTransformer; '
            "SentenceTransformer('all-MiniLM-L6-v2')\"",
            "/tmp/st",
        ),
    ],
)
def test_models_that_are_downloaded_anew(lines: str, folder: str) -> None:
    files = {"download.py": SCRIPT, "scripts/fetch.py": SCRIPT}
    assert told(lines, files) == [("warning", f"{folder} is gone at run time, with the models in it{ANEW}")]


def test_models_in_tmp_itself() -> None:
    message = f"/tmp is empty at run time, without the models of the build{ANEW}"
    assert told(f'ENV TRANSFORMERS_CACHE=/tmp\nRUN python -c "{MODEL}"') == [("warning", message)]


def test_models_that_must_not_be_downloaded_anew() -> None:
    lines = f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}"\nENV HF_HUB_OFFLINE=1'
    assert told(lines) == [("error", "/tmp/hf/hub is gone at run time, with the models in it")]


def test_models_of_a_folder_that_the_code_names() -> None:
    lines = "RUN python -c \"import whisper; whisper.load_model('base', download_root='/tmp/w')\""
    app = f"import whisper\n\nMODEL = whisper.load_model('base', download_root='/tmp/w')\n{HANDLER}"
    message = "/tmp/w is gone at run time, with the models in it"
    assert told(lines, {"app.py": app}) == [("warning", message + ANEW)]
    assert told(lines, {"app.py": app.replace("/tmp/w", "/opt/w")}) == []
    local = "RUN python -c \"from huggingface_hub import snapshot_download as s, snapshot_download; snapshot_download('a/b', local_dir='/tmp/w')\""
    app = f"from transformers import AutoModel\n\nMODEL = AutoModel.from_pretrained('/tmp/w')\n{HANDLER}"
    assert told(local, {"app.py": app}) == [("error", message)]


@pytest.mark.parametrize(
    "lines",
    [
        # Nobody looks there.
        f'RUN python -c "{CODE}"',
        f'RUN HF_HOME=/tmp/hf python -c "{MODEL}"',
        f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}"\nENV HF_HOME=/opt/hf',
        # It is not there.
        f'ENV HF_HOME=/tmp/hf HF_HUB_CACHE=/opt/hub\nRUN python -c "{MODEL}"',
        f'ENV HF_HOME=/tmp/hf\nRUN HF_HOME=/opt/hf python -c "{MODEL}"',
        "ENV NLTK_DATA=/tmp/nltk_data\nRUN python -m nltk.downloader -d /opt/nltk_data punkt",
        "ENV HF_HOME=/tmp/hf\nCOPY other.py ./\nRUN python other.py",
        "ENV HF_HOME=/tmp/hf\nCOPY sets.py ./\nRUN python sets.py",
        "ENV HF_HOME=/tmp/hf\nCOPY saves.py ./\nRUN python saves.py",
        # It is moved, deleted, or never in a layer.
        f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}" && mv /tmp/hf /opt/hf',
        f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}"\nRUN cp -r /tmp/hf/hub /opt/hub',
        f'ENV HF_HOME=/tmp/hf\nRUN python -c "{MODEL}" && rm -rf /tmp/*',
        f'ENV HF_HOME=/tmp/hf\nRUN --mount=type=cache,target=/tmp/hf python -c "{MODEL}"',
        # It is not certain.
        f'ENV HF_HOME=/tmp/hf\nRUN [ -n "$BAKE" ] && python -c "{MODEL}" || true',
        "ENV HF_HOME=/tmp/hf\nCOPY perhaps.py ./\nRUN python perhaps.py",
    ],
)
def test_what_is_not_told(lines: str) -> None:
    files = {
        "other.py": SCRIPT.replace("'bert-base-uncased'", "'bert-base-uncased', cache_dir='/opt/models'"),
        "sets.py": f"import os\nos.environ['HF_HOME'] = '/opt/hf'\n{SCRIPT}",
        "saves.py": f"{MODEL}.save_pretrained('/opt/model')\n",
        "perhaps.py": f"import os\n{MODEL.partition('; ')[0]}\nif os.environ.get('BAKE'):\n    {MODEL.partition('; ')[2]}\n",
    }
    assert told(lines, files) == []
