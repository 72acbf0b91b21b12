"""Layouts as a person corrects them and as the hospital's folder keeps them."""

from __future__ import annotations

from dataclasses import asdict

from core.model.cohort import FileFormat, Layout, Scale


def with_label(layout: Layout, label: str, ignored: tuple[str, ...] = ()) -> Layout:
    """Return the layout with its label column and ignored columns named by a person."""
    tree = {
        **asdict(layout),
        "label": label,
        "ignored": tuple(dict.fromkeys((*layout.ignored, *ignored))),
    }
    return layout_from(tree)


def layout_from(tree: dict[str, object]) -> Layout:
    """Build a layout again from plain values.

    Raises:
        KeyError, TypeError, ValueError: If they are not those of a layout.
    """
    scale = tree.get("scale")
    return Layout(
        **{
            **tree,  # type: ignore[arg-type]
            "file_format": FileFormat(str(tree["file_format"])),
            "scale": None if scale is None else Scale(str(scale)),
            "ignored": tuple(tree["ignored"]),  # type: ignore[arg-type]
        }
    )
