"""Makes the pictures that the tests look at: `pictures.py FOLDER`."""

import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

SUBJECT = (200, 110, 50)


def halves():
    """Red at the left, blue at the right."""
    picture = Image.new("RGB", (600, 400), (255, 0, 0))
    picture.paste((0, 0, 255), (300, 0, 600, 400))
    return picture


def alpha():
    """A green square in the middle, clear around."""
    picture = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    picture.paste((0, 255, 0, 255), (100, 50, 200, 150))
    return picture


def photo():
    """A grey sky with grain, neither black nor white anywhere, and a disc near its right edge."""
    size = (800, 600)
    sky = Image.linear_gradient("L").resize(size).point(lambda level: 60 + level * 110 // 255)
    grain = Image.frombytes("L", size, random.Random(7).randbytes(size[0] * size[1]))
    picture = Image.blend(sky, grain, 0.15).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((560, 210, 740, 390), fill=SUBJECT)
    for left in range(600, 720, 30):
        draw.rectangle((left, 270, left + 6, 330), fill=(90, 50, 25))
    return picture


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    halves().save(folder / "halves.png")
    alpha().save(folder / "alpha.png")
    photo().save(folder / "photo.jpg", quality=92)
