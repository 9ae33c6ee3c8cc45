"""How the site is built (`make docs`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from ultralight_mir import __version__

project = "Ultralight-MIR"
author = "the authors of Ultralight-MIR"
version = release = __version__

extensions = ["myst_nb", "sphinx_design", "site_pages"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext", "generated/*.md"]
nb_execution_mode = "cache"  # the tutorial is run again when its code changes
nb_execution_raise_on_error = True
nb_execution_timeout = 1200  # seconds a cell, however busy the machine
os.environ.setdefault("OMP_NUM_THREADS", "1")  # its network is small: threads would wait for one another
suppress_warnings = ["myst.strikethrough"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!ultralight_mir\.).*")]  # types of others: the site is built offline

html_theme = "pydata_sphinx_theme"
html_title = "Ultralight-MIR"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {"*": []}  # pages that stand alone; tasks, how to and API have one
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
copyright = "Ultralight-MIR, MIT licence"
