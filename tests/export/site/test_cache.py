"""What is made is kept in the checkout, or elsewhere where the checkout cannot be written to."""

import os

from export.site import cache


def test_a_read_only_checkout_keeps_nothing(tmp_path, monkeypatch):
    """Nor does a home that cannot be written to, or that is none."""
    checkout, users = tmp_path / "checkout", tmp_path / "users"
    monkeypatch.setattr(cache.platformdirs, "user_cache_path", users.joinpath)
    assert cache.folder(checkout) == checkout / ".cache"
    closed = {checkout / ".cache"}  # root may write anywhere
    monkeypatch.setattr(os, "access", lambda path, mode: path not in closed)
    assert cache.folder(checkout) == users / "racing-site"
    (users / "racing-site").rmdir()
    users.rmdir()
    users.touch()
    passing = cache.folder(checkout)
    assert passing.is_dir()
    assert tmp_path not in passing.parents
