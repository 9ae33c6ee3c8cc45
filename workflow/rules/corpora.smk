localrules:
    download,


rule download:
    output:
        f"{ROOT}/datasets/{{dataset}}.json",
    log:
        f"{ROOT}/logs/download/{{dataset}}.log",
    retries: 3
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=1440,
    params:
        dataset=lambda w: experiment.dataset(f"{w.dataset}.json"),
        home=experiment.data_home,
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir download {params.dataset[0]:q} {params.home:q} --version {params.dataset[1]:q}"
        " --out {params.folder} 2> {log}"


rule corpus:
    input:
        lambda w: experiment.datasets(w.corpus),
    output:
        **paths.named(CORPUS.made),
        audio=directory(CORPUS.audio),
        annotations=directory(CORPUS.annotations),
    log:
        f"{ROOT}/logs/corpus/{{corpus}}-{{task}}.log",
    cache: SHARING
    group:
        submission("clips")
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(30),
    params:
        task=lambda w: experiment.task_key(w.task),
        settings=lambda w: experiment.corpus_settings(w.corpus, w.task),
    shell:
        "ultralight-mir corpus {params.task} $(dirname {output.clips_csv}) --settings {params.settings:q} 2> {log}"


# Its params hold no path: by them, as by its inputs, Snakemake's cache knows which features may be shared.
rule splits:
    input:
        CORPUS.clips,
    output:
        CORPUS.proven,
    log:
        f"{ROOT}/logs/splits/{{corpus}}-{{task}}.log",
    benchmark:
        f"{ROOT}/benchmarks/splits/{{corpus}}-{{task}}.tsv"
    group:
        submission("clips")
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=doubling(1000),
        runtime=doubling(30),
    params:
        task=lambda w: experiment.task_key(w.task),
        bad_clips=lambda w: experiment.bad_clips(w.corpus),
    shell:
        "ultralight-mir splits {params.task} $(dirname {input}) --bad-clips {params.bad_clips} 2> {log}"
