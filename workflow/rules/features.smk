rule features:
    input:
        CORPUS.made,
        CORPUS.proven,
    output:
        FEATURES.made,
    log:
        f"{ROOT}/logs/features/{{corpus}}-{{task}}-{{feature}}.log",
    benchmark:
        f"{ROOT}/benchmarks/features/{{corpus}}-{{task}}-{{feature}}.tsv"
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
        source=lambda w, input: Path(input[0]).parent,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir features {params.task} {params.feature} {params.source} {params.folder}"
        " --corpus {wildcards.corpus} --threads {threads} 2> {log}"
