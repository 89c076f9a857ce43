"""Why the job could not be done.

LintImageError
├── UsageError             a wrong option, rule name or configuration key
│   └── ConfigError        the same, in a configuration file
├── TargetError            a target that cannot be opened
│   ├── NothingToLint      … because it holds no Dockerfile, or a Dockerfile without instructions
│   └── SourceError        … because its daemon, archive, layout or registry does not give it
├── RuleLoadError          a rule file that does not load, or two rules that claim one id
└── RuleCrash              a rule that raised

Each says what was tried and what to do next. None of them is ever swallowed: they end in exit code 2, or 3 for
`NothingToLint`.
"""


class LintImageError(Exception):
    """Base of all: one clear sentence, and what to do next."""

    exit_code = 2

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(LintImageError):
    """The command line asks for something that is not there."""


class ConfigError(UsageError):
    """A configuration file holds something that is not understood."""


class TargetError(LintImageError):
    """A target cannot be opened."""


class NothingToLint(TargetError):  # noqa: N818 - the name says what is the case
    """There is nothing to lint."""

    exit_code = 3


class SourceError(TargetError):
    """A source does not give the image: absent daemon, unknown image, refusing registry, cut archive."""


class RuleLoadError(LintImageError):
    """A rule file cannot be used."""


class RuleCrash(LintImageError):  # noqa: N818
    """A rule raised: its silence would look like a clean report."""
