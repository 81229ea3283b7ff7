"""The report: everything about a sweep in one HTML file that needs nothing beside itself.

    python -m bench.report results/NAME        writes results/NAME/report.html, and the tables and figures again

Tables and figures, what the rows differ in, where they ran, the command that repeats each, what they wrote, and a checklist of
reproducibility, from the records and the files beside them alone.
"""
