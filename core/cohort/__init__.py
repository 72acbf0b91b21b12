"""From a hospital's file to normalised records, without leaving the hospital.

    inspection      what a file's head says: format, orientation, columns, a preview without codes
    reading         the whole file in pieces, float32, stoppable
    checks          plain sentences about what was read, and the errors behind them
    normalisation   one record at a time onto the common scale
    guards          limits that a study sets

Nothing here writes a cohort value into an error or a log.
"""
