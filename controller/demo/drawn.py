"""Pictures of the demonstration, drawn by itself: what a telephone took, and a signature."""

from base64 import b64encode
from io import BytesIO
from math import sin
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_PHOTO: Final = (960, 720)
_SIGNATURE: Final = (600, 240)


def photo(stripes: int = 0) -> bytes:
    """A screen on a wall as JPEG: dark, or with coloured stripes."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - costs memory that few need

    picture = Image.new("RGB", _PHOTO, "#d9d4c7")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 560, 960, 720), fill="#8d7b66")
    pen.rounded_rectangle((130, 90, 830, 510), radius=14, fill="#2b2f33")
    pen.rectangle((150, 110, 810, 490), fill="#0b0d0f")
    for number in range(stripes):
        left = 170 + number * 640 // stripes
        colour = ("#2ecc71", "#e74c3c", "#3498db", "#f1c40f")[number % 4]
        pen.rectangle((left, 110, left + 9, 490), fill=colour)
    pen.ellipse((474, 494, 486, 506), fill="#e74c3c")
    return _bytes(picture, "JPEG")


def signature() -> str:
    """A line by finger, as the page of a report sends it."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - costs memory that few need

    picture = Image.new("RGBA", _SIGNATURE, (0, 0, 0, 0))
    line = [(60 + x, 120 + 55 * sin(x / 21) * sin(x / 67)) for x in range(0, 460, 4)]
    ImageDraw.Draw(picture).line(line, fill="black", width=5, joint="curve")
    return "data:image/png;base64," + b64encode(_bytes(picture, "PNG")).decode()


def _bytes(picture: "Image", kind: str) -> bytes:
    kept = BytesIO()
    picture.save(kept, kind)
    return kept.getvalue()
