"""Tokens of Markdown that directives are written as."""

from html import escape

from markdown_it.token import Token


def html_block(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def anchor(label: str) -> Token:
    return html_block(f'<span class="target" id="{escape(label)}"></span>')


def inline_text(text: str) -> Token:
    return Token("inline", "", 0, content=text, children=[])


def group(tokens: list[Token]) -> Token:
    return Token("group", "", 0, children=tokens)


def code_fence(text: str, language: str) -> Token:
    return Token("fence", "code", 0, content=text, info=language, meta={"plain": True})


def strong(text: str) -> list[Token]:
    return [html_block("<p><strong>"), inline_text(text), html_block("</strong></p>")]


def callout(kind: str, title: str, identifier: str = "") -> tuple[Token, Token, Token]:
    opening = f'<div class="admonition {kind}"{identifier}><p class="admonition-title"><strong>'
    return html_block(opening), inline_text(title), html_block("</strong></p>")


def flatten_headings(tokens: list[Token]) -> None:
    """Titles of tabs are no headings of the report."""
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            tokens[i] = html_block("<p><strong>")
        elif token.type == "heading_close":
            tokens[i] = html_block("</strong></p>")


def figure(identifier: str, picture: list[Token], caption: list[Token]) -> list[Token]:
    attribute = f' id="{escape(identifier)}"' if identifier else ""
    if caption and caption[0].type == "paragraph_open":
        caption = [caption[1], *caption[3:]]
    words = [html_block("<figcaption>"), *caption, html_block("</figcaption>")] if caption else []
    return [html_block(f"<figure{attribute}>"), *picture, *words, html_block("</figure>")]


def float_figure(identifier: str, body: list[Token]) -> list[Token]:
    """Quarto's div of a figure or table: its last paragraph is the caption."""
    caption: list[Token] = []
    if (
        len(body) > 3
        and body[-3].type == "paragraph_open"
        and not body[-2].content.startswith("![")
    ):
        caption = body[-3:]
        body = body[:-3]
    if identifier.startswith("tbl-") and any(token.type == "table_open" for token in body):
        return captioned(body, caption[1].content if caption else "", identifier)
    return figure(identifier, body, caption)


def captioned(tokens: list[Token], caption: str, identifier: str) -> list[Token]:
    """The tokens with caption and identifier in their first table; above them if there is none."""
    at = next((i for i, token in enumerate(tokens) if token.type == "table_open"), None)
    if at is None:
        return [*(strong(caption) if caption else []), *tokens]
    if identifier:
        tokens[at].attrSet("id", identifier)
    words = (
        [html_block("<caption>"), inline_text(caption), html_block("</caption>")] if caption else []
    )
    return [*tokens[: at + 1], *words, *tokens[at + 1 :]]


def listed_rows(tokens: list[Token]) -> list[list[list[Token]]]:
    """Rows of cells of a list of lists; empty if it is anything else."""
    rows: list[list[list[Token]]] = []
    depth = 0
    for token in tokens:
        if token.type.endswith("list_open"):
            depth += 1
        elif token.type.endswith("list_close"):
            depth -= 1
        elif token.type == "list_item_open" and depth == 1:
            rows.append([])
        elif token.type == "list_item_open" and depth == 2:
            rows[-1].append([])
        elif token.type == "list_item_close" and depth < 3:
            continue
        elif depth < 2 or not rows or not rows[-1]:
            return []
        if depth > 2 or (depth == 2 and not token.type.startswith(("list_item", "bullet_list"))):
            rows[-1][-1].append(token)
    return rows


def table_rows(
    rows: list[list[list[Token]]], heads: int, caption: str, identifier: str
) -> list[Token]:
    tokens = [Token("table_open", "table", 1), Token("tbody_open", "tbody", 1)]
    for number, row in enumerate(rows):
        tag = "th" if number < heads else "td"
        tokens.append(html_block("<tr>"))
        for cell in row:
            is_plain = [token.type for token in cell] == [
                "paragraph_open",
                "inline",
                "paragraph_close",
            ]
            tokens += [
                html_block(f"<{tag}>"),
                *(cell[1:2] if is_plain else cell),
                html_block(f"</{tag}>"),
            ]
        tokens.append(html_block("</tr>"))
        if number == heads - 1:
            tokens += [Token("thead_close", "thead", -1), Token("tbody_open", "tbody", 1)]
    if 0 < heads <= len(rows):
        tokens[1] = Token("thead_open", "thead", 1)
    tokens += [Token("tbody_close", "tbody", -1), Token("table_close", "table", -1)]
    return captioned(tokens, caption, identifier)


def ungrouped(tokens: list[Token]) -> list[Token]:
    return [
        part
        for token in tokens
        for part in (token.children or [] if token.type == "group" else [token])
    ]
