"""The reports in headless Chromium: self-contained, readable on a phone and by a screen reader."""

import nbformat
import pytest
from exporter_corpus import everything

from hw.export.exporters import HomeworkHTMLExporter


@pytest.fixture(scope="module", params=["corpus", "classifier", "autoencoder", "optdigits_latent"])
def address(request, tmp_path_factory):
    """A rendered notebook's address."""
    fixtures = {
        "classifier": "quick_classifier",
        "autoencoder": "quick_autoencoder",
        "optdigits_latent": "quick_latent",
    }
    if request.param == "corpus":
        cells = everything()
    else:
        cells = nbformat.read(request.getfixturevalue(fixtures[request.param]), as_version=4)
    path = tmp_path_factory.mktemp("pages") / f"{request.param}.html"
    path.write_text(HomeworkHTMLExporter(links=True).from_notebook_node(cells)[0], encoding="utf-8")
    return path.as_uri()


def test_a_report_asks_for_nothing_and_complains_of_nothing(page, address):
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [address]


def test_a_report_fits_a_phone(page, address):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_is_accessible_in_light_and_dark(page, address, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    ink, paper = (
        page.evaluate(f"getComputedStyle(document.body).{name}")
        for name in ("color", "backgroundColor")
    )
    brightness = [sum(map(int, color.strip("rgb()").split(","))) for color in (ink, paper)]
    assert (brightness[0] < brightness[1]) == (scheme == "light")
    found = Axe().run(page).response["violations"]
    assert [
        f"{rule['id']}: {rule['nodes'][0]['html'][:200]}"
        for rule in found
        if rule["impact"] != "minor"
    ] == []


def test_code_unfolds_from_the_keyboard(page, address):
    page.goto(address)
    summary = page.locator("details.code > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.code").first.evaluate("details => details.open")


def test_headings_figures_and_tables_are_reached_from_the_contents(page, address):
    page.goto(address)
    links = page.locator("nav a").all()
    assert links
    for link in links:
        assert page.locator(f"[id='{link.get_attribute('href').removeprefix('#')}']").count() == 1


def test_a_report_prints_without_what_is_for_the_screen(page, address):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(address)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
