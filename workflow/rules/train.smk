rule dense:
    input:
        lambda w: experiment.features(w.task, w.network, w.corpus).made,
    output:
        DENSE.trained,
    log:
        f"{ROOT}/logs/dense/{{corpus}}-{{task}}-{{network}}-{{seed}}.log",
    benchmark:
        f"{ROOT}/benchmarks/dense/{{corpus}}-{{task}}-{{network}}-{{seed}}.tsv"
    group:
        submission("dense")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(2000),
        runtime=doubling(UNKNOWN),
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        settings=lambda w: experiment.dense_settings(w.task, w.network),
        features=lambda w, input: Path(input[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir train {params.features} {params.folder} --seed {wildcards.seed} --threads {threads} {params.fold}"
        " --settings {params.settings:q} 2> {log}"


# The dense network's early weights, for ladders that rewind: a step that nobody asked for before costs this job alone.
rule rewind:
    input:
        features=lambda w: experiment.features(w.task, w.network, w.corpus).made,
        dense=DENSE.trained,
    output:
        EARLY.made,
    log:
        f"{ROOT}/logs/rewind/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{step}}.log",
    benchmark:
        f"{ROOT}/benchmarks/rewind/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{step}}.tsv"
    group:
        submission("dense")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=doubling(2000),
        runtime=lambda w, input, attempt: rung_minutes(dense_timing(input), attempt),
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        trust=lambda w: experiment.trust_options(w.task, w.network),
        features=lambda w, input: Path(input.features[0]).parent,
        dense=lambda w, input: Path(input.dense[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir rewind {params.features} {params.dense} {params.folder} --step {wildcards.step}"
        " --threads {threads} {params.fold} {params.trust} 2> {log}"
