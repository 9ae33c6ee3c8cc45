# Ultralight-MIR: how small can a music-information-retrieval network get before it gets worse?
from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/trim.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


localrules:
    all,
    figures,


rule all:
    default_target: True
    input:
        f"{REPORTS}/index.html",


rule figures:
    input:
        FIGURES,
        f"{REPORTS}/index.html",
