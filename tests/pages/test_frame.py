"""What stands around every page besides navigation: where the run comes from, and how large letters are."""

import pytest

from tests.pages.visits import PAGES, go, is_well, visit

LARGE = "font-size: 20px"


def styles(session):
    return [text.value for text in session.html]


def sidebar_captions(session):
    return [caption.value for caption in session.sidebar.caption]


def test_an_example_is_marked_on_every_page(add_run):
    run = add_run("Example")
    (run.path / "origin.txt").write_text("python -m core train\n")
    session = visit("home")
    for page in PAGES:
        assert sidebar_captions(go(session, page)) == [
            r"An example that comes with Wavetwin, made with “python \-m core train”."
        ], page


def test_where_a_run_comes_from_is_shown_literally(add_run):
    run = add_run("Example")
    (run.path / "origin.txt").write_text("` ![x](https://example.org/x.png) `\n")
    (caption,) = sidebar_captions(visit("home"))
    assert r"“\` \!\[x\]\(https\:" in caption


def test_runs_of_ones_own_are_not_marked(add_run):
    add_run()
    assert sidebar_captions(visit("home")) == []


@pytest.mark.parametrize("page", PAGES)
def test_letters_are_large_where_the_address_says_so(page, add_run):
    add_run()
    session = visit(page, large="true")
    assert is_well(session)
    assert any(LARGE in text for text in styles(session))
    session.sidebar.toggle[0].set_value(False).run()
    assert not any(LARGE in text for text in styles(session))


def test_letters_are_of_their_usual_size_otherwise():
    session = visit("home")
    assert not any(LARGE in text for text in styles(session))
    assert any(LARGE in text for text in styles(session.sidebar.toggle[0].set_value(True).run()))
