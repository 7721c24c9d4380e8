"""Porch's media addresses, built by ImageKit's Python SDK alone: the rows of the table, and signing."""

import functools
import json
import os
import re
import time
import unittest
from pathlib import Path
from unittest.mock import patch

import httpx
from imagekitio import ImageKit

from looks import Look

ENDPOINT = os.environ["SDK_ENDPOINT"]
KEYS = json.loads(os.environ["SDK_KEYS"])
OWNER = {"Authorization": f"Bearer {os.environ['SDK_TOKEN']}"}
HERE = Path(__file__).parent
imagekit = ImageKit(private_key="private_test")


def address(key, transformation, position="query", kit=imagekit, **options):
    return kit.helper.build_url(
        url_endpoint=ENDPOINT, src=KEYS[key], transformation=transformation, transformation_position=position, **options
    )


@functools.cache
def fetch(url, accept="*/*", owner=False):
    return httpx.get(url, headers={"Accept": accept, **(OWNER if owner else {})}, timeout=60)


def spelled(said):
    """A row's words as this SDK spells them: `fontSize` is `font_size`; `$halves` is a key."""
    if isinstance(said, dict):
        return {re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", key): spelled(value) for key, value in said.items()}
    if isinstance(said, list):
        return [spelled(value) for value in said]
    if isinstance(said, str):
        return re.sub(r"\$(\w+)", lambda name: KEYS[name[1]], said)
    return said


class Table(unittest.TestCase):
    """Every row, with its steps in the query and in the path."""

    def judge(self, row, position):
        key = row.get("key", "halves")
        url = address(key, spelled(row["steps"]), position)
        answer = fetch(url, **{name: row[name] for name in ("accept", "owner") if name in row})
        statuses = row.get("status", 200)
        self.assertIn(answer.status_code, statuses if isinstance(statuses, list) else [statuses], url)
        if answer.status_code != 200:
            return
        with self.subTest(url=url):
            if "ignored" in row:
                self.assertEqual(answer.headers.get("X-Media-Ignored", ""), row["ignored"])
            Look(answer, self).check(row, lambda steps: self.look(address(key, spelled(steps), position)))

    def look(self, url):
        answer = fetch(url)
        self.assertEqual(answer.status_code, 200, url)
        return Look(answer, self)

    @classmethod
    def add(cls, row, position):
        setattr(cls, f"test {row['it']} ({position})", lambda self: self.judge(row, position))


for file in sorted((HERE / "table").glob("*.json")):
    for row in json.loads(file.read_text()):
        if row.get("only", "python") == "python":
            Table.add(row, "query")
            Table.add(row, "path")


class Signed(unittest.TestCase):
    """Addresses that the SDK signs with the private key that the server has, too."""

    STEPS = {
        "sizes": [{"width": 300, "height": 100}, {"rotation": 90}],
        "a plain text": [{"overlay": {"type": "text", "text": "Hello there"}}],
        "a text in Base64": [{"overlay": {"type": "text", "text": "???>>>", "encoding": "base64"}}],
        "a text with signs": [{"overlay": {"type": "text", "text": "it's, a/b", "encoding": "plain"}}],
        "a font with a space": [
            {"overlay": {"type": "text", "text": "Hi", "transformation": [{"font_family": "Open Sans"}]}}
        ],
        "no steps": [],
    }

    def answers(self, status, change=str, steps=STEPS, **options):
        """Asks for each of the steps, signed; `change` is done to the address afterwards."""
        for name, transformation in steps.items():
            for position in ("query", "path"):
                url = change(address("halves", transformation, position, **options))
                with self.subTest(steps=name, position=position, url=url):
                    self.assertEqual(fetch(url).status_code, status)

    def test_a_signed_address_is_taken(self):
        self.answers(200, signed=True)

    def test_a_signed_address_that_will_expire_is_taken(self):
        self.answers(200, expires_in=300)

    def test_other_parameters_may_be_signed_as_well(self):
        self.answers(200, signed=True, query_parameters={"v": "3"})

    def test_other_parameters_that_are_changed_are_refused(self):
        self.answers(401, lambda url: url.replace("v=3", "v=4"), signed=True, query_parameters={"v": "3"})

    def test_changed_steps_are_refused(self):
        sizes = {"sizes": self.STEPS["sizes"]}
        self.answers(401, lambda url: url.replace("w-300", "w-301"), sizes, signed=True)

    def test_a_changed_signature_is_refused(self):
        self.answers(401, lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), signed=True)

    def test_a_signature_cut_short_is_refused(self):
        self.answers(401, lambda url: url[:-1], signed=True)

    def test_a_later_expiry_is_refused(self):
        later = functools.partial(re.sub, r"ik-t=(\d+)", lambda found: f"ik-t={int(found[1]) + 1}")
        self.answers(401, later, expires_in=300)

    def test_an_expired_address_is_refused(self):
        hour_ago = time.time() - 3600
        with patch("imagekitio.lib.helper.time.time", lambda: hour_ago):
            self.answers(401, expires_in=60)

    def test_another_private_key_is_refused(self):
        self.answers(401, kit=ImageKit(private_key="private_other"), signed=True)


class Sources(unittest.TestCase):
    """Where the picture's own address comes from."""

    def size(self, **options):
        url = imagekit.helper.build_url(**{"url_endpoint": ENDPOINT, **options})
        answer = fetch(url)
        self.assertEqual(answer.status_code, 200, url)
        return Look(answer, self).size

    def test_an_endpoint_without_a_slash_at_its_end(self):
        ends = {"url_endpoint": ENDPOINT.rstrip("/"), "src": f"/{KEYS['halves']}"}
        options = {**ends, "transformation": [{"width": 300}]}
        for position in ("query", "path"):
            self.assertEqual(self.size(transformation_position=position, **options), (300, 200))

    def test_a_whole_address(self):
        src = ENDPOINT + KEYS["halves"]
        self.assertEqual(self.size(src=src, transformation=[{"width": 300}]), (300, 200))

    def test_a_whole_address_whose_steps_are_replaced(self):
        src = f"{ENDPOINT}{KEYS['halves']}?tr=w-100&v=2"
        self.assertEqual(self.size(src=src, transformation=[{"width": 300}]), (300, 200))

    def test_other_parameters_change_nothing(self):
        more = {"v": "3", "ik-sdk-version": "python-5.11.0"}
        options = {"query_parameters": more, "transformation": [{"width": 300}]}
        for position in ("query", "path"):
            size = self.size(src=KEYS["halves"], transformation_position=position, **options)
            self.assertEqual(size, (300, 200))

    def test_no_steps(self):
        self.assertEqual(self.size(src=KEYS["halves"]), (600, 400))


if __name__ == "__main__":
    unittest.main()
