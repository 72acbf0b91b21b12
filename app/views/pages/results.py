"""x"""
from app.views.pages.step import StepPage
class ResultsPage(StepPage):
    def __init__(self, study, settings):
        super().__init__(study, None, help_topic="results", panel=False)
