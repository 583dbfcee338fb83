"""Photos of telephones: decoded, made small and written anew, so that nothing else is kept.

What is kept has been drawn from the picture's dots: no place, no device, no comment, no second file
hidden behind the first. The side that was up stays up.
"""

import threading
from io import BytesIO
from typing import TYPE_CHECKING, Final

from inventory.errors import FileUnfit

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a photo as it comes, and the longest side of what is kept, in dots.
MAX_PHOTO: Final = 8_000_000
LONGEST: Final = 1_600
_QUALITY = 82
#: Dots that are looked at: telephones make a hundred million, which JPEG can draw smaller at once.
_MOST_DOTS: Final = 110_000_000
_MOST_DRAWN: Final = 50_000_000
_PHOTOS: Final[tuple[str, ...]] = ("JPEG", "PNG", "WEBP", "HEIF")
_ALLOWED = "JPEG, PNG, WebP, HEIC"
#: One after the other: each takes up to two hundred megabytes while it is drawn.
_turn = threading.Lock()


def small_photo(content: bytes, name: str = "") -> bytes:
    """A photo as JPEG in sRGB with nothing but the picture.

    Raises:
        FileUnfit: it is no photo, a broken one, or too large.
    """
    if not content or len(content) > MAX_PHOTO:
        raise _unfit(name)
    kept = BytesIO()
    with _turn:
        picture = _drawn(content, name, _PHOTOS).convert("RGB")
        picture.save(kept, "JPEG", quality=_QUALITY, optimize=True)
    return kept.getvalue()


def line_drawing(content: bytes, width: int, height: int) -> bytes:
    """A PNG of black lines on white, such as a signature by finger, no larger than that.

    Raises:
        FileUnfit: it is something else.
    """
    with _turn:
        picture = _drawn(content, "", ("PNG",))
        if picture.width > width or picture.height > height:
            raise _unfit("")
        kept = BytesIO()
        picture.convert("L").save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _drawn(content: bytes, name: str, formats: tuple[str, ...]) -> "Image":
    # Drawing libraries cost memory, and most controllers draw nothing for hours.
    from pi_heif import register_heif_opener  # noqa: PLC0415
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = _MOST_DOTS
    try:
        with Image.open(BytesIO(content), formats=formats) as picture:
            if picture.width * picture.height > _MOST_DOTS:
                raise _unfit(name)
            # A JPEG is drawn at a half, a quarter or an eighth of its size where that is enough.
            picture.draft("RGB", (LONGEST, LONGEST))
            if picture.width * picture.height > _MOST_DRAWN:
                raise _unfit(name)
            picture.thumbnail((LONGEST, LONGEST))
            return _on_white(ImageOps.exif_transpose(picture))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        MemoryError,
    ) as error:
        raise _unfit(name) from error


def _on_white(picture: "Image") -> "Image":
    from PIL import Image  # noqa: PLC0415

    if picture.mode not in ("RGBA", "LA", "P", "PA"):
        return picture
    whole = picture.convert("RGBA")
    ground = Image.new("RGB", whole.size, "white")
    ground.paste(whole, mask=whole.getchannel("A"))
    return ground


def _unfit(name: str) -> FileUnfit:
    shown = "".join(c for c in name if c.isprintable())[:80]
    return FileUnfit(name=shown or "-", allowed=_ALLOWED, megabytes=MAX_PHOTO // 1_000_000)
