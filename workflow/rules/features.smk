rule features:
    input:
        f"{ROOT}/corpora/{{corpus}}/{{task}}/clips.csv",
        f"{ROOT}/corpora/{{corpus}}/{{task}}/splits.tsv",
    output:
        f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}/store.json",
        f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}/inputs.npy",
        f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}/targets.npy",
        f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}/clips.csv",
        f"{ROOT}/features/{{corpus}}/{{task}}/{{feature}}/timing.json",
    log:
        f"{ROOT}/logs/features/{{corpus}}-{{task}}-{{feature}}.log",
    benchmark:
        f"{ROOT}/benchmarks/features/{{corpus}}-{{task}}-{{feature}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, threads: 1000 + 1000 * threads,
        runtime=120,
    params:
        source=subpath(input[0], parent=True),
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir features {wildcards.task} {wildcards.feature} {params.source} {params.folder}"
        " --corpus {wildcards.corpus} --threads {threads} 2> {log}"
