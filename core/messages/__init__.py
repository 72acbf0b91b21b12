"""The language between the application and the worker: commands, events, and their strict
codec.
"""
