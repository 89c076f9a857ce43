"""Which of the names that a pipeline keeps among its secrets are of secrets."""

from lambda_image_lint.patterns import lazy
from lambda_image_lint.secrets import secrecy_of_name

_NAMED = lazy(r"""\bsecrets(?:\.([A-Za-z_]\w*)|\[["']([A-Za-z_]\w*)["']\])""")
_WORDS = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_OF_THE_JOB = (
    "GITHUB_TOKEN",
    "GITEA_TOKEN",
    "FORGEJO_TOKEN",
    "CI_JOB_TOKEN",
    "CI_REGISTRY_PASSWORD",
)
"""Worth nothing once the job is over. Sources: https://docs.github.com/en/actions/concepts/security/github_token,
https://docs.gitlab.com/17.2/ee/ci/jobs/ci_job_token.html; read 2026-11-29."""
_TELLING = frozenset(
    "arn arns region regions id ids name names host hostname port user username email mail domain bucket table queue topic"
    " account stage env environment url urls uri uris endpoint origin version tag path dir registry repository repo cluster"
    " service function role project org organization team channel level debug timezone locale title prefix suffix branch"
    " zone subnet subnets vpc distribution pool dsn"
    " ip ips cidr address addresses origins number size memory timeout ttl limit count mode type format list enabled flag date"
    " group groups sender recipient owner company engine driver dialect schema database db model locales".split()
)
"""Said last: what is told about a resource, which is no secret though it is kept among them."""
_PUBLIC = frozenset("public publishable vite react expo".split())
"""Of what is meant for browsers: it is in what they load."""
_KEEPERS = frozenset(
    "database db mongo mongodb postgres postgresql pg mysql redis amqp rabbitmq broker webhook slack".split()
)
"""Whose address holds a password, or is one."""
_ADDRESSES = frozenset({"url", "uri", "dsn"})
_WHOLE = frozenset("env dotenv file json yaml config settings account credentials npmrc netrc".split())
"""Of a secret that is a whole file."""
_MODES = frozenset("node app rails rack flask django php id".split())
"""``NODE_ENV`` and its like say only for which environment."""


def declared_secret(expression: str, *, is_all: bool) -> str | None:
    """The secret that a ``${{ }}`` puts in; None where it is none. `is_all`: it is all that is written."""
    names = (match[1] or match[2] for match in _NAMED.finditer(expression))
    return next((name for name in names if is_secret(name, is_all=is_all)), None)


def is_secret(name: str, *, is_all: bool) -> bool:
    """Whether a name that is kept among the secrets is one's: ``DB_PASSWORD``, ``DATABASE_URL``, not ``AWS_ACCOUNT_ID``."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if name.upper() in _OF_THE_JOB or not words or not _PUBLIC.isdisjoint(words):
        return False
    return promises_secret(name, is_all=is_all) or words[-1] not in _TELLING


def promises_secret(name: str, *, is_all: bool) -> bool:
    """Whether the name itself says so. Of others (``KAFKA_BROKER``) only the place where they are kept does."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if secrecy_of_name(name) == "strong" or words[-2:] == ["service", "account"]:
        return True
    if is_all and not _WHOLE.isdisjoint(words) and _MODES.isdisjoint(words):
        return True
    return words[-1:] != [] and words[-1] in _ADDRESSES and not _KEEPERS.isdisjoint(words)
