"""Languages and colours of code."""

import pytest

from hw.export.code import cell_language, highlighted, notebook_language


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"language_info": {"name": "R"}}, "r"),
        ({"kernelspec": {"language": "julia"}}, "julia"),
        ({"language_info": {"name": "ipython"}}, "python"),
        ({"language_info": None, "kernelspec": None}, "python"),
    ],
)
def test_the_language_is_that_of_the_kernel(metadata, language):
    assert notebook_language(metadata) == language


@pytest.mark.parametrize(
    ("source", "language"),
    [("%%bash\nls", "bash"), ("%%html\n<b>", "html"), ("%%time\nf()", "python"), ("f()", "python")],
)
def test_a_magic_gives_a_cell_its_language(source, language):
    assert cell_language(source, "python") == language


def test_python_knows_magics_and_commands():
    assert '<span class="nv">' in highlighted("files = !ls $path", "python")
    assert '<span class="err">' not in highlighted(
        "%matplotlib inline\n!pip install x\nx?", "python"
    )


def test_the_language_of_the_kernel_colours_the_code():
    assert highlighted("x <- 1", "r") != highlighted("x <- 1", "python")


@pytest.mark.parametrize("name", ["no such language", "", '"><script>'])
def test_unknown_languages_are_plain_and_harmless(name):
    code = highlighted("a < b", name)
    assert "a &lt; b</code>" in code
    assert "<script" not in code


def test_blank_lines_inside_are_kept():
    assert highlighted("a\n\n\nb", "python").count("\n") == 3
