"""Figures from the plain values of a report: for the window, the reports, the command line.

Matplotlib's object interface only: no pyplot, no Qt, no global state. Colours and sizes come in as
a ``FigureStyle``; real is always solid with round marks, synthetic dashed or hatched with pointed
marks, so that no figure depends on colour alone.
"""
