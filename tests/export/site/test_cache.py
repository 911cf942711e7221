"""What is made is kept in the checkout, or elsewhere where the checkout cannot be written to."""

import os

from export.site import cache


def test_a_read_only_checkout_keeps_nothing(tmp_path, monkeypatch):
    assert cache.folder(tmp_path) == tmp_path / ".cache"
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert tmp_path not in cache.folder(tmp_path).parents
