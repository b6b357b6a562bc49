"""The display as a picture that a person can look at.

Owns the way from a page-major buffer to an image; must never know what is drawn in it.
"""

from PIL import Image

from luot.core.display.canvas import PAGES, WIDTH


def picture(buffer: bytes | bytearray, scale: int = 4) -> Image.Image:
    """Return a display of 1,024 bytes as a grey image, `scale` pixels to a dot."""
    height = 8 * PAGES
    dots = bytes(
        255 * (buffer[y // 8 * WIDTH + x] >> y % 8 & 1)
        for y in range(height)
        for x in range(WIDTH)
    )
    image = Image.frombytes("L", (WIDTH, height), dots)
    return image.resize((WIDTH * scale, height * scale), Image.Resampling.NEAREST)
