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
        f"{ROOT}/corpora/{{corpus}}/{{task}}/clips.csv",
        f"{ROOT}/corpora/{{corpus}}/{{task}}/timing.json",
    log:
        f"{ROOT}/logs/corpus/{{corpus}}-{{task}}.log",
    benchmark:
        f"{ROOT}/benchmarks/corpus/{{corpus}}-{{task}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        settings=lambda w: experiment.corpus_settings(w.corpus, w.task),
        folder=subpath(output[0], parent=True),
    shell:
        "ultralight-mir corpus {wildcards.task} {params.folder} --settings {params.settings:q} 2> {log}"


rule splits:
    input:
        f"{ROOT}/corpora/{{corpus}}/{{task}}/clips.csv",
    output:
        f"{ROOT}/corpora/{{corpus}}/{{task}}/splits.tsv",
        f"{ROOT}/corpora/{{corpus}}/{{task}}/quality.csv",
    log:
        f"{ROOT}/logs/splits/{{corpus}}-{{task}}.log",
    benchmark:
        f"{ROOT}/benchmarks/splits/{{corpus}}-{{task}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        folder=subpath(input[0], parent=True),
        bad_clips=lambda w: experiment.bad_clips(w.corpus),
    shell:
        "ultralight-mir splits {wildcards.task} {params.folder} --bad-clips {params.bad_clips} 2> {log}"
