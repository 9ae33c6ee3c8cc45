"""The report: figures, tables and the page, from the gathered tables alone."""
