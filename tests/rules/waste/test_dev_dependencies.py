"""What dev-deps-in-final tells to do, where the option alone would break the build or the function."""

import json

import pytest

from tests.rules.linting import only, run_context

BASE = 'FROM public.ecr.aws/lambda/nodejs:24\nCOPY . .\n{runs}\nCMD ["index.handler"]\n'
PASS = "Pass --omit=dev; what the build itself needs belongs into a stage of its own."
BUILD = "{} may need them: build in a stage of its own and copy the result, or install, build and npm prune --omit=dev in one RUN."


@pytest.mark.parametrize(
    ("runs", "help"),
    [
        ("RUN npm ci", PASS),
        ("RUN npm ci\nRUN npm cache clean --force && dnf install -y tar && rm -rf node_modules/.cache", PASS),
        ("RUN npm ci\nRUN npm prune --omit=dev\nRUN npm run build", PASS),
        ("RUN npm ci && npm run build", BUILD.format("npm run build in line 3")),
        ("RUN npm ci\nRUN npm test", BUILD.format("npm test in line 4")),
        ("RUN npm ci\nRUN yarn build", BUILD.format("yarn build in line 4")),
        ("RUN npm ci\nRUN npx webpack", BUILD.format("npx webpack in line 4")),
        ("RUN npm ci\nRUN tsc -p .", BUILD.format("tsc -p . in line 4")),
        ("RUN npm ci\nRUN ./node_modules/.bin/rollup -c", BUILD.format("./node_modules/.bin/rollup -c in line 4")),
        ("RUN npm ci\nRUN node scripts/build.js", BUILD.format("node scripts/build.js in line 4")),
        ("RUN npm ci\nRUN cd web && npm ci --omit=dev\nRUN npm run build", BUILD.format("npm run build in line 5")),
    ],
)
def test_the_help_says_what_comes_first(runs: str, help: str) -> None:
    package = json.dumps({"devDependencies": {"typescript": "^5"}})
    outcome = run_context(BASE.format(runs=runs), {"package.json": package}, "dev-deps-in-final")
    finding = only(outcome)
    assert finding.help == help
    assert (finding.fix is not None) == (help == PASS)


def test_a_package_that_the_function_imports_is_to_be_moved_and_the_others_left_out() -> None:
    files = {
        "package.json": json.dumps({"devDependencies": {"@scope/pg": "^8", "jest": "^29", "ms": "^2"}}),
        "index.js": 'require("ms");\nrequire("@scope/pg/lib");\nexports.handler = async () => 1;\n',
    }
    finding = only(run_context(BASE.format(runs="RUN npm ci"), files, "dev-deps-in-final"))
    assert finding.fix is None
    assert finding.help == (
        "index.js imports what only devDependencies names: move @scope/pg, ms to dependencies in package.json, then pass --omit=dev."
    )


def test_of_modules_out_of_a_builder_too() -> None:
    text = (
        "FROM node:24 AS build\nWORKDIR /var/task\nCOPY package.json ./\nRUN npm ci\n"
        "FROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=build /var/task/node_modules ./node_modules\nCOPY index.js ./\n"
        'CMD ["index.handler"]\n'
    )
    files = {
        "package.json": json.dumps({"devDependencies": {"jest": "^29", "ms": "^2"}}),
        "index.js": 'require("ms");\nexports.handler = async () => 1;\n',
    }
    assert only(run_context(text, files, "dev-deps-in-final")).help.startswith(
        "index.js imports what only devDependencies names: move ms to dependencies in package.json. Leave them out"
    )
    files["package.json"] = json.dumps({"devDependencies": {"ms": "^2"}})
    assert run_context(text, files, "dev-deps-in-final").results == ()
