"""The application's settings file with anything in it: every value is one of its kind, or the
default.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import PORT_MAX, TEXT_SIZES, Settings, ThemeMode
from tests.property.shapes import mutated

#: Qt says on its own log that a value of a kind it does not know is none.
pytestmark = pytest.mark.qt_log_level_fail("CRITICAL")
KEYS = (
    *("look/theme", "look/text_size", "look/reduce_motion", "look/language"),
    *("identity/hospital", "identity/steward", "network/relay_host", "network/relay_port"),
    *("network/relay_fingerprint", "network/hosted_port", "window/geometry", "files/last_folder"),
)
VALUES = st.sampled_from(
    [
        *("", "0", "-1", "9" * 5000, "٣", "/" + "x" * 5000, "a\\0b", "@Variant(\\0\\0\\0\\x1a)"),
        *("@ByteArray(\\x1)", "@Invalid()", "@Rect(1 2 3)", "@Variant(\\0\\0\\0\\x7f\\0)", "1, 2"),
        *("%%%", '"', "\\x", "\\xd800"),
    ]
) | st.text(max_size=40)


def read_everything(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "settings.ini").write_bytes(content)
        found = Settings(Path(folder))
        assert found.theme in tuple(ThemeMode)
        assert found.text_size in TEXT_SIZES
        assert found.reduce_motion in (True, False)
        assert 0 < found.relay_port <= PORT_MAX
        assert 0 <= found.hosted_port <= PORT_MAX
        assert found.last_folder.is_dir()
        for text in (
            *(found.language, found.hospital_name, found.steward_name),
            *(found.relay_host, found.relay_fingerprint),
        ):
            assert isinstance(text, str)
        assert found.window_geometry is not None


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=12))
def test_any_values_are_settings_or_defaults(values):
    lines = []
    for key, value in values.items():
        group, name = key.split("/")
        lines += [f"[{group}]", f"{name}={value}"]
    read_everything("\n".join(lines).encode("utf-8", "replace"))


@settings(max_examples=60)
@given(
    st.binary(max_size=500)
    | mutated(
        b"[look]\ntheme=dark\ntext_size=150\n[network]\nrelay_port=443\n[files]\nlast_folder=/\n"
    )
)
def test_any_bytes_are_settings_or_defaults(content):
    read_everything(content)


@pytest.mark.parametrize("line", ["relay_port=" + "9" * 5000, "hosted_port=" + "9" * 5000])
def test_a_number_of_thousands_of_digits_is_none(line):
    read_everything(f"[network]\n{line}\n".encode())


def test_a_folder_name_beyond_what_a_disk_allows_is_none():
    read_everything(f"[files]\nlast_folder=/{'x' * 5000}\n".encode())
