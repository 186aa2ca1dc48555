"""What people write, in Markdown: as safe HTML, and as plain text."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raw HTML is shown as text, links to anything but http, https and mailto are dropped, no picture is ever loaded.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough").disable("image")


def _validate(url: str) -> bool:
    return url.strip().lower().startswith(("http://", "https://", "mailto:", "#"))


_markdown.validateLink = _validate  # type: ignore[method-assign]


def to_html(text: str) -> str:
    """Return HTML that may be put into a page as it is."""
    html: str = _markdown.render(text)
    return html


def to_text(text: str) -> str:
    """Return the words without the marks, without line ends at the end; text without marks stays as it is."""
    body = text.rstrip("\n")
    tokens = _markdown.parse(body)
    if all(_is_plain(token) for token in tokens):
        return body
    blanks = body[len(body.rstrip(" ")) :]
    return _text(tokens).rstrip() + blanks


def _is_plain(token: Token) -> bool:
    if token.type == "inline":
        return all(child.type in ("text", "softbreak", "hardbreak") for child in token.children or [])
    return token.type in ("paragraph_open", "paragraph_close")


def _text(tokens: list[Token]) -> str:
    pieces: list[str] = []
    for token in tokens:
        if token.type == "inline":
            pieces.append(_inline(token.children or []))
        elif token.type in ("fence", "code_block"):
            pieces.append(token.content)
        elif token.type in ("paragraph_close", "heading_close", "list_item_close") and not token.hidden:
            pieces.append("\n")
    return "".join(pieces)


def _inline(children: list[Token]) -> str:
    words = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(words.get(child.type, child.content) for child in children)
