from pathlib import Path

import pytest

from ultralight_mir.corpora.datasets.home import data_home


def test_the_config_is_asked_first_then_the_environment_then_mirdatas_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("MIRDATA_HOME", "~/sets")
    assert data_home("~/configured") == Path("/home/me/configured")
    assert data_home("") == data_home(None) == Path("/home/me/sets")
    monkeypatch.setenv("MIRDATA_HOME", "")
    assert data_home() == Path("/home/me/mir_datasets")
