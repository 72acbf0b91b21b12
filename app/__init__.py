"""The Qt shell: five steps for a data steward. It never holds a patient's record."""
