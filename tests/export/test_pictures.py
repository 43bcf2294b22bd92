"""Pictures of a notebook: kept by content, refused if damaged or dangerous."""

import base64
import io
import zlib
from pathlib import Path

import pytest
from exporter_corpus import SVG, picture
from PIL import Image

from hw.export.notebook.pictures import Files, decode


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def _bitmap(kind, size=(4, 3), mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("png", ".png"),
        ("jpeg", ".jpg"),
        ("gif", ".gif"),
        ("webp", ".webp"),
        ("bmp", ".png"),
        ("tiff", ".png"),
    ],
)
def test_a_picture_is_what_it_contains_whatever_it_is_called(files, kind, ending):
    name = files.keep(_bitmap(kind), "image/png")
    assert name.endswith(ending)
    assert files.sizes[name] == (4, 3)


def test_the_same_picture_is_kept_once(files):
    content = _bitmap("png")
    assert files.keep(content, "image/png") == files.keep(content, "image/png")
    assert len(files.content) == 1


def test_a_damaged_picture_that_a_browser_shows_is_written_again(files):
    content = bytearray(_bitmap("png", (50, 50)))
    content[-5] ^= 1  # a checksum
    name = files.keep(bytes(content), "image/png")
    Image.open(io.BytesIO(files.content[name])).verify()


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"<svg this is none"]
)
@pytest.mark.parametrize("mime", ["image/png", "image/svg+xml"])
def test_what_is_no_picture_is_refused(files, content, mime):
    assert files.keep(content, mime) is None


def _chunk(kind, data):
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def _png_bomb(side=20_000):
    """A PNG of 400 million pixels in a few kilobytes."""
    header = side.to_bytes(4) + side.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", data)
        + _chunk(b"IEND", b"")
    )


def test_a_bitmap_of_too_many_pixels_is_refused_on_its_own_and_within_a_drawing(files):
    bomb = _png_bomb()
    uri = f"data:image/png;base64,{base64.b64encode(bomb).decode()}"
    assert files.keep(bomb, "image/png") is None
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{uri}"/></svg>'
    assert files.keep(drawing.encode(), "image/svg+xml") is None


def test_a_drawing_that_uses_itself_over_and_over_is_refused(files):
    layers = ['<g id="a0"><rect/></g>']
    layers += [f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, 12)]
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(layers)}</svg>'
    assert files.keep(drawing.encode(), "image/svg+xml") is None
    circle = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a"><use href="#a"/></g></svg>'
    assert files.keep(circle.encode(), "image/svg+xml") is None


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="/etc/passwd"/>',
        '<image xlink:href="file:///etc/passwd"/>',
        '<image href="http://e.org/x.png"/>',
        "<style>@import url(http://e.org)</style>",
        '<rect style="fill:url(http://e.org)"/>',
        '<a href="javascript:alert(1)"><rect/></a>',
    ],
)
def test_a_drawing_loads_and_runs_nothing(files, inside):
    name = files.keep(
        f'<svg width="5" height="5">{inside}<circle r="1"/></svg>'.encode(), "image/svg+xml"
    )
    text = files.content[name].decode()
    assert "circle" in text
    assert not any(word in text for word in ("script", "passwd", "e.org"))


def test_entities_do_not_unfold(files):
    lines = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)]
    drawing = f'<!DOCTYPE svg [{"".join(lines)}]><svg xmlns="http://www.w3.org/2000/svg"><text>&a8;</text></svg>'
    name = files.keep(drawing.encode(), "image/svg+xml")
    assert name is None or len(files.content[name]) < 1000


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="20" height="10"', (20, 10)),
        ('width="15pt" height="1in"', (20, 96)),
        ('viewBox="0 0 40 10"', (40, 10)),
        ('width="20" viewBox="0 0 40 10"', (20, 5)),
        ('width="100%" viewBox="0 0 40 10"', (40, 10)),
        ("", (300, 150)),
    ],
)
def test_the_size_of_a_drawing_is_that_in_a_browser(files, attributes, size):
    name = files.keep(f"<svg {attributes}><rect/></svg>".encode(), "image/svg+xml")
    assert files.sizes[name] == size


def test_pictures_are_found_in_the_folder_in_attachments_and_in_the_address(files, tmp_path):
    (tmp_path / "my picture.png").write_bytes(_bitmap("png"))
    data = picture("gif")
    attachments = {"a b.gif": {"image/gif": data}}
    assert files.find("my%20picture.png", {}) == files.find("my picture.png?raw=true", {})
    assert files.find("attachment:a%20b.gif", attachments).endswith(".gif")
    assert files.find(f"data:image/gif;base64,{data}", {}).endswith(".gif")
    assert files.find(f"data:image/svg+xml;utf8,{SVG}", {}).endswith(".svg")


def test_nothing_outside_the_folder_is_read(tmp_path):
    (tmp_path / "outside.png").write_bytes(_bitmap("png"))
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "text.png").write_text("no picture")
    files = Files(folder)
    absolute = str(tmp_path / "outside.png")
    for source in ("../outside.png", absolute, f"file://{absolute}", "link.png", "text.png", "."):
        assert files.find(source, {}) is None
    assert files.find("%2e%2e/outside.png", {}) is None


@pytest.mark.parametrize(
    "source",
    ["x" * 40_000, "a\0b.png", "", "http://e.org/x.png", "data:,", "data:image/png;base64,"],
)
def test_a_source_that_leads_nowhere_is_none(files, source):
    assert files.find(source, {}) is None


def test_base64_is_read_over_lines_and_without_its_padding():
    assert decode("aGVs\nbG8") == b"hello"


def test_the_folder_may_be_missing():
    assert Files(Path("no such folder")).find("a.png", {}) is None
