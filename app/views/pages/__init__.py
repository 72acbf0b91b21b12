"""The pages of the window, one module each. They show what presenters know and decide nothing."""
