"""Wishes are turned down by name and folder first: the answer stays that of every pattern asked alone."""

from hypothesis import given
from hypothesis import strategies as st

from lambda_image_lint.function.wishes import WISHES
from lambda_image_lint.image.glob import compile_glob
from lambda_image_lint.image.wishes import Wish, Wishes

# Shapes that the real wishes do not have: ``**`` inside the last part, a set in a folder, a name with a wildcard in it.
_ODD = (Wish("/**/a**.py"), Wish("/x[ab]/*.py"), Wish("/var/*-x.path"), Wish("/*.py"), Wish("/**.js"))
_PARTS = "var task app usr src a xa xb etc ld.so.conf.d __pycache__ b.dist-info site-packages x.py".split()
_NAMES = "a.py .py x.b.py package.json METADATA y.pyc ld-musl-x.path z-x.path z l.conf q.jar ab.py a.js RECORD".split()


@given(st.lists(st.tuples(st.lists(st.sampled_from(_PARTS), max_size=4), st.sampled_from(_NAMES)), max_size=30))
def test_a_file_is_wished_for_by_the_patterns_that_match_it(files: list[tuple[list[str], str]]) -> None:
    wishes = Wishes((*(wish for wish in WISHES if not wish.magic), *_ODD))
    for parts, name in files:
        path = "/" + "/".join([*parts, name])
        matching = {wish for wish in wishes.wishes if compile_glob(wish.pattern).match(path)}
        assert set(wishes.matching("/".join(parts), name, 1, b"x")) == matching, path
