"""What a row of the table can say about an answer, looked at with Pillow. `looks.mjs` says the same."""

import io

from PIL import Image, ImageChops, ImageStat

NEAR = 24


class Look:
    """A picture as it came, to be compared with what a row says."""

    def __init__(self, answer, case):
        self.case = case
        self.bytes = answer.content
        self.raw = Image.open(io.BytesIO(self.bytes))
        self.kind = self.raw.format
        self.progressive = bool(self.raw.info.get("progressive"))
        self.picture = self.raw.convert("RGBA")
        self.size = self.picture.size

    def _near(self, got, wanted, near, message):
        if wanted == "clear":
            self.case.assertLessEqual(got[3], near, message)
        elif wanted == "*":
            self.case.assertGreaterEqual(got[3], 255 - near, message)
        else:
            for have, want in zip(got, colour(wanted)):
                self.case.assertAlmostEqual(have, want, delta=near, msg=f"{message}: {got}, not {wanted}")

    def check(self, row, other):
        """All that the row says; `other` gives the Look of other steps of the same picture."""
        near = row.get("near", NEAR)
        for name, said in row.items():
            method = getattr(self, f"check_{name}", None)
            if name in ("alike", "unlike", "exactly", "smallerThan", "sharperThan"):
                method(other(said))
            elif name == "changed":
                method(said, other([{"format": "png"}]))
            elif name == "at":
                method(said, near)
            elif method:
                method(said)

    def check_size(self, size):
        for have, want in zip(self.size, size):
            self.case.assertAlmostEqual(have, want, delta=1, msg=f"{self.size}, not {size}")

    def check_kind(self, kind):
        self.case.assertEqual(self.kind, kind)

    def check_progressive(self, progressive):
        self.case.assertEqual(self.progressive, progressive)

    def check_at(self, points, near):
        for x, y, wanted in points:
            place = (x % self.size[0], y % self.size[1])
            self._near(self.picture.getpixel(place), wanted, near, f"at {x}, {y}")

    def check_gray(self, _):
        red, green, blue, _ = self.picture.split()
        for one, two in ((red, green), (green, blue)):
            self.case.assertLessEqual(ImageChops.difference(one, two).getextrema()[1], 2)

    def check_levels(self, levels):
        """As dark as this somewhere, and as light as that."""
        low, high = self.picture.convert("L").getextrema()
        self.case.assertLessEqual(low, levels[0])
        self.case.assertGreaterEqual(high, levels[1])

    def check_share(self, share):
        """This colour covers so much of the picture, from 0 to 1."""
        wanted, least, most = share
        plain = Image.new("RGB", self.size, colour(wanted)[:3])
        red, green, blue = ImageChops.difference(self.picture.convert("RGB"), plain).split()
        farthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        count = sum(farthest.histogram()[:60]) / (self.size[0] * self.size[1])
        self.case.assertTrue(least <= count <= most, f"{wanted} covers {count:.4f}, not {least} to {most}")

    def check_shade(self, places):
        """The first place is more opaque than the second, which is clear."""
        shaded, clear = (self.picture.getpixel(tuple(place))[3] for place in places)
        self.case.assertGreater(shaded, 5)
        self.case.assertLessEqual(clear, 2)

    def check_ends(self, wanted):
        """Either the top or the bottom has this colour."""
        width, height = self.size
        rows = [(0, 0, width, 2), (0, height - 2, width, height)]
        means = [ImageStat.Stat(self.picture.crop(row).convert("RGB")).mean for row in rows]
        near = [all(abs(have - want) < 20 for have, want in zip(mean, colour(wanted))) for mean in means]
        self.case.assertEqual(sorted(near), [False, True], f"top and bottom are {means}")

    def check_changed(self, said, plain):
        """Where the picture is not what it was: the box around that."""
        self.case.assertEqual(self.size, plain.size)
        box = self._box(plain)
        self.case.assertIsNotNone(box, "nothing changed")
        left, top, right, bottom = box
        message = f"changed within {box}"
        centre = ((left + right) / 2, (top + bottom) / 2)
        for name, place in (("leftTop", box[:2]), ("rightBottom", box[2:]), ("centre", centre), ("box", box)):
            for have, want in zip(place, said.get(name, ())):
                self.case.assertAlmostEqual(have, want, delta=3, msg=message)
        if "within" in said:
            inside = said["within"]
            fits = left >= inside[0] and top >= inside[1] and right <= inside[2] and bottom <= inside[3]
            self.case.assertTrue(fits, message)
        most, least = said.get("atMost", self.size), said.get("atLeast", (0, 0))
        for n, length in enumerate((right - left, bottom - top)):
            self.case.assertTrue(least[n] <= length <= most[n], message)

    def _box(self, other):
        channels = ImageChops.difference(self.picture, other.picture).split()
        seen = [channel.point(lambda level: 255 if level > NEAR else 0) for channel in channels]
        red, green, blue, alpha = seen
        return ImageChops.lighter(ImageChops.lighter(red, green), ImageChops.lighter(blue, alpha)).getbbox()

    def check_alike(self, other):
        self.case.assertEqual(self.size, other.size)
        self.case.assertIsNone(self._box(other), "the pictures differ")

    def check_unlike(self, other):
        same = self.size == other.size and self._box(other) is None
        self.case.assertFalse(same, "the pictures are the same")

    def check_exactly(self, other):
        farthest = max(high for _, high in ImageChops.difference(self.picture, other.picture).getextrema())
        self.case.assertEqual(farthest, 0)

    def check_smallerThan(self, other):
        self.case.assertLess(len(self.bytes), len(other.bytes))

    def check_sharperThan(self, other):
        self.case.assertGreater(self._edges(), other._edges() * 1.05)

    def _edges(self):
        gray = self.picture.convert("L")
        return ImageStat.Stat(ImageChops.difference(gray, ImageChops.offset(gray, 1, 0))).mean[0]


def colour(text):
    """RRGGBB, or RRGGBBAA."""
    return tuple(bytes.fromhex(text if len(text) == 8 else f"{text}FF"))
