"""Evidence chosen, judged, worded and cited."""
