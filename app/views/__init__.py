"""Pages and widgets: they show what presenters say and decide nothing about the domain."""
