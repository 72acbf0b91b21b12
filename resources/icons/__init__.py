"""Line icons on a 24-unit grid: `currentColor` is the ink, `white` the ground of a cut-out."""
