"""The page, as files and as a real browser shows it."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lambda_image_lint.engine.result import Report, Target
from lambda_image_lint.report.html_image import size_in_words
from lambda_image_lint.report.treemap import Rectangle, treemap
from tests.report import samples
from tests.report.rendering import render

VOID = {"meta", "link", "input", "br"}


class Structure(HTMLParser):
    """Checks nesting, and gathers ids, references and elements."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(attribute))]


def structure(sample: str) -> Structure:
    parser = Structure()
    parser.feed(render(samples.EVERY[sample](), "html"))
    assert parser.open == []
    return parser


@pytest.mark.parametrize("sample", samples.EVERY)
def test_the_page_is_well_formed_and_its_references_lead_somewhere(sample: str) -> None:
    page = structure(sample)
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {link.removeprefix("#") for link in page.values("href") if link.startswith("#")} <= set(ids)
    assert set(page.values("aria-controls")) <= set(ids)


def test_the_page_loads_nothing() -> None:
    page = structure("full")
    assert page.values("src") == []
    assert {link for link in page.values("href") if not link.startswith("#")} == {"data:,"}
    assert "default-src 'none'" in next(iter(page.values("content")[1:2]))
    assert "@import" not in render(samples.full(), "html")


def test_no_name_becomes_an_element() -> None:
    page = structure("full")
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render(samples.full(), "html")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", render(samples.full(), "html"))


def test_every_finding_is_an_article_with_rule_and_id() -> None:
    page = structure("full")
    severities = [attributes["data-severity"] for tag, attributes in page.elements if tag == "article"]
    assert (severities.count("error"), severities.count("warning"), severities.count("info")) == (14, 3, 3)


def test_what_to_fix_first_are_errors_that_mend_themselves() -> None:
    text = render(samples.full(), "html")
    first = text[text.index("<h2>Fix first") : text.index("</ol>")]
    assert re.findall(r"<b>([a-z-]+)</b>", first) == [
        "pip-user-install", "file-unreadable", "secret-in-env", "entrypoint-breaks-runtime", "cmd-shell-form",
    ]  # fmt: skip


def test_layers_without_figures_have_a_table_and_no_map() -> None:
    layer = dict.fromkeys(
        ("digest", "diff_id", "created_by", "compressed_bytes", "uncompressed_bytes", "entries", "dead_bytes")
    )
    target = Target("app:1", "image", None, {"uncompressed_bytes": None, "layers": [layer]})
    text = render(Report((target,), ()), "html")
    assert 'class="map"' not in text
    assert text.count('<td class="number">?</td>') == 3


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (1023, "1,023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (10 * 1024**3, "10 GiB")]
)
def test_sizes_are_in_binary_units(count: int, words: str) -> None:
    assert size_in_words(count) == words


def test_a_treemap_fills_the_whole_by_value_without_overlap() -> None:
    values = [180.0, 1, 0, 95, 12, 12, 12, 3]
    boxes = treemap(values, Rectangle(0, 0, 250, 100))
    for value, box in zip(values, boxes, strict=True):
        assert box.width * box.height == pytest.approx(value * 25_000 / sum(values))
        assert -1e-9 <= box.x <= box.x + box.width <= 250 + 1e-6
        assert -1e-9 <= box.y <= box.y + box.height <= 100 + 1e-6
    shown = [box for box in boxes if box.width]
    for index, one in enumerate(shown):
        for other in shown[index + 1 :]:
            apart = (
                one.x + one.width <= other.x + 1e-6
                or other.x + other.width <= one.x + 1e-6
                or one.y + one.height <= other.y + 1e-6
                or other.y + other.height <= one.y + 1e-6
            )
            assert apart
    assert treemap([0, 0], Rectangle(0, 0, 1, 1)) == [Rectangle(0, 0, 0, 0)] * 2


def browse(chromium: str, page: Path, *options: str) -> str:
    """What the browser printed for a page, its console included."""
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        *options,
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert console == []
    return done.stdout


WALK = """
<script>
addEventListener("load", () => {
  const press = key => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const shown = () => document.querySelectorAll(".finding:not([hidden])").length;
  const said = [shown()];
  press("j"); press("j");
  said.push(document.activeElement.id);
  press("k");
  said.push(document.activeElement.id);
  press("/");
  said.push(document.activeElement.type);
  const search = document.querySelector("input[type=search]");
  search.value = "script FILE-unreadable"; search.dispatchEvent(new Event("input"));
  said.push(shown());
  search.value = ""; search.dispatchEvent(new Event("input"));
  document.querySelector("input[value=error]").click();
  said.push(shown(), document.getElementById("status").textContent);
  document.querySelectorAll(".map button")[1].click();
  said.push(document.querySelector("tr.chosen").id);
  said.push(document.documentElement.scrollWidth <= innerWidth);
  document.title = said.join(" | ");
});
</script>
"""


def test_keyboard_search_filters_and_map_work_in_a_browser(chromium: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(samples.full(), "html").replace("</body>", f"{WALK}</body>"), encoding="utf-8")
    dom = browse(chromium, page, "--dump-dom", "--window-size=1200,900")
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title is not None
    last, first = (f"f-{samples.fingerprint(mark)}" for mark in ("a2", "a1"))
    assert title[1] == f"20 | {last} | {first} | search | 1 | 6 | 6 of 20 shown | layer-1-1 | true"


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("sample", ["full", "clean"])
def test_the_page_fits_its_window_and_is_drawn(chromium: str, tmp_path: Path, sample: str, width: int) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    fits = "<script>document.title = document.documentElement.scrollWidth <= innerWidth</script>"
    page.write_text(render(samples.EVERY[sample](), "html").replace("</body>", f"{fits}</body>"), encoding="utf-8")
    size = f"--window-size={width},900"
    assert "<title>true</title>" in browse(chromium, page, "--dump-dom", size)
    browse(chromium, page, f"--screenshot={picture}", size)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 8_000, "an empty page"
