"""Studies whose parties all run on this computer: rehearsal and practice."""
