"""Code and outputs: lines wrapped, terminal colours kept, progress bars recognised."""

from itertools import pairwise

import pytest

from hw.export.notebook.blocks import is_progress
from hw.export.pdf.listings import breakable, code, printed, wrap
from hw.export.tree import parse


@pytest.mark.parametrize("line", ["x" * 500, "word, " * 80, "中文" * 120, ""])
def test_wrapping_loses_no_character_and_keeps_to_the_limit(line: str) -> None:
    places = [0, *wrap(line, 40), len(line)]
    parts = [line[start:stop] for start, stop in pairwise(places)]
    assert "".join(parts) == line
    assert all(len(part) + sum(char > "\u2e80" for char in part) <= 40 for part in parts)


def test_lines_are_wrapped_after_a_space_if_one_is_near() -> None:
    assert wrap("alpha beta gamma", 12) == [len("alpha beta ")]


def test_only_very_long_words_can_be_broken() -> None:
    assert breakable("w" * 45) == "w" * 45
    assert breakable("w" * 46) == "w" * 45 + "\u200b" + "w"


def test_code_has_the_colours_of_its_language_and_its_number() -> None:
    node = parse('<pre><code class="language-r">x &lt;- "1"</code></pre>')[0]
    assert code(node, 400, "3") == r'code("3", {"x <- "; quoted("\"1\"")})'


def test_colours_of_a_terminal_stay_and_lines_end_where_they_did() -> None:
    node = parse('<pre class="stdout"><span class="ansi-red-fg">a\n</span>b</pre>')[0]
    call, left_out = printed(node, 400, "{count}")
    assert left_out == 0
    assert 'text(fill: rgb("#b22b31"), "a"); linebreak()' in call
    assert call.endswith('"b"})')


def test_progress_bars_are_told_from_other_outputs() -> None:
    bar = "seed 0:  33%|###   | 1/3 [00:02<00:04]"
    assert is_progress(parse(f"<pre>{bar.replace('<', '&lt;')}</pre>")[0])
    assert not is_progress(parse("<pre>accuracy 90 %</pre>")[0])


def test_blank_lines_and_spaces_of_an_output_stay() -> None:
    call, _ = printed(parse("<pre>a   b\n\nc</pre>")[0], 400, "{count}")
    assert call == 'printed({"a   b"; linebreak(); ""; linebreak(); "c"})'
