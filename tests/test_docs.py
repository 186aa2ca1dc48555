"""The guide names everything there is: settings, commands, channels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.ingest import TYPES
from paging.channels import registry

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "base", "oncall", "alerts", "paging", "statuspage")
VARIABLE = re.compile(r'"(TOCSIN_[A-Z_]+|DATABASE_URL|EMAIL_URL)"')


def sources() -> list[str]:
    return [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]


@pytest.mark.parametrize(
    "name", sorted({name.removesuffix("_FILE") for text in sources() for name in VARIABLE.findall(text)})
)
def test_every_setting_is_in_the_guide(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/settings.md").read_text()


@pytest.mark.parametrize(
    "name", sorted(path.stem for app in APPS for path in (ROOT / app).glob("management/commands/[a-z]*.py"))
)
def test_every_command_is_in_the_guide(name: str) -> None:
    assert re.search(rf"`{name}[` ]", (ROOT / "docs/commands.md").read_text())


@pytest.mark.parametrize("name", sorted(registry.CHANNELS))
def test_every_channel_is_in_the_guide(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs/channels.md").read_text()


@pytest.mark.parametrize("slug", sorted(TYPES))
def test_every_kind_of_integration_is_in_the_guide(slug: str) -> None:
    assert f"`{slug}`" in (ROOT / "docs/integrations.md").read_text()


def test_the_readme_begins_with_the_two_commands() -> None:
    top = (ROOT / "README.md").read_text().split("##")[0]
    assert "make run" in top
    assert "make test" in top
