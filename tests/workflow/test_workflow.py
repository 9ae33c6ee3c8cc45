"""The whole workflow on a tiny experiment, as a user runs it: fresh, again, one more ratio, killed, bad input."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from checkout import TABLES, TINY, activated, checkout, command, run
from processes import comes_about, processes


def _tickets(folder: Path) -> dict[str, float]:
    return {str(p.relative_to(folder)): p.stat().st_mtime for p in sorted(folder.glob("results/tiny/**/ticket.json"))}


def _weights(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob("results/tiny/**/weights.safetensors")}


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
    done = run(finished, ULTRALIGHT_MIR_DEVICE="auto")  # another device is no reason to train again
    assert done.returncode == 0 and "Nothing to be done" in done.stderr, done.stderr
    assert _tickets(finished) == before


def test_one_more_ratio_runs_only_that_rung_and_what_follows(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    before = _tickets(folder)
    checkout(folder, grid={**TINY["grid"], "removed": [0.5, 0.7, 0.8]})
    done = run(folder, *TABLES)
    assert done.returncode == 0, done.stderr
    after = _tickets(folder)
    changed = {Path(p).parent.name for p in after if after[p] != before.get(p)}
    assert changed == {"removed-0.70", "removed-0.80"}


@pytest.mark.parametrize(("number", "warm"), [(signal.SIGKILL, "off"), (signal.SIGTERM, "")])
def test_a_killed_run_goes_on_and_ends_the_same(
    finished: Path, tmp_path: Path, number: signal.Signals, warm: str
) -> None:
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
    done = run(folder, *TABLES, ULTRALIGHT_MIR_WARM=warm)  # off: each job imports for itself, which must not show
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
    assert "config, grid.removed.0: found 1.2, expected less than or equal to 0.9999" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "results").exists()


def _copy(finished: Path, folder: Path) -> Path:
    shutil.copytree(finished, folder, copy_function=shutil.copy2, symlinks=True)
    return folder


def _made(folder: Path) -> dict[str, float]:
    """Every artefact of a run → when it was made."""
    files = (p for p in folder.glob("results/tiny/**/*") if p.is_file() and "logs" not in p.parts)
    return {str(p.relative_to(folder / "results/tiny")): p.stat().st_mtime for p in files}


def test_a_flipped_bit_stops_the_ladder_with_one_line(finished: Path, tmp_path: Path) -> None:
    folder = _copy(finished, tmp_path / "copy")
    weights = next(folder.glob("results/tiny/**/dense/weights.safetensors"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    shutil.rmtree(next(folder.glob("results/tiny/**/trim")))
    done = run(folder)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "weights.safetensors: edited or damaged" in done.stderr
    assert "make it again with: snakemake --cores 1 --force" in done.stderr
    assert not list(folder.glob("results/tiny/**/trim/**/ticket.json"))


def test_rungs_in_the_middle_are_made_again(finished: Path, tmp_path: Path) -> None:
    folder = _copy(finished, tmp_path / "copy")
    truncated, deleted = (
        next(folder.glob(f"results/tiny/**/{strategy}/removed-0.50/weights.safetensors"))
        for strategy in ("trim", "mask")
    )
    truncated.write_bytes(truncated.read_bytes()[:500])
    deleted.unlink()
    before = _tickets(folder)
    done = run(folder, *TABLES)
    assert done.returncode == 0, done.stderr
    again = [line for line in done.stderr.splitlines() if "it is made again" in line]
    assert len(again) == 2 and all(any(str(p) in line for line in again) for p in ("trim/", "mask/"))
    after = _tickets(folder)
    assert {Path(p).parent.parent.name for p in after if after[p] != before[p]} == {"trim", "mask"}
    assert _weights(folder) == _weights(finished)
    pd.testing.assert_frame_equal(_results(folder), _results(finished))


def test_lost_timings_are_made_again(finished: Path, tmp_path: Path) -> None:
    folder = _copy(finished, tmp_path / "copy")
    for name in ("timing.json", "evaluation-timing.json"):
        next(folder.glob(f"results/tiny/**/mask/removed-0.80/{name}")).unlink()
    done = run(folder, *TABLES)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(_results(folder), _results(finished))


def _by_hand(folder: Path) -> None:
    """Run Snakemake itself, with a job or more to do: they start warm, and nobody is left."""
    asked = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "tiny.yaml"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(asked, cwd=folder, env=activated(), stdout=log, stderr=subprocess.STDOUT)
        warm = comes_about(lambda: bool(processes(folder, "jobs.warm_server")), 120)
        assert process.wait(300) == 0, (folder / "log").read_text()
    assert warm and not processes(folder, "jobs.warm_server")


def test_a_further_strategy_leaves_the_others_alone(finished: Path, tmp_path: Path) -> None:
    """Its own rewind step costs one short job: no dense network, no other ladder is trained or scored again."""
    folder = _copy(finished, tmp_path / "copy")
    before = _made(folder)
    later = {"method": "trim", "criterion": "magnitude", "rewind": "10it"}
    checkout(folder, grid={**TINY["grid"], "strategies": ["trim", "mask", "later"]}, strategies={"later": later})
    _by_hand(folder)
    after = _made(folder)
    trial = "synthetic/onset/spectral_cnn/seed-0"
    new = {path for path in after if path not in before}
    assert {Path(p).relative_to(trial).parts[0] for p in new if p.startswith(trial)} == {"later", "rewind-10it"}
    old = {path for path in before if after[path] != before[path] and not path.startswith("benchmarks")}
    assert {path for path in old if not path.endswith((".csv", "run.json"))} == set()
    assert not [path for path in old if "/" in path], "only the gathered tables are written again"


def test_systems_and_exports_come_to_stand_beside_what_is_there(finished: Path, tmp_path: Path) -> None:
    folder = _copy(finished, tmp_path / "copy")
    before = _tickets(folder)
    checkout(folder, systems=["spectral_flux"], exports=["onnx-int8"], exports_of={"trim": [0.8]})
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert _tickets(folder) == before, "nothing is trained again"
    races = pd.read_csv(folder / "results/tiny/races.csv")
    assert set(races["strategy"]) == {"dense", "trim"} and (races["rtf"] > 0).all()
    exports = pd.read_csv(folder / "results/tiny/exports.csv").query("metric == 'f'")
    assert exports["removed_target"].tolist() == [0.0, 0.8] and set(exports["precision"]) == {"int8"}
    assert exports["bytes"].is_monotonic_decreasing and set(exports["clips"]) == {4}
    heard = pd.read_csv(folder / "results/tiny/system_scores.csv").query("metric == 'f'")
    own = pd.read_csv(folder / "results/tiny/scores.csv").query("metric == 'f' and strategy == 'dense'")
    assert set(heard["track_id"]) == set(own["track_id"]), "systems and tickets are scored on the same clips"
    assert (folder / "reports/tiny/figures/systems.svg").exists()


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
