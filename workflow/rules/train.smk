rule dense:
    input:
        lambda w: experiment.features(w.task, w.network, w.corpus) / "store.json",
    output:
        f"{TRIAL}/dense/ticket.json",
        f"{TRIAL}/dense/weights.safetensors",
        f"{TRIAL}/dense/training.csv",
        f"{TRIAL}/dense/widths.csv",
        f"{TRIAL}/dense/timing.json",
        [f"{TRIAL}/dense/{paths.rewind_file(step)}" for step in experiment.rewinds()],
    log:
        f"{ROOT}/logs/dense/{{corpus}}-{{task}}-{{network}}-{{seed}}.log",
    benchmark:
        f"{ROOT}/benchmarks/dense/{{corpus}}-{{task}}-{{network}}-{{seed}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=240,
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        settings=lambda w: experiment.dense_settings(w.task, w.network),
        features=subpath(input[0], parent=True),
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir train {params.features} {params.folder} --seed {wildcards.seed} --threads {threads} {params.fold}"
        " --settings {params.settings:q} 2> {log}"
