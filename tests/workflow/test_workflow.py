"""The whole workflow on a tiny experiment, as a user runs it: fresh, again, one more ratio, killed, bad input."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from checkout import TINY, checkout, command, run


def _tickets(folder: Path) -> dict[str, float]:
    return {str(p.relative_to(folder)): p.stat().st_mtime for p in sorted(folder.glob("results/tiny/**/ticket.json"))}


def _weights(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob("results/tiny/**/weights.safetensors")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = checkout(tmp_path_factory.mktemp("run"))
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


def _results(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / "tiny" / "results.csv")


def test_a_run_leaves_results_figures_and_a_page(finished: Path) -> None:
    results = _results(finished)
    assert len(results.drop_duplicates(["strategy", "removed_target"])) == 5
    trimmed = results[results["strategy"] != "dense"]
    assert (trimmed["removed"] - trimmed["removed_target"]).abs().max() < 0.05
    costs = pd.read_csv(finished / "results/tiny/costs.csv").set_index(["strategy", "removed_target"])
    assert costs.loc[("trim", 0.8), "parameters"] < 0.25 * costs.loc[("dense", 0.0), "parameters"]
    assert costs.loc[("mask", 0.8), "parameters"] == costs.loc[("dense", 0.0), "parameters"]
    assert costs.loc[("mask", 0.8), "nonzero_parameters"] == pytest.approx(
        0.2 * costs.loc[("dense", 0.0), "parameters"], rel=0.02
    )
    assert costs.loc[("trim", 0.8), "macs_per_second"] < costs.loc[("dense", 0.0), "macs_per_second"]
    reports = finished / "reports" / "tiny"
    assert (reports / "figures" / "score_vs_removed.svg").stat().st_size > 1000
    page = (reports / "index.html").read_text()
    assert "onset" in page.lower() and "http://" not in page.replace("http://www.w3.org", "")


def test_a_second_run_has_nothing_to_do(finished: Path) -> None:
    before = _tickets(finished)
    done = run(finished)
    assert done.returncode == 0 and "Nothing to be done" in done.stderr, done.stderr
    assert _tickets(finished) == before


def test_one_more_ratio_runs_only_that_rung_and_what_follows(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    before = _tickets(folder)
    checkout(folder, grid={**TINY["grid"], "removed": [0.5, 0.7, 0.8]})
    done = run(folder)
    assert done.returncode == 0, done.stderr
    after = _tickets(folder)
    changed = {Path(p).parent.name for p in after if after[p] != before.get(p)}
    assert changed == {"removed-0.70", "removed-0.80"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_goes_on_and_ends_the_same(finished: Path, tmp_path: Path, number: signal.Signals) -> None:
    folder = checkout(tmp_path / "killed")
    process = subprocess.Popen(
        command(), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    begun = time.monotonic()
    while len(_tickets(folder)) < 2 and time.monotonic() - begun < 300:
        time.sleep(0.05)
    os.killpg(process.pid, number)
    process.wait()
    assert number == signal.SIGKILL or not list(folder.glob("results/**/*.partial*")), "something half written"
    before = _tickets(folder)
    assert 2 <= len(before) < 5, "the run was not killed in the middle"
    done = run(folder, ULTRALIGHT_MIR_WARM="off")  # each job imports for itself, which must not show
    assert done.returncode == 0, done.stderr
    after = _tickets(folder)
    repeated = [p for p in before if after[p] != before[p]]
    assert len(repeated) <= 2, "more than the jobs that were running were run again"
    assert not list(folder.glob("results/**/*.partial*"))
    pd.testing.assert_frame_equal(_results(folder), _results(finished))
    assert _weights(folder) == _weights(finished)


def test_a_wrong_config_is_one_line_and_a_failure(tmp_path: Path) -> None:
    folder = checkout(tmp_path, grid={"tasks": ["onset"], "removed": [1.2]})
    done = run(folder)
    assert done.returncode != 0
    assert "config, grid.removed.0: 1.2 is greater than or equal to the maximum of 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "results").exists()


def test_a_truncated_checkpoint_stops_the_ladder_with_one_line(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    weights = next(folder.glob("results/tiny/**/dense/weights.safetensors"))
    weights.write_bytes(weights.read_bytes()[:500])
    shutil.rmtree(next(folder.glob("results/tiny/**/trim")))
    for made in ("results/tiny/results.csv", "reports/tiny/index.html"):  # or nothing would need the tickets
        (folder / made).unlink()
    done = run(folder)
    assert done.returncode != 0
    assert "weights.safetensors: truncated or not a safetensors file" in done.stderr
    assert not list(folder.glob("results/tiny/**/trim/**/ticket.json"))


def test_features_get_the_threads_of_their_rule(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    dry_run = ["--dry-run", "--printshellcmds", "--workflow-profile", "none"]  # Snakemake's own logger tells commands
    done = run(folder, *dry_run, "--set-threads", "features=2")
    assert done.returncode == 0, done.stderr
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "ultralight-mir features" in line]
    assert [line.split("--threads ")[1].split()[0] for line in lines] == ["2"]


def test_a_file_in_the_place_of_the_results_is_one_line(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    (folder / "results").touch()
    done = run(folder)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert f"{folder}/results: not a folder, expected one to write in" in done.stderr
