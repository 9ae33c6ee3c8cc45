rule dense:
    input:
        features=lambda w: experiment.features(w.task, w.network, w.corpus).read,
    output:
        **paths.named(DENSE.trained),
    log:
        f"{ROOT}/logs/dense/{{corpus}}-{{task}}-{{network}}-{{seed}}.log",
    cache: SHARING
    group:
        submission("dense")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=doubling(2000),
        runtime=doubling(UNKNOWN),
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        seed=lambda w: w.seed,
        settings=lambda w: experiment.dense_settings(w.task, w.network),
    shell:
        "ultralight-mir train $(dirname {input.features[0]}) $(dirname {output.ticket_json}) --seed {params.seed} --threads {threads}"
        " {params.fold} --settings {params.settings:q} 2> {log}"


# The dense network's early weights, for ladders that rewind: a step that nobody asked for before costs this job alone.
rule rewind:
    input:
        features=lambda w: experiment.features(w.task, w.network, w.corpus).read,
        dense=DENSE.read,
    output:
        **paths.named(EARLY.made),
    log:
        f"{ROOT}/logs/rewind/{{corpus}}-{{task}}-{{network}}-{{seed}}-{{step}}.log",
    cache: SHARING
    group:
        submission("dense")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=doubling(2000),
        runtime=dense_minutes,
    params:
        fold=lambda w: experiment.fold_option(w.corpus),
        trust=lambda w: experiment.trust_options(w.task, w.network),
        step=lambda w: w.step,
    shell:
        "ultralight-mir rewind $(dirname {input.features[0]}) $(dirname {input.dense[0]}) $(dirname {output.rewind_json})"
        " --step {params.step} --threads {threads} {params.fold} {params.trust} 2> {log}"
