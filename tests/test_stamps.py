"""Which built files are up to date."""

import os

from hw.build.stamps import digest, is_current, write_stamp


def test_a_product_is_current_only_for_the_sources_and_the_content_it_was_stamped_with(tmp_path):
    product = tmp_path / "page.html"
    key = digest(["-p", "epochs"], b"source")
    assert not is_current(product, key)
    product.write_bytes(b"page")
    assert not is_current(product, key)
    write_stamp(product, key, b"page")
    assert is_current(product, key)
    assert not is_current(product, digest(["-p", "epochs"], b"other source"))
    product.write_bytes(b"pa")
    assert not is_current(product, key)


def test_times_do_not_matter(tmp_path):
    product = tmp_path / "page.html"
    product.write_bytes(b"page")
    write_stamp(product, "key", b"page")
    os.utime(product, (0, 0))
    assert is_current(product, "key")


def test_a_damaged_stamp_counts_as_none(tmp_path):
    product = tmp_path / "page.html"
    product.write_bytes(b"page")
    (tmp_path / ".page.html.made").write_bytes(b"\xff\xfe")
    assert not is_current(product, "key")


def test_a_digest_tells_texts_and_contents_apart_and_keeps_their_order():
    digests = {
        digest([]),
        digest(["ab"]),
        digest(["a", "b"]),
        digest([], b"ab"),
        digest([], b"a", b"b"),
        digest([], b"b", b"a"),
    }
    assert len(digests) == 6
