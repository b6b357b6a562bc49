"""A display's buffer as a picture."""

from PIL import Image

def picture(buffer: bytes, scale: int = 4) -> Image.Image:
    lit = bytes(255 * (buffer[y // 8 * 128 + x] >> y % 8 & 1) for y in range(64) for x in range(128))
    return Image.frombytes("L", (128, 64), lit).resize((128 * scale, 64 * scale), Image.Resampling.NEAREST)
