rule features:
    input:
        clips=CORPUS.clips,
        proven=CORPUS.proven,
    output:
        **paths.named(FEATURES.made),
    log:
        f"{ROOT}/logs/features/{{corpus}}-{{task}}-{{feature}}.log",
    cache: SHARING
    group:
        submission("clips")
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, threads, attempt: doubled(1000 + 1000 * threads, attempt),
        runtime=doubling(120),
    params:
        task=lambda w: experiment.task_key(w.task),
        feature=lambda w: experiment.feature_key(w.task, w.feature),
        corpus=lambda w: w.corpus,
    shell:
        "ultralight-mir features {params.task} {params.feature} $(dirname {input.clips}) $(dirname {output.store_json})"
        " --corpus {params.corpus} --threads {threads} 2> {log}"
