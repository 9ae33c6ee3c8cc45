rule rung:
    input:
        features=lambda w: experiment.features(w.task, w.network, w.corpus).read,
        dense=DENSE.read,
        previous=lambda w: experiment.previous(trial_of(w), w.strategy, w.removed).read,
        early=lambda w: experiment.rewind_files(trial_of(w), w.strategy),
        teachers=lambda w: experiment.teacher_files(trial_of(w), w.strategy),
    output:
        RUNG.trained,
    log:
        f"{ROOT}/logs/rung/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{strategy}}-{{removed}}.log",
    benchmark:
        f"{ROOT}/benchmarks/rung/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{strategy}}-{{removed}}.tsv"
    group:
        submission("{strategy}")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=doubling(2000),
        runtime=dense_minutes,
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        early=lambda w, input: [
            f"--early {Path(file).parent}" for file in input.early[:1]
        ],
        teachers=lambda w, input: [
            f"--teacher {folder}" for folder in folders_of(input.teachers)
        ],
        trust=lambda w: experiment.trust_options(w.task, w.network),
        settings=lambda w: experiment.strategy_settings(w.strategy),
        features=lambda w, input: Path(input.features[0]).parent,
        dense=lambda w, input: Path(input.dense[0]).parent,
        previous=lambda w, input: Path(input.previous[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir rung {params.features} {params.dense} {params.previous} {params.folder}"
        " --removed {wildcards.removed} {params.early} {params.teachers} --threads {threads} {params.fold} {params.trust}"
        " --settings {params.settings:q} 2> {log}"
