"""Figures of a sweep: learning curves, and what a row costs against what it reaches.

They draw plain input (lines, points) in one style and know neither records nor tasks. matplotlib is imported when a
figure is drawn, never before.
"""
